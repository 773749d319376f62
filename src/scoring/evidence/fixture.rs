//! Labelled sentences, and how well the extractors find what is labelled: `data/fixtures/evidence-open.toml`, by which they were developed, and
//! `data/fixtures/evidence-more.toml` and `data/fixtures/evidence-fresh.toml`, by which six and three of them were widened, and
//! `data/fixtures/evidence-held-out.toml`, which only measures.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{KINDS, extract};
use crate::analysis::Span;
use crate::scoring::findings::MarkKind;

/// Why a fixture cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FixtureError {
    /// The file is not of the expected shape.
    #[error("evidence fixture cannot be read: {0}")]
    Shape(String),
    /// A label names a kind that is not extracted.
    #[error("sentence {id} has a span of unknown kind \"{kind}\"")]
    Kind {
        /// The sentence.
        id: String,
        /// The kind.
        kind: String,
    },
    /// A labelled text does not stand in the sentence as often as said.
    #[error("sentence {id} does not hold \"{text}\" {occurrence} times")]
    Text {
        /// The sentence.
        id: String,
        /// The labelled text.
        text: String,
        /// Which occurrence was meant, from 1.
        occurrence: usize,
    },
}

/// A sentence with everything that is to be found in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// Name in the file.
    pub id: String,
    /// What the customer wrote.
    pub text: String,
    /// Kinds and places, as labelled.
    pub labels: Vec<(MarkKind, Span)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    sentence: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    text: String,
    #[serde(default, rename = "tempting")]
    _tempting: Vec<String>,
    spans: Vec<Label>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Label {
    kind: String,
    text: String,
    #[serde(default = "first")]
    occurrence: usize,
}

const fn first() -> usize {
    1
}

/// Reads a fixture.
///
/// # Errors
/// When the file does not have the shape that its header describes, or a label does not fit its sentence.
pub fn parse(toml: &str) -> Result<Vec<Sentence>, FixtureError> {
    let file: File = toml::from_str(toml).map_err(|error| FixtureError::Shape(error.message().to_owned()))?;
    file.sentence.into_iter().map(sentence).collect()
}

fn sentence(entry: Entry) -> Result<Sentence, FixtureError> {
    let labels = entry.spans.iter().map(|label| {
        let kind = MarkKind::parse(&label.kind)
            .filter(|kind| KINDS.contains(kind))
            .ok_or_else(|| FixtureError::Kind { id: entry.id.clone(), kind: label.kind.clone() })?;
        let missing =
            || FixtureError::Text { id: entry.id.clone(), text: label.text.clone(), occurrence: label.occurrence };
        let mut starts = entry.text.char_indices().filter(|(at, _)| entry.text[*at..].starts_with(&label.text));
        let (from, _) = starts.nth(label.occurrence.checked_sub(1).ok_or_else(missing)?).ok_or_else(missing)?;
        Ok((kind, Span { from, to: from + label.text.len() }))
    });
    let labels = labels.collect::<Result<_, _>>()?;
    Ok(Sentence { id: entry.id, text: entry.text, labels })
}

/// How often a kind was labelled, found, and found rightly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Spans that are labelled.
    pub labelled: usize,
    /// Spans that were found.
    pub found: usize,
    /// Found spans that are labelled with the same bounds.
    pub exact: usize,
    /// Found spans that share a byte with a labelled one.
    pub overlapping: usize,
    /// Labelled spans that share a byte with a found one.
    pub reached: usize,
}

impl Counts {
    /// Share of what was found that is right, by shared bytes; `None` when nothing was found.
    pub fn precision(&self) -> Option<f64> {
        share(self.overlapping, self.found)
    }

    /// Share of what is labelled that was found, by shared bytes; `None` when nothing is labelled.
    pub fn recall(&self) -> Option<f64> {
        share(self.reached, self.labelled)
    }

    /// Share of what was found whose bounds are right, too.
    pub fn exact_precision(&self) -> Option<f64> {
        share(self.exact, self.found)
    }

    /// Share of what is labelled that was found with the same bounds.
    pub fn exact_recall(&self) -> Option<f64> {
        share(self.exact, self.labelled)
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Counts what [`extract`] finds in labelled sentences, by the name of the kind; every one of [`KINDS`] is there.
pub fn score(sentences: &[Sentence]) -> BTreeMap<&'static str, Counts> {
    let mut counts: BTreeMap<&'static str, Counts> =
        KINDS.iter().map(|kind| (kind.name(), Counts::default())).collect();
    for sentence in sentences {
        let marks = extract(&sentence.text);
        for kind in KINDS {
            let found: Vec<Span> = marks.iter().filter(|mark| mark.kind == kind).map(|mark| mark.span).collect();
            let labelled: Vec<Span> =
                sentence.labels.iter().filter(|(label, _)| *label == kind).map(|(_, span)| *span).collect();
            let count = counts.entry(kind.name()).or_default();
            let meets = |span: &Span, others: &[Span]| others.iter().any(|o| span.from < o.to && o.from < span.to);
            count.labelled += labelled.len();
            count.found += found.len();
            count.exact += found.iter().filter(|span| labelled.contains(span)).count();
            count.overlapping += found.iter().filter(|span| meets(span, &labelled)).count();
            count.reached += labelled.iter().filter(|span| meets(span, &found)).count();
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: &str = include_str!("../../../data/fixtures/evidence-open.toml");
    const MORE: &str = include_str!("../../../data/fixtures/evidence-more.toml");
    /// The kinds that are labelled in `MORE`.
    const IN_MORE: [&str; 6] = ["duration", "earlier_contact", "proof_offered", "quoted_promise", "reference", "staff"];
    const FRESH: &str = include_str!("../../../data/fixtures/evidence-fresh.toml");
    /// The kinds that are labelled in `FRESH`.
    const IN_FRESH: [&str; 3] = ["duration", "quoted_promise", "reference"];
    const HELD_OUT: &str = include_str!("../../../data/fixtures/evidence-held-out.toml");
    /// Precision and recall on the held-out sentences, as last measured (docs/scores.md has every measurement), less half a span: no later
    /// change may lose a span. They are no goal: the goal of .95 and .85 is missed where a figure is lower.
    const MEASURED: [(&str, f64, f64); 11] = [
        ("amount", 1.0, 1.0),
        ("date", 1.0, 0.905),
        ("deadline", 1.0, 0.88),
        ("duration", 0.945, 0.945),
        ("earlier_contact", 1.0, 0.83),
        ("proof_offered", 1.0, 0.90),
        ("quoted_promise", 0.95, 0.85),
        ("reference", 1.0, 0.94),
        ("remedy_asked", 0.965, 0.885),
        ("staff", 0.94, 0.90),
        ("stated_cause", 0.94, 0.87),
    ];

    fn figures(name: &str, toml: &str) -> BTreeMap<&'static str, Counts> {
        let counts = score(&parse(toml).unwrap());
        let percent = |share: Option<f64>| share.map_or_else(|| "-".to_owned(), |share| format!("{share:.3}"));
        for (kind, count) in &counts {
            println!(
                "{name} {kind:16} labelled {:3} found {:3}  precision {} recall {}  exact {} {}",
                count.labelled,
                count.found,
                percent(count.precision()),
                percent(count.recall()),
                percent(count.exact_precision()),
                percent(count.exact_recall())
            );
        }
        counts
    }

    #[test]
    fn labels_are_found_where_they_stand() {
        let toml = "[[sentence]]\nid = 'a'\ntext = 'é: £5, £5'\ntempting = []\nspans = [{ kind = 'amount', text = '£5', occurrence = 2 }]";
        let sentences = parse(toml).unwrap();
        assert_eq!(sentences[0].labels[0].1.of(&sentences[0].text), "£5");
        assert_eq!(sentences[0].labels[0].1.from, 9);
        let counts = score(&sentences)["amount"];
        assert_eq!(counts, Counts { labelled: 1, found: 2, exact: 1, overlapping: 1, reached: 1 });
        assert_eq!((counts.precision(), counts.recall()), (Some(0.5), Some(1.0)));
        assert_eq!((counts.exact_precision(), counts.exact_recall()), (Some(0.5), Some(1.0)));
        assert_eq!(Counts::default().precision(), None);
    }

    #[test]
    fn fixtures_that_do_not_fit_are_named() {
        let with =
            |spans: &str| parse(&format!("[[sentence]]\nid = 'a'\ntext = 'a £5'\nspans = [{spans}]")).unwrap_err();
        assert!(matches!(with("{ kind = 'gossip', text = 'a' }"), FixtureError::Kind { kind, .. } if kind == "gossip"));
        assert!(matches!(with("{ kind = 'amount', text = '£6' }"), FixtureError::Text { .. }));
        assert!(matches!(
            with("{ kind = 'amount', text = '£5', occurrence = 2 }"),
            FixtureError::Text { occurrence: 2, .. }
        ));
        assert!(matches!(with("{ kind = 'amount', text = '£5', occurrence = 0 }"), FixtureError::Text { .. }));
        assert!(matches!(parse("sentence = 1"), Err(FixtureError::Shape(_))));
    }

    #[test]
    fn the_open_sentences_are_read_as_labelled() {
        for (kind, count) in figures("open", OPEN) {
            assert!(count.precision() >= Some(0.95), "{kind}: {count:?}");
            assert!(count.recall() >= Some(0.85), "{kind}: {count:?}");
        }
    }

    #[test]
    fn the_sentences_for_six_kinds_are_read_as_labelled() {
        for (kind, count) in figures("more", MORE).into_iter().filter(|(kind, _)| IN_MORE.contains(kind)) {
            assert!(count.precision() >= Some(0.95), "{kind}: {count:?}");
            assert!(count.recall() >= Some(0.95), "{kind}: {count:?}");
        }
    }

    #[test]
    fn the_fresh_sentences_are_read_as_labelled() {
        for (kind, count) in figures("fresh", FRESH).into_iter().filter(|(kind, _)| IN_FRESH.contains(kind)) {
            assert!(count.precision() >= Some(0.95), "{kind}: {count:?}");
            assert!(count.recall() >= Some(0.95), "{kind}: {count:?}");
        }
    }

    #[test]
    fn the_held_out_sentences_are_read_no_worse_than_when_they_were_measured() {
        let figures = figures("held-out", HELD_OUT);
        for (kind, precision, recall) in MEASURED {
            let count = figures[kind];
            assert!(count.precision() >= Some(precision), "{kind}: {count:?}");
            assert!(count.recall() >= Some(recall), "{kind}: {count:?}");
        }
    }
}
