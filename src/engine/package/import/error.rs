//! Why a classifier cannot be imported.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::engine::package::{PackageError, WriteError};
use crate::engine::tokenizer::TokenizerError;

/// Why a classifier cannot be imported.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The folder has no configuration.
    #[error("{} has no config.json", dir.display())]
    NoConfig {
        /// Which folder.
        dir: PathBuf,
    },
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The configuration does not parse.
    #[error("config.json is not valid: {message}")]
    Config {
        /// What the parser said.
        message: String,
    },
    /// Another architecture.
    #[error("the architecture is {}, and only BertForSequenceClassification can be imported", named(found))]
    Architecture {
        /// What the configuration names.
        found: Vec<String>,
    },
    /// The classifier has no labels to choose from.
    #[error("config.json names {found} labels (id2label); a classifier with two or more is needed, and no regression")]
    Labels {
        /// How many.
        found: usize,
    },
    /// There are weights, but in a form that is not read.
    #[error("the weights are in {file}, and only model.safetensors is read")]
    Pickled {
        /// The file that is there.
        file: String,
    },
    /// There are no weights.
    #[error("{} has no model.safetensors", dir.display())]
    NoWeights {
        /// Which folder.
        dir: PathBuf,
    },
    /// A tensor cannot be used.
    #[error("tensor {name} of model.safetensors {problem}")]
    Tensor {
        /// Name of the tensor.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// There is neither a tokenizer nor a vocabulary.
    #[error("{} has neither tokenizer.json nor vocab.txt", dir.display())]
    NoTokenizer {
        /// Which folder.
        dir: PathBuf,
    },
    /// The tokenizer is another kind than the model needs.
    #[error("the tokenizer is {found}, and only WordPiece is supported")]
    TokenizerKind {
        /// What it is.
        found: String,
    },
    /// A file of the tokenizer does not parse.
    #[error("{file} is not valid: {message}")]
    Tokenizer {
        /// Which file.
        file: &'static str,
        /// What the parser said.
        message: String,
    },
    /// The tokenizer does not fit the weights.
    #[error(transparent)]
    Words(#[from] TokenizerError),
    /// The map does not parse.
    #[error("the map is not valid: {message}")]
    Map {
        /// What the parser said.
        message: String,
    },
    /// The map names a head that amends does not know.
    #[error("the map names the head \"{head}\"; known heads are {}", known.join(", "))]
    UnknownHead {
        /// What it names.
        head: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A head is mapped twice.
    #[error("the map has the head \"{head}\" twice")]
    Twice {
        /// Which.
        head: String,
    },
    /// The map names a label that the head has not.
    #[error("the map gives head \"{head}\" the label \"{label}\"; its labels are {}", known.join(", "))]
    UnknownLabel {
        /// The head.
        head: String,
        /// The label.
        label: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A label of a head is not in the map.
    #[error("the map leaves out the label \"{label}\" of head \"{head}\"")]
    MissingLabel {
        /// The head.
        head: String,
        /// The label.
        label: String,
    },
    /// The map names an output that the classifier has not.
    #[error("the map names the output \"{output}\"; the classifier's are {}", known.join(", "))]
    UnknownOutput {
        /// What it names.
        output: String,
        /// What there is.
        known: Vec<String>,
    },
    /// An output of the classifier is mapped to no label of a head, or to two.
    #[error("the map of head \"{head}\" names the output \"{output}\" {times} times, expected once")]
    Outputs {
        /// The head.
        head: String,
        /// The output.
        output: String,
        /// How often.
        times: usize,
    },
    /// Outputs that do not exclude each other cannot be added up.
    #[error(
        "head \"{head}\" needs exactly one output for each label: the classifier judges each of its labels on its own"
    )]
    Several {
        /// The head.
        head: String,
    },
    /// The package would not be valid.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The package cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl ImportError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoConfig { .. } | Self::NoWeights { .. } => {
                "give the folder of a Hugging Face checkpoint: config.json, model.safetensors, tokenizer.json or vocab.txt"
            }
            Self::Architecture { .. } => {
                "RoBERTa, DistilBERT and their like have other embeddings, poolers or tokenizers, which the engines do not implement"
            }
            Self::Pickled { .. } => {
                "pickled files can run code when they are read; save the checkpoint anew with save_pretrained(..., safe_serialization=True)"
            }
            Self::NoTokenizer { .. } | Self::TokenizerKind { .. } | Self::Words(_) => {
                "the tokenizer must be the word-piece tokenizer that the model was trained with"
            }
            Self::Map { .. }
            | Self::UnknownHead { .. }
            | Self::Twice { .. }
            | Self::UnknownLabel { .. }
            | Self::UnknownOutput { .. }
            | Self::Outputs { .. }
            | Self::Several { .. } => "docs/model-package.md shows a map",
            Self::MissingLabel { .. } => {
                "a label that no output stands for is written as LABEL = [] and never predicted"
            }
            Self::Labels { .. } => "id2label in config.json must name every output from 0 on",
            Self::Write(error) => return error.hint(),
            Self::Package(error) => return error.hint(),
            Self::Read { .. } | Self::Config { .. } | Self::Tensor { .. } | Self::Tokenizer { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

fn named(found: &[String]) -> String {
    if found.is_empty() { "not named in config.json".to_owned() } else { found.join(", ") }
}
