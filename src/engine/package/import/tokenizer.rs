//! The tokenizer of a checkpoint: its own, or made from its vocabulary.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::ImportError;
use super::read;
use crate::engine::package::TOKENIZER;
use crate::engine::package::config::EncoderConfig;

const VOCABULARY: &str = "vocab.txt";
const SETTINGS: &str = "tokenizer_config.json";

/// A tokenizer in the form of a package.
pub(super) struct Words {
    pub(super) json: Vec<u8>,
    /// Most tokens that the checkpoint allows for.
    pub(super) max_tokens: usize,
}

/// What `tokenizer_config.json` says; BERT's own defaults where it says nothing.
#[derive(Deserialize)]
struct Settings {
    #[serde(default = "yes")]
    do_lower_case: bool,
    #[serde(default = "yes")]
    tokenize_chinese_chars: bool,
    strip_accents: Option<bool>,
    /// Often a number beyond any integer, for "no limit".
    model_max_length: Option<f64>,
}

const fn yes() -> bool {
    true
}

/// Returns the tokenizer of the checkpoint in folder `dir`.
pub(super) fn of(dir: &Path, encoder: &EncoderConfig) -> Result<Words, ImportError> {
    let invalid = |file: &'static str| move |message: String| ImportError::Tokenizer { file, message };
    let settings = read(dir, SETTINGS)?.unwrap_or_else(|| b"{}".to_vec());
    let settings: Settings = serde_json::from_slice(&settings).map_err(|error| invalid(SETTINGS)(error.to_string()))?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut to the positions of the encoder")]
    let max_tokens = settings.model_max_length.map_or(encoder.positions, |most| most as usize).max(3);
    let json = match (read(dir, TOKENIZER)?, read(dir, VOCABULARY)?) {
        (Some(json), _) => {
            let value: Value = serde_json::from_slice(&json).map_err(|error| invalid(TOKENIZER)(error.to_string()))?;
            let kind = value["model"]["type"].as_str().unwrap_or("WordPiece");
            if kind != "WordPiece" {
                return Err(ImportError::TokenizerKind { found: kind.to_owned() });
            }
            json
        }
        (None, Some(words)) => {
            let words = String::from_utf8(words).map_err(|error| invalid(VOCABULARY)(error.to_string()))?;
            made(&words, &settings).to_string().into_bytes()
        }
        (None, None) => return Err(ImportError::NoTokenizer { dir: dir.to_owned() }),
    };
    Ok(Words { json, max_tokens })
}

/// BERT's tokenizer over a vocabulary, a token a line.
fn made(words: &str, settings: &Settings) -> Value {
    let words: Vec<&str> = words.lines().map(|line| line.trim_end_matches('\r')).collect();
    let vocabulary: Map<String, Value> =
        words.iter().enumerate().map(|(id, word)| ((*word).to_owned(), id.into())).collect();
    let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
    let added: Vec<Value> = words
        .iter()
        .enumerate()
        .filter(|(_, word)| special.contains(word))
        .map(|(id, word)| {
            json!({
                "id": id, "content": word, "special": true, "single_word": false,
                "lstrip": false, "rstrip": false, "normalized": false,
            })
        })
        .collect();
    json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added,
        "normalizer": {
            "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": settings.tokenize_chinese_chars,
            "strip_accents": settings.strip_accents, "lowercase": settings.do_lower_case,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": null,
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
        "model": {
            "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocabulary,
        },
    })
}
