//! Hugging Face sequence classifiers as model packages.
//!
//! `BertForSequenceClassification` is an encoder, a *pooler* (a dense layer with a hyperbolic tangent over the last hidden state of `[CLS]`) and a linear
//! classifier. The package it becomes pools by `[CLS]`, applies the pooler outside the engine, and has a head for each entry of the map: the
//! classifier's outputs under our names. Weights stay f32.

mod checkpoint;
mod error;
mod map;
mod tokenizer;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use serde::Deserialize;

pub use self::error::ImportError;
pub use self::map::{HeadMap, KnownHead};

use self::checkpoint::Checkpoint;
use super::config::EncoderConfig;
use super::manifest::{FORMAT_VERSION, Manifest, Pooling};
use super::writer::{Parts, TensorBytes};
use super::{CONFIG, ModelPackage};
use crate::engine::tokenizer::TextTokenizer;

/// The one architecture that can be imported.
const ARCHITECTURE: &str = "BertForSequenceClassification";

/// Converts the classifier in folder `from` into the new package folder `out`, with the heads that `map` names, all of which are `known`. Nothing is changed in `from`.
///
/// # Errors
/// When the folder holds something else than a BERT sequence classifier with safetensors and a word-piece tokenizer, when the map does not fit its labels,
/// or when the package cannot be written.
pub fn import(from: &Path, map: &HeadMap, known: &[KnownHead], out: &Path) -> Result<ModelPackage, ImportError> {
    let config_json = read(from, CONFIG)?.ok_or_else(|| ImportError::NoConfig { dir: from.to_owned() })?;
    let classifier = Classifier::parse(&config_json)?;
    let encoder = EncoderConfig::parse(&config_json)?;
    let checkpoint = Checkpoint::read(from)?;
    let tokenizer = tokenizer::of(from, &encoder)?;
    let heads = map.heads(&classifier, known)?;
    let mut tensors = checkpoint.encoder(&encoder)?;
    let hidden = encoder.hidden;
    let outputs = classifier.labels.len();
    let weight = checkpoint.f32("classifier.weight", &[outputs, hidden])?;
    let bias = checkpoint.f32("classifier.bias", &[outputs])?;
    for head in &heads {
        let rows = head.rows(outputs);
        let weight: Vec<f32> = rows.iter().flat_map(|row| weight[row * hidden..][..hidden].iter().copied()).collect();
        let bias: Vec<f32> = rows.iter().map(|row| bias[*row]).collect();
        tensors.insert(format!("heads.{}.weight", head.name), TensorBytes::f32(vec![rows.len(), hidden], &weight));
        tensors.insert(format!("heads.{}.bias", head.name), TensorBytes::f32(vec![rows.len()], &bias));
    }
    let pooler = [("pooler.dense.weight", vec![hidden, hidden]), ("pooler.dense.bias", vec![hidden])];
    for (name, shape) in pooler {
        let values = checkpoint.f32(&format!("bert.{name}"), &shape)?;
        tensors.insert(name.to_owned(), TensorBytes::f32(shape, &values));
    }
    tensors.insert("similarity.weight".to_owned(), identity(hidden));
    let manifest = Manifest {
        version: FORMAT_VERSION,
        name: map.name.clone(),
        release: map.release.clone(),
        base: map.base.clone(),
        base_licence: map.licence.clone(),
        licence: map.licence.clone(),
        max_tokens: tokenizer.max_tokens.min(encoder.positions),
        pooling: Pooling::Cls,
        shares: None,
        sha256: BTreeMap::new(),
    };
    let heads_toml = map::to_toml(&heads, classifier.activation())?;
    let card = card(map, &classifier, &heads);
    let parts = Parts {
        manifest,
        config: config_json,
        tokenizer: tokenizer.json,
        heads: heads_toml,
        tensors,
        fast: None,
        card,
    };
    // Words must come out of the tokenizer before anything is kept.
    let package =
        parts.write_checked(out, |package| TextTokenizer::new(package).map(drop).map_err(ImportError::from))?;
    Ok(package)
}

/// Reads a file of the folder; `None` when it is not there.
fn read(dir: &Path, name: &str) -> Result<Option<Vec<u8>>, ImportError> {
    let path = dir.join(name);
    match fs::read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ImportError::Read { path, source }),
    }
}

/// Similarity of an imported encoder is that of its embeddings: nobody trained a projection.
fn identity(side: usize) -> TensorBytes {
    let values: Vec<f32> = (0..side * side).map(|at| if at % (side + 1) == 0 { 1.0 } else { 0.0 }).collect();
    TensorBytes::f32(vec![side, side], &values)
}

/// What `config.json` says of the classifier.
#[derive(Debug)]
struct Classifier {
    /// Labels by output.
    labels: Vec<String>,
    /// Whether each output is judged on its own.
    several: bool,
}

impl Classifier {
    fn parse(config: &[u8]) -> Result<Self, ImportError> {
        #[derive(Deserialize)]
        struct Raw {
            #[serde(default)]
            architectures: Vec<String>,
            #[serde(default)]
            id2label: BTreeMap<String, String>,
            problem_type: Option<String>,
        }
        let raw: Raw =
            serde_json::from_slice(config).map_err(|error| ImportError::Config { message: error.to_string() })?;
        if !raw.architectures.iter().any(|own| own == ARCHITECTURE) {
            return Err(ImportError::Architecture { found: raw.architectures });
        }
        let count = raw.id2label.len();
        let labels: Option<Vec<String>> = (0..count).map(|at| raw.id2label.get(&at.to_string()).cloned()).collect();
        match (labels, raw.problem_type.as_deref()) {
            (_, Some("regression")) | (None, _) => Err(ImportError::Labels { found: count }),
            (Some(labels), _) if labels.len() < 2 => Err(ImportError::Labels { found: labels.len() }),
            (Some(labels), problem) => Ok(Self { labels, several: problem == Some("multi_label_classification") }),
        }
    }

    fn activation(&self) -> &'static str {
        if self.several { "sigmoid" } else { "softmax" }
    }
}

fn card(map: &HeadMap, classifier: &Classifier, heads: &[map::Mapped]) -> String {
    let mut text = format!("# {} {}\n\n", map.name, map.release);
    text += "A sequence classifier that was imported with `amends models import`. Nothing of it was trained or measured by this project: `amends eval` measures it on your rows.\n\n";
    // Writing to a string cannot fail.
    let _ = writeln!(text, "- from: {} ({})", map.base, map.licence);
    let _ =
        writeln!(text, "- {ARCHITECTURE}: `[CLS]`, pooler, classifier with {}; weights f32", classifier.activation());
    let _ = writeln!(text, "- its labels: {}", classifier.labels.join(", "));
    text += "- similarity is the cosine of its embeddings; no projection was trained\n- temperatures are 1: calibration is the classifier's own, unmeasured; `amends learn` fits them\n\n## Heads\n\n| head | label | outputs of the classifier |\n|---|---|---|\n";
    for head in heads {
        for (label, outputs) in &head.labels {
            let from: Vec<&str> = outputs.iter().map(|output| classifier.labels[*output].as_str()).collect();
            let from = if from.is_empty() { "none: never predicted".to_owned() } else { from.join(", ") };
            let _ = writeln!(text, "| {} | {label} | {from} |", head.name);
        }
    }
    text
}

#[cfg(test)]
mod tests;
