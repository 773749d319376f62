//! What a sentence reads like, learned from labelled sentences: the rules' second opinion.
//!
//! Phrases find what somebody thought of. A linear model over words, pairs and triples of words and pieces of words also knows what it met in
//! other words. It has two uses, each with a limit of its own by rule (`data/gate/learned.toml`): a sentence that scores high is a finding that no phrase has, and a
//! phrase in a sentence that scores low is dropped, which the report says. `examples/gate_learn.rs` fits it and measures both on writers that it has not seen.
//!
//! The linear model's score is `intercept + scale * sum of weights / sqrt(number of features)`, the log of the odds of the rule against a clean sentence. Weights are integers
//! and are summed as such, so every machine gets the same score. A share of it is added to the log-odds of the second reader ([`SentenceModel`]), which knows words that no
//! labelled sentence has; together they find more than either does (docs/decisions/0009-a-second-reader.md).

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::RuleId;
use crate::engine::sentence::SentenceModel;
use crate::scoring::view::View;

/// Hash buckets of features.
pub const BUCKETS: usize = 1 << 16;

const HEAD: &str = include_str!("../../data/gate/learned.toml");
const WEIGHTS: &[u8] = include_bytes!("../../data/gate/learned.bin");

/// What the model says about one rule.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// The rule.
    pub rule: RuleId,
    /// Natural log-odds of a sentence without features, against a clean one.
    pub intercept: f64,
    /// Log-odds that one step of a weight is worth.
    pub scale: f64,
    /// From this score on a sentence is a finding; `None` where the rule needs more than the sentence (a verdict, the playbook, the turn).
    pub found_from: Option<f64>,
    /// Below this score a phrase is no finding; `None` where the models have no say.
    pub doubted_below: Option<f64>,
}

/// The head of the model: which rules it knows, and its limits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Share of the linear model's log-odds that is added to those of the second reader.
    pub linear: f64,
    /// One column of weights for each rule.
    pub column: Vec<Column>,
}

/// The model of the gate.
#[derive(Debug, Clone)]
pub struct Learned {
    linear: f64,
    columns: Vec<Column>,
    /// Bucket by bucket, a weight for each column.
    weights: &'static [u8],
}

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LearnedError {
    /// The head is not of the expected shape.
    #[error("data/gate/learned.toml cannot be read: {0}")]
    Head(#[from] toml::de::Error),
    /// Weights for other columns.
    #[error("data/gate/learned.bin has {found} bytes instead of {expected}")]
    Size {
        /// Its bytes.
        found: usize,
        /// A byte for each bucket and column.
        expected: usize,
    },
}

#[expect(clippy::expect_used, reason = "the embedded files are read by a test")]
static LEARNED: LazyLock<Learned> =
    LazyLock::new(|| Learned::parse(HEAD, WEIGHTS).expect("data/gate/learned is valid"));

impl Learned {
    /// Returns the model that is part of the program.
    pub fn embedded() -> &'static Self {
        &LEARNED
    }

    /// Puts a model together.
    ///
    /// # Errors
    /// When the head cannot be read or the weights do not fit it.
    pub fn parse(head: &str, weights: &'static [u8]) -> Result<Self, LearnedError> {
        let Head { linear, column: columns } = toml::from_str(head)?;
        let expected = columns.len() * BUCKETS;
        if weights.len() != expected {
            return Err(LearnedError::Size { found: weights.len(), expected });
        }
        Ok(Self { linear, columns, weights })
    }

    /// Returns what the model knows, one entry a rule.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Returns the score of a sentence for each column: what it reads like in all, in natural log-odds against a clean sentence. `plain` is the plain form of `sentence`.
    pub(super) fn scores(&self, plain: &[u8], sentence: &str) -> Vec<f64> {
        let reader = SentenceModel::embedded();
        let reading = &reader.read(sentence).reply;
        let labels = reader.reply_labels();
        let odds = |column: &Column| {
            let place = labels.iter().position(|label| label == column.rule.name());
            // A test holds that every column has a label; none would be no opinion.
            place.map_or(0.0, |place| f64::from(reading[place]).ln() - f64::from(reading[0]).ln())
        };
        self.columns
            .iter()
            .zip(self.linear(plain))
            .map(|(column, linear)| self.linear * linear + odds(column))
            .collect()
    }

    /// The score of the linear model alone.
    fn linear(&self, plain: &[u8]) -> Vec<f64> {
        let features = features_of(plain);
        let mut sums = vec![0_i64; self.columns.len()];
        for &bucket in &features {
            let from = bucket as usize * self.columns.len();
            for (sum, weight) in sums.iter_mut().zip(&self.weights[from..from + self.columns.len()]) {
                *sum += i64::from(weight.cast_signed());
            }
        }
        let length = (features.len().max(1) as f64).sqrt();
        self.columns
            .iter()
            .zip(sums)
            .map(|(column, sum)| column.intercept + column.scale * sum as f64 / length)
            .collect()
    }
}

/// Returns the buckets of a sentence's features, ascending and each once.
pub fn features(sentence: &str) -> Vec<u32> {
    features_of(View::whole(sentence).bytes())
}

/// Longest run of words that is one feature.
const WORDS: usize = 3;
/// Lengths of the pieces of words.
const PIECES: [usize; 2] = [4, 5];

/// Features: one to three words in a row, with the ends of the sentence as words, and pieces of four and five letters of each word. A number is one word, whatever it is,
/// and so is a currency; `?` and `!` are words.
fn features_of(plain: &[u8]) -> Vec<u32> {
    let mut words: Vec<Vec<u8>> = vec![b"^".to_vec()];
    let mut word: Vec<u8> = Vec::new();
    for &byte in plain.iter().chain(b" ") {
        let is_word = byte.is_ascii_alphabetic() || byte == b'\'' || byte == b'_';
        let goes_on = if word == b"0" { byte.is_ascii_digit() } else { is_word };
        if !goes_on && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        match byte {
            _ if is_word => word.push(byte.to_ascii_lowercase()),
            b'0'..=b'9' if word.is_empty() => word.push(b'0'),
            b'?' | b'!' => words.push(vec![byte]),
            b'$' | 1..=4 => words.push(b"$".to_vec()),
            _ => {}
        }
    }
    words.push(b"~".to_vec());
    let mut buckets = BTreeSet::new();
    for from in 0..words.len() {
        for to in from + 1..=(from + WORDS).min(words.len()) {
            buckets.insert(bucket(0, words[from..to].iter().flat_map(|word| word.iter().copied().chain([0]))));
        }
        let padded: Vec<u8> = [b"<", words[from].as_slice(), b">"].concat();
        for length in PIECES {
            buckets.extend(padded.windows(length).map(|piece| bucket(1, piece.iter().copied())));
        }
    }
    buckets.into_iter().collect()
}

/// FNV-1a, folded to sixteen bits.
fn bucket(kind: u8, bytes: impl Iterator<Item = u8>) -> u32 {
    let hash = std::iter::once(kind)
        .chain(bytes)
        .fold(0x811C_9DC5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash >> 16) ^ (hash & 0xFFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_model_has_weights_for_its_columns_and_limits_in_order() {
        let learned = Learned::parse(HEAD, WEIGHTS).unwrap();
        assert!(learned.columns().len() > 10);
        let labels = SentenceModel::embedded().reply_labels();
        assert!(learned.columns().iter().all(|column| labels.iter().any(|label| label == column.rule.name())));
        for column in learned.columns() {
            // Nothing is more than every number, so a limit that is missing is in order.
            let in_order = column.found_from.is_none_or(|from| Some(from) > column.doubted_below);
            assert!(column.scale > 0.0 && in_order, "{column:?}");
        }
        assert!(matches!(Learned::parse(HEAD, &WEIGHTS[1..]), Err(LearnedError::Size { .. })));
        assert!(matches!(Learned::parse("column = 1", WEIGHTS), Err(LearnedError::Head(_))));
    }

    #[test]
    fn features_know_words_and_pieces_but_not_numbers_or_case() {
        assert_eq!(features("You paid £40, twice!"), features("you PAID £7, twice!"));
        assert_ne!(features("You paid £40, twice!"), features("you paid £7, twice."));
        assert_ne!(features("you were here"), features("here you were"));
        assert_eq!(features("").len(), 3, "the two ends and the pair of them");
        let shared = |a: &str, b: &str| features(a).iter().filter(|bucket| features(b).contains(bucket)).count();
        assert!(shared("accused", "accusing") > shared("accused", "shower"));
    }
}
