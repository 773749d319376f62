//! Which words carried a score: the text is read again without them.
//!
//! For each of [`HEADS`] the search goes from sentences to words:
//!
//! 1. every part (a sentence; a run of sentences in a long text, at most [`MAX_PARTS`]) is left out in turn, and read alone;
//! 2. the part that counts most, left out and alone together, is read without each of its words in turn (runs of words in a long
//!    sentence, at most [`MAX_UNITS`]); words whose loss counts at least [`MIN_SHARE`] of the most that any counts are joined with
//!    their neighbours;
//! 3. the best [`MOST_SPANS`] of these runs are left out of the whole text.
//!
//! Reading a part alone finds what leaving out hides: where three sentences say the same, none is missed when it is gone. But what is reported is always
//! measured on the whole text: the effect of a span is the score of the text minus the score of the text without the span. No effect is
//! estimated. At most `2 * MAX_PARTS` readings of parts, `HEADS * MAX_UNITS` of one sentence each and `HEADS * MOST_SPANS` of the
//! text are made for a message, so a message costs at most 207 readings and usually about thirty, most of them of a single sentence.
//!
//! The functions here are pure; [`Judge::attribute`](crate::pipeline::Judge::attribute) reads the texts that they ask for, and
//! [`Judge::rescore`](crate::pipeline::Judge::rescore) reads any others, for whoever wants to check the result.

use crate::analysis::{Emotion, Evidence, Scores, Span};

use super::ScoringError;
use super::compose::REPROACH;
use super::heads;
use super::sentences::{self, MAX_PARTS};
use super::severity::expected_reproach;
use super::weights::Weights;

/// Scores that are traced back to words, in the order of [`HeadScores`].
pub const HEADS: [&str; 5] = ["sentiment", "complaint", "reproach", "emotion", "severity"];
/// Most units of one sentence that are left out in turn.
pub const MAX_UNITS: usize = 32;
/// Most spans of words, and of sentences, that are reported for a head.
pub const MOST_SPANS: usize = 3;
/// Share of the largest effect in a sentence from which a word belongs to the evidence.
pub const MIN_SHARE: f32 = 0.4;
/// Smallest effect by which a sentence beside the first is reported, in shares of the scale of the head.
const MIN_EFFECT: f32 = 0.02;

/// The scores of one text, in the order of [`HEADS`]: sentiment -1..=1, P(complaint), expected reproach 0..=1, the probability of
/// one emotion, severity 0..=100.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeadScores([f32; HEADS.len()]);

impl HeadScores {
    /// Takes them from scores; `emotion` is the one whose probability counts, that of the whole text.
    ///
    /// # Errors
    /// When a head lacks a label.
    pub fn of(scores: &Scores, emotion: Emotion, weights: &Weights) -> Result<Self, ScoringError> {
        let in_force = scores.heads.get(REPROACH).map(Vec::as_slice).unwrap_or_default();
        let (_, levels) = heads::reproach(in_force)?;
        Ok(Self([
            scores.sentiment_score,
            scores.complaint_score,
            expected_reproach(levels, &weights.severity),
            heads::probability_of(&scores.heads, emotion)?,
            scores.severity,
        ]))
    }

    /// Returns the score of a head of [`HEADS`].
    pub fn get(&self, head: &str) -> Option<f32> {
        HEADS.iter().position(|known| *known == head).map(|at| self.0[at])
    }

    fn minus(&self, other: &Self, head: usize) -> f32 {
        self.0[head] - other.0[head]
    }
}

/// A span and what it accounts for: the score of the text minus the score of the text without it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// Where.
    pub span: Span,
    /// Change of the score, in its own units.
    pub effect: f32,
}

/// What carried one score of one message. Spans are half-open UTF-8 byte ranges of its text, on character boundaries.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribution {
    /// A head of [`HEADS`].
    pub head: &'static str,
    /// The score.
    pub score: f32,
    /// Sentences, best first; empty in a text of one sentence.
    pub sentences: Vec<Effect>,
    /// Words of the best sentence, best first; they do not overlap. Empty where no word carried the score.
    pub words: Vec<Effect>,
}

/// Returns a text without some of its parts: overlapping or unordered spans are joined first, and spans that do not fit the text are left alone.
pub fn without(text: &str, spans: &[Span]) -> String {
    let mut sorted = spans.to_vec();
    sorted.sort_unstable();
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    for span in sorted {
        let from = span.from.max(at);
        if from < span.to
            && let Some(piece) = text.get(at..from)
            && text.is_char_boundary(span.to)
            && span.to <= text.len()
        {
            kept.push_str(piece);
            at = span.to;
        }
    }
    kept.push_str(text.get(at..).unwrap_or_default());
    kept
}

/// Returns the words of a part of a text as spans of the text: what stands between white space, without the punctuation around it.
/// What has no letter, digit or picture (a row of exclamation marks) is a word of its own.
pub fn words(text: &str, part: Span) -> Vec<Span> {
    let outside =
        |c: char| c.is_ascii_punctuation() || matches!(c, '“' | '”' | '‘' | '’' | '…' | '–' | '—' | '«' | '»');
    let mut spans = Vec::new();
    let mut at = part.from;
    for token in part.of(text).split(char::is_whitespace) {
        let inner = token.trim_matches(outside);
        if !inner.is_empty() {
            let from = at + (token.len() - token.trim_start_matches(outside).len());
            spans.push(Span { from, to: from + inner.len() });
        } else if !token.is_empty() {
            spans.push(Span { from: at, to: at + token.len() });
        }
        // The white space that split here may be longer than a byte.
        at += token.len();
        at += text.get(at..part.to).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    }
    spans
}

/// Joins consecutive spans into at most `most` runs of nearly equal length.
fn runs(spans: &[Span], most: usize) -> Vec<Span> {
    let size = spans.len().div_ceil(most.max(1)).max(1);
    spans.chunks(size).filter_map(|chunk| Some(Span { from: chunk.first()?.from, to: chunk.last()?.to })).collect()
}

/// The parts of a text whose readings start the search, or one part where there is only one sentence.
pub(crate) fn parts(text: &str) -> Vec<Span> {
    runs(&sentences::split(text), MAX_PARTS)
}

/// The units of a part that are left out of it in turn.
pub(crate) fn units(text: &str, part: Span) -> Vec<Span> {
    runs(&words(text, part), MAX_UNITS)
}

/// 1 where more of the score is what is to be explained, -1 where less is: a negative sentiment, a probability of a complaint below one half.
fn direction(head: usize, full: &HeadScores) -> f32 {
    let neutral = match HEADS[head] {
        "complaint" => 0.5,
        "sentiment" => 0.0,
        _ => f32::NEG_INFINITY,
    };
    if full.0[head] >= neutral { 1.0 } else { -1.0 }
}

fn scale(head: usize) -> f32 {
    if HEADS[head] == "severity" { 100.0 } else { 1.0 }
}

/// What was read of a part: the text without it, and the part alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PartReading {
    pub(crate) part: Span,
    pub(crate) without: HeadScores,
    pub(crate) alone: HeadScores,
}

/// Returns the index of the part that counts most for a head.
pub(crate) fn best_part(head: usize, full: &HeadScores, readings: &[PartReading]) -> Option<usize> {
    let weight =
        |reading: &PartReading| direction(head, full) * (full.minus(&reading.without, head) + reading.alone.0[head]);
    // The first of equals: the order must not depend on how floats are compared.
    (0..readings.len()).reduce(|best, at| if weight(&readings[at]) > weight(&readings[best]) { at } else { best })
}

/// Returns the sentences that carried a head, the best one first and always there, others from [`MIN_EFFECT`].
pub(crate) fn best_sentences(head: usize, full: &HeadScores, readings: &[PartReading]) -> Vec<Effect> {
    let Some(best) = best_part(head, full, readings) else { return Vec::new() };
    let effect = |reading: &PartReading| Effect { span: reading.part, effect: full.minus(&reading.without, head) };
    let mut others: Vec<Effect> = (0..readings.len())
        .filter(|at| *at != best)
        .map(|at| effect(&readings[at]))
        .filter(|found| found.effect.abs() >= MIN_EFFECT * scale(head))
        .collect();
    others.sort_by(|a, b| b.effect.abs().total_cmp(&a.effect.abs()).then(a.span.cmp(&b.span)));
    others.truncate(MOST_SPANS - 1);
    std::iter::once(effect(&readings[best])).chain(others).collect()
}

/// Returns the runs of words that are worth measuring on the whole text: `alone` is the sentence, `losses` the sentence without each unit.
pub(crate) fn candidates(
    head: usize,
    full: &HeadScores,
    alone: &HeadScores,
    units: &[Span],
    losses: &[HeadScores],
) -> Vec<Span> {
    let effects: Vec<f32> = losses.iter().map(|loss| direction(head, full) * alone.minus(loss, head)).collect();
    let most = effects.iter().copied().fold(0.0, f32::max);
    if most <= 0.0 {
        return Vec::new();
    }
    let chosen: Vec<usize> =
        (0..units.len().min(effects.len())).filter(|at| effects[*at] >= MIN_SHARE * most).collect();
    let mut runs: Vec<(f32, Span)> = Vec::new();
    let mut last = None;
    for at in chosen {
        match (last, runs.last_mut()) {
            (Some(before), Some((sum, span))) if before + 1 == at => {
                *sum += effects[at];
                span.to = units[at].to;
            }
            _ => runs.push((effects[at], units[at])),
        }
        last = Some(at);
    }
    runs.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    runs.into_iter().take(MOST_SPANS).map(|(_, span)| span).collect()
}

/// Returns the words that carried a head, best first; `measured` is the text without each of `spans`.
pub(crate) fn best_words(head: usize, full: &HeadScores, spans: &[Span], measured: &[HeadScores]) -> Vec<Effect> {
    let mut words: Vec<Effect> = spans
        .iter()
        .zip(measured)
        .map(|(span, without)| Effect { span: *span, effect: full.minus(without, head) })
        .filter(|found| found.effect * direction(head, full) > 0.0)
        .collect();
    words.sort_by(|a, b| b.effect.abs().total_cmp(&a.effect.abs()).then(a.span.cmp(&b.span)));
    words
}

/// Returns attributions as evidence: for each head its sentences, then its words.
pub(crate) fn evidence(attributions: &[Attribution], emotion: Emotion) -> Vec<Evidence> {
    let entries = attributions.iter().flat_map(|found| {
        found.sentences.iter().chain(&found.words).map(|effect| Evidence {
            head: found.head.to_owned(),
            span: effect.span,
            effect: effect.effect,
            shows: shows(found.head, effect.effect > 0.0, emotion),
        })
    });
    entries.collect()
}

fn shows(head: &str, more: bool, emotion: Emotion) -> String {
    match (head, more) {
        ("complaint", true) => "makes it a complaint".to_owned(),
        ("complaint", false) => "makes it less of a complaint".to_owned(),
        ("sentiment", true) => "makes it more positive".to_owned(),
        ("sentiment", false) => "makes it more negative".to_owned(),
        ("reproach", true) => "adds to the reproach".to_owned(),
        ("reproach", false) => "softens the reproach".to_owned(),
        ("emotion", true) => format!("sounds like {emotion}"),
        ("emotion", false) => format!("sounds less like {emotion}"),
        (_, true) => "makes it more severe".to_owned(),
        (_, false) => "makes it less severe".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(complaint: f32) -> HeadScores {
        HeadScores([0.0, complaint, 0.0, 0.0, 0.0])
    }

    fn span(from: usize, to: usize) -> Span {
        Span { from, to }
    }

    #[test]
    fn words_are_what_stands_between_spaces_without_punctuation() {
        let text = "“It broke!!!”\u{3000}(again) 😡😡 !!! don’t";
        let found: Vec<&str> = words(text, span(0, text.len())).into_iter().map(|word| word.of(text)).collect();
        assert_eq!(found, ["It", "broke", "again", "😡😡", "!!!", "don’t"]);
    }

    #[test]
    fn what_is_left_out_is_joined_and_must_fit() {
        let text = "aé b c";
        assert_eq!(without(text, &[span(4, 5), span(0, 3)]), "  c");
        assert_eq!(without(text, &[span(0, 3), span(1, 5)]), " c");
        assert_eq!(without(text, &[span(2, 4), span(0, 99)]), text, "no character boundary, and beyond the end");
        assert_eq!(without(text, &[]), text);
    }

    #[test]
    fn the_best_sentence_counts_left_out_and_alone() {
        // Both say the same: nothing is lost without either, but the second says it alone.
        let readings = [
            PartReading { part: span(0, 5), without: at(0.9), alone: at(0.2) },
            PartReading { part: span(6, 9), without: at(0.89), alone: at(0.9) },
        ];
        let found = best_sentences(1, &at(0.9), &readings);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].span, span(6, 9));
        assert!((found[0].effect - 0.01).abs() < 1e-6);
        let praise = [
            PartReading { part: span(0, 5), without: at(0.4), alone: at(0.1) },
            PartReading { part: span(6, 9), without: at(0.1), alone: at(0.6) },
        ];
        let found = best_sentences(1, &at(0.2), &praise);
        assert_eq!(found[0].span, span(0, 5), "what makes it no complaint");
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn words_that_count_are_joined_with_their_neighbours() {
        let units = [span(0, 2), span(3, 5), span(6, 8), span(9, 11), span(12, 14)];
        let losses = [at(0.8), at(0.5), at(0.6), at(0.95), at(0.6)];
        let spans = candidates(1, &at(0.9), &at(0.9), &units, &losses);
        assert_eq!(spans, [span(3, 8), span(12, 14)]);
        let words = best_words(1, &at(0.9), &spans, &[at(0.3), at(0.95)]);
        assert_eq!(words.len(), 1, "what raised the score when it was gone is no evidence");
        assert!((words[0].effect - 0.6).abs() < 1e-6);
        assert!(candidates(1, &at(0.9), &at(0.9), &units[..1], &[at(0.95)]).is_empty());
    }

    #[test]
    fn heads_are_read_by_name() {
        let scores = HeadScores([-0.5, 0.9, 0.3, 0.6, 40.0]);
        assert_eq!(scores.get("severity"), Some(40.0));
        assert_eq!(scores.get("sentiment"), Some(-0.5));
        assert_eq!(scores.get("gossip"), None);
    }

    proptest! {
        #[test]
        fn ranges_of_any_text_can_be_left_out(text in "(\\PC|[ \\n.!?’😀é]|(not |good |👩‍👩‍👧 )){0,60}") {
            let parts = parts(&text);
            prop_assert!(parts.len() <= MAX_PARTS);
            for part in &parts {
                let units = units(&text, *part);
                prop_assert!(!units.is_empty() && units.len() <= MAX_UNITS);
                let mut end = part.from;
                for unit in &units {
                    prop_assert!(unit.from >= end && unit.from < unit.to && unit.to <= part.to);
                    prop_assert!(text.get(unit.from..unit.to).is_some());
                    prop_assert_eq!(without(&text, &[*unit]).len(), text.len() - (unit.to - unit.from));
                    end = unit.to;
                }
                let visible = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
                let lost: usize = units.iter().map(|unit| visible(unit.of(&text))).sum();
                prop_assert_eq!(lost, visible(part.of(&text)));
            }
        }
    }
}
