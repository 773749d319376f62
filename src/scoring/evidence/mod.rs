//! Evidence in a text: sums, days, deadlines, references, earlier contacts, names of staff, stated causes, promises that are
//! quoted, proof that is offered, and what is asked for. Precision comes first; what is doubtful is left out.
//!
//! Phrases are data (`data/lexicons/evidence.toml`); code reads numbers, tells names from other words with a capital, finds where a clause
//! ends, tells deadlines from days, and asks the second reader whether a sentence tells a promise. What counts as what is the labelling guide at the head of `data/fixtures/evidence-open.toml`, by
//! which precision and recall are measured ([`fixture`]).

mod amounts;
mod clause;
mod durations;
pub mod fixture;
pub(crate) mod names;
mod no_promise;
mod phrases;
mod references;
mod second_look;
mod terms;
mod times;

use super::findings::{Mark, MarkKind};
use super::view::View;
use crate::analysis::Span;
use second_look::SecondLook;

/// The kinds that [`extract`] returns.
pub const KINDS: [MarkKind; 11] = [
    MarkKind::Amount,
    MarkKind::Date,
    MarkKind::Duration,
    MarkKind::Deadline,
    MarkKind::Reference,
    MarkKind::EarlierContact,
    MarkKind::Staff,
    MarkKind::StatedCause,
    MarkKind::QuotedPromise,
    MarkKind::ProofOffered,
    MarkKind::RemedyAsked,
];

/// Returns the evidence of a text, in its order: marks of [`KINDS`], as half-open ranges of its UTF-8 bytes. Marks of one kind do not overlap.
pub fn extract(text: &str) -> Vec<Mark> {
    let mut found = marks(text, &View::new(text));
    found.retain(|mark| KINDS.contains(&mark.kind));
    found
}

/// Returns the evidence as [`extract`] does, with every promise that the patterns find: what the second reader has to judge.
pub fn extract_by_patterns(text: &str) -> Vec<Mark> {
    let mut found = marks_by(text, &View::new(text), |_| true);
    found.retain(|mark| KINDS.contains(&mark.kind));
    found
}

/// What a range of the view was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Mark(MarkKind),
    /// A time that is evidence only as a deadline.
    Time,
}

/// A find, as a range of the view.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Raw {
    what: What,
    from: usize,
    to: usize,
    value: Option<f64>,
}

impl Raw {
    const fn new(kind: MarkKind, from: usize, to: usize) -> Self {
        Self { what: What::Mark(kind), from, to, value: None }
    }
}

/// Returns every mark of `text`, in order; overlapping marks of one kind are reduced to the first.
pub(super) fn marks(text: &str, view: &View) -> Vec<Mark> {
    let mut second = SecondLook::new(text);
    marks_by(text, view, |find| second.tells_promise(find))
}

/// The marks, with those promises of which `tells_promise` says so.
fn marks_by(text: &str, view: &View, mut tells_promise: impl FnMut(Span) -> bool) -> Vec<Mark> {
    let mut found = Vec::new();
    references::find(text, view, &mut found);
    amounts::find(text, view, &mut found);
    phrases::find(text, view, &mut found);
    let found = times::tell_apart(view.bytes(), found);
    let ranges = |kind: MarkKind| -> Vec<(usize, usize)> {
        found.iter().filter(|raw| raw.what == What::Mark(kind)).map(|raw| (raw.from, raw.to)).collect()
    };
    let (references, dates, promises) =
        (ranges(MarkKind::Reference), ranges(MarkKind::Date), ranges(MarkKind::QuotedPromise));
    let touches =
        |others: &[(usize, usize)], raw: &Raw| others.iter().any(|&(from, to)| raw.from < to && from < raw.to);
    let mut marks: Vec<Mark> = found
        .iter()
        .filter_map(|raw| {
            let What::Mark(kind) = raw.what else { return None };
            let other = match kind {
                MarkKind::Amount => touches(&references, raw),
                MarkKind::Staff => touches(&dates, raw),
                // What was promised did not happen, and "a 3 minute egg" is a kind of egg.
                MarkKind::Duration => {
                    promises
                        .iter()
                        .any(|&(from, to)| raw.to <= to && durations::is_promised(view.bytes(), from, raw.from))
                        || durations::is_attribute(view.bytes(), raw.from, raw.to)
                        || terms::is_unreal(view.bytes(), raw.from, raw.to)
                }
                // What the company is quoted with is not asked for.
                MarkKind::RemedyAsked => promises.iter().any(|&(from, to)| from < raw.from && raw.from < to),
                // Dropped last: what was said to the customer still tells deadlines from days, whether it is a promise or not.
                MarkKind::QuotedPromise => !tells_promise(view.span(raw.from, raw.to)),
                _ => false,
            };
            let value = match kind {
                MarkKind::Duration => durations::waiting_hours(view, raw.from, raw.to),
                _ => raw.value,
            };
            (!other).then(|| Mark { kind, span: view.span(raw.from, raw.to), value })
        })
        .collect();
    marks.sort_by_key(|mark| (mark.span.from, mark.kind, std::cmp::Reverse(mark.span.to)));
    let mut kept: Vec<Mark> = Vec::with_capacity(marks.len());
    for mark in marks {
        if !kept.iter().rev().any(|known| known.kind == mark.kind && mark.span.from < known.span.to) {
            kept.push(mark);
        }
    }
    kept
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
