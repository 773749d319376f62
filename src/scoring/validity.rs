//! Validity: is the complaint likely right? Good faith is the rule.
//!
//! ```text
//! score = .5 + promise * match (if a promise was broken) + substantiation_weight * substantiation
//!            + account_weight * account (if nothing speaks against it) - sum of contrary kinds           (within .05..=.95)
//! ```
//!
//! - *likely valid* needs positive evidence: a broken promise, or much evidence with nothing against it: arguing alone proves nothing; and the score reaches `valid_from`.
//! - *likely unfounded* needs words in the message that speak against it, no broken promise, and a score down to `unfounded_to`.
//! - everything else is *unclear*, with questions to ask.
//!
//! Neither sentiment, anger nor reproach enters: tone never changes it. A message that is no complaint has nothing to be right about: it is *unclear*, .5,
//! without questions. The result stays provisional until a person has judged.

use crate::analysis::{PromiseMatch, Validity};

use super::findings::{MarkKind, TextFindings};
use super::questions::questions;
use super::substantiation::Substantiation;
use super::weights::ValidityWeights;

/// A judgement with what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The label.
    pub label: Validity,
    /// 0..=1; .5 is "nothing known".
    pub score: f32,
    /// The promise that the message holds against us, broken or not.
    pub promise: Option<PromiseMatch>,
    /// What to ask; empty unless it is an unclear complaint.
    pub questions: Vec<String>,
}

/// Judges a message from what its text shows.
pub fn judge(
    findings: &TextFindings,
    complaint: bool,
    substantiation: Substantiation,
    issue: Option<&str>,
    weights: &ValidityWeights,
) -> Judgement {
    let promise = findings.promises.first().filter(|found| found.score >= weights.promise_min).map(PromiseMatch::from);
    if !complaint {
        return Judgement { label: Validity::Unclear, score: 0.5, promise, questions: Vec::new() };
    }
    let broken = promise.as_ref().filter(|promise| promise.broken).map_or(0.0, |promise| promise.score);
    let against: f32 = MarkKind::ALL
        .into_iter()
        .filter(|kind| kind.is_contrary() && findings.has(*kind))
        .map(|kind| points(kind, weights))
        .sum();
    let account = if against > 0.0 { 0.0 } else { findings.argument.account(weights.account_full) };
    let in_favour =
        weights.promise * broken + weights.substantiation * substantiation.score + weights.account * account;
    let score = (0.5 + in_favour - against).clamp(0.05, 0.95);
    let positive = broken > 0.0 || (substantiation.evidence >= weights.substantiated && against <= 0.0);
    let label = if positive && score >= weights.valid_from {
        Validity::LikelyValid
    } else if against > 0.0 && broken <= 0.0 && score <= weights.unfounded_to {
        Validity::LikelyUnfounded
    } else {
        Validity::Unclear
    };
    let questions = if label == Validity::Unclear { questions(findings, issue) } else { Vec::new() };
    Judgement { label, score, promise, questions }
}

/// What a kind of contrary evidence takes off; 0 for evidence in favour.
pub(super) fn points(kind: MarkKind, weights: &ValidityWeights) -> f32 {
    weights.contrary.get(kind.name()).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::findings::analyse_with_promises;
    use super::super::promise::{Promise, PromiseSet};
    use super::super::substantiation::substantiation;
    use super::super::weights::Weights;
    use super::*;

    fn judged(text: &str) -> Judgement {
        let promises = PromiseSet::new(&[Promise {
            id: "next-day".into(),
            text: "Orders arrive the next day".into(),
            says: vec!["next[- ]day delivery".into()],
            broken: vec![],
        }])
        .unwrap();
        let findings = analyse_with_promises(text, &promises, None);
        let weights = Weights::embedded();
        judge(&findings, true, substantiation(&findings, weights), Some("delivery"), &weights.validity)
    }

    #[test]
    fn a_broken_promise_is_likely_valid() {
        let judgement =
            judged("You promised next day delivery. Order 88213 was placed Monday, it is now Friday and nothing came.");
        assert_eq!(judgement.label, Validity::LikelyValid);
        assert!(judgement.promise.unwrap().broken);
        assert!(judgement.questions.is_empty());
    }

    #[test]
    fn nothing_known_is_unclear_with_questions() {
        let judgement = judged("This is really bad.");
        assert_eq!(judgement.label, Validity::Unclear);
        assert!((judgement.score - 0.5).abs() < 0.1 && !judgement.questions.is_empty());
    }

    #[test]
    fn unfounded_needs_words_that_speak_against_it_and_a_broken_promise_forbids_it() {
        let against = "I did not read that it was a final sale and I changed my mind about the colour.";
        let judgement = judged(against);
        assert_eq!(judgement.label, Validity::LikelyUnfounded, "{judgement:?}");
        let with_promise = judged(&format!("{against} And your next day delivery never came."));
        assert_ne!(with_promise.label, Validity::LikelyUnfounded);
    }

    #[test]
    fn tone_changes_nothing() {
        let calm = judged("Order 88213 has not come.");
        let angry = judged("ORDER 88213 HAS NOT COME!!! You useless idiots!!!");
        assert_eq!((calm.label, calm.score), (angry.label, angry.score));
    }

    #[test]
    fn what_is_no_complaint_is_not_judged() {
        let findings = analyse_with_promises("I changed my mind, I love it now", &PromiseSet::default(), None);
        let judgement =
            judge(&findings, false, Substantiation { evidence: 0.9, score: 0.9 }, None, &Weights::embedded().validity);
        assert_eq!((judgement.label, judgement.questions.len()), (Validity::Unclear, 0));
        assert!((judgement.score - 0.5).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn no_text_is_unfounded_without_contrary_words(words in prop::collection::vec(prop::sample::select(vec![
            "order 88213", "liars", "on Monday", "I hate you", "$50", "next day delivery", "never came", "terrible", "I emailed twice",
        ]), 0..12)) {
            let text = words.join(". ");
            let findings = analyse_with_promises(&text, &PromiseSet::default(), None);
            let weights = Weights::embedded();
            let judgement = judge(&findings, true, substantiation(&findings, weights), None, &weights.validity);
            prop_assert!(judgement.label != Validity::LikelyUnfounded);
            prop_assert!((0.0..=1.0).contains(&judgement.score));
        }
    }
}
