//! Is the evidence that is shown what the score rests on? It is taken away, and kept alone, beside as many words taken at random.

use serde::Serialize;

use crate::analysis::Span;
use crate::pipeline::{Judge, JudgeError, ScoredRow};
use crate::scoring::attribution::{Attribution, HeadScores, without, words};
use crate::scoring::sentences;

use super::measures::{DRAWS, Value, percentiles, resample};
use super::random::Random;
use super::report::Named;

/// Random choices for each message, whose mean is compared with the evidence.
const RANDOM: usize = 5;

/// Whether evidence carries a head's scores (`DeYoung` et al. 2020), in the units of the score and in the direction in which it leans.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Faithfulness {
    /// Messages with evidence for the head.
    pub messages: usize,
    /// Words of the evidence, on average.
    pub words: f64,
    /// Comprehensiveness: the score less the score without the evidence. More is better.
    pub comprehensiveness: Value,
    /// The same for as many words taken at random.
    pub comprehensiveness_random: Value,
    /// Evidence less random, message by message. Above 0: the evidence matters more than other words.
    pub comprehensiveness_gain: Value,
    /// Sufficiency: the score less the score of the evidence alone. Less is better.
    pub sufficiency: Value,
    /// The same for as many words taken at random.
    pub sufficiency_random: Value,
    /// Random less evidence, message by message. Above 0: the evidence says more than other words.
    pub sufficiency_gain: Value,
}

/// Scores that are checked.
const CHECKED: [&str; 4] = ["complaint", "sentiment", "reproach", "severity"];

/// Losses of one message: without and alone, for the evidence and at random.
struct Losses {
    words: usize,
    evidence: [f64; 2],
    random: [f64; 2],
}

/// Measures the words shown, and the sentences shown, for each score of the given rows; rows without scores or evidence do not count.
///
/// Keys are `words` and `sentences`. Seeded: the same rows give the same figures.
///
/// # Errors
/// When the judge fails.
pub fn faithfulness(judge: &Judge, rows: &[ScoredRow]) -> Result<Named<Named<Faithfulness>>, JudgeError> {
    let attributions = judge.attribute(rows)?;
    let mut report = Named::default();
    for (kind, by_sentence) in [("words", false), ("sentences", true)] {
        let mut heads = Named::default();
        for head in CHECKED {
            let mut losses = Vec::new();
            for (number, (row, found)) in rows.iter().zip(&attributions).enumerate() {
                let Some(attribution) = found.iter().find(|one| one.head == head) else { continue };
                losses.extend(message(judge, row, attribution, by_sentence, number as u64)?);
            }
            if let Some(summary) = summary(&losses) {
                heads.0.push((head.to_owned(), summary));
            }
        }
        report.0.push((kind.to_owned(), heads));
    }
    Ok(report)
}

/// What the score of one message loses; nothing where no evidence is shown or it is the whole text.
fn message(
    judge: &Judge,
    row: &ScoredRow,
    attribution: &Attribution,
    by_sentence: bool,
    number: u64,
) -> Result<Option<Losses>, JudgeError> {
    let text = row.message.text.as_str();
    let whole = Span { from: 0, to: text.len() };
    let units = if by_sentence { sentences::split(text) } else { words(text, whole) };
    let shown = if by_sentence { &attribution.sentences } else { &attribution.words };
    let shown: Vec<Span> = shown.iter().map(|effect| effect.span).collect();
    let inside = |unit: &Span| shown.iter().any(|span| unit.from < span.to && span.from < unit.to);
    let picked = units.iter().filter(|unit| inside(unit)).count();
    if picked == 0 || picked == units.len() {
        return Ok(None);
    }
    let mut texts = vec![without(text, &shown), alone(text, &shown)];
    let mut random = Random::new(0xFA17_0000 ^ number);
    for _ in 0..RANDOM {
        let mut order: Vec<usize> = (0..units.len()).collect();
        random.shuffle(&mut order);
        let spans: Vec<Span> = order.into_iter().take(picked).map(|at| units[at]).collect();
        texts.push(without(text, &spans));
        texts.push(alone(text, &spans));
    }
    let Some(scores) = judge.rescore(row, &texts)? else { return Ok(None) };
    let full = f64::from(attribution.score);
    let sign = direction(attribution);
    let lost: Option<Vec<f64>> = scores.iter().map(|scores| loss(scores, attribution.head, full, sign)).collect();
    let Some(lost) = lost.filter(|lost| lost.len() == 2 * (RANDOM + 1)) else { return Ok(None) };
    let mean = |from: usize| lost.iter().skip(from).step_by(2).sum::<f64>() / RANDOM as f64;
    Ok(Some(Losses { words: picked, evidence: [lost[0], lost[1]], random: [mean(2), mean(3)] }))
}

fn loss(scores: &HeadScores, head: &str, full: f64, sign: f64) -> Option<f64> {
    Some(sign * (full - f64::from(scores.get(head)?)))
}

/// 1 where more of the score is what the message leans to, -1 where less is.
fn direction(attribution: &Attribution) -> f64 {
    let middle = match attribution.head {
        "complaint" => 0.5,
        "sentiment" => 0.0,
        _ => f32::NEG_INFINITY,
    };
    if attribution.score >= middle { 1.0 } else { -1.0 }
}

/// The spans alone, in the order of the text.
fn alone(text: &str, spans: &[Span]) -> String {
    let mut sorted = spans.to_vec();
    sorted.sort_unstable();
    sorted.iter().map(|span| span.of(text)).collect::<Vec<_>>().join(" ")
}

fn summary(losses: &[Losses]) -> Option<Faithfulness> {
    if losses.is_empty() {
        return None;
    }
    let value = |of: &dyn Fn(&Losses) -> f64| -> Value {
        let mean = |weights: &[u32]| {
            losses.iter().zip(weights).map(|(one, weight)| of(one) * f64::from(*weight)).sum::<f64>()
                / losses.len() as f64
        };
        let drawn = (0..DRAWS).map(|draw| mean(&resample(losses.len(), draw))).collect();
        Value { value: mean(&vec![1; losses.len()]), ci95: percentiles(drawn, DRAWS) }
    };
    Some(Faithfulness {
        messages: losses.len(),
        words: losses.iter().map(|one| one.words as f64).sum::<f64>() / losses.len() as f64,
        comprehensiveness: value(&|one| one.evidence[0]),
        comprehensiveness_random: value(&|one| one.random[0]),
        comprehensiveness_gain: value(&|one| one.evidence[0] - one.random[0]),
        sufficiency: value(&|one| one.evidence[1]),
        sufficiency_random: value(&|one| one.random[1]),
        sufficiency_gain: value(&|one| one.random[1] - one.evidence[1]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gains_are_paired_and_have_intervals() {
        let losses: Vec<Losses> = (0..40)
            .map(|at| {
                let base = f64::from(at) / 40.0;
                Losses { words: 3, evidence: [base + 0.2, 0.1], random: [base, 0.3 + base / 100.0] }
            })
            .collect();
        let found = summary(&losses).unwrap();
        assert!((found.comprehensiveness_gain.value - 0.2).abs() < 1e-9);
        let (low, high) = found.comprehensiveness_gain.ci95.unwrap();
        assert!(high - low < 1e-9, "the spread between messages is no spread of the gain");
        assert!(found.sufficiency_gain.value > 0.19 && found.messages == 40 && (found.words - 3.0).abs() < 1e-12);
        assert_eq!(summary(&[]), None);
    }

    #[test]
    fn spans_alone_stand_in_the_order_of_the_text() {
        let span = |from, to| Span { from, to };
        assert_eq!(alone("one two three", &[span(8, 13), span(0, 3)]), "one three");
    }
}
