//! What a message asks for, by phrases (`data/lexicons/remedies.toml`) and by the `remedy` head; chosen as issues are.

use super::findings::{LabelFinding, REMEDIES};
use super::view::View;

/// Remedies that the product knows; a closed list.
pub const REMEDIES_KNOWN: &[&str] = &[
    "refund",
    "replacement",
    "repair",
    "compensation",
    "explanation",
    "apology",
    "cancellation",
    "information",
    "delivery",
    "change",
    "none",
];

/// Returns the remedies that phrases ask for, heaviest first.
pub(super) fn find(view: &View) -> Vec<LabelFinding> {
    super::findings::by_label(&REMEDIES, view)
}

#[cfg(test)]
mod tests {
    use super::super::lexicon::tests::check_file;
    use super::*;

    #[test]
    fn the_phrases_match_their_examples_and_nothing_of_their_counter_examples() {
        check_file(&REMEDIES, REMEDIES_KNOWN);
    }
}
