//! `config.json`: the shape of the encoder.

use serde::Deserialize;

use super::{CONFIG, PackageError};

/// Shape of a BERT encoder.
#[derive(Debug, Clone, PartialEq)]
pub struct EncoderConfig {
    /// Width of a token's vector, and of an embedding.
    pub hidden: usize,
    /// Number of layers.
    pub layers: usize,
    /// Attention heads per layer; they divide [`hidden`](Self::hidden).
    pub heads: usize,
    /// Width of the feed-forward layer.
    pub intermediate: usize,
    /// Rows of the token table.
    pub vocabulary: usize,
    /// Rows of the position table: the most tokens a message can have.
    pub positions: usize,
    /// Rows of the token type table; only row 0 is used.
    pub token_types: usize,
    /// Added to the variance in layer norm.
    pub layer_norm_eps: f32,
}

impl EncoderConfig {
    /// Operations in the matrix products for one message of `tokens` tokens, of whatever type: two for each multiplication.
    pub fn operations(&self, tokens: usize) -> u64 {
        let weights = 4 * self.hidden * self.hidden + 2 * self.hidden * self.intermediate;
        let attention = 2 * tokens * self.hidden;
        2 * (self.layers * tokens * (weights + attention)) as u64
    }

    /// Parses `config.json` and refuses encoders that the engines do not implement.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, PackageError> {
        let raw: Raw = serde_json::from_slice(bytes)
            .map_err(|error| PackageError::Syntax { file: CONFIG, message: error.to_string() })?;
        expect("model_type", &raw.model_type, "bert")?;
        expect("hidden_act", &raw.hidden_act, "gelu")?;
        if let Some(kind) = &raw.position_embedding_type {
            expect("position_embedding_type", kind, "absolute")?;
        }
        for (field, value) in [
            ("hidden_size", raw.hidden_size),
            ("num_hidden_layers", raw.num_hidden_layers),
            ("num_attention_heads", raw.num_attention_heads),
            ("intermediate_size", raw.intermediate_size),
            ("vocab_size", raw.vocab_size),
            ("max_position_embeddings", raw.max_position_embeddings),
            ("type_vocab_size", raw.type_vocab_size),
        ] {
            if value == 0 {
                return Err(unexpected(field, &value, "at least 1"));
            }
        }
        if !raw.hidden_size.is_multiple_of(raw.num_attention_heads) {
            let expected = format!("a multiple of num_attention_heads ({})", raw.num_attention_heads);
            return Err(unexpected("hidden_size", &raw.hidden_size, &expected));
        }
        if !(raw.layer_norm_eps > 0.0 && raw.layer_norm_eps < 1.0) {
            let expected = "between 0 and 1";
            return Err(unexpected("layer_norm_eps", &raw.layer_norm_eps, expected));
        }
        Ok(Self {
            hidden: raw.hidden_size,
            layers: raw.num_hidden_layers,
            heads: raw.num_attention_heads,
            intermediate: raw.intermediate_size,
            vocabulary: raw.vocab_size,
            positions: raw.max_position_embeddings,
            token_types: raw.type_vocab_size,
            layer_norm_eps: raw.layer_norm_eps,
        })
    }
}

/// Fields of `config.json` that matter here; the file has more, which are training's business.
#[derive(Deserialize)]
struct Raw {
    model_type: String,
    hidden_act: String,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    vocab_size: usize,
    max_position_embeddings: usize,
    type_vocab_size: usize,
    layer_norm_eps: f32,
    position_embedding_type: Option<String>,
}

fn expect(field: &'static str, found: &str, expected: &str) -> Result<(), PackageError> {
    if found == expected {
        return Ok(());
    }
    Err(unexpected(field, &format_args!("\"{found}\""), &format!("\"{expected}\"")))
}

fn unexpected(field: &'static str, found: &impl std::fmt::Display, expected: &str) -> PackageError {
    PackageError::Config { field, found: found.to_string(), expected: expected.to_owned() }
}
