//! The onnx engine: ONNX Runtime on the weights of a package; the peer.
//!
//! Its library is loaded when the first engine is made. The graph is our own [`export`], or a file that somebody optimised further;
//! such a file takes the same inputs (see [`GraphFile`]).

mod export;
mod protobuf;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ort::environment::Environment;
use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::TensorRef;
use thiserror::Error;

pub use self::export::{OnnxVariant, export};
use super::package::{ModelPackage, PackageError, Pooling};
use super::{Embeddings, Engine, EngineInfo, InferError, TokenBatch};

/// Why a package cannot run on ONNX Runtime.
#[derive(Debug, Error)]
pub enum OnnxError {
    /// The library cannot be loaded.
    #[error("cannot load ONNX Runtime from {}: {message}", path.display())]
    Library {
        /// What was tried.
        path: PathBuf,
        /// What the loader said.
        message: String,
    },
    /// A tensor cannot be read.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// ONNX Runtime refused the graph.
    #[error("ONNX Runtime: {0}")]
    Backend(String),
}

impl OnnxError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Library { .. } => Some(
                "scripts/native-libs.sh lays the library out and prints where; name it with --onnx-library or AMENDS_ONNX_LIBRARY",
            ),
            Self::Package(_) | Self::Backend(_) => None,
        }
    }
}

/// What a session computes.
#[derive(Debug, Clone, Copy)]
pub enum GraphFile<'a> {
    /// Our own export of the package.
    Export,
    /// A file with the inputs `input_ids` and `mask` and the output `hidden` of our export.
    File(&'a Path),
}

/// BERT on ONNX Runtime, on one thread.
#[derive(Debug)]
pub struct Onnx {
    info: EngineInfo,
    vocabulary: usize,
    positions: usize,
    hidden: usize,
    pooling: Pooling,
    session: Session,
    ids: Vec<i32>,
    mask: Vec<i32>,
}

/// The loaded library. A process has one.
#[derive(Debug, Clone)]
pub struct OnnxLibrary(Environment);

/// What was loaded first, and from where.
static LOADED: Mutex<Option<(PathBuf, Environment)>> = Mutex::new(None);

impl OnnxLibrary {
    /// Loads the library in file `path`, or returns it where it was loaded before.
    ///
    /// # Errors
    /// When it is not there, is no ONNX Runtime of a version that we know, or another file was loaded before.
    pub fn load(path: &Path) -> Result<Self, OnnxError> {
        let failed = |message: String| OnnxError::Library { path: path.to_owned(), message };
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((first, environment)) = loaded.as_ref() {
            if first == path {
                return Ok(Self(environment.clone()));
            }
            return Err(failed(format!("this process has loaded {} already", first.display())));
        }
        if !path.is_file() {
            return Err(failed("there is no such file".to_owned()));
        }
        let builder = ort::init_from(path).map_err(|error| failed(error.to_string()))?;
        let environment = builder.with_name("amends").build().map_err(|error| failed(error.to_string()))?;
        *loaded = Some((path.to_owned(), environment.clone()));
        Ok(Self(environment))
    }
}

impl Onnx {
    /// Makes an engine for `package`.
    ///
    /// # Errors
    /// When a tensor cannot be read or ONNX Runtime refuses the graph.
    pub fn new(
        library: &OnnxLibrary,
        package: &ModelPackage,
        variant: OnnxVariant,
        graph: GraphFile,
    ) -> Result<Self, OnnxError> {
        let config = package.config();
        let failed = |error: &dyn std::fmt::Display| OnnxError::Backend(error.to_string());
        let mut builder = Session::builder(&library.0)
            .map_err(|error| failed(&error))?
            .with_optimization_level(GraphOptimizationLevel::All)
            .map_err(|error| failed(&error))?
            .with_intra_threads(1)
            .map_err(|error| failed(&error))?
            .with_inter_threads(1)
            .map_err(|error| failed(&error))?;
        let session = match graph {
            GraphFile::Export => builder.commit_from_memory(&export(package, variant)?),
            GraphFile::File(path) => builder.commit_from_file(path),
        };
        Ok(Self {
            info: EngineInfo { name: "onnx", variant: variant.name(), isa: "as the library chooses".to_owned() },
            vocabulary: config.vocabulary,
            positions: config.positions,
            hidden: config.hidden,
            pooling: package.manifest().pooling,
            session: session.map_err(|error| failed(&error))?,
            ids: Vec::new(),
            mask: Vec::new(),
        })
    }

    fn run(&mut self, batch: &TokenBatch) -> Result<Vec<f32>, ort::Error> {
        let rows = batch.len();
        let width = (0..rows).map(|row| batch.message(row).len()).max().unwrap_or(0);
        for space in [&mut self.ids, &mut self.mask] {
            space.clear();
            space.resize(rows * width, 0);
        }
        for row in 0..rows {
            for (column, id) in batch.message(row).iter().enumerate() {
                self.ids[row * width + column] = id.cast_signed();
                self.mask[row * width + column] = 1;
            }
        }
        let shape = [rows, width];
        let ids = TensorRef::from_array_view((shape, self.ids.as_slice()))?;
        let mask = TensorRef::from_array_view((shape, self.mask.as_slice()))?;
        let outputs = self.session.run(ort::inputs!["input_ids" => ids, "mask" => mask])?;
        let (_, state) = outputs["hidden"].try_extract_tensor::<f32>()?;
        let mut pooled = vec![0.0; rows * self.hidden];
        for (row, out) in pooled.chunks_exact_mut(self.hidden).enumerate() {
            let tokens = &state[row * width * self.hidden..][..batch.message(row).len() * self.hidden];
            match self.pooling {
                Pooling::Cls => out.copy_from_slice(&tokens[..self.hidden]),
                Pooling::Mean => {
                    for token in tokens.chunks_exact(self.hidden) {
                        out.iter_mut().zip(token).for_each(|(sum, value)| *sum += value);
                    }
                    let count = batch.message(row).len() as f32;
                    for sum in out.iter_mut() {
                        *sum /= count;
                    }
                }
            }
        }
        Ok(pooled)
    }
}

impl Engine for Onnx {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn embed(&mut self, batch: &TokenBatch) -> Result<Embeddings, InferError> {
        batch.check(self.vocabulary, self.positions)?;
        if batch.is_empty() {
            return Ok(Embeddings::new(self.hidden, Vec::new()));
        }
        let failed = |error: ort::Error| InferError::Backend { engine: "onnx", message: error.to_string() };
        let values = self.run(batch).map_err(failed)?;
        Ok(Embeddings::new(self.hidden, values))
    }
}

#[cfg(test)]
mod tests;
