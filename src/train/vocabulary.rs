//! Emoji for a vocabulary that has none: unused places are renamed, and their vectors start from words.

use std::collections::BTreeMap;

use tch::Tensor;
use tokenizers::Tokenizer;

use super::TrainError;
use super::model::{WORDS, Weights};

/// A place of the vocabulary that was given to an emoji.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Place {
    /// Token id.
    pub(crate) id: u32,
    /// Tokens whose mean vector it starts from.
    pub(crate) words: Vec<u32>,
}

/// A tokenizer that knows the emoji of `emoji.toml`.
#[derive(Debug)]
pub(crate) struct Extended {
    /// The `tokenizer.json`, without padding and truncation.
    pub(crate) json: Vec<u8>,
    /// What was added. Empty for a base without unused places.
    pub(crate) places: Vec<Place>,
}

/// Renames unused tokens of a `tokenizer.json` so that each emoji has one place alone and one glued to a word before it.
///
/// A base that keeps no unused tokens is left as it is; one that has some, but not enough, is refused.
pub(crate) fn extend(text: &str) -> Result<Extended, TrainError> {
    let failed = |message: String| TrainError::Tokenizer(message);
    let mut json: serde_json::Value = serde_json::from_str(text).map_err(|source| failed(source.to_string()))?;
    for key in ["padding", "truncation"] {
        json[key] = serde_json::Value::Null;
    }
    let base = plain(&json)?;
    let emoji: BTreeMap<String, String> = toml::from_str(include_str!("emoji.toml"))
        .map_err(|source| TrainError::Data { name: "emoji.toml", message: source.to_string() })?;
    let vocabulary = json["model"]["vocab"].as_object_mut().ok_or_else(|| failed("it has no table of words".into()))?;
    let mut unused: Vec<(u64, String)> = vocabulary
        .iter()
        .filter(|(token, _)| token.starts_with("[unused"))
        .filter_map(|(token, id)| Some((id.as_u64()?, token.clone())))
        .collect();
    unused.sort_unstable();
    let mut places = Vec::new();
    let wanted: Vec<(String, &String)> = emoji
        .iter()
        .flat_map(|(sign, words)| [(sign.clone(), words), (format!("##{sign}"), words)])
        .filter(|(token, _)| !vocabulary.contains_key(token))
        .collect();
    if !unused.is_empty() {
        if unused.len() < wanted.len() {
            return Err(failed(format!("it has {} unused places, the emoji need {}", unused.len(), wanted.len())));
        }
        for ((id, name), (token, words)) in unused.into_iter().zip(wanted) {
            let words = base.encode_fast(words.as_str(), false).map_err(|source| failed(source.to_string()))?;
            let id32 = u32::try_from(id).map_err(|source| failed(source.to_string()))?;
            places.push(Place { id: id32, words: words.get_ids().to_vec() });
            vocabulary.remove(&name);
            vocabulary.insert(token, id.into());
        }
    }
    let json = serde_json::to_vec(&json).map_err(|source| failed(source.to_string()))?;
    Ok(Extended { json, places })
}

fn plain(json: &serde_json::Value) -> Result<Tokenizer, TrainError> {
    serde_json::from_value(json.clone()).map_err(|source| TrainError::Tokenizer(source.to_string()))
}

impl Extended {
    /// The tokenizer itself.
    pub(crate) fn tokenizer(&self) -> Result<Tokenizer, TrainError> {
        Tokenizer::from_bytes(&self.json).map_err(|source| TrainError::Tokenizer(source.to_string()))
    }

    /// Gives the added places of `weights` their first vectors.
    pub(crate) fn initialise(&self, weights: &mut Weights, unknown: Option<u32>) -> Result<(), TrainError> {
        let failed = |source: tch::TchError| TrainError::Tokenizer(format!("{WORDS}: {source}"));
        for place in &self.places {
            let ids: Vec<i64> = match (place.words.is_empty(), unknown) {
                (true, Some(unknown)) => vec![i64::from(unknown)],
                (true, None) => continue,
                (false, _) => place.words.iter().map(|id| i64::from(*id)).collect(),
            };
            let mean = weights
                .words
                .f_index_select(0, &Tensor::from_slice(&ids))
                .and_then(|rows| rows.f_mean_dim([0_i64].as_slice(), true, tch::Kind::Float))
                .map_err(failed)?;
            drop(weights.words.f_index_copy_(0, &Tensor::from_slice(&[i64::from(place.id)]), &mean).map_err(failed)?);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(unused: usize) -> String {
        let mut vocabulary = serde_json::Map::new();
        for token in ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "great", "angry", "love", "heart"] {
            vocabulary.insert(token.into(), vocabulary.len().into());
        }
        for at in 0..unused {
            vocabulary.insert(format!("[unused{at}]"), vocabulary.len().into());
        }
        serde_json::json!({
            "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "post_processor": null, "decoder": null,
            "normalizer": { "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true },
            "pre_tokenizer": { "type": "BertPreTokenizer" },
            "model": { "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": vocabulary },
        })
        .to_string()
    }

    #[test]
    fn an_emoji_is_a_token_alone_and_behind_a_word() {
        let extended = extend(&base(2000)).unwrap();
        let tokens = |text: &str| extended.tokenizer().unwrap().encode_fast(text, false).unwrap().get_ids().to_vec();
        assert!(!tokens("😡 great😡😡").contains(&1), "{:?}", tokens("😡 great😡😡"));
        assert_eq!(tokens("😡 great😡😡").len(), 4);
        // A variation selector is no part of the sign.
        assert_eq!(tokens("❤\u{fe0f}"), tokens("❤"));
        let glued = tokens("great😡")[1];
        let place = extended.places.iter().find(|place| place.id == glued).unwrap();
        assert!(place.words.contains(&5), "{place:?}");
    }

    #[test]
    fn a_base_without_room_is_left_alone_or_refused() {
        assert_eq!(extend(&base(0)).unwrap().places, []);
        assert!(matches!(extend(&base(3)), Err(TrainError::Tokenizer(_))));
    }
}
