//! Evidence that phrases show; the phrases are in `data/lexicons/evidence.toml`.

use super::{Mark, MarkKind, View, mark};
use crate::scoring::findings::EVIDENCE;

pub(super) fn find(view: &View, marks: &mut Vec<Mark>) {
    for hit in EVIDENCE.find(view) {
        // Labels are checked by the test below.
        if let Some(kind) = MarkKind::parse(&EVIDENCE.rules()[hit.rule].label) {
            marks.push(mark(view, kind, hit.from, hit.to, None));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::scoring::findings::{EVIDENCE, MarkKind};
    use crate::scoring::lexicon::tests::check_file;

    #[test]
    fn the_phrases_match_their_examples_and_nothing_of_their_counter_examples() {
        let known: Vec<&str> = MarkKind::ALL.iter().map(|kind| kind.name()).collect();
        check_file(&EVIDENCE, &known);
    }
}
