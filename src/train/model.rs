//! The encoder with its heads, as plain tensor operations that can be differentiated.

use std::collections::HashMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::TrainError;
use crate::engine::package::{ModelPackage, PackageError};

/// The shape of an encoder, read from and written to `config.json`: BERT's, or `MPNet`'s as a teacher.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Shape {
    pub(crate) hidden_size: i64,
    pub(crate) num_hidden_layers: usize,
    pub(crate) num_attention_heads: i64,
    pub(crate) intermediate_size: i64,
    pub(crate) vocab_size: i64,
    pub(crate) max_position_embeddings: i64,
    /// 0 where tokens have no types.
    #[serde(default)]
    pub(crate) type_vocab_size: i64,
    pub(crate) layer_norm_eps: f64,
    /// Buckets of distances between tokens, where each has a bias on attention (`MPNet`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) relative_attention_num_buckets: Option<i64>,
}

impl Shape {
    pub(crate) fn read(path: &Path) -> Result<Self, TrainError> {
        let text = std::fs::read_to_string(path).map_err(|source| TrainError::io(path, source))?;
        serde_json::from_str(&text)
            .map_err(|source| TrainError::Base { path: path.into(), message: source.to_string() })
    }
}

/// Arithmetic of the matrix products in training; weights and sums stay in f32 either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// 32-bit floats throughout.
    F32,
    /// Weights and activations are rounded to bfloat16 for the products.
    Bf16,
}

impl Precision {
    fn kind(self) -> Kind {
        match self {
            Self::F32 => Kind::Float,
            Self::Bf16 => Kind::BFloat16,
        }
    }
}

/// Names of one layer's tensors, in the order of [`Layer`]; the first two hold query, key and value above one another.
const LAYER: [&str; 12] = [
    "attention.qkv.weight",
    "attention.qkv.bias",
    "attention.output.dense.weight",
    "attention.output.dense.bias",
    "attention.output.LayerNorm.weight",
    "attention.output.LayerNorm.bias",
    "intermediate.dense.weight",
    "intermediate.dense.bias",
    "output.dense.weight",
    "output.dense.bias",
    "output.LayerNorm.weight",
    "output.LayerNorm.bias",
];

const POSITIONS: &str = "embeddings.position_embeddings.weight";
const TYPES: &str = "embeddings.token_type_embeddings.weight";
const EMBEDDINGS: [&str; 4] = [POSITIONS, TYPES, "embeddings.LayerNorm.weight", "embeddings.LayerNorm.bias"];

/// The table that is trained row by row, see [`Weights::words`].
pub(crate) const WORDS: &str = "embeddings.word_embeddings.weight";
/// `MPNet`'s biases on attention, `[buckets, heads]`.
const DISTANCES: &str = "encoder.relative_attention_bias.weight";
/// Rows of `MPNet`'s table of positions that no token has: its padding has number 1.
const NO_POSITIONS: i64 = 2;
/// Our names of parts of a layer, and `MPNet`'s.
const OF_MPNET: [(&str, &str); 5] = [
    ("attention.self.query", "attention.attn.q"),
    ("attention.self.key", "attention.attn.k"),
    ("attention.self.value", "attention.attn.v"),
    ("attention.output.dense", "attention.attn.o"),
    ("attention.output.LayerNorm", "attention.LayerNorm"),
];
pub(crate) const HEADS_WEIGHT: &str = "heads.weight";
pub(crate) const HEADS_BIAS: &str = "heads.bias";
pub(crate) const SIMILARITY: &str = "similarity.weight";

/// All weights by name, f32. Query, key and value of a layer are one tensor, and so are the heads: fewer, larger products.
#[derive(Debug)]
pub(crate) struct Weights {
    pub(crate) shape: Shape,
    /// The word embeddings, `[vocabulary, hidden]`. A batch touches few of its rows, so it is kept apart.
    pub(crate) words: Tensor,
    /// The bias of each head for a distance between tokens, `[buckets, heads]`; it is not trained.
    distances: Option<Tensor>,
    /// Everything else, in a fixed order.
    pub(crate) dense: Vec<(String, Tensor)>,
}

/// Token ids of a batch, padded to its longest message.
#[derive(Debug)]
pub(crate) struct Padded {
    /// The distinct ids of the batch.
    pub(crate) unique: Tensor,
    /// `[rows * width]` positions into `unique`.
    pub(crate) local: Tensor,
    /// `[rows, width]`, 1 for a token and 0 for padding; absent when all messages are equally long.
    pub(crate) mask: Option<Tensor>,
    pub(crate) rows: i64,
    pub(crate) width: i64,
}

impl Padded {
    /// Packs messages of at least one token each.
    pub(crate) fn new(messages: &[&[u32]]) -> Self {
        let width = messages.iter().map(|ids| ids.len()).max().unwrap_or(0);
        let mut unique: Vec<u32> = messages.iter().flat_map(|ids| ids.iter().copied()).collect();
        unique.sort_unstable();
        unique.dedup();
        let place: HashMap<u32, i64> = unique.iter().zip(0_i64..).map(|(id, at)| (*id, at)).collect();
        let mut local = vec![0_i64; messages.len() * width];
        let mut mask = vec![0_f32; messages.len() * width];
        for (row, ids) in messages.iter().enumerate() {
            for (column, id) in ids.iter().enumerate() {
                local[row * width + column] = place[id];
                mask[row * width + column] = 1.0;
            }
        }
        let ragged = messages.iter().any(|ids| ids.len() != width);
        let unique: Vec<i64> = unique.into_iter().map(i64::from).collect();
        Self {
            unique: Tensor::from_slice(&unique),
            local: Tensor::from_slice(&local),
            mask: ragged.then(|| Tensor::from_slice(&mask).view([count(messages.len()), count(width)])),
            rows: count(messages.len()),
            width: count(width),
        }
    }
}

/// A length as libtorch counts it.
pub(crate) fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

impl Weights {
    /// Reads a Hugging Face checkpoint and adds heads of `labels` rows in all (small random weights) and an identity
    /// similarity.
    pub(crate) fn from_base(folder: &Path, labels: usize, seed: i64) -> Result<Self, TrainError> {
        let mut shape = Shape::read(&folder.join("config.json"))?;
        let path = folder.join("model.safetensors");
        let bad = |message: String| TrainError::Base { path: path.clone(), message };
        let tensors = Tensor::read_safetensors(&path).map_err(|source| bad(source.to_string()))?;
        let found: HashMap<String, Tensor> =
            tensors.into_iter().map(|(name, tensor)| (name.trim_start_matches("bert.").to_owned(), tensor)).collect();
        let named = |name: &str| {
            found
                .get(name)
                .map(|tensor| tensor.to_kind(Kind::Float))
                .ok_or_else(|| bad(format!("tensor {name} is missing")))
        };
        if shape.relative_attention_num_buckets.is_some() {
            shape.max_position_embeddings -= NO_POSITIONS;
            let (positions, hidden) = (shape.max_position_embeddings, shape.hidden_size);
            let distances = named(DISTANCES)?;
            let weights = Self::build(shape, labels, seed, |name| match name {
                POSITIONS => Ok(named(name)?.f_narrow(0, NO_POSITIONS, positions).map_err(|e| bad(e.to_string()))?),
                TYPES => Ok(Tensor::zeros([1, hidden], (Kind::Float, tch::Device::Cpu))),
                _ => {
                    let of_mpnet = OF_MPNET.iter().find(|(own, _)| name.contains(own));
                    named(&of_mpnet.map_or_else(|| name.to_owned(), |(own, theirs)| name.replace(own, theirs)))
                }
            })?;
            weights.check().map_err(bad)?;
            return Ok(Self { distances: Some(distances), ..weights });
        }
        let get = named;
        let weights = Self::build(shape, labels, seed, get)?;
        weights.check().map_err(bad)?;
        Ok(weights)
    }

    /// Takes the encoder of a package, with fresh heads as [`from_base`](Self::from_base) adds them.
    pub(crate) fn from_package(package: &ModelPackage, labels: usize, seed: i64) -> Result<Self, TrainError> {
        let bad = |source: PackageError| TrainError::Base {
            path: "the embedded package".into(),
            message: source.to_string(),
        };
        let config = package.config();
        let shape = Shape {
            hidden_size: count(config.hidden),
            num_hidden_layers: config.layers,
            num_attention_heads: count(config.heads),
            intermediate_size: count(config.intermediate),
            vocab_size: count(config.vocabulary),
            max_position_embeddings: count(config.positions),
            type_vocab_size: count(config.token_types),
            layer_norm_eps: f64::from(config.layer_norm_eps),
            relative_attention_num_buckets: None,
        };
        Self::build(shape, labels, seed, |name| {
            let tensor = package.f32(name).map_err(bad)?;
            let sides: Vec<i64> = tensor.shape.iter().map(|side| count(*side)).collect();
            Ok(Tensor::from_slice(&tensor.data).view(sides.as_slice()))
        })
    }

    fn build(
        shape: Shape,
        labels: usize,
        seed: i64,
        get: impl Fn(&str) -> Result<Tensor, TrainError>,
    ) -> Result<Self, TrainError> {
        let mut dense = Vec::new();
        for name in EMBEDDINGS {
            dense.push((name.to_owned(), get(name)?));
        }
        for layer in 0..shape.num_hidden_layers {
            let part = |name: &str| format!("encoder.layer.{layer}.{name}");
            for name in LAYER {
                let tensor = match name.strip_prefix("attention.qkv.") {
                    Some(kind) => {
                        let parts =
                            ["query", "key", "value"].map(|role| get(&part(&format!("attention.self.{role}.{kind}"))));
                        let [query, key, value] = parts;
                        Tensor::cat(&[query?, key?, value?], 0)
                    }
                    None => get(&part(name))?,
                };
                dense.push((part(name), tensor));
            }
        }
        tch::manual_seed(seed);
        let options = (Kind::Float, tch::Device::Cpu);
        dense.push((HEADS_WEIGHT.to_owned(), Tensor::randn([count(labels), shape.hidden_size], options) * 0.02));
        dense.push((HEADS_BIAS.to_owned(), Tensor::zeros([count(labels)], options)));
        dense.push((SIMILARITY.to_owned(), Tensor::eye(shape.hidden_size, options)));
        Ok(Self { words: get(WORDS)?, distances: None, shape, dense })
    }

    /// The mean of these weights and `other`, `share` (0..1) of it being `other`. Both have the same shape.
    pub(crate) fn mixed(&self, other: &Self, share: f64) -> Self {
        let mix = |own: &Tensor, other: &Tensor| own.detach().lerp(&other.detach(), share);
        let dense = self.dense.iter().zip(&other.dense);
        Self {
            words: mix(&self.words, &other.words),
            distances: self.distances.as_ref().map(Tensor::copy),
            shape: self.shape.clone(),
            dense: dense.map(|((name, own), (_, other))| (name.clone(), mix(own, other))).collect(),
        }
    }

    fn check(&self) -> Result<(), String> {
        let hidden = self.shape.hidden_size;
        let expected = [
            (&self.words, vec![self.shape.vocab_size, hidden]),
            (&self.dense[0].1, vec![self.shape.max_position_embeddings, hidden]),
            (&self.dense[EMBEDDINGS.len()].1, vec![3 * hidden, hidden]),
            (&self.dense[EMBEDDINGS.len() + 6].1, vec![self.shape.intermediate_size, hidden]),
        ];
        for (tensor, shape) in expected {
            if tensor.size() != shape {
                return Err(format!("a tensor has shape {:?}, config.json asks for {shape:?}", tensor.size()));
            }
        }
        Ok(())
    }

    /// A copy that shares nothing with `self`.
    pub(crate) fn detached_copy(&self) -> Self {
        let copy = |tensor: &Tensor| tensor.detach().copy();
        Self {
            shape: self.shape.clone(),
            words: copy(&self.words),
            distances: self.distances.as_ref().map(copy),
            dense: self.dense.iter().map(|(name, tensor)| (name.clone(), copy(tensor))).collect(),
        }
    }

    /// Marks every dense tensor as a leaf whose gradient is wanted.
    pub(crate) fn require_gradients(&mut self) {
        for (_, tensor) in &mut self.dense {
            *tensor = tensor.detach().set_requires_grad(true);
        }
    }

    /// All tensors with their names, words first.
    pub(crate) fn named(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        std::iter::once((WORDS, &self.words)).chain(self.dense.iter().map(|(name, tensor)| (name.as_str(), tensor)))
    }

    fn tail(&self, back: usize) -> &Tensor {
        &self.dense[self.dense.len() - back].1
    }

    /// Logits of all heads side by side, `[rows, labels]`, from pooled embeddings.
    pub(crate) fn logits(&self, pooled: &Tensor) -> Tensor {
        pooled.linear(self.tail(3), Some(self.tail(2)))
    }

    /// Maps pooled embeddings into the space of the base model.
    pub(crate) fn similarity(&self, pooled: &Tensor) -> Tensor {
        pooled.linear::<&Tensor>(self.tail(1), None)
    }

    /// The rows of the word table that a batch needs.
    pub(crate) fn word_rows(&self, batch: &Padded) -> Tensor {
        self.words.index_select(0, &batch.unique)
    }

    /// Mean-pooled last hidden states, `[rows, hidden]`, f32.
    ///
    /// `words` are the rows of [`word_rows`](Self::word_rows); `dropout` is the share of values zeroed, 0 outside training.
    pub(crate) fn pooled(&self, batch: &Padded, words: &Tensor, precision: Precision, dropout: f64) -> Tensor {
        let (rows, width, hidden) = (batch.rows, batch.width, self.shape.hidden_size);
        let kind = precision.kind();
        let [positions, types, norm_weight, norm_bias] = [0, 1, 2, 3].map(|at| &self.dense[at].1);
        let drop = |tensor: Tensor| {
            if dropout > 0.0 { tensor.dropout(dropout, true) } else { tensor }
        };
        let norm = |tensor: &Tensor, weight: &Tensor, bias: &Tensor| {
            tensor.layer_norm([hidden], Some(weight), Some(bias), self.shape.layer_norm_eps, false)
        };
        let cast = |tensor: &Tensor| tensor.to_kind(kind);
        let linear = |tensor: &Tensor, weight: &Tensor, bias: &Tensor| tensor.linear(&cast(weight), Some(&cast(bias)));

        let embedded = words.index_select(0, &batch.local).view([rows, width, hidden])
            + positions.narrow(0, 0, width)
            + types.narrow(0, 0, 1);
        let mut state = drop(norm(&embedded, norm_weight, norm_bias)).view([rows * width, hidden]);
        // Padding is kept out of every row's attention by a large negative score.
        let hidden_scores = batch.mask.as_ref().map(|mask| {
            let score: Tensor = (1.0 - mask) * -1e4;
            score.view([rows, 1, 1, width]).to_kind(kind)
        });
        let heads = self.shape.num_attention_heads;
        let distances = self.distances.as_ref().map(|table| {
            let buckets = Tensor::from_slice(&distance_buckets(width, table.size()[0]));
            table.index_select(0, &buckets).view([1, width, width, heads]).permute([0, 3, 1, 2]).to_kind(kind)
        });
        let size = hidden / heads;
        let scale = 1.0 / (size as f64).sqrt();
        for layer in self.dense[EMBEDDINGS.len()..].chunks_exact(LAYER.len()).take(self.shape.num_hidden_layers) {
            let part = |at: usize| &layer[at].1;
            let qkv =
                linear(&cast(&state), part(0), part(1)).view([rows, width, 3, heads, size]).permute([2, 0, 3, 1, 4]);
            let (query, key, value) = (qkv.get(0) * scale, qkv.get(1), qkv.get(2));
            let mut scores = query.matmul(&key.transpose(-2, -1));
            for bias in [&distances, &hidden_scores].into_iter().flatten() {
                scores += bias;
            }
            let mixed = drop(scores.softmax(-1, None::<Kind>)).matmul(&value);
            let mixed = mixed.permute([0, 2, 1, 3]).reshape([rows * width, hidden]);
            let attended = drop(linear(&mixed, part(2), part(3)).to_kind(Kind::Float));
            state = norm(&(state + attended), part(4), part(5));
            let wide = linear(&cast(&state), part(6), part(7)).gelu("none");
            let out = drop(linear(&wide, part(8), part(9)).to_kind(Kind::Float));
            state = norm(&(state + out), part(10), part(11));
        }
        let state = state.view([rows, width, hidden]);
        match &batch.mask {
            None => state.mean_dim([1_i64].as_slice(), false, Kind::Float),
            Some(mask) => {
                let total = (state * mask.unsqueeze(-1)).sum_dim_intlist([1_i64].as_slice(), false, Kind::Float);
                total / mask.sum_dim_intlist([1_i64].as_slice(), true, Kind::Float)
            }
        }
    }
}

/// The bucket of the distance from each token to each other one, `[width * width]`, of `buckets`: half of them for each direction, and half of these for the nearest
/// tokens one by one, the others for ever wider ranges up to 128 (`MPNet` and T5).
#[expect(clippy::cast_possible_truncation, reason = "a logarithm of at most 128 distances")]
fn distance_buckets(width: i64, buckets: i64) -> Vec<i64> {
    let half = buckets / 2;
    let near = half / 2;
    let bucket = |from: i64, to: i64| {
        let apart = (to - from).abs();
        let far = || {
            let share = (apart as f64 / near as f64).ln() / (128.0 / near as f64).ln();
            (near + (share * (half - near) as f64) as i64).min(half - 1)
        };
        let direction = if to > from { half } else { 0 };
        direction + if apart < near { apart } else { far() }
    };
    (0..width).flat_map(|from| (0..width).map(move |to| bucket(from, to))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::package::testing;

    #[test]
    fn distances_are_told_apart_in_both_directions_the_near_ones_best() {
        // By transformers' MPNetEncoder.relative_position_bucket, from token 0 of 40 and from token 39.
        let buckets = distance_buckets(40, 32);
        let forward = [(0..1, 0), (8..12, 24), (12..16, 25), (16..23, 26), (23..32, 27), (32..40, 28)];
        for (places, bucket) in forward {
            assert!(buckets[places.clone()].iter().all(|own| *own == bucket), "{places:?}: {:?}", &buckets[..40]);
        }
        assert_eq!(buckets[1..8], [17, 18, 19, 20, 21, 22, 23]);
        let back: Vec<i64> = buckets[39 * 40..].iter().rev().copied().collect();
        assert!(back.iter().zip(&buckets[..40]).skip(1).all(|(back, forward)| back + 16 == *forward), "{back:?}");
    }

    #[test]
    fn mpnet_is_read_by_its_own_names_without_the_positions_of_padding() {
        let dir = tempfile::tempdir().unwrap();
        let [bert, mpnet] = ["bert", "mpnet"].map(|name| dir.path().join(name));
        for folder in [&bert, &mpnet] {
            std::fs::create_dir_all(folder).unwrap();
            testing::write(folder, testing::Shape { quantised: false, ..testing::Shape::default() });
        }
        let path = bert.join("model.safetensors");
        let own = Tensor::read_safetensors(&path).unwrap();
        let without_types: Vec<(String, Tensor)> = own
            .into_iter()
            .map(|(name, tensor)| if name == TYPES { (name, tensor.zeros_like()) } else { (name, tensor) })
            .collect();
        Tensor::write_safetensors(&without_types, &path).unwrap();
        let config = std::fs::read_to_string(bert.join("config.json")).unwrap();
        let mut config: serde_json::Value = serde_json::from_str(&config).unwrap();
        config["relative_attention_num_buckets"] = 32.into();
        let places = config["max_position_embeddings"].as_i64().unwrap();
        config["max_position_embeddings"] = (places + NO_POSITIONS).into();
        std::fs::write(mpnet.join("config.json"), config.to_string()).unwrap();
        let heads = config["num_attention_heads"].as_i64().unwrap();
        let write = |distances: Tensor| {
            let mut theirs: Vec<(String, Tensor)> = Vec::new();
            for (name, tensor) in without_types.iter().filter(|(name, _)| name != TYPES) {
                let renamed = OF_MPNET.iter().find(|(own, _)| name.contains(own));
                let renamed = renamed.map_or_else(|| name.clone(), |(own, theirs)| name.replace(own, theirs));
                let padding = || Tensor::full([NO_POSITIONS, tensor.size()[1]], 9.0, (Kind::Float, tch::Device::Cpu));
                let tensor =
                    if name == POSITIONS { Tensor::cat(&[padding(), tensor.copy()], 0) } else { tensor.copy() };
                theirs.push((renamed, tensor));
            }
            theirs.push((DISTANCES.to_owned(), distances));
            Tensor::write_safetensors(&theirs, mpnet.join("model.safetensors")).unwrap();
        };
        let read = |folder: &Path| {
            let weights = Weights::from_base(folder, 2, 1).unwrap();
            let batch = Padded::new(&[&[2, 5, 6, 3], &[2, 7, 3]]);
            let pooled = weights.pooled(&batch, &weights.word_rows(&batch), Precision::F32, 0.0);
            Vec::<Vec<f32>>::try_from(pooled).unwrap().concat()
        };
        let apart = |one: &[f32], other: &[f32]| one.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        let expected = read(&bert);
        write(Tensor::zeros([32, heads], (Kind::Float, tch::Device::Cpu)));
        assert!(apart(&expected, &read(&mpnet)) < 1e-6);
        write(Tensor::arange(32 * heads, (Kind::Float, tch::Device::Cpu)).view([32, heads]));
        assert!(apart(&expected, &read(&mpnet)) > 1e-3, "a bias on attention moves what comes out");
    }
}
