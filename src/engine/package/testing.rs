//! Small random packages for tests: complete, valid, the same on every run.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::{ModelPackage, Pooling};
use crate::digest::sha256_hex;

/// Shape of a random package.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) hidden: usize,
    pub(crate) layers: usize,
    pub(crate) heads: usize,
    pub(crate) intermediate: usize,
    pub(crate) positions: usize,
    /// Whether matrices are stored as `I8` with scales, or as `F32`.
    pub(crate) quantised: bool,
    pub(crate) pooling: Pooling,
    pub(crate) seed: u64,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            hidden: 32,
            layers: 2,
            heads: 4,
            intermediate: 64,
            positions: 512,
            quantised: true,
            pooling: Pooling::Mean,
            seed: 7,
        }
    }
}

/// Heads of a random package: name, labels, whether ordered.
const HEADS: [(&str, &[&str], bool); 4] = [
    ("sentiment", &["negative", "neutral", "positive"], false),
    ("complaint", &["no", "yes"], false),
    ("emotion", &["anger", "disgust", "fear", "joy", "sadness", "surprise", "other"], false),
    ("reproach_tweet", &["no_explicit_reproach", "disapproval", "accusation", "blame"], true),
];

/// Words that the tokenizer of a random package knows, besides every letter.
const WORDS: [&str; 12] = ["the", "parcel", "late", "refund", "never", "again", "##ed", "##s", ".", "!", "?", ","];

/// Returns a small random package.
pub(crate) fn tiny() -> ModelPackage {
    shaped(Shape::default())
}

/// Returns a random package of the given shape.
pub(crate) fn shaped(shape: Shape) -> ModelPackage {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), shape);
    ModelPackage::load(dir.path()).unwrap()
}

/// Writes a random package of the given shape into `dir`.
pub(crate) fn write(dir: &Path, shape: Shape) {
    let tokens = vocabulary();
    let mut weights = Weights { random: Random(shape.seed), quantised: shape.quantised, tensors: BTreeMap::new() };
    weights.encoder(shape, tokens.len());
    let mut heads = String::new();
    for (name, labels, ordered) in HEADS {
        weights.plain(&format!("heads.{name}.weight"), &[labels.len(), shape.hidden], 0.3, 0.0);
        weights.plain(&format!("heads.{name}.bias"), &[labels.len()], 0.1, 0.0);
        let threshold = if labels.len() == 2 { "threshold = 0.5\n" } else { "" };
        writeln!(
            heads,
            "[[head]]\nname = \"{name}\"\nlabels = {labels:?}\nactivation = \"softmax\"\ntemperature = 1.5\n{threshold}ordered = {ordered}\ncorpora = [\"none\"]\n"
        )
        .unwrap();
    }
    weights.plain("similarity.weight", &[shape.hidden, shape.hidden], 0.2, 0.0);

    fs::write(dir.join("heads.toml"), heads).unwrap();
    fs::write(dir.join("model.safetensors"), weights.serialised()).unwrap();
    fs::write(dir.join("config.json"), config(shape, tokens.len())).unwrap();
    fs::write(dir.join("tokenizer.json"), tokenizer(&tokens)).unwrap();
    seal(dir, shape.positions);
    if shape.pooling == Pooling::Cls {
        let path = dir.join("manifest.toml");
        let manifest = fs::read_to_string(&path).unwrap();
        fs::write(path, manifest.replace("\n[sha256]", "pooling = \"cls\"\n\n[sha256]")).unwrap();
    }
}

/// Labels of a random classifier.
pub(crate) const STARS: [&str; 5] = ["1 star", "2 stars", "3 stars", "4 stars", "5 stars"];

/// Writes a random Hugging Face `BertForSequenceClassification` with the labels [`STARS`] into `dir`: `config.json`, `model.safetensors`, `vocab.txt`.
pub(crate) fn write_checkpoint(dir: &Path, shape: Shape) {
    let tokens = vocabulary();
    let mut weights = Weights { random: Random(shape.seed), quantised: false, tensors: BTreeMap::new() };
    weights.encoder(shape, tokens.len());
    weights.linear("pooler.dense", shape.hidden, shape.hidden);
    weights.tensors = weights.tensors.into_iter().map(|(name, own)| (format!("bert.{name}"), own)).collect();
    weights.linear("classifier", STARS.len(), shape.hidden);
    let mut config: serde_json::Value = serde_json::from_str(&config(shape, tokens.len())).unwrap();
    config["architectures"] = serde_json::json!(["BertForSequenceClassification"]);
    config["id2label"] =
        STARS.iter().enumerate().map(|(id, label)| (id.to_string(), serde_json::Value::from(*label))).collect();
    fs::write(dir.join("config.json"), config.to_string()).unwrap();
    fs::write(dir.join("model.safetensors"), weights.serialised()).unwrap();
    fs::write(dir.join("vocab.txt"), tokens.join("\n")).unwrap();
}

/// Writes the manifest for the files as they are.
pub(crate) fn seal(dir: &Path, max_tokens: usize) {
    let mut manifest = format!(
        "version = 1\nname = \"tiny\"\nrelease = \"0.0.1\"\nbase = \"random\"\nbase_licence = \"MIT\"\nlicence = \"MIT\"\nmax_tokens = {max_tokens}\n\n[sha256]\n"
    );
    for file in ["config.json", "heads.toml", "model.safetensors", "tokenizer.json"] {
        let digest = sha256_hex(&fs::read(dir.join(file)).unwrap());
        writeln!(manifest, "\"{file}\" = \"{digest}\"").unwrap();
    }
    fs::write(dir.join("manifest.toml"), manifest).unwrap();
}

/// A small generator of the same numbers everywhere (`SplitMix64`).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Uniform in -1..1.
    pub(crate) fn signed(&mut self) -> f32 {
        let unit = f64::from(u32::try_from(self.bits() >> 32).unwrap()) / f64::from(u32::MAX);
        #[expect(clippy::cast_possible_truncation, reason = "any rounding will do")]
        let value = (unit * 2.0 - 1.0) as f32;
        value
    }

    /// Uniform in 0..`end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.bits() >> 1).unwrap() % end
    }
}

struct Weights {
    random: Random,
    quantised: bool,
    tensors: BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>,
}

impl Weights {
    fn encoder(&mut self, shape: Shape, vocabulary: usize) {
        let Shape { hidden, intermediate, .. } = shape;
        for (table, rows) in [("word", vocabulary), ("position", shape.positions), ("token_type", 2)] {
            self.matrix(&format!("embeddings.{table}_embeddings.weight"), rows, hidden, 1.0);
        }
        self.norm("embeddings.LayerNorm", hidden);
        for layer in 0..shape.layers {
            let prefix = format!("encoder.layer.{layer}");
            for part in ["query", "key", "value"] {
                self.linear(&format!("{prefix}.attention.self.{part}"), hidden, hidden);
            }
            self.linear(&format!("{prefix}.attention.output.dense"), hidden, hidden);
            self.norm(&format!("{prefix}.attention.output.LayerNorm"), hidden);
            self.linear(&format!("{prefix}.intermediate.dense"), intermediate, hidden);
            self.linear(&format!("{prefix}.output.dense"), hidden, intermediate);
            self.norm(&format!("{prefix}.output.LayerNorm"), hidden);
        }
    }

    fn linear(&mut self, prefix: &str, rows: usize, columns: usize) {
        let width = 3.0 / (columns as f32).sqrt();
        self.matrix(&format!("{prefix}.weight"), rows, columns, width);
        self.plain(&format!("{prefix}.bias"), &[rows], 0.2, 0.0);
    }

    fn norm(&mut self, prefix: &str, hidden: usize) {
        self.plain(&format!("{prefix}.weight"), &[hidden], 0.3, 1.0);
        self.plain(&format!("{prefix}.bias"), &[hidden], 0.2, 0.0);
    }

    /// A matrix of values within `width` of 0, quantised where the package is.
    fn matrix(&mut self, name: &str, rows: usize, columns: usize, width: f32) {
        if !self.quantised {
            return self.plain(name, &[rows, columns], width, 0.0);
        }
        let values =
            (0..rows * columns).map(|_| u8::try_from(self.random.below(255)).unwrap().wrapping_sub(127)).collect();
        self.tensors.insert(name.to_owned(), (Dtype::I8, vec![rows, columns], values));
        self.plain(&format!("{name}.scale"), &[rows], width / 500.0, width / 150.0);
    }

    fn plain(&mut self, name: &str, shape: &[usize], width: f32, centre: f32) {
        let values =
            (0..shape.iter().product()).flat_map(|_| (centre + width * self.random.signed()).to_le_bytes()).collect();
        self.tensors.insert(name.to_owned(), (Dtype::F32, shape.to_vec(), values));
    }

    fn serialised(&self) -> Vec<u8> {
        let views = self
            .tensors
            .iter()
            .map(|(name, (dtype, shape, bytes))| (name, TensorView::new(*dtype, shape.clone(), bytes).unwrap()));
        safetensors::serialize(views, None).unwrap()
    }
}

fn vocabulary() -> Vec<String> {
    let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].map(str::to_owned);
    let letters = ('a'..='z').flat_map(|letter| [letter.to_string(), format!("##{letter}")]);
    special.into_iter().chain(letters).chain(WORDS.map(str::to_owned)).collect()
}

fn config(shape: Shape, vocabulary: usize) -> String {
    serde_json::json!({
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.intermediate,
        "vocab_size": vocabulary,
        "max_position_embeddings": shape.positions,
        "type_vocab_size": 2,
        "layer_norm_eps": 1e-12,
    })
    .to_string()
}

fn tokenizer(tokens: &[String]) -> String {
    let ids: serde_json::Map<String, serde_json::Value> =
        tokens.iter().enumerate().map(|(id, token)| (token.clone(), id.into())).collect();
    let added: Vec<serde_json::Value> = tokens[..5]
        .iter()
        .enumerate()
        .map(|(id, token)| {
            serde_json::json!({
                "id": id, "content": token, "special": true, "single_word": false,
                "lstrip": false, "rstrip": false, "normalized": false,
            })
        })
        .collect();
    serde_json::json!({
        "version": "1.0",
        "truncation": {"max_length": 8, "strategy": "LongestFirst", "stride": 0},
        "padding": {
            "strategy": {"Fixed": 8}, "direction": "Right", "pad_to_multiple_of": null,
            "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]",
        },
        "added_tokens": added,
        "normalizer": {
            "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
            "strip_accents": null, "lowercase": true,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": null,
        "decoder": null,
        "model": {
            "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": ids,
        },
    })
    .to_string()
}
