//! Writes model packages.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use thiserror::Error;

use super::manifest::Manifest;
use super::{CARD, CONFIG, FAST, HEADS, I8Tensor, MANIFEST, ModelPackage, PackageError, TOKENIZER, WEIGHTS};
use crate::digest::sha256_hex;
use crate::engine::fast::{self, FastModel};
use crate::engine::heads::HeadSet;

/// Why a package could not be written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The folder is there already.
    #[error("{} is there already", dir.display())]
    Exists {
        /// Which folder.
        dir: PathBuf,
    },
    /// A file cannot be written.
    #[error("cannot write {}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The tensors cannot be put into one file.
    #[error("the weights cannot be written: {message}")]
    Weights {
        /// What the library said.
        message: String,
    },
    /// What was to be written is no valid package.
    #[error(transparent)]
    Package(#[from] PackageError),
}

impl WriteError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Exists { .. } => Some("name a new folder, or remove this one first".to_owned()),
            Self::Io { .. } | Self::Weights { .. } => None,
            Self::Package(error) => error.hint(),
        }
    }
}

/// A tensor to be written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TensorBytes {
    pub(crate) kind: Dtype,
    pub(crate) shape: Vec<usize>,
    /// Little-endian, row-major.
    pub(crate) bytes: Vec<u8>,
}

impl TensorBytes {
    /// Rows of 8-bit integers, and their scales.
    pub(crate) fn i8(tensor: &I8Tensor) -> [Self; 2] {
        let rows =
            Self { kind: Dtype::I8, shape: vec![tensor.rows(), tensor.columns()], bytes: tensor.bytes().to_vec() };
        [rows, Self::f32(vec![tensor.rows()], tensor.scales())]
    }

    /// A tensor of `f32` values.
    pub(crate) fn f32(shape: Vec<usize>, values: &[f32]) -> Self {
        Self { kind: Dtype::F32, shape, bytes: values.iter().flat_map(|value| value.to_le_bytes()).collect() }
    }
}

/// Name of the package in its scratch folder.
const WHOLE: &str = "package";

/// Everything that a package is made of, its manifest's digests apart.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) manifest: Manifest,
    pub(crate) config: Vec<u8>,
    pub(crate) tokenizer: Vec<u8>,
    pub(crate) heads: String,
    pub(crate) tensors: BTreeMap<String, TensorBytes>,
    /// `fast.toml`, where the tensors hold a static model.
    pub(crate) fast: Option<String>,
    pub(crate) card: String,
}

impl Parts {
    /// Writes the package into the new folder `dir` and loads it from there. A package that would not load is not left behind.
    ///
    /// # Errors
    /// When the folder is there, cannot be written, or the parts do not belong together.
    pub(crate) fn write(self, dir: &Path) -> Result<ModelPackage, WriteError> {
        self.write_checked(dir, |_| Ok(()))
    }

    /// Writes the package as [`write`](Self::write) does, if `check` has nothing against it.
    ///
    /// # Errors
    /// As [`write`](Self::write), and what `check` finds.
    pub(crate) fn write_checked<E: From<WriteError>>(
        self,
        dir: &Path,
        check: impl FnOnce(&ModelPackage) -> Result<(), E>,
    ) -> Result<ModelPackage, E> {
        let (scratch, package) = self.write_beside(dir)?;
        check(&package)?;
        fs::rename(scratch.path().join(WHOLE), dir)
            .map_err(|source| WriteError::Io { path: dir.to_owned(), source })?;
        Ok(package)
    }

    /// Writes the package into a scratch folder beside `dir`.
    fn write_beside(self, dir: &Path) -> Result<(tempfile::TempDir, ModelPackage), WriteError> {
        if dir.exists() {
            return Err(WriteError::Exists { dir: dir.to_owned() });
        }
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| WriteError::Io { path, source }
        };
        let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(failed(parent))?;
        // Whole or not at all: the files are made beside the folder and renamed together.
        let scratch = tempfile::Builder::new().prefix(".amends-").tempdir_in(parent).map_err(failed(parent))?;
        let whole = scratch.path().join(WHOLE);
        fs::create_dir(&whole).map_err(failed(&whole))?;
        let Self { mut manifest, config, tokenizer, heads, tensors, fast, card } = self;
        let views = tensors.iter().map(|(name, tensor)| {
            TensorView::new(tensor.kind, tensor.shape.clone(), &tensor.bytes).map(|view| (name.as_str(), view))
        });
        let weights = |error: safetensors::SafeTensorError| WriteError::Weights { message: error.to_string() };
        let views = views.collect::<Result<Vec<_>, _>>().map_err(weights)?;
        let safetensors = safetensors::serialize(views, None).map_err(weights)?;
        let files: Vec<(&str, &[u8])> = [
            (CARD, card.as_bytes()),
            (CONFIG, &config),
            (HEADS, heads.as_bytes()),
            (WEIGHTS, &safetensors),
            (TOKENIZER, &tokenizer),
        ]
        .into_iter()
        .chain(fast.as_ref().map(|fast| (FAST, fast.as_bytes())))
        .collect();
        manifest.set_digests(files.iter().map(|(name, bytes)| ((*name).to_owned(), sha256_hex(bytes))));
        let manifest = manifest.to_toml()?;
        for (name, bytes) in files.into_iter().chain([(MANIFEST, manifest.as_bytes())]) {
            let path = whole.join(name);
            fs::write(&path, bytes).map_err(failed(&path))?;
        }
        let package = ModelPackage::load(&whole)?;
        Ok((scratch, package))
    }
}

impl ModelPackage {
    /// Writes a package that differs from this one in its heads, release and card into the new folder `dir`, and returns it.
    /// It has no static model: that of this package was distilled from its heads.
    ///
    /// # Errors
    /// When the folder is there or cannot be written.
    pub fn write_with(&self, heads: &HeadSet, release: &str, card: &str, dir: &Path) -> Result<Self, WriteError> {
        let mut tensors = self.encoder_tensors();
        for (name, shape, values) in heads.tensors() {
            tensors.insert(name, TensorBytes::f32(shape, values));
        }
        self.parts(heads.to_toml()?, tensors, None, release, card).write(dir)
    }

    /// Writes a package that differs from this one in its static model, release and card into the new folder `dir`, and returns it.
    ///
    /// # Errors
    /// When the folder is there or cannot be written.
    pub fn write_with_fast(&self, fast: &FastModel, release: &str, card: &str, dir: &Path) -> Result<Self, WriteError> {
        let mut tensors = self.encoder_tensors();
        tensors.extend(fast.tensors());
        self.parts(self.heads.to_toml()?, tensors, Some(fast.to_toml()?), release, card).write(dir)
    }

    /// Every tensor but those of the static model.
    fn encoder_tensors(&self) -> BTreeMap<String, TensorBytes> {
        let mut tensors = self.tensors.all();
        tensors.retain(|name, _| !name.starts_with(fast::PREFIX));
        tensors
    }

    fn parts(
        &self,
        heads: String,
        tensors: BTreeMap<String, TensorBytes>,
        fast: Option<String>,
        release: &str,
        card: &str,
    ) -> Parts {
        let mut manifest = self.manifest.clone();
        release.clone_into(&mut manifest.release);
        // What is written is whole.
        manifest.shares = None;
        Parts {
            manifest,
            config: self.config_json.to_vec(),
            tokenizer: self.tokenizer.to_vec(),
            heads,
            tensors,
            fast,
            card: card.to_owned(),
        }
    }
}

/// Replaces the card of the package in folder `dir`, and its digest in the manifest. The package must be whole before, and is after.
///
/// # Errors
/// When the package does not load, or a file cannot be written.
pub fn replace_card(dir: &Path, card: &str) -> Result<ModelPackage, WriteError> {
    let package = ModelPackage::load(dir)?;
    let mut manifest = package.manifest;
    manifest.set_digest(CARD, sha256_hex(card.as_bytes()));
    let manifest = manifest.to_toml()?;
    // The manifest last: until it is there the old one names the damage.
    for (name, text) in [(CARD, card), (MANIFEST, manifest.as_str())] {
        let path = dir.join(name);
        let failed = |source| WriteError::Io { path: path.clone(), source };
        let beside = dir.join(format!(".amends-{name}"));
        fs::write(&beside, text).map_err(failed)?;
        fs::rename(&beside, &path).map_err(failed)?;
    }
    Ok(ModelPackage::load(dir)?)
}

impl super::Tensors {
    /// Every tensor with its bytes.
    fn all(&self) -> BTreeMap<String, TensorBytes> {
        self.entries()
            .map(|(name, kind, shape, bytes)| {
                (name.to_owned(), TensorBytes { kind, shape: shape.to_vec(), bytes: bytes.to_vec() })
            })
            .collect()
    }
}
