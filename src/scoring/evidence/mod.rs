//! Evidence in a text: one file for each family of extractors. Precision comes first; what is doubtful is left out.

mod amounts;
mod dates;
mod durations;
mod phrases;
mod references;
mod staff;

use super::findings::{Mark, MarkKind};
use super::view::View;

/// Returns every mark of `text`, in order; overlapping marks of one kind are reduced to the first.
pub(super) fn marks(text: &str, view: &View) -> Vec<Mark> {
    let mut marks = Vec::new();
    if view.bytes().iter().any(u8::is_ascii_digit) {
        references::find(view, &mut marks);
        amounts::find(view, &mut marks);
    }
    dates::find(view, &mut marks);
    durations::find(view, &mut marks);
    staff::find(text, view, &mut marks);
    phrases::find(view, &mut marks);
    marks.sort_by_key(|mark| (mark.span.from, mark.kind, std::cmp::Reverse(mark.span.to)));
    let mut kept: Vec<Mark> = Vec::with_capacity(marks.len());
    for mark in marks {
        if !kept.iter().rev().any(|known| known.kind == mark.kind && mark.span.from < known.span.to) {
            kept.push(mark);
        }
    }
    kept
}

fn mark(view: &View, kind: MarkKind, from: usize, to: usize, value: Option<f64>) -> Mark {
    Mark { kind, span: view.span(from, to), value }
}

/// Returns the bytes around `from..to`, at most `before` and `after` of them.
fn around(bytes: &[u8], from: usize, to: usize, before: usize, after: usize) -> (&[u8], &[u8]) {
    (&bytes[from.saturating_sub(before)..from], &bytes[to..(to + after).min(bytes.len())])
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Checks a table of texts with the words that marks of `kind` must be found at, no more and no fewer.
    pub(super) fn check(kind: MarkKind, table: &[(&str, &[&str])]) {
        let mut failures = Vec::new();
        for (text, expected) in table {
            let view = View::new(text);
            let found: Vec<&str> =
                marks(text, &view).iter().filter(|m| m.kind == kind).map(|m| m.span.of(text)).collect();
            if found != *expected {
                failures.push(format!("{text:?}: found {found:?}, expected {expected:?}"));
            }
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }

    #[test]
    fn every_mark_has_a_kind_once_at_a_place() {
        let text = "Order 88213, order 88213.";
        let view = View::new(text);
        assert_eq!(marks(text, &view).len(), 2);
    }
}
