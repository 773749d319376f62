//! Messages and analyses for tests of this module and of drafting.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::Issue;
use crate::analysis::{
    ANALYSIS_VERSION, Analysis, AnsweredBy, Emotion, ModelRef, Outcome, Reproach, Scores, Sentiment, Span, Trigger,
    TriggerHit, Unscored, Validity,
};
use crate::draft::Verdict;
use crate::message::{Channel, Message, Origin, Visibility};
use crate::thread::ThreadState;

/// A message of a customer with its usual visibility.
pub(crate) fn message(channel: Channel, text: &str) -> Message {
    Message {
        id: "m1".to_owned(),
        author: Some("Lee Marsh".to_owned()),
        origin: Origin { file: "test.csv".to_owned(), row: 1 },
        ..Message::alone(channel, text)
    }
}

/// A complaint of medium harm, validity unclear.
pub(crate) fn scores(issue: Issue) -> Scores {
    Scores {
        heads: BTreeMap::new(),
        sentiment: Sentiment::Negative,
        sentiment_score: -0.8,
        complaint: true,
        complaint_score: 0.9,
        reproach: Reproach::Disapproval,
        harm: 40.0,
        harm_parts: Vec::new(),
        severity: 45.0,
        emotion: Emotion::Anger,
        anger: 0.6,
        substantiation: 0.5,
        validity: Validity::Unclear,
        validity_score: 0.5,
        promise: None,
        questions: Vec::new(),
        issue: Some(issue.name().to_owned()),
        remedy: None,
        confidence: 0.9,
        answered_by: AnsweredBy::Encoder,
        evidence: Vec::new(),
    }
}

/// An analysis with these scores and triggers.
pub(crate) fn analysis(scores: Scores, triggers: &[Trigger]) -> Analysis {
    with_outcome(Outcome::Scored(Box::new(scores)), triggers)
}

/// An analysis without scores.
pub(crate) fn unscored(reason: Unscored, lang: Option<&str>, triggers: &[Trigger]) -> Analysis {
    Analysis { lang: lang.map(str::to_owned), ..with_outcome(Outcome::Unscored { reason }, triggers) }
}

fn with_outcome(outcome: Outcome, triggers: &[Trigger]) -> Analysis {
    Analysis {
        version: ANALYSIS_VERSION,
        message_id: "m1".to_owned(),
        model: ModelRef { name: "test".to_owned(), release: "0".to_owned(), digest: "000000000000".to_owned() },
        engine: "test".to_owned(),
        lang: Some("eng".to_owned()),
        truncated_tokens: 0,
        triggers: triggers.iter().map(|&trigger| TriggerHit { trigger, span: Span { from: 0, to: 0 } }).collect(),
        outcome,
    }
}

/// Everything that a decision can rest on.
#[derive(Debug, Clone)]
pub(crate) struct Situation {
    pub(crate) message: Message,
    pub(crate) thread: ThreadState,
    pub(crate) analysis: Analysis,
    pub(crate) verdict: Option<Verdict>,
}

prop_compose! {
    fn any_scores()(
        issue in prop::option::of(prop::sample::select(Issue::ALL)),
        unknown in prop::bool::weighted(0.05),
        sentiment in prop::sample::select(Sentiment::ALL),
        complaint in any::<bool>(),
        validity in prop::sample::select(Validity::ALL),
        emotion in prop::sample::select(Emotion::ALL),
        harm in prop_oneof![9 => 0.0_f32..=100.0, 1 => Just(f32::NAN)],
        severity in prop_oneof![9 => 0.0_f32..=100.0, 1 => Just(f32::NAN)],
        confidence in 0.0_f32..=1.0,
        remedy in prop::option::of(prop::sample::select(vec!["refund", "information", "none", "apology"])),
    ) -> Scores {
        Scores {
            sentiment, complaint, validity, emotion, harm, severity, confidence,
            issue: if unknown { Some("parking".to_owned()) } else { issue.map(|issue| issue.name().to_owned()) },
            remedy: remedy.map(str::to_owned),
            ..scores(Issue::Other)
        }
    }
}

prop_compose! {
    /// Any situation at all, likely and unlikely ones.
    pub(crate) fn any_situation()(
        channel in prop::sample::select(Channel::ALL),
        public in prop::option::weighted(0.2, any::<bool>()),
        text in "\\PC{0,40}",
        author in prop::option::of("\\PC{0,20}"),
        outcome in prop_oneof![
            8 => any_scores().prop_map(|scores| Outcome::Scored(Box::new(scores))),
            1 => prop::sample::select(vec![Unscored::Empty, Unscored::NotEnglish, Unscored::NotFromCustomer])
                .prop_map(|reason| Outcome::Unscored { reason }),
        ],
        triggers in prop_oneof![
            3 => Just(Vec::new()),
            1 => prop::collection::vec(prop::sample::select(Trigger::ALL), 0..3),
        ],
        lang in prop::option::of(prop::sample::select(vec!["deu", "eng", "zzz", ""])),
        verdict in prop::option::of(prop::sample::select(vec![Verdict::Valid, Verdict::Unfounded])),
        turns in 0_u32..9, contacts in 0_u32..9, company_turns in 0_u32..5, answered in any::<bool>(),
    ) -> Situation {
        let mut message = message(channel, &text);
        message.author = author;
        if let Some(public) = public {
            message.visibility = if public { Visibility::Public } else { Visibility::Private };
        }
        let mut analysis = with_outcome(outcome, &triggers);
        analysis.lang = lang.map(str::to_owned);
        Situation {
            message, analysis, verdict,
            thread: ThreadState { turns, contacts, answered, company_turns, ..ThreadState::alone("t1") },
        }
    }
}
