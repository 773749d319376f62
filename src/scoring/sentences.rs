//! Sentences of a text, and what each of them contributes to a score: the text is read again without it.

use std::collections::BTreeMap;

use crate::analysis::{Evidence, Span};

use super::heads::HeadProbs;

/// Most parts that are left out in turn; a longer text is cut into this many runs of sentences.
pub const MAX_PARTS: usize = 16;

/// Smallest change of a score that is reported.
const MIN_EFFECT: f32 = 0.02;

/// Words that end in a full stop without ending a sentence.
const ABBREVIATIONS: &[&str] = &[
    "mr", "mrs", "ms", "dr", "st", "no", "nr", "vs", "e.g", "i.e", "etc", "inc", "ltd", "co", "rs", "approx", "ref",
    "tel", "a.m", "p.m", "u.s", "u.k",
];

/// Splits a text into sentences, as spans in order that hold no white space at either end. Every character that is not white space is in exactly one.
pub fn split(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let end = at + c.len_utf8();
        let ends = match c {
            '\n' => true,
            '.' | '!' | '?' | '…' => {
                let mut close = end;
                while let Some(&(next_at, next)) = chars.peek()
                    && matches!(next, '.' | '!' | '?' | '…' | '"' | '\'' | ')' | '”' | '’')
                {
                    close = next_at + next.len_utf8();
                    chars.next();
                }
                let before_space = chars.peek().is_none_or(|(_, next)| next.is_whitespace());
                if before_space && !(c == '.' && close == end && is_abbreviation(&text[start..at])) {
                    push(text, &mut spans, start, close);
                    start = close;
                }
                continue;
            }
            _ => false,
        };
        if ends {
            push(text, &mut spans, start, end);
            start = end;
        }
    }
    push(text, &mut spans, start, text.len());
    spans
}

fn is_abbreviation(before: &str) -> bool {
    let word = before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
    ABBREVIATIONS.iter().any(|known| known.eq_ignore_ascii_case(word))
        || (word.chars().count() == 1 && word.chars().all(char::is_uppercase) && word != "I")
}

fn push(text: &str, spans: &mut Vec<Span>, from: usize, to: usize) {
    let part = &text[from..to];
    let trimmed = part.trim_start();
    let from = to - trimmed.len();
    let to = from + trimmed.trim_end().len();
    if from < to {
        spans.push(Span { from, to });
    }
}

/// A text without one part of it, to be read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// The part that is left out.
    pub removed: Span,
    /// What remains.
    pub text: String,
}

/// Returns the variants to read for [`sentence_effects`]: the text without each of its sentences in turn, at most [`MAX_PARTS`] of them.
///
/// Empty when there is only one sentence: nothing would remain.
pub fn variants(text: &str) -> Vec<Variant> {
    let sentences = split(text);
    if sentences.len() < 2 {
        return Vec::new();
    }
    let run = sentences.len().div_ceil(MAX_PARTS);
    sentences
        .chunks(run)
        .filter_map(|chunk| Some(Span { from: chunk.first()?.from, to: chunk.last()?.to }))
        .map(|removed| Variant {
            removed,
            text: format!("{}{}", &text[..removed.from], &text[removed.to..]).trim().to_owned(),
        })
        .filter(|variant| !variant.text.is_empty())
        .collect()
}

/// Returns what each left-out part accounts for in `sentiment` and `complaint`: the score of the whole text minus the score without the part.
///
/// `without` holds the heads of each variant, in order. Effects smaller than .02 are left out. Sentiment effects are of P(positive) - P(negative).
pub fn sentence_effects(full: &HeadProbs, variants: &[Variant], without: &[HeadProbs]) -> Vec<Evidence> {
    type Score = fn(&HeadProbs) -> Option<f32>;
    let scores: [(&str, Score); 2] = [("complaint", complaint), ("sentiment", sentiment)];
    let mut effects = Vec::new();
    for (variant, heads) in variants.iter().zip(without) {
        for (head, score) in scores {
            if let (Some(whole), Some(rest)) = (score(full), score(heads))
                && (whole - rest).abs() >= MIN_EFFECT
            {
                let effect = whole - rest;
                let shows = match (head, effect > 0.0) {
                    ("complaint", true) => "makes it a complaint",
                    ("complaint", false) => "makes it less of a complaint",
                    (_, true) => "makes it more positive",
                    (_, false) => "makes it more negative",
                };
                effects.push(Evidence {
                    head: head.to_owned(),
                    span: variant.removed,
                    effect,
                    shows: shows.to_owned(),
                });
            }
        }
    }
    effects
}

fn probability(heads: &BTreeMap<String, Vec<(String, f32)>>, head: &str, label: &str) -> Option<f32> {
    heads.get(head)?.iter().find(|(name, _)| name == label).map(|(_, p)| *p)
}

fn complaint(heads: &HeadProbs) -> Option<f32> {
    probability(heads, "complaint", "yes")
}

fn sentiment(heads: &HeadProbs) -> Option<f32> {
    Some(probability(heads, "sentiment", "positive")? - probability(heads, "sentiment", "negative")?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sentences(text: &str) -> Vec<&str> {
        split(text).into_iter().map(|span| span.of(text)).collect()
    }

    #[test]
    fn sentences_end_where_a_reader_would_end_them() {
        assert_eq!(sentences("It broke. Why?! “Never again.” Bye"), ["It broke.", "Why?!", "“Never again.”", "Bye"]);
        assert_eq!(
            sentences("Mr. Smith paid 4.50 e.g. twice. J. R. left"),
            ["Mr. Smith paid 4.50 e.g. twice.", "J. R. left"]
        );
        assert_eq!(sentences("a title\n\nbody here... more"), ["a title", "body here...", "more"]);
        assert_eq!(sentences("see example.com/a?b=1 now"), ["see example.com/a?b=1 now"]);
        assert_eq!(sentences("  "), Vec::<&str>::new());
    }

    #[test]
    fn variants_leave_out_one_part_each_and_are_few() {
        let all = variants("One. Two. Three.");
        assert_eq!(
            all.iter().map(|v| v.text.as_str()).collect::<Vec<_>>(),
            ["Two. Three.", "One.  Three.", "One. Two."]
        );
        assert!(variants("Only one sentence").is_empty());
        assert!(variants(&"Yes. ".repeat(500)).len() <= MAX_PARTS);
    }

    #[test]
    fn the_sentence_that_carries_a_score_is_named() {
        let heads = |complaint: f32, positive: f32| -> HeadProbs {
            [
                ("complaint".to_owned(), vec![("no".to_owned(), 1.0 - complaint), ("yes".to_owned(), complaint)]),
                (
                    "sentiment".to_owned(),
                    vec![
                        ("negative".to_owned(), 1.0 - positive),
                        ("neutral".to_owned(), 0.0),
                        ("positive".to_owned(), positive),
                    ],
                ),
            ]
            .into()
        };
        let all = variants("It broke. Nice box.");
        let effects = sentence_effects(&heads(0.9, 0.3), &all, &[heads(0.1, 0.9), heads(0.9, 0.1)]);
        assert_eq!(effects.len(), 3);
        assert!((effects[0].effect - 0.8).abs() < 1e-5 && effects[0].shows == "makes it a complaint");
        assert_eq!((effects[1].head.as_str(), effects[1].shows.as_str()), ("sentiment", "makes it more negative"));
        assert_eq!(effects[2].shows, "makes it more positive");
    }

    proptest! {
        #[test]
        fn sentences_cover_every_visible_character_once(text in "(\\PC|[.!?\\n ”é]){0,60}") {
            let spans = split(&text);
            let mut end = 0;
            let mut kept = String::new();
            for span in &spans {
                prop_assert!(span.from >= end && span.from < span.to && text.get(span.from..span.to).is_some());
                end = span.to;
                kept.push_str(span.of(&text));
            }
            let visible = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(visible(&kept), visible(&text));
        }
    }
}
