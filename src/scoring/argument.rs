//! How a message argues: words that hold what happened against what was expected and tell it in order, by class (`data/lexicons/argument.toml`).
//!
//! ```text
//! argument = mean over the six classes of n / (n + 1), n = words of the class                    0..1, never lower for more words
//! account  = min(1, (contrast + sequence words) per hundred words / account_full)               0..=1, of at least fifty words
//! ```
//!
//! The classes follow the top senses of the Penn Discourse Treebank (Prasad et al. 2008: comparison, temporal, contingency, expansion), and reported
//! speech. `account` is a rate, so that a long letter gains nothing by its length. How far either goes is told in docs/scores.md.

use super::findings::ARGUMENT;
use super::view::View;

/// Classes of words, in the order of [`Argument::counts`].
pub const CLASSES: [&str; 6] = ["contrast", "sequence", "report", "reason", "list", "condition"];

/// Words below which a rate would mean nothing: a shorter text counts as this long.
const FEWEST_WORDS: usize = 50;

/// How often a text uses each class of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Argument {
    /// Words of each of [`CLASSES`].
    pub counts: [usize; CLASSES.len()],
    /// Words of the text.
    pub words: usize,
}

impl Argument {
    /// Counts the classes in a text of `words` words.
    pub(super) fn find(view: &View, words: usize) -> Self {
        let mut counts = [0; CLASSES.len()];
        for hit in ARGUMENT.find(view) {
            let label = &ARGUMENT.rules()[hit.rule].label;
            if let Some(class) = CLASSES.iter().position(|known| known == label) {
                counts[class] += 1;
            }
        }
        Self { counts, words }
    }

    /// Returns how much the text argues, 0..1.
    pub fn share(&self) -> f32 {
        let saturated = self.counts.iter().map(|&n| n as f32 / (n as f32 + 1.0));
        saturated.sum::<f32>() / CLASSES.len() as f32
    }

    /// Returns how densely it sets what happened against what was expected, 0..=1; `full` words per hundred are all.
    pub fn account(&self, full: f32) -> f32 {
        let words = self.words.max(FEWEST_WORDS) as f32;
        let rate = 100.0 * (self.counts[0] + self.counts[1]) as f32 / words;
        if full > 0.0 { (rate / full).min(1.0) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::findings::analyse_text;
    use super::super::lexicon::tests::check_file;
    use super::*;

    #[test]
    fn the_words_are_of_known_classes() {
        check_file(&ARGUMENT, &CLASSES);
        for class in CLASSES {
            assert!(ARGUMENT.rules().iter().any(|rule| rule.label == class), "{class}");
        }
    }

    #[test]
    fn arguing_is_counted_and_shouting_is_not() {
        let argued = analyse_text(
            "You said Monday, but it came on Friday, after I had asked twice. I left because nobody answered.",
        )
        .argument;
        assert_eq!(argued.counts, [1, 1, 2, 1, 0, 0]);
        assert!((argued.share() - (0.5 + 0.5 + 2.0 / 3.0 + 0.5) / 6.0).abs() < 1e-6);
        assert!((argued.account(4.0) - 1.0).abs() < 1e-6, "two words count as four in a hundred");
        let shouted = analyse_text("WORST COMPANY EVER!!! IDIOTS!!!").argument;
        assert!(shouted.share().abs() < 1e-6 && shouted.account(3.0).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn another_word_never_lowers_the_argument(counts in prop::array::uniform6(0usize..20), class in 0usize..6) {
            let mut more = counts;
            more[class] += 1;
            let share = |counts| Argument { counts, words: 100 }.share();
            prop_assert!(share(more) >= share(counts) && share(more) < 1.0);
        }
    }
}
