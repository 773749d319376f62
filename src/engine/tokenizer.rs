//! Text to token ids, with the bytes that each token stands for.

use std::sync::{Arc, OnceLock};

use thiserror::Error;
use tokenizers::{PreTokenizerWrapper, Tokenizer};

use super::package::ModelPackage;
use crate::analysis::Span;

/// Texts are tokenised in pieces of about this many bytes: time then grows no faster than the text. Nearly every message is one
/// piece.
const PIECE_BYTES: usize = 8 * 1024;

/// Why a text or a tokenizer cannot be used.
#[derive(Debug, Error)]
pub enum TokenizerError {
    /// `tokenizer.json` does not parse.
    #[error("tokenizer.json of the model package is not valid: {message}")]
    Invalid {
        /// What the parser said.
        message: String,
    },
    /// The tokenizer is not the one that the weights were trained with.
    #[error("tokenizer.json of the model package knows no token {token}")]
    MissingToken {
        /// A token that every message needs.
        token: &'static str,
    },
    /// The tokenizer splits texts in another way than BERT does.
    #[error("tokenizer.json of the model package has no BertPreTokenizer")]
    NotBert,
    /// The tokenizer has more tokens than the model has rows for.
    #[error("tokenizer.json of the model package has {tokens} tokens, the weights {vocabulary}")]
    Vocabulary {
        /// Tokens of the tokenizer.
        tokens: usize,
        /// Rows of the token table.
        vocabulary: usize,
    },
    /// The library could not tokenise a text.
    #[error("cannot tokenise the text: {message}")]
    Encode {
        /// What the library said.
        message: String,
    },
}

impl TokenizerError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Encode { .. } => None,
            _ => Some(
                "tokenizer.json and model.safetensors must come from the same package; copy the package whole"
                    .to_owned(),
            ),
        }
    }
}

/// Token ids of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// `[CLS]`, tokens, `[SEP]`.
    pub ids: Vec<u32>,
    /// Bytes of the text that each id stands for; none for `[CLS]` and `[SEP]`.
    pub spans: Vec<Option<Span>>,
    /// Tokens at the end of the text that are not in [`ids`](Self::ids), because the model takes no more.
    pub truncated_tokens: u32,
}

/// Turns texts into token ids. One of them serves all threads.
#[derive(Debug)]
pub struct TextTokenizer {
    inner: Arc<Tokenizer>,
    cls: u32,
    sep: u32,
    max_tokens: usize,
}

impl TextTokenizer {
    /// Makes the tokenizer of `package`. Padding and truncation that `tokenizer.json` asks for are ignored.
    ///
    /// # Errors
    /// When `tokenizer.json` does not parse or does not belong to the weights.
    pub fn new(package: &ModelPackage) -> Result<Self, TokenizerError> {
        /// That of the packages that are compiled in: they share one, and its table of words is the larger part of it.
        static EMBEDDED: OnceLock<Arc<Tokenizer>> = OnceLock::new();
        let inner = if package.has_embedded_tokenizer()
            && let Some(known) = EMBEDDED.get()
        {
            Arc::clone(known)
        } else {
            let parsed = Arc::new(parse(package.tokenizer_json())?);
            if package.has_embedded_tokenizer() { Arc::clone(EMBEDDED.get_or_init(|| parsed)) } else { parsed }
        };
        let vocabulary = package.config().vocabulary;
        let tokens = inner.get_vocab_size(true);
        if tokens > vocabulary {
            return Err(TokenizerError::Vocabulary { tokens, vocabulary });
        }
        let id = |token| inner.token_to_id(token).ok_or(TokenizerError::MissingToken { token });
        Ok(Self { cls: id("[CLS]")?, sep: id("[SEP]")?, max_tokens: package.manifest().max_tokens, inner })
    }

    /// Most tokens of a message, `[CLS]` and `[SEP]` included.
    pub fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    /// Tokenises `text`.
    ///
    /// A text that is too long keeps its beginning; the rest is tokenised too, to be counted.
    ///
    /// # Errors
    /// When the library fails on the text.
    pub fn encode(&self, text: &str) -> Result<Encoded, TokenizerError> {
        let room = self.max_tokens - 2;
        let mut ids = vec![self.cls];
        let mut spans = vec![None];
        let mut tokens = 0;
        for (from, piece) in pieces(text) {
            let full = ids.len() > room;
            // Spans are only worth their cost where the tokens are kept.
            let encoding = if full { self.inner.encode_fast(piece, false) } else { self.inner.encode(piece, false) }
                .map_err(|error| TokenizerError::Encode { message: error.to_string() })?;
            tokens += encoding.len();
            let kept = encoding.len().min(room + 1 - ids.len());
            ids.extend_from_slice(&encoding.get_ids()[..kept]);
            spans.extend(
                encoding.get_offsets()[..kept]
                    .iter()
                    .map(|&(start, end)| Some(Span { from: from + start, to: from + end })),
            );
        }
        let truncated = tokens + 1 - ids.len();
        ids.push(self.sep);
        spans.push(None);
        Ok(Encoded { ids, spans, truncated_tokens: u32::try_from(truncated).unwrap_or(u32::MAX) })
    }
}

/// Reads `tokenizer.json` and sets it up as every package wants it.
fn parse(json: &[u8]) -> Result<Tokenizer, TokenizerError> {
    let invalid = |error: tokenizers::Error| TokenizerError::Invalid { message: error.to_string() };
    let mut tokenizer = Tokenizer::from_bytes(json).map_err(invalid)?;
    tokenizer.with_padding(None);
    tokenizer.with_truncation(None).map_err(invalid)?;
    // A customer who writes "[SEP]" wrote five letters in brackets, not the end of the message.
    tokenizer.set_encode_special_tokens(true);
    if !matches!(tokenizer.get_pre_tokenizer(), Some(PreTokenizerWrapper::BertPreTokenizer(_))) {
        return Err(TokenizerError::NotBert);
    }
    Ok(tokenizer)
}

/// Cuts `text` before the first break after every [`PIECE_BYTES`], and yields each piece with the byte it begins at.
///
/// The tokenizer splits at every break before it looks for word pieces, so the pieces' tokens are the tokens of the whole.
fn pieces(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let rest = text.get(from..).filter(|rest| !rest.is_empty())?;
        let least = rest.floor_char_boundary(PIECE_BYTES);
        let length = if least == rest.len() {
            least
        } else {
            rest[least..].find(is_break).map_or(rest.len(), |offset| least + offset)
        };
        let start = from;
        from += length;
        Some((start, &rest[..length]))
    })
}

/// Whether the tokenizer splits at `c` whatever stands around it. Rarer white space and punctuation are left to it: some of them
/// it drops as control characters, and some it composes with their neighbours.
fn is_break(c: char) -> bool {
    matches!(c, ' ' | '\n' | '\r' | '\t') || c.is_ascii_punctuation()
}

#[cfg(test)]
mod tests;
