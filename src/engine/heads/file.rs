//! `heads.toml`: how heads are written down.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Activation, Head, HeadSet, Pooler};
use crate::engine::native::Dense;
use crate::engine::package::{F32Tensor, PackageError};

const FILE: &str = "heads.toml";
const SIMILARITY: &str = "similarity.weight";
const POOLER: [&str; 2] = ["pooler.dense.weight", "pooler.dense.bias"];

impl HeadSet {
    /// Reads `heads.toml`; `tensor` yields the weights by name.
    pub(in crate::engine) fn parse(
        toml: &[u8],
        hidden: usize,
        tensor: impl Fn(&str) -> Result<F32Tensor, PackageError>,
    ) -> Result<Self, PackageError> {
        let invalid = |message: String| PackageError::Syntax { file: FILE, message };
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
        let pooler = heads.iter().any(|head| head.pooler).then(|| -> Result<Pooler, PackageError> {
            let [weight, bias] = POOLER;
            let weight = shaped(tensor(weight)?, weight, &[hidden, hidden])?;
            let bias = shaped(tensor(bias)?, bias, &[hidden])?;
            Ok(Pooler { layer: Dense::new(&weight, &bias), weight, bias })
        });
        let similarity = shaped(tensor(SIMILARITY)?, SIMILARITY, &[hidden, hidden])?;
        let projection = Dense::new(&similarity, &vec![0.0; hidden]);
        Ok(Self { heads, pooler: pooler.transpose()?, similarity, projection, hidden })
    }

    /// Returns `heads.toml` for these heads.
    ///
    /// # Errors
    /// When a value cannot be written as TOML.
    pub(in crate::engine) fn to_toml(&self) -> Result<String, PackageError> {
        let head = self.heads.iter().map(HeadEntry::of).collect();
        toml::to_string(&HeadsFile { head })
            .map_err(|error| PackageError::Syntax { file: FILE, message: error.to_string() })
    }

    /// Returns every tensor of the heads with its name and shape, the similarity projection and the pooler included.
    pub(in crate::engine) fn tensors(&self) -> Vec<(String, Vec<usize>, &[f32])> {
        let hidden = self.hidden;
        let mut tensors: Vec<(String, Vec<usize>, &[f32])> = self
            .heads
            .iter()
            .flat_map(|head| {
                let [weight, bias] = tensor_names(&head.name);
                let outputs = head.bias.len();
                [(weight, vec![outputs, hidden], head.weight.as_slice()), (bias, vec![outputs], head.bias.as_slice())]
            })
            .collect();
        tensors.push((SIMILARITY.to_owned(), vec![hidden, hidden], &self.similarity));
        if let Some(pooler) = &self.pooler {
            let [weight, bias] = POOLER;
            tensors.push((weight.to_owned(), vec![hidden, hidden], &pooler.weight));
            tensors.push((bias.to_owned(), vec![hidden], &pooler.bias));
        }
        tensors
    }
}

fn tensor_names(head: &str) -> [String; 2] {
    ["weight", "bias"].map(|part| format!("heads.{head}.{part}"))
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadsFile {
    head: Vec<HeadEntry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadEntry {
    name: String,
    labels: Vec<String>,
    activation: Activation,
    temperature: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold: Option<f32>,
    #[serde(default)]
    ordered: bool,
    #[serde(default)]
    corpora: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pooler: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    outputs: Option<Vec<Vec<usize>>>,
}

impl HeadEntry {
    fn of(head: &Head) -> Self {
        Self {
            name: head.name.clone(),
            labels: head.labels.clone(),
            activation: head.activation,
            temperature: head.temperature,
            threshold: head.threshold,
            ordered: head.ordered,
            corpora: head.corpora.clone(),
            pooler: head.pooler,
            outputs: head.outputs.clone(),
        }
    }

    fn into_head(
        self,
        hidden: usize,
        tensor: impl Fn(&str) -> Result<F32Tensor, PackageError>,
    ) -> Result<Head, PackageError> {
        if let Some(problem) = self.problem() {
            return Err(PackageError::Head { name: self.name, problem });
        }
        let rows = match &self.outputs {
            None => self.labels.len(),
            Some(outputs) => outputs.iter().map(Vec::len).sum(),
        };
        let [weight_name, bias_name] = tensor_names(&self.name);
        let weight = shaped(tensor(&weight_name)?, &weight_name, &[rows, hidden])?;
        let bias = shaped(tensor(&bias_name)?, &bias_name, &[rows])?;
        Ok(Head {
            layer: Dense::new(&weight, &bias),
            weight,
            bias,
            name: self.name,
            labels: self.labels,
            activation: self.activation,
            temperature: self.temperature,
            threshold: self.threshold,
            ordered: self.ordered,
            corpora: self.corpora,
            pooler: self.pooler,
            outputs: self.outputs,
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
            Some(_) if self.labels.len() > 2 => {
                return Some("has a threshold, which only a two-way head can have".to_owned());
            }
            Some(threshold) if !(0.0..=1.0).contains(&threshold) => {
                return Some(format!("has threshold {threshold}, expected 0 to 1"));
            }
            _ => {}
        }
        self.outputs.as_ref().and_then(|outputs| self.problem_of(outputs))
    }

    /// Each output belongs to one label, and they share a softmax, or their sums would be no probabilities. A label without outputs is never predicted.
    fn problem_of(&self, outputs: &[Vec<usize>]) -> Option<String> {
        if outputs.len() != self.labels.len() {
            return Some(format!("has outputs for {} of {} labels", outputs.len(), self.labels.len()));
        }
        let mut all = outputs.concat();
        all.sort_unstable();
        if all.len() < 2 || !all.iter().copied().eq(0..all.len()) {
            return Some("must name each of its outputs once, from 0 on".to_owned());
        }
        (self.activation == Activation::Sigmoid).then(|| "adds up outputs, which only softmax can have".to_owned())
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
