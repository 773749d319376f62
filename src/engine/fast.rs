//! The fast path: a static model that stands in for the encoder where the two agree.
//!
//! A message is the mean of the vectors of its tokens, each token having one whatever stands around it, and one linear layer turns that mean into the
//! logits of the heads that scores need. Vectors and layer are distilled from the encoder ([`crate::learn::distil`]). Where its heads are close, the
//! static model is likely to say something else than the encoder; [`Terms`] hold from which doubt on the encoder has to be asked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::heads::{dot, sigmoid, softmax};
use super::package::{F32Tensor, FAST, I8Tensor, Matrix, PackageError, TensorBytes};

/// Names of its tensors: vectors of tokens, layer, and bias.
const TENSORS: [&str; 3] = ["fast.table", "fast.weight", "fast.bias"];

/// What the tensors of the fast path start with.
pub(crate) const PREFIX: &str = "fast.";

/// A head that the static model answers for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FastHead {
    /// Name of the package's head.
    pub name: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// P(the encoder says another label) = sigmoid(`doubt[0]` + `doubt[1]` · gap between the two highest logits).
    pub doubt: [f32; 2],
}

/// When the static model may answer, and what that was measured to cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// It answers up to this doubt: the expected share of its labels that the encoder would have given otherwise.
    pub most_doubt: f32,
    /// Messages that were held back to measure what follows.
    pub messages: usize,
    /// Share of them that it answered.
    pub answered: f64,
    /// Share of all their labels that were not the encoder's; labels of messages that the encoder answered are.
    pub disagreement: f64,
    /// One-sided 95 % bound above that share.
    pub at_most: f64,
}

/// `fast.toml`: everything about the static model but its weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FastFile {
    terms: Terms,
    head: Vec<FastHead>,
}

/// What the static model says about a message.
#[derive(Debug, Clone, PartialEq)]
pub struct FastAnswer {
    /// Probabilities by label, by head.
    pub heads: BTreeMap<String, Vec<(String, f32)>>,
    /// Expected share of its labels that the encoder would have given otherwise, 0..=1.
    pub doubt: f32,
}

/// The static model of a package.
#[derive(Debug, Clone)]
pub struct FastModel {
    file: FastFile,
    /// A row for each token.
    table: I8Tensor,
    /// `outputs x width`, row-major.
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl FastModel {
    /// Makes a model of vectors, `weight` (row-major, as wide as the vectors, a row for each label of `heads`), and `bias`.
    pub(crate) fn new(table: I8Tensor, weight: Vec<f32>, bias: Vec<f32>, heads: Vec<FastHead>, terms: Terms) -> Self {
        Self { file: FastFile { terms, head: heads }, table, weight, bias }
    }

    /// Returns the model with other terms and other doubts.
    pub(crate) fn with(mut self, heads: Vec<FastHead>, terms: Terms) -> Self {
        self.file = FastFile { terms, head: heads };
        self
    }

    /// Returns its weights by name.
    pub(super) fn tensors(&self) -> Vec<(String, TensorBytes)> {
        let [table, weight, bias] = TENSORS.map(str::to_owned);
        let [rows, scales] = TensorBytes::i8(&self.table);
        let outputs = self.bias.len();
        vec![
            (format!("{table}.scale"), scales),
            (table, rows),
            (weight, TensorBytes::f32(vec![outputs, self.table.columns()], &self.weight)),
            (bias, TensorBytes::f32(vec![outputs], &self.bias)),
        ]
    }

    /// Returns `fast.toml`.
    pub(super) fn to_toml(&self) -> Result<String, PackageError> {
        toml::to_string(&self.file).map_err(|error| PackageError::Syntax { file: FAST, message: error.to_string() })
    }

    /// Reads the model; `matrix` and `f32` yield tensors by name, `vocabulary` is the number of tokens.
    pub(super) fn parse(
        toml: &[u8],
        vocabulary: usize,
        labels: impl Fn(&str) -> Option<Vec<String>>,
        matrix: impl Fn(&str) -> Result<Matrix, PackageError>,
        f32: impl Fn(&str) -> Result<F32Tensor, PackageError>,
    ) -> Result<Self, PackageError> {
        let syntax = |message: String| PackageError::Syntax { file: FAST, message };
        let text = std::str::from_utf8(toml).map_err(|error| syntax(error.to_string()))?;
        let file: FastFile = toml::from_str(text).map_err(|error| syntax(error.message().to_owned()))?;
        if let Some(head) = file.head.iter().find(|head| labels(&head.name).as_ref() != Some(&head.labels)) {
            return Err(syntax(format!("the labels of {} are not those of the package's head", head.name)));
        }
        let wrong = |name: &str, problem: String| PackageError::Tensor { name: name.to_owned(), problem };
        let [table, weight, bias] = TENSORS;
        let Matrix::I8(vectors) = matrix(table)? else { return Err(wrong(table, "is not I8".to_owned())) };
        if vectors.rows() != vocabulary {
            return Err(wrong(table, format!("has {} rows for {vocabulary} tokens", vectors.rows())));
        }
        let outputs: usize = file.head.iter().map(|head| head.labels.len()).sum();
        let expect = |name: &str, shape: &[usize]| -> Result<Vec<f32>, PackageError> {
            let tensor = f32(name)?;
            if tensor.shape != shape {
                return Err(wrong(name, format!("has shape {:?}, expected {shape:?}", tensor.shape)));
            }
            Ok(tensor.data)
        };
        Ok(Self {
            weight: expect(weight, &[outputs, vectors.columns()])?,
            bias: expect(bias, &[outputs])?,
            table: vectors,
            file,
        })
    }

    /// Heads that it answers for.
    pub fn heads(&self) -> &[FastHead] {
        &self.file.head
    }

    /// When it may answer.
    pub const fn terms(&self) -> &Terms {
        &self.file.terms
    }

    /// Returns what it says about the message with these tokens, `[CLS]` and `[SEP]` included; ids beyond the vocabulary count for nothing.
    pub fn answer(&self, ids: &[u32]) -> FastAnswer {
        let logits = self.logits(ids);
        let mut rest = logits.as_slice();
        let mut doubt = 0.0;
        let mut heads = BTreeMap::new();
        for head in self.heads() {
            let (own, others) = rest.split_at(head.labels.len());
            rest = others;
            doubt += sigmoid(head.doubt[1].mul_add(gap(own), head.doubt[0]));
            heads.insert(head.name.clone(), head.labels.iter().cloned().zip(softmax(own)).collect());
        }
        FastAnswer { heads, doubt: doubt / self.heads().len().max(1) as f32 }
    }

    /// Returns the logits of all heads, one after the other.
    pub(crate) fn logits(&self, ids: &[u32]) -> Vec<f32> {
        let mut mean = vec![0.0_f32; self.table.columns()];
        for row in ids.iter().map(|id| *id as usize).filter(|row| *row < self.table.rows()) {
            let scale = self.table.scales()[row];
            for (sum, byte) in mean.iter_mut().zip(self.table.row(row)) {
                *sum += f32::from(byte.cast_signed()) * scale;
            }
        }
        let count = ids.len().max(1) as f32;
        for sum in &mut mean {
            *sum /= count;
        }
        self.weight.chunks_exact(mean.len()).zip(&self.bias).map(|(row, bias)| dot(row, &mean) + bias).collect()
    }

    /// Returns its answer where its terms allow it, and nothing where the encoder must be asked.
    pub fn sure(&self, ids: &[u32]) -> Option<FastAnswer> {
        Some(self.answer(ids)).filter(|answer| answer.doubt <= self.file.terms.most_doubt)
    }
}

/// Returns by how much the highest logit exceeds the second; 0 for fewer than two.
pub(crate) fn gap(logits: &[f32]) -> f32 {
    let (mut first, mut second) = (f32::NEG_INFINITY, f32::NEG_INFINITY);
    for logit in logits {
        if *logit > first {
            (first, second) = (*logit, first);
        } else if *logit > second {
            second = *logit;
        }
    }
    if second.is_finite() { first - second } else { 0.0 }
}

/// Returns how many labels two answers give otherwise, over the heads of `of`, and over how many heads both answer.
pub fn differing(of: &FastAnswer, encoder: &BTreeMap<String, Vec<(String, f32)>>) -> (usize, usize) {
    let mut counts = (0, 0);
    for (name, labels) in &of.heads {
        if let Some(other) = encoder.get(name) {
            counts.0 += usize::from(likeliest(labels) != likeliest(other));
            counts.1 += 1;
        }
    }
    counts
}

/// Index of the likeliest label, the first of equal ones.
fn likeliest(labels: &[(String, f32)]) -> usize {
    let better = |best: usize, at: usize| if labels[at].1 > labels[best].1 { at } else { best };
    (0..labels.len()).fold(0, better)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gap_is_between_the_two_highest() {
        assert!((gap(&[0.5, 3.0, -1.0, 2.0]) - 1.0).abs() < 1e-6);
        assert!(gap(&[1.0]).abs() < 1e-6 && gap(&[2.0, 2.0]).abs() < 1e-6);
    }

    #[test]
    fn labels_that_differ_are_counted_where_both_answer() {
        let labels = |a: f32, b: f32| vec![("a".to_owned(), a), ("b".to_owned(), b)];
        let of = FastAnswer {
            heads: [("x".to_owned(), labels(0.6, 0.4)), ("y".to_owned(), labels(0.1, 0.9))].into(),
            doubt: 0.0,
        };
        let encoder = [("x".to_owned(), labels(0.4, 0.6)), ("z".to_owned(), labels(1.0, 0.0))].into();
        assert_eq!(differing(&of, &encoder), (1, 1));
    }
}
