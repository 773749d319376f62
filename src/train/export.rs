//! Writes a model package, see `docs/model-package.md`.

use std::fmt::Write as _;
use std::path::Path;

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tch::{Kind, Tensor};

use super::TrainError;
use super::corpora::{Head, Library};
use super::evaluate::Calibration;
use super::model::{HEADS_BIAS, HEADS_WEIGHT, SIMILARITY, WORDS, Weights, count};
use crate::engine::package::quantise::{dequantise, quantise};

/// A tensor as it will stand in the file.
struct Entry {
    name: String,
    kind: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

fn floats(tensor: &Tensor) -> Vec<f32> {
    let tensor = tensor.detach().to_kind(Kind::Float).contiguous();
    let mut values = vec![0_f32; tensor.numel()];
    let length = values.len();
    tensor.copy_data(&mut values, length);
    values
}

fn shape(tensor: &Tensor) -> Vec<usize> {
    tensor.size().into_iter().map(|side| usize::try_from(side).unwrap_or(0)).collect()
}

fn float_entry(name: String, shape: Vec<usize>, values: &[f32]) -> Entry {
    Entry { name, kind: Dtype::F32, shape, bytes: values.iter().flat_map(|value| value.to_le_bytes()).collect() }
}

/// A matrix rounded to int8, and its scales.
fn rounded_entries(name: String, shape: Vec<usize>, values: &[f32]) -> [Entry; 2] {
    let matrix = quantise(values, shape[1]);
    let scales = float_entry(format!("{name}.scale"), vec![shape[0]], &matrix.scales);
    let bytes = matrix.values.iter().map(|value| value.cast_unsigned()).collect();
    [Entry { name, kind: Dtype::I8, shape, bytes }, scales]
}

/// Whether a tensor is stored as int8: the matrices of the encoder, tables included.
fn is_matrix(name: &str, tensor: &Tensor) -> bool {
    tensor.dim() == 2 && ![HEADS_WEIGHT, SIMILARITY].contains(&name)
}

/// The weights as an engine will see them: every matrix of the encoder rounded to int8 and back.
pub(crate) fn rounded(weights: &Weights) -> Weights {
    let mut copy = weights.detached_copy();
    let round = |name: &str, tensor: &mut Tensor| {
        if is_matrix(name, tensor) {
            let columns = shape(tensor)[1];
            let back = dequantise(&quantise(&floats(tensor), columns), columns);
            *tensor = Tensor::from_slice(&back).view(tensor.size().as_slice());
        }
    };
    round(WORDS, &mut copy.words);
    for (name, tensor) in &mut copy.dense {
        round(name, tensor);
    }
    copy
}

fn entries(weights: &Weights, heads: &[Head]) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (name, tensor) in weights.named() {
        if name == HEADS_WEIGHT || name == HEADS_BIAS {
            let kind = name.trim_start_matches("heads.");
            let mut first = 0;
            for head in heads {
                let own = tensor.narrow(0, first, count(head.labels.len()));
                first += count(head.labels.len());
                entries.push(float_entry(format!("heads.{}.{kind}", head.name), shape(&own), &floats(&own)));
            }
            continue;
        }
        let parts: Vec<(String, Tensor)> = match name.split_once("attention.qkv.") {
            None => vec![(name.to_owned(), tensor.shallow_clone())],
            Some((before, kind)) => ["query", "key", "value"]
                .iter()
                .zip(tensor.chunk(3, 0))
                .map(|(role, part)| (format!("{before}attention.self.{role}.{kind}"), part))
                .collect(),
        };
        for (part, tensor) in parts {
            let (values, shape) = (floats(&tensor), shape(&tensor));
            if is_matrix(name, &tensor) {
                entries.extend(rounded_entries(part, shape, &values));
            } else {
                entries.push(float_entry(part, shape, &values));
            }
        }
    }
    entries
}

#[derive(Serialize)]
struct HeadEntry<'a> {
    name: &'a str,
    labels: &'a [String],
    activation: &'static str,
    temperature: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold: Option<f64>,
    ordered: bool,
    corpora: Vec<&'a str>,
}

#[derive(Serialize)]
struct HeadFile<'a> {
    head: Vec<HeadEntry<'a>>,
}

#[derive(Serialize)]
struct Manifest<'a> {
    version: u32,
    name: &'a str,
    release: &'a str,
    base: &'static str,
    base_licence: &'static str,
    licence: &'static str,
    max_tokens: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    shares: Option<&'a str>,
    sha256: std::collections::BTreeMap<&'static str, String>,
}

/// Names of the corpora that have a target for `head`; `silver` are rows labelled by rules and tables of ours.
pub(crate) fn corpora_of(library: &Library, head: usize) -> Vec<&str> {
    let used = |corpus: usize| {
        let mine = |example: &&super::corpora::Example| example.corpus == corpus;
        library.examples.iter().filter(mine).any(|example| example.targets.iter().any(|target| target.head == head))
    };
    let mut names: Vec<&str> =
        (0..library.corpora.len()).filter(|at| used(*at)).map(|at| library.corpora[at].name.as_str()).collect();
    if used(library.corpora.len()) {
        names.push("own sentences");
    }
    names
}

/// What a package is called and how long its messages may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Title<'a> {
    pub(crate) name: &'a str,
    pub(crate) release: &'a str,
    pub(crate) max_tokens: usize,
}

/// Where a package's tokens come from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tokens<'a> {
    /// It holds its tables and this `tokenizer.json`.
    Own(&'a [u8]),
    /// They are those of the package whose weights have this digest.
    Shared(&'a str),
}

/// Writes the package to `folder`; returns its size in bytes and its digest.
pub(crate) fn package(
    folder: &Path,
    tokens: Tokens<'_>,
    weights: &Weights,
    library: &Library,
    calibration: &[Calibration],
    title: Title<'_>,
    card: &str,
) -> Result<(u64, String), TrainError> {
    std::fs::create_dir_all(folder).map_err(|source| TrainError::io(folder, source))?;
    let failed = |message: String| TrainError::Export { path: folder.into(), message };
    let mut entries = entries(weights, &library.heads);
    let shares = match tokens {
        Tokens::Own(_) => None,
        Tokens::Shared(digest) => Some(digest),
    };
    if shares.is_some() {
        entries.retain(|entry| !entry.name.starts_with("embeddings.") && entry.name != SIMILARITY);
        // It was not trained, and an identity is exact in eight bits.
        let similarity = weights.named().find(|(name, _)| *name == SIMILARITY);
        entries.extend(
            similarity
                .map(|(name, tensor)| rounded_entries(name.to_owned(), shape(tensor), &floats(tensor)))
                .into_iter()
                .flatten(),
        );
    }
    let views: Vec<(&str, TensorView<'_>)> = entries
        .iter()
        .map(|entry| {
            let view = TensorView::new(entry.kind, entry.shape.clone(), &entry.bytes);
            view.map(|view| (entry.name.as_str(), view)).map_err(|source| failed(source.to_string()))
        })
        .collect::<Result<_, _>>()?;
    let tensors = safetensors::serialize(views, None).map_err(|source| failed(source.to_string()))?;
    let heads: Vec<HeadEntry<'_>> = library
        .heads
        .iter()
        .enumerate()
        .map(|(at, head)| HeadEntry {
            name: &head.name,
            labels: &head.labels,
            activation: "softmax",
            temperature: rounded_to(calibration[at].temperature),
            threshold: calibration[at].threshold.map(rounded_to),
            ordered: head.ordered,
            corpora: corpora_of(library, at),
        })
        .collect();
    let heads = toml::to_string(&HeadFile { head: heads }).map_err(|source| failed(source.to_string()))?;
    let mut files: Vec<(&'static str, Vec<u8>)> = vec![
        ("MODEL_CARD.md", card.as_bytes().to_vec()),
        ("config.json", config(weights).into_bytes()),
        ("heads.toml", heads.into_bytes()),
        ("model.safetensors", tensors),
    ];
    if let Tokens::Own(json) = tokens {
        files.push(("tokenizer.json", json.to_vec()));
    }
    let manifest = Manifest {
        version: 1,
        name: title.name,
        release: title.release,
        base: "sentence-transformers/all-MiniLM-L6-v2",
        base_licence: "Apache-2.0",
        licence: "Apache-2.0 for the base; the card names the terms of each corpus",
        max_tokens: title.max_tokens,
        shares,
        sha256: files.iter().map(|(name, bytes)| (*name, digest(bytes))).collect(),
    };
    let manifest = toml::to_string(&manifest).map_err(|source| failed(source.to_string()))?;
    let mut size = 0;
    for (name, bytes) in
        files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).chain([("manifest.toml", manifest.as_bytes())])
    {
        let path = folder.join(name);
        std::fs::write(&path, bytes).map_err(|source| TrainError::io(&path, source))?;
        size += bytes.len() as u64;
    }
    Ok((size, digest(manifest.as_bytes())))
}

/// Four decimals are more than a fit on held-out rows knows.
fn rounded_to(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn config(weights: &Weights) -> String {
    let shape = &weights.shape;
    let config = serde_json::json!({
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": shape.hidden_size,
        "num_hidden_layers": shape.num_hidden_layers,
        "num_attention_heads": shape.num_attention_heads,
        "intermediate_size": shape.intermediate_size,
        "vocab_size": shape.vocab_size,
        "max_position_embeddings": shape.max_position_embeddings,
        "type_vocab_size": shape.type_vocab_size,
        "layer_norm_eps": shape.layer_norm_eps,
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "initializer_range": 0.02,
        "pad_token_id": 0,
        "position_embedding_type": "absolute",
    });
    format!("{config:#}\n")
}
