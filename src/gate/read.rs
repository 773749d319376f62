//! A text as the rules read it: plain form, sentences, quotations, and the phrases that stand in it.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::phrases::PHRASES;
use super::reply::Reply;
use super::stance;
use crate::analysis::Span;
use crate::scoring::lexicon::embedded_regex;
use crate::scoring::sentences;
use crate::scoring::view::View;

/// A phrase that was found, as a range of bytes of the plain form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) label: &'static str,
    pub(super) from: usize,
    pub(super) to: usize,
    /// Index of the sentence in which it begins.
    pub(super) sentence: usize,
}

/// A text, read once for all rules.
pub(super) struct Read<'a> {
    pub(super) reply: &'a Reply<'a>,
    view: View,
    pub(super) sentences: Vec<(usize, usize)>,
    quotes: Vec<(usize, usize)>,
    marks: Vec<Mark>,
}

/// Longest quotation that is believed to be one.
const MAX_QUOTATION: usize = 300;

impl<'a> Read<'a> {
    pub(super) fn new(reply: &'a Reply<'a>) -> Self {
        let view = View::whole(reply.text);
        let plain = std::str::from_utf8(view.bytes()).unwrap_or_default();
        let sentences: Vec<(usize, usize)> =
            sentences::split(plain).into_iter().map(|span| (span.from, span.to)).collect();
        let quotes = quotations(view.bytes());
        let marks = PHRASES
            .find(&view)
            .into_iter()
            .map(|hit| Mark {
                label: &PHRASES.rules()[hit.rule].label,
                from: hit.from,
                to: hit.to,
                sentence: sentences.partition_point(|&(start, _)| start <= hit.from).saturating_sub(1),
            })
            .filter(|mark| !inside(&quotes, mark.from, mark.to) && !told_by_others(mark, &view, &sentences))
            .collect();
        Self { reply, view, sentences, quotes, marks }
    }

    /// Marks with a label, in the order of the text.
    pub(super) fn marks(&self, label: &str) -> impl Iterator<Item = Mark> {
        self.marks.iter().copied().filter(move |mark| mark.label == label)
    }

    /// Marks whose label begins so.
    pub(super) fn marks_under(&self, prefix: &str) -> impl Iterator<Item = Mark> {
        self.marks.iter().copied().filter(move |mark| mark.label.starts_with(prefix))
    }

    pub(super) fn all_marks(&self) -> &[Mark] {
        &self.marks
    }

    pub(super) fn has(&self, label: &str) -> bool {
        self.marks(label).next().is_some()
    }

    /// Whether a sentence holds a mark with this label.
    pub(super) fn sentence_has(&self, sentence: usize, label: &str) -> bool {
        self.marks(label).any(|mark| mark.sentence == sentence)
    }

    /// The plain form.
    pub(super) fn plain(&self) -> &[u8] {
        self.view.bytes()
    }

    /// Plain form of a range.
    pub(super) fn words(&self, from: usize, to: usize) -> &[u8] {
        self.view.bytes().get(from..to).unwrap_or_default()
    }

    /// The sentence that holds a mark, up to the mark.
    pub(super) fn before(&self, mark: Mark) -> &[u8] {
        let start = self.sentences.get(mark.sentence).map_or(0, |&(start, _)| start);
        self.words(start, mark.from)
    }

    /// The sentence that holds a mark, from the end of the mark.
    pub(super) fn after(&self, mark: Mark) -> &[u8] {
        let end = self.sentences.get(mark.sentence).map_or(mark.to, |&(_, end)| end);
        self.words(mark.to, end.max(mark.to))
    }

    /// Whether a mark runs into a later sentence.
    pub(super) fn crosses_sentences(&self, mark: Mark) -> bool {
        let words = self.words(mark.from, mark.to).trim_ascii_end();
        let last = mark.from + words.len().saturating_sub(1);
        self.sentences.partition_point(|&(start, _)| start <= last).saturating_sub(1) > mark.sentence
    }

    /// Range of the original text.
    pub(super) fn span(&self, from: usize, to: usize) -> Span {
        self.view.span(from, to)
    }

    /// Range of the original text that a whole sentence covers.
    pub(super) fn sentence_span(&self, sentence: usize) -> Span {
        let (from, to) = self.sentences.get(sentence).copied().unwrap_or((0, 0));
        self.view.span(from, to)
    }

    pub(super) fn is_quoted(&self, from: usize, to: usize) -> bool {
        inside(&self.quotes, from, to)
    }

    pub(super) fn quotes(&self) -> &[(usize, usize)] {
        &self.quotes
    }

    /// The empty span at the end, for what is missing.
    pub(super) fn end(&self) -> Span {
        let end = self.reply.text.trim_end().len();
        Span { from: end, to: end }
    }
}

/// Marks that tell what the text itself does; they are read whoever speaks.
const FRAMEWORK: &[&str] = &[".date", ".report", ".sorry", ".contact", ".invite", ".action"];

/// Whether the sentence names the customer as the speaker of a mark, after it: ", you write".
fn told_by_others(mark: &Mark, view: &View, sentences: &[(usize, usize)]) -> bool {
    let end = sentences.get(mark.sentence).map_or(mark.to, |&(_, end)| end);
    !FRAMEWORK.contains(&mark.label) && stance::told_after(view.bytes().get(mark.to..end).unwrap_or_default())
}

fn inside(ranges: &[(usize, usize)], from: usize, to: usize) -> bool {
    ranges.iter().any(|&(start, end)| start <= from && to <= end)
}

static DOUBLE: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r#""[^"]{1,300}""#));
static SINGLE: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(r"(?:^|[ \n(:,])('[^'\n]{1,200}(?:'[a-z]{1,2} [^'\n]{0,200})*')(?:[ \n.,;:!?)]|$)")
});

/// Ranges in quotation marks: words that are mentioned, not said.
pub(super) fn quotations(plain: &[u8]) -> Vec<(usize, usize)> {
    let mut ranges: Vec<(usize, usize)> = DOUBLE
        .find_iter(plain)
        .filter(|found| found.len() <= MAX_QUOTATION + 2)
        .map(|found| (found.start(), found.end()))
        .collect();
    let single = SINGLE.captures_iter(plain).filter_map(|captures| captures.get(1));
    ranges.extend(single.map(|found| (found.start(), found.end())));
    ranges.sort_unstable();
    ranges
}
