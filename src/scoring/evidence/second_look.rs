//! Whether the sentence round a promise's clause tells a promise: the second reader's word ([`SentenceModel`]).
//!
//! The patterns know how a promise is told, not what is told with it: "the lad said he'd be late" has their form. Only finds are read, so a message without one costs nothing.

use std::cell::OnceCell;

use crate::analysis::Span;
use crate::engine::sentence::SentenceModel;
use crate::scoring::sentences;

/// From this probability on a sentence tells a promise: the lowest step from which on finds of writers whom the reader has not seen are right 95 times of 100 (664 of
/// 698 when this was set, of which the patterns found 773; `cargo run --release --example gate_learn -- RUN` prints the steps, docs/training.md says what RUN is).
const TELLS: f32 = 0.2;
/// Finds of one text that are read; the patterns alone answer for any after them, so that no text can cost more than these.
const MOST: usize = 32;

/// Reads the finds of one text.
pub(super) struct SecondLook<'a> {
    text: &'a str,
    sentences: OnceCell<Vec<Span>>,
    left: usize,
}

impl<'a> SecondLook<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, sentences: OnceCell::new(), left: MOST }
    }

    /// Whether one of the sentences that `find` touches tells a promise.
    pub(super) fn tells_promise(&mut self, find: Span) -> bool {
        if self.left == 0 {
            return true;
        }
        self.left -= 1;
        let sentences = self.sentences.get_or_init(|| sentences::split(self.text));
        let touched = sentences.iter().filter(|sentence| find.from < sentence.to && sentence.from < find.to);
        let model = SentenceModel::embedded();
        touched.into_iter().any(|sentence| model.read(sentence.of(self.text)).promise >= TELLS)
    }
}

#[cfg(test)]
mod tests {
    use super::super::extract;
    use super::*;
    use crate::scoring::findings::MarkKind;

    #[test]
    fn words_of_a_promise_count_where_their_sentence_tells_one() {
        let promises = |text: &str| extract(text).iter().filter(|m| m.kind == MarkKind::QuotedPromise).count();
        assert_eq!(promises("Your engineer said he would be here before noon."), 1);
        assert_eq!(promises("Your engineer said he would be here before noon. I told him I'd wait."), 1);
    }

    #[test]
    fn a_text_costs_no_more_than_its_first_finds() {
        let mut look = SecondLook::new("I was at home.");
        let find = Span { from: 0, to: 5 };
        assert!((0..MOST).all(|_| !look.tells_promise(find)));
        assert!(look.tells_promise(find));
    }
}
