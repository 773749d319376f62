//! Heads: from a pooled embedding to calibrated probabilities, and to the space in which similarity is judged.
//!
//! A head is one linear layer, so all of them together cost less than a thousandth of the encoder. They are applied here, once,
//! whichever engine made the embedding. Every sum runs in a fixed order of fused multiply-adds: equal embeddings give equal
//! bits on every machine up to the exponential function of the standard library, which is computed in `f64` and rounded once.

mod file;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::native::Dense;

/// How logits become probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Whether it reads what the [`Pooler`] makes of the embedding.
    pub pooler: bool,
    /// For each label the outputs whose probabilities are added up for it; `None` where every output is a label.
    pub outputs: Option<Vec<Vec<usize>>>,
    /// `outputs x hidden`, row-major.
    weight: Vec<f32>,
    bias: Vec<f32>,
    /// Both, as they are computed with.
    layer: Dense,
}

impl Head {
    /// Returns one probability per label, in label order. `input` is what [`HeadSet::input`] returns for this head.
    pub fn probabilities(&self, input: &[f32]) -> Vec<f32> {
        let logits: Vec<f32> = self.layer.apply(input).into_iter().map(|logit| logit / self.temperature).collect();
        let all = match self.activation {
            Activation::Softmax => softmax(&logits),
            Activation::Sigmoid => logits.iter().map(|&logit| sigmoid(logit)).collect(),
        };
        match &self.outputs {
            None => all,
            Some(outputs) => {
                outputs.iter().map(|own| own.iter().map(|output| all[*output]).sum::<f32>().min(1.0)).collect()
            }
        }
    }

    /// Returns the weights, a row of the input's width for each output, and the biases.
    pub fn weights(&self) -> (&[f32], &[f32]) {
        (&self.weight, &self.bias)
    }

    /// Returns the head with other weights of the same shape.
    ///
    /// # Panics
    /// When the shape is another one (a bug of the caller).
    #[must_use]
    pub fn with_weights(mut self, weight: Vec<f32>, bias: Vec<f32>) -> Self {
        assert_eq!((weight.len(), bias.len()), (self.weight.len(), self.bias.len()), "weights of another head");
        self.layer = Dense::new(&weight, &bias);
        (self.weight, self.bias) = (weight, bias);
        self
    }
}

/// A dense layer with a hyperbolic tangent between embedding and heads, as BERT classifiers have it.
#[derive(Debug, Clone, PartialEq)]
pub struct Pooler {
    /// `hidden x hidden`, row-major.
    weight: Vec<f32>,
    bias: Vec<f32>,
    layer: Dense,
}

impl Pooler {
    /// Returns tanh(weight · embedding + bias).
    fn apply(&self, embedding: &[f32]) -> Vec<f32> {
        self.layer.apply(embedding).into_iter().map(|sum| narrow(f64::from(sum).tanh())).collect()
    }
}

/// All heads of a package, with the similarity projection.
#[derive(Debug, Clone, PartialEq)]
pub struct HeadSet {
    heads: Vec<Head>,
    pooler: Option<Pooler>,
    /// `hidden x hidden`, row-major.
    similarity: Vec<f32>,
    projection: Dense,
    hidden: usize,
}

impl HeadSet {
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
        let pooled = self.pooler.as_ref().map(|pooler| pooler.apply(embedding));
        self.heads
            .iter()
            .map(|head| {
                let input = pooled.as_deref().filter(|_| head.pooler).unwrap_or(embedding);
                let labelled = head.labels.iter().cloned().zip(head.probabilities(input)).collect();
                (head.name.clone(), labelled)
            })
            .collect()
    }

    /// Returns what `head` reads: the embedding, or what the pooler makes of it.
    ///
    /// # Panics
    /// When `embedding` has not [`hidden`](Self::hidden) values (a bug of the caller).
    pub fn input<'e>(&self, head: &Head, embedding: &'e [f32]) -> Cow<'e, [f32]> {
        assert_eq!(embedding.len(), self.hidden, "embedding of another model");
        match &self.pooler {
            Some(pooler) if head.pooler => Cow::Owned(pooler.apply(embedding)),
            _ => Cow::Borrowed(embedding),
        }
    }

    /// Returns the set with `head` in the place of the one with its name, if there is one.
    #[must_use]
    pub fn with(mut self, head: Head) -> Self {
        if let Some(place) = self.heads.iter_mut().find(|own| own.name == head.name) {
            *place = head;
        }
        self
    }

    /// Projects `embedding` into the space in which cosine means "says the same"; the result has length 1 (or 0, for an
    /// embedding that projects to nothing).
    ///
    /// # Panics
    /// When `embedding` has not [`hidden`](Self::hidden) values (a bug of the caller).
    pub fn similarity(&self, embedding: &[f32]) -> Vec<f32> {
        assert_eq!(embedding.len(), self.hidden, "embedding of another model");
        let mut projected = self.projection.apply(embedding);
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
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).fold(0.0, |sum, (x, y)| x.mul_add(*y, sum))
}

pub(super) fn softmax(logits: &[f32]) -> Vec<f32> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f64> = logits.iter().map(|logit| f64::from(logit - largest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| narrow(power / sum)).collect()
}

pub(super) fn sigmoid(logit: f32) -> f32 {
    narrow(1.0 / (1.0 + (-f64::from(logit)).exp()))
}

#[expect(clippy::cast_possible_truncation, reason = "a probability rounds to the nearest f32")]
fn narrow(probability: f64) -> f32 {
    probability as f32
}

#[cfg(test)]
mod tests;
