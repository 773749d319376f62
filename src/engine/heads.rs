//! Heads: from a pooled embedding to calibrated probabilities, and to the space in which similarity is judged.
//!
//! A head is one linear layer, so all of them together cost less than a thousandth of the encoder. They are applied here, once,
//! whichever engine made the embedding. Every sum runs in a fixed order of fused multiply-adds: equal embeddings give equal
//! bits on every machine up to the exponential function of the standard library, which is computed in `f64` and rounded once.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::package::{F32Tensor, PackageError};

/// How logits become probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// The labels exclude each other; probabilities sum to 1.
    Softmax,
    /// Each label on its own.
    Sigmoid,
}

/// A linear classifier over the embedding.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// Name, `sentiment` for instance.
    pub name: String,
    /// Labels in the order of the weights.
    pub labels: Vec<String>,
    /// How logits become probabilities.
    pub activation: Activation,
    /// Logits are divided by it; above 0.
    pub temperature: f32,
    /// Probability of label 1 from which a two-way head says yes.
    pub threshold: Option<f32>,
    /// Whether labels are levels, lowest first.
    pub ordered: bool,
    /// Corpora that it was trained on.
    pub corpora: Vec<String>,
    /// `labels x hidden`, row-major.
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Head {
    /// Returns one probability per label, in label order. `embedding` has the width that the package names.
    pub fn probabilities(&self, embedding: &[f32]) -> Vec<f32> {
        let logits: Vec<f32> = self
            .weight
            .chunks_exact(embedding.len())
            .zip(&self.bias)
            .map(|(row, bias)| (dot(row, embedding) + bias) / self.temperature)
            .collect();
        match self.activation {
            Activation::Softmax => softmax(&logits),
            Activation::Sigmoid => logits.iter().map(|&logit| sigmoid(logit)).collect(),
        }
    }
}

/// All heads of a package, with the similarity projection.
#[derive(Debug, Clone, PartialEq)]
pub struct HeadSet {
    heads: Vec<Head>,
    /// `hidden x hidden`, row-major.
    similarity: Vec<f32>,
    hidden: usize,
}

impl HeadSet {
    /// Reads `heads.toml`; `tensor` yields the weights by name.
    pub(super) fn parse(
        toml: &[u8],
        hidden: usize,
        tensor: impl Fn(&str) -> Result<F32Tensor, PackageError>,
    ) -> Result<Self, PackageError> {
        let invalid = |message: String| PackageError::Syntax { file: "heads.toml", message };
        let text = std::str::from_utf8(toml).map_err(|error| invalid(error.to_string()))?;
        let file: HeadsFile = toml::from_str(text).map_err(|error| invalid(error.message().to_owned()))?;
        let mut names = BTreeSet::new();
        let mut heads = Vec::with_capacity(file.head.len());
        for entry in file.head {
            if !names.insert(entry.name.clone()) {
                return Err(PackageError::Head { name: entry.name, problem: "is defined twice".to_owned() });
            }
            heads.push(entry.into_head(hidden, &tensor)?);
        }
        let name = "similarity.weight";
        let similarity = shaped(tensor(name)?, name, &[hidden, hidden])?;
        Ok(Self { heads, similarity, hidden })
    }

    /// Heads in the order of the package.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Head> {
        self.heads.iter()
    }

    /// Returns the head called `name`, if the package has one.
    pub fn get(&self, name: &str) -> Option<&Head> {
        self.heads.iter().find(|head| head.name == name)
    }

    /// Width of the embeddings.
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// Returns every head's probabilities by label, labels in head order.
    ///
    /// # Panics
    /// When `embedding` has not [`hidden`](Self::hidden) values (a bug of the caller).
    pub fn apply(&self, embedding: &[f32]) -> BTreeMap<String, Vec<(String, f32)>> {
        assert_eq!(embedding.len(), self.hidden, "embedding of another model");
        self.heads
            .iter()
            .map(|head| {
                let labelled = head.labels.iter().cloned().zip(head.probabilities(embedding)).collect();
                (head.name.clone(), labelled)
            })
            .collect()
    }

    /// Projects `embedding` into the space in which cosine means "says the same"; the result has length 1 (or 0, for an
    /// embedding that projects to nothing).
    ///
    /// # Panics
    /// When `embedding` has not [`hidden`](Self::hidden) values (a bug of the caller).
    pub fn similarity(&self, embedding: &[f32]) -> Vec<f32> {
        assert_eq!(embedding.len(), self.hidden, "embedding of another model");
        let mut projected: Vec<f32> =
            self.similarity.chunks_exact(self.hidden).map(|row| dot(row, embedding)).collect();
        let norm = dot(&projected, &projected).sqrt();
        if norm > 0.0 {
            for value in &mut projected {
                *value /= norm;
            }
        }
        projected
    }
}

/// Returns the cosine of two vectors of equal length, -1..=1; 0 when one of them is zero.
pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let norms = (dot(a, a) * dot(b, b)).sqrt();
    if norms > 0.0 { (dot(a, b) / norms).clamp(-1.0, 1.0) } else { 0.0 }
}

/// Sum of products in index order, each step fused.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).fold(0.0, |sum, (x, y)| x.mul_add(*y, sum))
}

fn softmax(logits: &[f32]) -> Vec<f32> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f64> = logits.iter().map(|logit| f64::from(logit - largest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| narrow(power / sum)).collect()
}

fn sigmoid(logit: f32) -> f32 {
    narrow(1.0 / (1.0 + (-f64::from(logit)).exp()))
}

#[expect(clippy::cast_possible_truncation, reason = "a probability rounds to the nearest f32")]
fn narrow(probability: f64) -> f32 {
    probability as f32
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadsFile {
    head: Vec<HeadEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadEntry {
    name: String,
    labels: Vec<String>,
    activation: Activation,
    temperature: f32,
    threshold: Option<f32>,
    #[serde(default)]
    ordered: bool,
    #[serde(default)]
    corpora: Vec<String>,
}

impl HeadEntry {
    fn into_head(
        self,
        hidden: usize,
        tensor: impl Fn(&str) -> Result<F32Tensor, PackageError>,
    ) -> Result<Head, PackageError> {
        if let Some(problem) = self.problem() {
            return Err(PackageError::Head { name: self.name, problem });
        }
        let labels = self.labels.len();
        let weight_name = format!("heads.{}.weight", self.name);
        let bias_name = format!("heads.{}.bias", self.name);
        Ok(Head {
            weight: shaped(tensor(&weight_name)?, &weight_name, &[labels, hidden])?,
            bias: shaped(tensor(&bias_name)?, &bias_name, &[labels])?,
            name: self.name,
            labels: self.labels,
            activation: self.activation,
            temperature: self.temperature,
            threshold: self.threshold,
            ordered: self.ordered,
            corpora: self.corpora,
        })
    }

    fn problem(&self) -> Option<String> {
        let distinct: BTreeSet<&String> = self.labels.iter().collect();
        if self.labels.len() < 2 {
            return Some(format!("has {} labels, expected two or more", self.labels.len()));
        }
        if distinct.len() < self.labels.len() {
            return Some("names a label twice".to_owned());
        }
        if !(self.temperature.is_finite() && self.temperature > 0.0) {
            return Some(format!("has temperature {}, expected above 0", self.temperature));
        }
        match self.threshold {
            Some(_) if self.labels.len() > 2 => Some("has a threshold, which only a two-way head can have".to_owned()),
            Some(threshold) if !(0.0..=1.0).contains(&threshold) => {
                Some(format!("has threshold {threshold}, expected 0 to 1"))
            }
            _ => None,
        }
    }
}

/// Returns the values of a tensor that must have `shape`.
fn shaped(tensor: F32Tensor, name: &str, shape: &[usize]) -> Result<Vec<f32>, PackageError> {
    if tensor.shape == shape {
        return Ok(tensor.data);
    }
    Err(PackageError::Tensor {
        name: name.to_owned(),
        problem: format!("has shape {:?}, expected {shape:?}", tensor.shape),
    })
}

#[cfg(test)]
mod tests;
