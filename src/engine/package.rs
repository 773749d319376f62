//! The model package: one folder that every engine reads (`docs/model-package.md`).
//!
//! A [`ModelPackage`] is checked completely when it is made: digests, configuration, every tensor that the encoder and the
//! heads need, with its shape. What an engine asks of it afterwards is there.

mod bytes;
pub mod card;
mod config;
mod error;
pub mod import;
mod manifest;
pub(crate) mod quantise;
mod tensors;
#[cfg(test)]
pub(crate) mod testing;
mod writer;

use std::fs;
use std::path::Path;

pub use self::config::EncoderConfig;
pub use self::error::PackageError;
pub use self::manifest::{FORMAT_VERSION, Manifest, Pooling};
pub use self::tensors::{F32Tensor, I8Tensor, Matrix};
pub(crate) use self::writer::TensorBytes;
pub use self::writer::{WriteError, replace_card};

use self::bytes::Bytes;
use self::tensors::Tensors;
use super::fast::FastModel;
use super::heads::HeadSet;
use crate::analysis::ModelRef;
use crate::digest::sha256_hex;

const CARD: &str = "MODEL_CARD.md";
const CONFIG: &str = "config.json";
pub(super) const FAST: &str = "fast.toml";
const HEADS: &str = "heads.toml";
const MANIFEST: &str = "manifest.toml";
const TOKENIZER: &str = "tokenizer.json";
const WEIGHTS: &str = "model.safetensors";

/// What a package that shares takes from the package that is compiled in: the tables of tokens and positions, with their norm.
const SHARED: [&str; 1] = ["embeddings."];

/// A file of an embedded package.
macro_rules! embedded_file {
    ($package:literal, $file:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/models/", $package, "/", $file))
    };
}

static EMBEDDED_TOKENIZER: &[u8] = embedded_file!("complaint-minilm", "tokenizer.json");

/// What a package is put together from.
struct Files<'a> {
    manifest: &'a [u8],
    config: Bytes,
    heads: &'a [u8],
    tokenizer: Bytes,
    weights: Bytes,
    fast: Option<&'a [u8]>,
    card: Option<&'a [u8]>,
}

/// A checked model package. Cloning is cheap: the bytes are shared.
#[derive(Debug, Clone)]
pub struct ModelPackage {
    manifest: Manifest,
    digest: String,
    config: EncoderConfig,
    heads: HeadSet,
    config_json: Bytes,
    tokenizer: Bytes,
    tensors: Tensors,
    fast: Option<FastModel>,
    card: Option<String>,
}

impl ModelPackage {
    /// Reads the package in folder `dir` and checks it against its manifest.
    ///
    /// # Errors
    /// When a file is missing, cut short or changed, when the format version is unknown, or when configuration, tensors and
    /// heads do not belong together.
    pub fn load(dir: &Path) -> Result<Self, PackageError> {
        let manifest_bytes = read(dir, MANIFEST)?;
        let manifest = Manifest::parse(&manifest_bytes)?;
        let file = |name: &str| -> Result<Bytes, PackageError> {
            let bytes = read(dir, name)?;
            let expected = manifest.sha256_of(name)?;
            let found = sha256_hex(&bytes);
            if found != expected {
                return Err(mismatch(name, &bytes, expected, &found));
            }
            Ok(Bytes::from(bytes))
        };
        let base = manifest.shares.is_some().then(Self::embedded).transpose()?;
        // Files that only people read are listed too; a wrong card is a wrong package.
        for name in manifest.listed() {
            if ![CARD, CONFIG, FAST, HEADS, TOKENIZER, WEIGHTS].contains(&name) {
                file(name)?;
            }
        }
        let listed = |name: &str| -> Result<Option<Bytes>, PackageError> {
            manifest.listed().any(|own| own == name).then(|| file(name)).transpose()
        };
        let (card, fast) = (listed(CARD)?, listed(FAST)?);
        let files = Files {
            manifest: &manifest_bytes,
            config: file(CONFIG)?,
            heads: &file(HEADS)?,
            tokenizer: base.as_ref().map_or_else(|| file(TOKENIZER), |base| Ok(base.tokenizer.clone()))?,
            weights: file(WEIGHTS)?,
            fast: fast.as_deref(),
            card: card.as_deref(),
        };
        Self::assemble(files, base.as_ref())
    }

    /// Returns the package that is compiled into the binary.
    ///
    /// Its digests were checked when the binary was built; hashing 23 MB again would cost more than a score does.
    ///
    /// # Errors
    /// When configuration, tensors and heads do not belong together.
    pub fn embedded() -> Result<Self, PackageError> {
        let files = Files {
            manifest: embedded_file!("complaint-minilm", "manifest.toml"),
            config: Bytes::from_static(embedded_file!("complaint-minilm", "config.json")),
            heads: embedded_file!("complaint-minilm", "heads.toml"),
            tokenizer: Bytes::from_static(EMBEDDED_TOKENIZER),
            weights: Bytes::from_static(embedded_file!("complaint-minilm", "model.safetensors")),
            fast: Some(embedded_file!("complaint-minilm", "fast.toml")),
            card: Some(embedded_file!("complaint-minilm", "MODEL_CARD.md")),
        };
        Self::assemble(files, None)
    }

    /// Returns the package that reads single sentences and is compiled into the binary. It shares the tables of [`embedded`](Self::embedded).
    ///
    /// # Errors
    /// As [`embedded`](Self::embedded).
    pub fn embedded_sentences() -> Result<Self, PackageError> {
        let base = Self::embedded()?;
        let files = Files {
            manifest: embedded_file!("sentence-minilm", "manifest.toml"),
            config: Bytes::from_static(embedded_file!("sentence-minilm", "config.json")),
            heads: embedded_file!("sentence-minilm", "heads.toml"),
            tokenizer: base.tokenizer.clone(),
            weights: Bytes::from_static(embedded_file!("sentence-minilm", "model.safetensors")),
            fast: None,
            card: Some(embedded_file!("sentence-minilm", "MODEL_CARD.md")),
        };
        Self::assemble(files, Some(&base))
    }

    /// Puts a package together; `base` is the package whose tables it shares, where it does.
    fn assemble(files: Files<'_>, base: Option<&Self>) -> Result<Self, PackageError> {
        let Files { manifest, config: config_json, heads, tokenizer, weights, fast, card } = files;
        let digest = sha256_hex(manifest);
        let manifest = Manifest::parse(manifest)?;
        let config = EncoderConfig::parse(&config_json)?;
        if !(3..=config.positions).contains(&manifest.max_tokens) {
            return Err(PackageError::MaxTokens { max_tokens: manifest.max_tokens, positions: config.positions });
        }
        let mut tensors = Tensors::parse(&weights)?;
        if let (Some(expected), Some(base)) = (&manifest.shares, base) {
            let found = base.weights_digest();
            if found != expected {
                return Err(PackageError::Shares { expected: expected.clone(), found: found.to_owned() });
            }
            tensors.share(&base.tensors, &SHARED);
        }
        tensors.check_encoder(&config)?;
        let heads = HeadSet::parse(heads, config.hidden, |name| tensors.f32(name))?;
        let labels = |name: &str| heads.get(name).map(|head| head.labels.clone());
        let fast = fast.map(|toml| {
            let f32 = |name: &str| tensors.f32(name);
            FastModel::parse(toml, config.vocabulary, labels, |name| tensors.matrix(name), f32)
        });
        let fast = fast.transpose()?;
        let card = card.map(|bytes| String::from_utf8(bytes.to_vec())).transpose();
        let card = card.map_err(|error| PackageError::Syntax { file: CARD, message: error.to_string() })?;
        Ok(Self { manifest, digest, config, heads, config_json, tokenizer, tensors, fast, card })
    }

    /// Shape of the encoder.
    pub fn config(&self) -> &EncoderConfig {
        &self.config
    }

    /// Name, release, licences, digests.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Heads and the similarity projection.
    pub fn heads(&self) -> &HeadSet {
        &self.heads
    }

    /// The static model of the fast path, where the package has one.
    pub fn fast(&self) -> Option<&FastModel> {
        self.fast.as_ref()
    }

    /// `tokenizer.json` as it stands in the package.
    pub fn tokenizer_json(&self) -> &[u8] {
        &self.tokenizer
    }

    /// Whether [`tokenizer_json`](Self::tokenizer_json) are the bytes that are compiled in.
    pub(super) fn has_embedded_tokenizer(&self) -> bool {
        std::ptr::eq(self.tokenizer_json(), EMBEDDED_TOKENIZER)
    }

    /// The model card, where the package has one.
    pub fn card(&self) -> Option<&str> {
        self.card.as_deref()
    }

    /// Digest of the package: the sha256 of its manifest in lower-case hex.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Digest of `model.safetensors` in lower-case hex, as the manifest lists it; empty where it lists none, which [`load`](Self::load) refuses.
    pub fn weights_digest(&self) -> &str {
        self.manifest.sha256_of(WEIGHTS).unwrap_or_default()
    }

    /// Name, release and short digest, as outputs name the package.
    pub fn model_ref(&self) -> ModelRef {
        ModelRef {
            name: self.manifest.name.clone(),
            release: self.manifest.release.clone(),
            digest: self.digest.chars().take(12).collect(),
        }
    }

    /// Returns tensor `name` as `f32`, dequantised where it is stored as integers.
    ///
    /// # Errors
    /// When the package has no such tensor, or its type is neither `F32` nor `I8`.
    pub fn f32(&self, name: &str) -> Result<F32Tensor, PackageError> {
        self.tensors.f32(name)
    }

    /// Returns matrix `name` as it is stored: integer rows with their scales, or `f32`.
    ///
    /// # Errors
    /// As [`f32`](Self::f32), and when the tensor has not two dimensions.
    pub fn matrix(&self, name: &str) -> Result<Matrix, PackageError> {
        self.tensors.matrix(name)
    }
}

fn read(dir: &Path, name: &str) -> Result<Vec<u8>, PackageError> {
    let path = dir.join(name);
    fs::read(&path).map_err(|source| {
        if source.kind() == std::io::ErrorKind::NotFound {
            PackageError::Missing { file: path }
        } else {
            PackageError::Read { file: path, source }
        }
    })
}

fn mismatch(name: &str, bytes: &[u8], expected: &str, found: &str) -> PackageError {
    if name == WEIGHTS
        && let Some(whole) = tensors::whole_length(bytes)
        && bytes.len() < whole
    {
        return PackageError::Truncated { file: name.to_owned(), expected: whole, found: bytes.len() };
    }
    PackageError::Digest { file: name.to_owned(), expected: expected.to_owned(), found: found.to_owned() }
}

#[cfg(test)]
mod tests;
