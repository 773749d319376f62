//! Engines turn token ids into pooled embeddings; nothing else.
//!
//! An [`Engine`] knows no message, no head and no playbook. Heads are applied once, outside (see [`heads`]), so that
//! every engine, re-fitted heads and promise matching share them. Choosing an engine is explicit: one that cannot load
//! is an error, never a reason to try another.

pub mod fast;
pub mod heads;
#[cfg(feature = "rust-bert")]
pub mod libtorch;
pub mod native;
#[cfg(feature = "onnx")]
pub mod onnx;
pub mod package;
pub mod pool;
#[cfg(test)]
pub(crate) mod reference;
pub mod sentence;
pub mod tokenizer;

use thiserror::Error;

/// Token ids of several messages, packed one after the other without padding.
///
/// Message *i* owns `ids[offsets[i]..offsets[i + 1]]`, special tokens included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenBatch {
    ids: Vec<u32>,
    offsets: Vec<usize>,
}

impl Default for TokenBatch {
    fn default() -> Self {
        Self { ids: Vec::new(), offsets: vec![0] }
    }
}

impl TokenBatch {
    /// Appends one message's token ids.
    pub fn push(&mut self, ids: &[u32]) {
        self.ids.extend_from_slice(ids);
        self.offsets.push(self.ids.len());
    }

    /// Number of messages.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there is no message.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of tokens over all messages.
    pub fn tokens(&self) -> usize {
        self.ids.len()
    }

    /// All token ids, packed.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// Token ids of message `index`.
    ///
    /// # Panics
    /// When there is no such message (a bug of the caller).
    pub fn message(&self, index: usize) -> &[u32] {
        &self.ids[self.offsets[index]..self.offsets[index + 1]]
    }

    /// Checks that a model with so many token vectors and positions takes every message.
    ///
    /// # Errors
    /// When one is empty, too long, or holds an unknown token.
    pub fn check(&self, vocabulary: usize, positions: usize) -> Result<(), InferError> {
        for bounds in self.offsets.windows(2) {
            let tokens = bounds[1] - bounds[0];
            if tokens == 0 || tokens > positions {
                return Err(InferError::Length { tokens, limit: positions });
            }
        }
        match self.ids.iter().find(|id| **id as usize >= vocabulary) {
            Some(id) => Err(InferError::UnknownToken { id: *id, vocabulary }),
            None => Ok(()),
        }
    }

    /// Boundaries of the messages in [`ids`](Self::ids): one more than there are messages, starting with 0.
    pub fn offsets(&self) -> &[usize] {
        &self.offsets
    }
}

/// Pooled embeddings, one row of [`dim`](Self::dim) values per message, in the order of the batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Embeddings {
    dim: usize,
    values: Vec<f32>,
}

impl Embeddings {
    /// Wraps row-major `values`.
    ///
    /// # Panics
    /// When their number is not a multiple of `dim`, or `dim` is 0 (a bug of the caller).
    pub fn new(dim: usize, values: Vec<f32>) -> Self {
        assert!(dim > 0 && values.len().is_multiple_of(dim), "embeddings are whole rows of {dim}");
        Self { dim, values }
    }

    /// Values per row.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Rows, in batch order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.dim)
    }
}

/// What an engine says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineInfo {
    /// `native`, `libtorch` or `onnx`.
    pub name: &'static str,
    /// Arithmetic of the matrix products: `f32`, `bf16` or `int8`.
    pub variant: &'static str,
    /// Instruction set in use, `avx512` for instance; as detected at run time.
    pub isa: String,
}

/// Why an engine could not embed a batch.
#[derive(Debug, Error)]
pub enum InferError {
    /// A token id lies outside the vocabulary of the package: the tokenizer and the weights do not belong together.
    #[error("token id {id} is outside the model's vocabulary of {vocabulary}")]
    UnknownToken {
        /// The offending id.
        id: u32,
        /// Rows of the embedding table.
        vocabulary: usize,
    },
    /// A message has more tokens than the model has positions, or none at all.
    #[error("a message of {tokens} tokens; the model takes 1 to {limit}")]
    Length {
        /// Tokens of the message.
        tokens: usize,
        /// Positions of the model.
        limit: usize,
    },
    /// The backend library failed.
    #[error("the {engine} engine failed: {message}")]
    Backend {
        /// Name of the engine.
        engine: &'static str,
        /// What the library said.
        message: String,
    },
}

/// Runs one encoder on one thread. Callers that want more cores make more engines.
pub trait Engine: Send {
    /// Describes the engine.
    fn info(&self) -> &EngineInfo;

    /// Returns one pooled embedding per message, in the order of `batch`.
    ///
    /// A message's result does not depend on the other messages of the batch: it is equal, bit for bit, to the result
    /// of a batch of one (native engine) or within rounding of it (libtorch).
    ///
    /// # Errors
    /// See [`InferError`]. Nothing is returned for any message of a batch that fails.
    fn embed(&mut self, batch: &TokenBatch) -> Result<Embeddings, InferError>;
}
