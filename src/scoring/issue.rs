//! What a message is about: phrases first where they are clear, the `issue` head where it is sure.

use super::findings::{ISSUES, LabelFinding};
use super::view::View;
use super::weights::ChoiceWeights;

/// Issue types that the product knows; a closed list.
pub const ISSUE_TYPES: &[&str] = &[
    "delivery",
    "wrong_or_damaged",
    "quality",
    "billing",
    "refund",
    "returns",
    "cancellation",
    "service",
    "staff",
    "account",
    "website_app",
    "price",
    "safety",
    "privacy",
    "fraud",
    "advertising",
    "policy",
    "other",
];

/// Returns the issue types that phrases speak for, heaviest first.
pub(super) fn find(view: &View) -> Vec<LabelFinding> {
    super::findings::by_label(&ISSUES, view)
}

/// Chooses between what phrases and the head say.
///
/// Phrases win when they are clear: the heaviest label weighs at least `rule_min` and leads by `rule_lead`. Else the head answers when its best
/// label other than `none_label` reaches `head_min`. Else phrases that are not clear, if they weigh half of `rule_min`. Else nothing.
pub(super) fn choose(
    rules: &[LabelFinding],
    head: Option<&[(String, f32)]>,
    none_label: &str,
    weights: &ChoiceWeights,
) -> Option<String> {
    let best = rules.first();
    let second = rules.get(1).map_or(0.0, |label| label.weight);
    if let Some(best) = best
        && best.weight >= weights.rule_min
        && best.weight - second >= weights.rule_lead
    {
        return Some(best.label.clone());
    }
    let sure = head
        .and_then(|labels| labels.iter().max_by(|a, b| a.1.total_cmp(&b.1)))
        .filter(|(label, p)| *p >= weights.head_min && label != none_label);
    if let Some((label, _)) = sure {
        return Some(label.clone());
    }
    best.filter(|best| best.weight >= weights.rule_min / 2.0).map(|best| best.label.clone())
}

#[cfg(test)]
mod tests {
    use super::super::findings::analyse_text;
    use super::super::lexicon::tests::check_file;
    use super::*;
    use crate::analysis::Span;
    use crate::scoring::weights::Weights;

    fn finding(label: &str, weight: f32) -> LabelFinding {
        LabelFinding { label: label.to_owned(), weight, span: Span { from: 0, to: 1 } }
    }

    #[test]
    fn the_phrases_match_their_examples_and_nothing_of_their_counter_examples() {
        check_file(&ISSUES, ISSUE_TYPES);
    }

    #[test]
    fn clear_phrases_beat_a_sure_head_and_a_sure_head_beats_unclear_phrases() {
        let weights = Weights::embedded().issue;
        let head = vec![("service".to_owned(), 0.9), ("billing".to_owned(), 0.1)];
        let clear = [finding("billing", weights.rule_min + weights.rule_lead), finding("service", weights.rule_min)];
        assert_eq!(choose(&clear, Some(&head), "other", &weights).as_deref(), Some("billing"));
        let tie = [finding("billing", weights.rule_min), finding("refund", weights.rule_min)];
        assert_eq!(choose(&tie, Some(&head), "other", &weights).as_deref(), Some("service"));
        assert_eq!(choose(&tie, None, "other", &weights).as_deref(), Some("billing"));
        let unsure = vec![("service".to_owned(), weights.head_min - 0.05)];
        assert_eq!(choose(&[], Some(&unsure), "other", &weights), None);
        let none = vec![("other".to_owned(), 0.99)];
        assert_eq!(choose(&[], Some(&none), "other", &weights), None);
    }

    #[test]
    fn plain_messages_get_the_issue_that_a_reader_would_give() {
        for (text, issue) in [
            ("My parcel never arrived and the tracking has not moved", "delivery"),
            ("You charged me twice for the same order", "billing"),
            ("The blender arrived broken", "wrong_or_damaged"),
            ("Still no refund after a month", "refund"),
            ("The waiter was rude to my mother", "staff"),
            ("I cannot log in to my account", "account"),
            ("The app crashes every time I open it", "website_app"),
            ("Nobody answers the phone at your support", "service"),
            ("I cancelled my subscription and you renewed it", "cancellation"),
            ("The charger overheated and caught fire", "safety"),
            ("Someone opened an account in my name and stole money", "fraud"),
            ("Shoes fell apart after a week", "quality"),
        ] {
            let found = analyse_text(text).issues;
            assert_eq!(
                choose(&found, None, "other", &Weights::embedded().issue).as_deref(),
                Some(issue),
                "{text}: {found:?}"
            );
        }
    }
}
