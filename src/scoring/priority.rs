//! Priority: who first, 0..=100.
//!
//! Parts: severity, reach, unanswered contacts, a broken promise, words that say nobody listened, waiting time, and hard triggers. They are combined like
//! points of harm, so that none can lower it. A hard trigger has 80 points by itself: such a message stands at 80 at least, and still behind a worse one.
//! Reach, contacts and waiting count in proportion to the probability of a complaint, down to a small share, so that praise waits at the end.
//! Severity counts half once a reply has followed, or the customer has written again: a burst of messages is one piece of work, and the
//! last of them stands for it. Waiting is measured to the newest message of the export, never to the clock.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::analysis::{Analysis, Scores};
use crate::message::{Message, Visibility};
use crate::thread::ThreadState;

use super::points::{combine, logarithmic};
use super::weights::PriorityWeights;

/// Who first, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Priority {
    /// 0..=100.
    pub score: f32,
    /// What it is made of, highest first.
    pub parts: Vec<PriorityPart>,
}

/// A part of priority.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PriorityPart {
    /// `trigger`, `severity`, `promise`, `contacts`, `not_listened`, `waiting` or `reach`.
    pub what: Cow<'static, str>,
    /// Points on the 0..=100 scale before they are combined.
    pub points: f32,
    /// In words.
    pub text: String,
}

/// What priority depends on; [`PriorityInput::new`] reads it from the values of the data flow.
#[allow(clippy::struct_excessive_bools, reason = "independent facts, not states of one thing")]
#[derive(Debug, Clone, PartialEq)]
pub struct PriorityInput {
    /// Severity, 0..=100.
    pub severity: f32,
    /// P(complaint); 0 for a message that was not scored.
    pub complaint: f32,
    /// Hard triggers by name, each once.
    pub triggers: Vec<&'static str>,
    /// Whether a promise was broken.
    pub broken_promise: bool,
    /// Whether the words say that nobody listened.
    pub not_listened: bool,
    /// Unanswered contacts.
    pub contacts: u32,
    /// Whether a reply has followed.
    pub answered: bool,
    /// Whether the customer has written again in the same thread: the later message stands for both.
    pub superseded: bool,
    /// Days without an answer.
    pub waiting_days: Option<f64>,
    /// Whether everybody can read it.
    pub public: bool,
    /// Followers and helpful votes together.
    pub audience: Option<u64>,
}

impl PriorityInput {
    /// Reads the input; `newest` is the time of the newest message of the export.
    pub fn new(analysis: &Analysis, message: &Message, thread: &ThreadState, newest: Option<Timestamp>) -> Self {
        let scores = analysis.scores();
        let waiting_days = match (thread.contacts, thread.waiting_since, newest) {
            (1.., Some(since), Some(newest)) => Some(newest.duration_since(since).as_secs_f64().max(0.0) / 86_400.0),
            _ => None,
        };
        let audience = match (message.reach.followers, message.reach.helpful) {
            (None, None) => None,
            (followers, helpful) => Some(followers.unwrap_or(0).saturating_add(helpful.unwrap_or(0))),
        };
        Self {
            severity: scores.map_or(0.0, |s| s.severity),
            complaint: scores.map_or(0.0, |s| s.complaint_score),
            triggers: analysis.trigger_names(),
            broken_promise: scores
                .is_some_and(|s| s.complaint && s.promise.as_ref().is_some_and(|promise| promise.broken)),
            not_listened: scores.is_some_and(not_listened),
            contacts: thread.contacts,
            answered: thread.answered,
            superseded: !thread.last_of_customer,
            waiting_days,
            public: message.visibility == Visibility::Public,
            audience,
        }
    }
}

fn not_listened(scores: &Scores) -> bool {
    let shown = [super::findings::MarkKind::EarlierContact.shows(), super::findings::MarkKind::NoAnswer.shows()];
    scores.evidence.iter().any(|evidence| shown.contains(&evidence.shows.as_str()))
}

/// Returns the priority of a message, or `None` for one that was not scored and raised no trigger: nothing is known of it.
pub fn priority(
    analysis: &Analysis,
    message: &Message,
    thread: &ThreadState,
    newest: Option<Timestamp>,
    weights: &PriorityWeights,
) -> Option<Priority> {
    if analysis.scores().is_none() && analysis.triggers.is_empty() {
        return None;
    }
    Some(rank(&PriorityInput::new(analysis, message, thread, newest), weights))
}

/// Combines the parts.
pub fn rank(input: &PriorityInput, weights: &PriorityWeights) -> Priority {
    let share = weights.no_complaint_share + (1.0 - weights.no_complaint_share) * input.complaint.clamp(0.0, 1.0);
    let mut parts = Vec::new();
    let mut add = |what: &'static str, points: f32, text: String| {
        if points > 0.0 {
            parts.push(PriorityPart { what: what.into(), points, text });
        }
    };
    if !input.triggers.is_empty() {
        add("trigger", weights.trigger, format!("trigger: {}", input.triggers.join(", ")));
    }
    if input.answered {
        add("severity", input.severity * weights.answered_share, format!("severity {:.0}, answered", input.severity));
    } else if input.superseded {
        add(
            "severity",
            input.severity * weights.answered_share,
            format!("severity {:.0}, a later message of the thread stands for it", input.severity),
        );
    } else {
        add("severity", input.severity, format!("severity {:.0}", input.severity));
    }
    if input.broken_promise {
        add("promise", weights.broken_promise, "promise broken".to_owned());
    }
    let contacts = if input.superseded { 0 } else { input.contacts.saturating_sub(1) };
    #[allow(clippy::cast_precision_loss, reason = "cut to contact_max")]
    let points = (contacts as f32 * weights.contact).min(weights.contact_max);
    add("contacts", points * share, format!("asked {} without an answer", times(input.contacts)));
    if input.not_listened && !input.superseded {
        add("not_listened", weights.not_listened * share, "says that it is not the first contact".to_owned());
    }
    if let Some(days) = input.waiting_days.filter(|_| !input.superseded) {
        #[allow(clippy::cast_possible_truncation, reason = "cut to waiting_max")]
        let doublings = (1.0 + days).log2() as f32;
        add("waiting", (weights.waiting_base * doublings).min(weights.waiting_max) * share, waiting(days));
    }
    let (points, text) = reach(input, weights);
    add("reach", points * share, text);
    let score = combine(parts.iter().map(|part| part.points));
    parts.sort_by(|a, b| b.points.total_cmp(&a.points).then(a.what.cmp(&b.what)));
    Priority { score, parts }
}

fn reach(input: &PriorityInput, weights: &PriorityWeights) -> (f32, String) {
    let public = if input.public { weights.reach_public } else { 0.0 };
    let text = if input.public { "public" } else { "private" };
    match input.audience {
        Some(audience) if audience > 0 => {
            let points = public + logarithmic(audience as f64, 0.0, weights.reach_per_decade, weights.reach_max);
            (points.min(weights.reach_max), format!("{text}, reaches {audience}"))
        }
        _ => (public.min(weights.reach_max), text.to_owned()),
    }
}

fn times(count: u32) -> String {
    match count {
        2 => "twice".to_owned(),
        3 => "three times".to_owned(),
        count => format!("{count} times"),
    }
}

fn waiting(days: f64) -> String {
    let whole = days.floor();
    if whole < 1.0 {
        "waiting less than a day".to_owned()
    } else if whole < 2.0 {
        "waiting 1 day".to_owned()
    } else {
        format!("waiting {whole:.0} days")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::scoring::weights::Weights;

    fn calm() -> PriorityInput {
        PriorityInput {
            severity: 0.0,
            complaint: 0.0,
            triggers: vec![],
            broken_promise: false,
            not_listened: false,
            contacts: 1,
            answered: false,
            superseded: false,
            waiting_days: None,
            public: false,
            audience: None,
        }
    }

    fn score(input: &PriorityInput) -> f32 {
        rank(input, &Weights::embedded().priority).score
    }

    #[test]
    fn praise_is_low_however_loud_and_a_trigger_is_high_however_calm() {
        assert!(
            score(&PriorityInput { waiting_days: Some(9.0), public: true, audience: Some(100_000), ..calm() }) < 12.0
        );
        assert!(score(&PriorityInput { triggers: vec!["injury"], ..calm() }) >= 79.9);
    }

    #[test]
    fn parts_are_told_in_words() {
        let input = PriorityInput {
            severity: 58.0,
            complaint: 0.9,
            broken_promise: true,
            contacts: 3,
            waiting_days: Some(4.2),
            ..calm()
        };
        let priority = rank(&input, &Weights::embedded().priority);
        let texts: Vec<&str> = priority.parts.iter().map(|part| part.text.as_str()).collect();
        assert_eq!(texts, ["severity 58", "promise broken", "asked three times without an answer", "waiting 4 days"]);
        assert!(priority.score > 58.0 && priority.score < 90.0, "{}", priority.score);
    }

    #[test]
    fn a_burst_is_one_piece_of_work_and_its_last_message_stands_for_it() {
        let last = PriorityInput { severity: 40.0, complaint: 1.0, contacts: 3, waiting_days: Some(4.0), ..calm() };
        let first = PriorityInput { superseded: true, contacts: 1, ..last.clone() };
        assert!(score(&first) < score(&last) - 20.0, "{} {}", score(&first), score(&last));
    }

    #[test]
    fn an_answered_message_stands_behind_the_same_one_unanswered() {
        let open = PriorityInput { severity: 60.0, complaint: 1.0, ..calm() };
        assert!(score(&PriorityInput { answered: true, ..open.clone() }) < score(&open));
    }

    fn any_input() -> impl Strategy<Value = PriorityInput> {
        (
            0.0f32..=100.0,
            0.0f32..=1.0,
            any::<bool>(),
            any::<bool>(),
            any::<bool>(),
            0u32..20,
            prop::option::of(0.0f64..400.0),
            any::<bool>(),
            prop::option::of(0u64..10_000_000),
        )
            .prop_map(
                |(
                    severity,
                    complaint,
                    trigger,
                    broken_promise,
                    not_listened,
                    contacts,
                    waiting_days,
                    public,
                    audience,
                )| PriorityInput {
                    severity,
                    complaint,
                    triggers: if trigger { vec!["legal"] } else { vec![] },
                    broken_promise,
                    not_listened,
                    contacts,
                    answered: false,
                    superseded: false,
                    waiting_days,
                    public,
                    audience,
                },
            )
    }

    proptest! {
        #[test]
        fn priority_is_monotone(input in any_input(), more in 0.0f32..60.0) {
            let base = score(&input);
            prop_assert!((0.0..=100.0).contains(&base));
            let raised = [
                PriorityInput { severity: (input.severity + more).min(100.0), ..input.clone() },
                PriorityInput { complaint: (input.complaint + more / 100.0).min(1.0), ..input.clone() },
                PriorityInput { triggers: vec!["legal", "press"], ..input.clone() },
                PriorityInput { broken_promise: true, ..input.clone() },
                PriorityInput { not_listened: true, ..input.clone() },
                PriorityInput { contacts: input.contacts + 1, ..input.clone() },
                PriorityInput { waiting_days: Some(input.waiting_days.unwrap_or(0.0) + f64::from(more)), ..input.clone() },
                PriorityInput { public: true, ..input.clone() },
                PriorityInput { audience: Some(input.audience.unwrap_or(0) * 2 + 1), ..input.clone() },
            ];
            for changed in raised {
                prop_assert!(score(&changed) + 1e-3 >= base, "{changed:?}");
            }
        }
    }
}
