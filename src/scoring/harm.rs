//! Harm: what happened to them, 0..=100.
//!
//! Parts come from six dimensions: `safety`, `money`, `time`, `dignity` and `repetition` by words (phrases in `data/lexicons/harm.toml`, sums of money
//! and lengths of time on a logarithmic scale), `repetition` also from the unanswered contacts of the thread, and `issue`, the usual harm
//! of the issue type. Within a dimension the largest part counts in full and every other a share of it (`other_in_dimension`); then all
//! are combined by [`combine`]. So harm is monotone: another part, or a larger one, never lowers it.
//!
//! Parts that say nothing by themselves (the issue, money paid) count times the probability that the message is a complaint:
//! "arrived in two days, paid 20 dollars, great" has no harm.

use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::analysis::{HarmPart, Span};
use crate::thread::ThreadState;

use super::findings::{HARM, Mark, MarkKind, TextFindings};
use super::lexicon::embedded_regex;
use super::points::{combine, logarithmic};
use super::view::View;
use super::weights::HarmWeights;

/// Harm that words state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HarmFinding {
    /// What it is, before weights.
    pub kind: HarmKind,
    /// Where.
    pub span: Span,
}

/// Kinds of stated harm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum HarmKind {
    /// A phrase, with the dimension and points that the lexicon gives.
    Phrase {
        /// Dimension.
        dimension: &'static str,
        /// Points.
        points: f32,
    },
    /// Money that is said to be lost, in dollars.
    MoneyLost(f64),
    /// Money that was paid, in dollars.
    MoneyPaid(f64),
    /// A wait, in hours.
    Wait(f64),
    /// An earlier contact.
    Contact,
    /// A contact that nobody answered.
    NoAnswer,
}

/// Dimensions that phrases may name.
const DIMENSIONS: &[&str] = &["safety", "money", "time", "dignity", "repetition"];

static LOST: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:(?:over|double |wrongly )?charg(?:ed|ing|es?)|deduct\w*|debited|took|taken|tak(?:e|ing)|refund\w*|reimburse\w*|owe[sd]?|owing|lost|losing|stole|stolen|withdr\w+|fees?|fined?|penalty|billed|twice|missing|never (?:got|received)|out of pocket|money back|vanished|disappeared|hidden|extra|unauthori[sz]ed|fraud\w*|scammed|robbed|wasted?|kept|keeping)\b",
    )
});

static PAID: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(r"\b(?:pa(?:y|id|ying)|costs?|spent|worth|bought|price|purchased?|deposit|ordered)\b")
});

/// What looks like a loss and is none: the money came back, or is still to be won.
static GAIN: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:cash ?back|saved?|saving|(?:got|received|gave me) (?:a|my|the) (?:full )?refund|discount|off your|voucher|gift card|won|no (?:extra )?(?:charges?|fees?))\b",
    )
});

pub(super) fn find(view: &View, marks: &[Mark], text: &str) -> Vec<HarmFinding> {
    let mut findings = Vec::new();
    for hit in HARM.find(view) {
        let rule = &HARM.rules()[hit.rule];
        // Labels are checked by the test below.
        if let Some(dimension) = DIMENSIONS.iter().copied().find(|known| *known == rule.label) {
            let kind = HarmKind::Phrase { dimension, points: rule.points };
            findings.push(HarmFinding { kind, span: view.span(hit.from, hit.to) });
        }
    }
    for mark in marks {
        let kind = match (mark.kind, mark.value) {
            (MarkKind::Amount, Some(dollars)) => match money(mark.span, dollars, text) {
                Some(kind) => kind,
                None => continue,
            },
            (MarkKind::Duration, Some(hours)) => HarmKind::Wait(hours),
            (MarkKind::EarlierContact, _) => HarmKind::Contact,
            (MarkKind::NoAnswer, _) => HarmKind::NoAnswer,
            _ => continue,
        };
        findings.push(HarmFinding { kind, span: mark.span });
    }
    findings.sort_by_key(|finding| finding.span);
    findings
}

/// Bytes of the same sentence, on either side of a sum, that say what became of it.
const MONEY_REACH: usize = 70;

fn money(span: Span, dollars: f64, text: &str) -> Option<HarmKind> {
    let bytes = text.as_bytes();
    let ends = |b: &u8| matches!(b, b'!' | b'?' | b'\n');
    let before = &bytes[span.from.saturating_sub(MONEY_REACH)..span.from];
    let before = before.iter().rposition(ends).map_or(before, |at| &before[at + 1..]);
    let after = &bytes[span.to..(span.to + MONEY_REACH).min(bytes.len())];
    let after = after.iter().position(ends).map_or(after, |at| &after[..at]);
    let near = [before, b" ", after].concat().to_ascii_lowercase();
    if GAIN.is_match(&near) {
        None
    } else if LOST.is_match(&near) {
        Some(HarmKind::MoneyLost(dollars))
    } else if PAID.is_match(&near) {
        Some(HarmKind::MoneyPaid(dollars))
    } else {
        None
    }
}

/// Returns the parts of harm, highest first; `complaint` is the probability that the message is one.
pub fn parts(
    findings: &TextFindings,
    issue: Option<&str>,
    complaint: f32,
    thread: &ThreadState,
    weights: &HarmWeights,
) -> Vec<HarmPart> {
    let mut parts: Vec<HarmPart> = findings.harm.iter().map(|finding| part(finding, complaint, weights)).collect();
    let repeated = f64::from(thread.contacts.saturating_sub(1));
    if repeated > 0.0 {
        #[allow(clippy::cast_possible_truncation, reason = "cut to contact_max")]
        let points = (repeated as f32 * weights.contact_points).min(weights.contact_max);
        parts.push(HarmPart { dimension: "repetition".to_owned(), points, span: None });
    }
    let usual = issue.and_then(|issue| weights.issue.get(issue)).copied().unwrap_or(weights.issue_default);
    parts.push(HarmPart { dimension: "issue".to_owned(), points: usual * complaint.clamp(0.0, 1.0), span: None });
    parts.retain(|part| part.points > 0.0);
    parts.sort_by(|a, b| {
        b.points.total_cmp(&a.points).then_with(|| a.dimension.cmp(&b.dimension)).then_with(|| a.span.cmp(&b.span))
    });
    parts
}

fn part(finding: &HarmFinding, complaint: f32, weights: &HarmWeights) -> HarmPart {
    let money = |dollars| logarithmic(dollars, weights.money_base, weights.money_per_decade, weights.money_max);
    let (dimension, points) = match finding.kind {
        HarmKind::Phrase { dimension, points } => (dimension, points),
        HarmKind::MoneyLost(dollars) => ("money", money(dollars)),
        HarmKind::MoneyPaid(dollars) => {
            ("money", money(dollars) * weights.money_paid_share * complaint.clamp(0.0, 1.0))
        }
        HarmKind::Wait(hours) => {
            ("time", logarithmic(hours, weights.time_base, weights.time_per_decade, weights.time_max))
        }
        HarmKind::Contact => ("repetition", weights.repetition_contact),
        HarmKind::NoAnswer => ("repetition", weights.repetition_no_answer),
    };
    HarmPart { dimension: dimension.to_owned(), points, span: Some(finding.span) }
}

/// Combines parts to harm, 0..=100. The order of `parts` does not matter.
pub fn harm(parts: &[HarmPart], weights: &HarmWeights) -> f32 {
    let mut sorted: Vec<(&str, f32)> = parts.iter().map(|part| (part.dimension.as_str(), part.points)).collect();
    sorted.sort_by(|a, b| a.0.cmp(b.0).then_with(|| b.1.total_cmp(&a.1)));
    let mut last = None;
    combine(sorted.into_iter().map(|(dimension, points)| {
        let first = last.replace(dimension) != Some(dimension);
        if first { points } else { points * weights.other_in_dimension }
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::findings::analyse_text;
    use super::super::lexicon::tests::check_file;
    use super::super::weights::Weights;
    use super::*;

    fn harm_of(text: &str, issue: Option<&str>, complaint: f32) -> f32 {
        let weights = &Weights::embedded().harm;
        harm(&parts(&analyse_text(text), issue, complaint, &ThreadState::alone("t"), weights), weights)
    }

    #[test]
    fn the_phrases_match_their_examples_and_nothing_of_their_counter_examples() {
        check_file(&HARM, DIMENSIONS);
    }

    #[test]
    fn more_money_and_longer_waits_are_more_harm() {
        assert!(
            harm_of("you charged me $2000 by mistake", None, 1.0)
                > harm_of("you charged me $20 by mistake", None, 1.0) + 10.0
        );
        assert!(
            harm_of("I have been waiting for 3 months", None, 1.0)
                > harm_of("I have been waiting for 3 hours", None, 1.0) + 10.0
        );
    }

    #[test]
    fn praise_and_money_paid_gladly_are_no_harm() {
        for text in [
            "Great shop, paid $20 and it came in two days",
            "no problems at all, nobody was rude",
            "got a full refund of $80, thanks",
        ] {
            assert!(harm_of(text, Some("delivery"), 0.0) < 1.0, "{text}: {}", harm_of(text, Some("delivery"), 0.0));
        }
    }

    #[test]
    fn injury_outweighs_impatience() {
        assert!(harm_of("The kettle exploded and burned my hand", Some("safety"), 0.9) > 60.0);
        assert!(harm_of("The app is a bit slow!!!", Some("website_app"), 1.0) < 15.0);
    }

    #[test]
    fn unanswered_contacts_of_the_thread_count() {
        let weights = &Weights::embedded().harm;
        let findings = analyse_text("hello?");
        let score = |contacts| {
            let thread = ThreadState { contacts, ..ThreadState::alone("t") };
            harm(&parts(&findings, None, 1.0, &thread, weights), weights)
        };
        assert!(score(3) > score(2) && score(2) > score(1));
        assert!((score(1) - score(0)).abs() < 1e-6);
    }

    fn any_part() -> impl Strategy<Value = HarmPart> {
        (prop::sample::select(vec!["safety", "money", "time", "issue"]), 0.0f32..=100.0)
            .prop_map(|(dimension, points)| HarmPart { dimension: dimension.to_owned(), points, span: None })
    }

    proptest! {
        #[test]
        fn another_or_a_larger_part_never_lowers_harm(mut all in prop::collection::vec(any_part(), 1..9), more in 0.0f32..50.0, at in 0usize..9) {
            let weights = &Weights::embedded().harm;
            let whole = harm(&all, weights);
            prop_assert!((0.0..=100.0).contains(&whole));
            prop_assert!(whole + 1e-3 >= harm(&all[1..], weights));
            let at = at % all.len();
            all[at].points = (all[at].points + more).min(100.0);
            prop_assert!(harm(&all, weights) + 1e-3 >= whole);
        }

        #[test]
        fn a_surer_complaint_never_has_less_harm(p in 0.0f32..=1.0, q in 0.0f32..=1.0) {
            let text = "I paid $50 for it and it was not great";
            let (low, high) = (p.min(q), p.max(q));
            prop_assert!(harm_of(text, Some("quality"), high) + 1e-3 >= harm_of(text, Some("quality"), low));
        }
    }
}
