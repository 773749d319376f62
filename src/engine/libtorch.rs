//! The libtorch engine: rust-bert's BERT on the weights of a package; the reference for accuracy.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rust_bert::Activation;
use rust_bert::bert::{BertConfig, BertEmbeddings, BertModel};
use tch::{Device, Kind, Tensor, nn};
use thiserror::Error;

use super::package::{EncoderConfig, ModelPackage, PackageError, Pooling};
use super::{Embeddings, Engine, EngineInfo, InferError, TokenBatch};

/// The one value that rust-bert computes layer norms with.
const LAYER_NORM_EPS: f32 = 1e-12;

/// Arithmetic of the libtorch engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// 32-bit floats.
    F32,
    /// bfloat16 weights and activations; embeddings are pooled in f32.
    Bf16,
}

/// Why a package cannot run on libtorch.
#[derive(Debug, Error)]
pub enum LibtorchError {
    /// A tensor cannot be read.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// rust-bert fixes the layer-norm epsilon.
    #[error("the libtorch engine computes with a layer-norm epsilon of {LAYER_NORM_EPS:e}; the package asks for {0:e}")]
    Epsilon(f32),
    /// libtorch refused a tensor.
    #[error("libtorch: {0}")]
    Backend(String),
}

/// BERT on libtorch, on one thread.
#[derive(Debug)]
pub struct Libtorch {
    info: EngineInfo,
    vocabulary: usize,
    positions: usize,
    hidden: usize,
    pooling: Pooling,
    model: Model,
}

/// rust-bert's model has no `Debug` of its own.
struct Model(BertModel<BertEmbeddings>);

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BertModel")
    }
}

impl Libtorch {
    /// Builds the engine from the dequantised weights of `package`.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape than the configuration says, or the layer-norm epsilon is not 1e-12.
    pub fn new(package: &ModelPackage, variant: Precision) -> Result<Self, LibtorchError> {
        one_thread();
        let config = package.config();
        if (config.layer_norm_eps - LAYER_NORM_EPS).abs() > f32::EPSILON * LAYER_NORM_EPS {
            return Err(LibtorchError::Epsilon(config.layer_norm_eps));
        }
        let mut store = nn::VarStore::new(Device::Cpu);
        let model = BertModel::new_with_optional_pooler(store.root(), &bert_config(config), false);
        // Sorted, so that the first complaint about a package is always the same one.
        let mut variables: Vec<(String, Tensor)> = store.variables().into_iter().collect();
        variables.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, mut variable) in variables {
            let tensor = package.f32(&name)?;
            let shape: Vec<i64> = tensor.shape.iter().map(|side| signed(*side)).collect();
            let values = Tensor::f_from_slice(&tensor.data).and_then(|values| values.f_view(shape.as_slice()));
            // `copy_` would stretch a smaller tensor over a larger one.
            if variable.size() != shape {
                return Err(LibtorchError::Backend(format!(
                    "{name} has shape {shape:?}, expected {:?}",
                    variable.size()
                )));
            }
            tch::no_grad(|| values.and_then(|values| variable.f_copy_(&values)))
                .map_err(|error| LibtorchError::Backend(format!("{name}: {error}")))?;
        }
        store.freeze();
        if variant == Precision::Bf16 {
            store.bfloat16();
        }
        let variant = match variant {
            Precision::F32 => "f32",
            Precision::Bf16 => "bf16",
        };
        Ok(Self {
            info: EngineInfo { name: "libtorch", variant, isa: isa() },
            vocabulary: config.vocabulary,
            positions: config.positions,
            hidden: config.hidden,
            pooling: package.manifest().pooling,
            model: Model(model),
        })
    }

    fn pooled(&self, batch: &TokenBatch) -> Result<Vec<f32>, String> {
        let rows = batch.len();
        let width = (0..rows).map(|row| batch.message(row).len()).max().unwrap_or(0);
        let mut ids = vec![0_i64; rows * width];
        let mut real = vec![0_i64; rows * width];
        for row in 0..rows {
            for (column, id) in batch.message(row).iter().enumerate() {
                ids[row * width + column] = i64::from(*id);
                real[row * width + column] = 1;
            }
        }
        let shape = [signed(rows), signed(width)];
        let ids = Tensor::from_slice(&ids).view(shape);
        let real = Tensor::from_slice(&real).view(shape);
        let output = self
            .model
            .0
            .forward_t(Some(&ids), Some(&real), None, None, None, None, None, false)
            .map_err(|error| error.to_string())?;
        let state = output.hidden_state.to_kind(Kind::Float);
        let pooled = match self.pooling {
            Pooling::Mean => {
                let weights = real.to_kind(Kind::Float).unsqueeze(-1);
                let sum = (state * &weights).sum_dim_intlist(1_i64, false, Kind::Float);
                sum / weights.sum_dim_intlist(1_i64, false, Kind::Float)
            }
            Pooling::Cls => state.select(1, 0),
        };
        let mut values = vec![0_f32; rows * self.hidden];
        let length = values.len();
        pooled.contiguous().f_copy_data(&mut values, length).map_err(|error| error.to_string())?;
        Ok(values)
    }
}

impl Engine for Libtorch {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn embed(&mut self, batch: &TokenBatch) -> Result<Embeddings, InferError> {
        batch.check(self.vocabulary, self.positions)?;
        if batch.is_empty() {
            return Ok(Embeddings::new(self.hidden, Vec::new()));
        }
        one_thread();
        let failed = |message: String| InferError::Backend { engine: "libtorch", message };
        // rust-bert and tch panic where libtorch throws; a batch that fails must not end the program. Nothing is changed by
        // a forward pass, so there is no broken state to look at afterwards.
        let found = catch_unwind(AssertUnwindSafe(|| tch::no_grad(|| self.pooled(batch))));
        let values = found.unwrap_or_else(|_| Err("libtorch threw an exception".to_owned())).map_err(failed)?;
        Ok(Embeddings::new(self.hidden, values))
    }
}

/// Callers that want more cores make more engines. The setting belongs to the calling thread, so it is made in each call.
fn one_thread() {
    tch::set_num_threads(1);
}

fn signed(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn bert_config(config: &EncoderConfig) -> BertConfig {
    BertConfig {
        hidden_act: Activation::gelu,
        attention_probs_dropout_prob: 0.0,
        hidden_dropout_prob: 0.0,
        hidden_size: signed(config.hidden),
        initializer_range: 0.02,
        intermediate_size: signed(config.intermediate),
        max_position_embeddings: signed(config.positions),
        num_attention_heads: signed(config.heads),
        num_hidden_layers: signed(config.layers),
        type_vocab_size: signed(config.token_types),
        vocab_size: signed(config.vocabulary),
        output_attentions: None,
        output_hidden_states: None,
        is_decoder: None,
        id2label: None,
        label2id: None,
    }
}

/// What libtorch's own dispatch picks from; the library does not say which path a product took.
fn isa() -> String {
    #[cfg(target_arch = "x86_64")]
    {
        let found = [
            ("avx512_bf16", is_x86_feature_detected!("avx512bf16")),
            ("avx512", is_x86_feature_detected!("avx512f")),
            ("avx2", is_x86_feature_detected!("avx2")),
        ];
        if let Some((name, _)) = found.iter().find(|(_, there)| *there) {
            return (*name).to_owned();
        }
    }
    std::env::consts::ARCH.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::package::testing::{Shape, shaped, tiny};

    fn batch(messages: &[&[u32]]) -> TokenBatch {
        let mut batch = TokenBatch::default();
        for ids in messages {
            batch.push(ids);
        }
        batch
    }

    fn rows(engine: &mut Libtorch, messages: &[&[u32]]) -> Vec<Vec<f32>> {
        engine.embed(&batch(messages)).unwrap().rows().map(<[f32]>::to_vec).collect()
    }

    fn apart(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn a_message_does_not_depend_on_its_batch() {
        let mut engine = Libtorch::new(&tiny(), Precision::F32).unwrap();
        let messages: [&[u32]; 4] = [&[2, 7, 9, 3], &[2, 3], &[2, 5, 6, 7, 8, 9, 10, 11, 3], &[2, 8, 8, 3]];
        let together = rows(&mut engine, &messages);
        for (message, row) in messages.iter().zip(&together) {
            let alone = rows(&mut engine, &[message]);
            assert!(apart(&alone[0], row) < 1e-5, "{}", apart(&alone[0], row));
        }
        assert!(apart(&together[0], &together[3]) > 1e-3);
    }

    #[test]
    fn the_native_engine_agrees_on_equal_weights() {
        use crate::engine::native::{Isa, Native, NativeModel, Variant};

        for quantised in [true, false] {
            let package = shaped(Shape { quantised, ..Shape::default() });
            let model = NativeModel::new(&package, Variant::F32).unwrap();
            let mut native = Native::new(model, Isa::detect());
            let mut libtorch = Libtorch::new(&package, Precision::F32).unwrap();
            let messages: [&[u32]; 3] = [&[2, 7, 9, 3], &[2, 3], &[2, 5, 6, 7, 8, 9, 10, 11, 12, 13, 3]];
            let ours = native.embed(&batch(&messages)).unwrap();
            for (a, b) in ours.rows().zip(rows(&mut libtorch, &messages)) {
                assert!(apart(a, &b) < 1e-3, "{}", apart(a, &b));
            }
        }
    }

    #[test]
    fn the_native_engine_agrees_on_the_built_in_package() {
        use crate::engine::native::{Isa, Native, NativeModel, Variant};
        use crate::engine::tokenizer::TextTokenizer;

        let package = ModelPackage::embedded().unwrap();
        let tokenizer = TextTokenizer::new(&package).unwrap();
        let texts = [
            "You promised next day delivery. It is Friday, and nobody answers my emails.",
            "Lovely mugs, thank you!",
            &"The kettle burnt my hand and I had to go to hospital. ".repeat(30),
        ];
        let ids: Vec<Vec<u32>> = texts.iter().map(|text| tokenizer.encode(text).unwrap().ids).collect();
        let messages: Vec<&[u32]> = ids.iter().map(Vec::as_slice).collect();
        let mut native = Native::new(NativeModel::new(&package, Variant::F32).unwrap(), Isa::detect());
        let mut libtorch = Libtorch::new(&package, Precision::F32).unwrap();
        let ours = native.embed(&batch(&messages)).unwrap();
        for (a, b) in ours.rows().zip(rows(&mut libtorch, &messages)) {
            assert!(apart(a, &b) < 1e-3, "{}", apart(a, &b));
        }
    }

    #[test]
    fn bf16_stays_near_f32() {
        let package = tiny();
        let messages: [&[u32]; 2] = [&[2, 7, 9, 3], &[2, 5, 3]];
        let exact = rows(&mut Libtorch::new(&package, Precision::F32).unwrap(), &messages);
        let mut engine = Libtorch::new(&package, Precision::Bf16).unwrap();
        assert_eq!((engine.info().name, engine.info().variant), ("libtorch", "bf16"));
        for (a, b) in exact.iter().zip(rows(&mut engine, &messages)) {
            assert!(apart(a, &b) < 0.1, "{}", apart(a, &b));
        }
    }

    #[test]
    fn the_first_token_is_pooled_where_the_package_says_so() {
        use crate::engine::native::{Isa, Native, NativeModel, Variant};
        let package = shaped(Shape { pooling: Pooling::Cls, ..Shape::default() });
        let messages: [&[u32]; 2] = [&[2, 7, 9, 3], &[2, 5, 3]];
        let mut native = Native::new(NativeModel::new(&package, Variant::F32).unwrap(), Isa::detect());
        let ours = native.embed(&batch(&messages)).unwrap();
        let mut libtorch = Libtorch::new(&package, Precision::F32).unwrap();
        for (a, b) in ours.rows().zip(rows(&mut libtorch, &messages)) {
            assert!(apart(a, &b) < 1e-3, "{}", apart(a, &b));
        }
    }

    #[test]
    fn int8_and_f32_packages_both_run() {
        for quantised in [true, false] {
            let package = shaped(Shape { quantised, ..Shape::default() });
            let mut engine = Libtorch::new(&package, Precision::F32).unwrap();
            assert_eq!(rows(&mut engine, &[&[2, 3]])[0].len(), 32);
        }
    }

    #[test]
    fn what_cannot_be_embedded_is_an_error() {
        let package = tiny();
        let mut engine = Libtorch::new(&package, Precision::F32).unwrap();
        let unknown = u32::try_from(package.config().vocabulary).unwrap();
        assert!(matches!(engine.embed(&batch(&[&[2, unknown]])), Err(InferError::UnknownToken { .. })));
        assert!(matches!(engine.embed(&batch(&[&[]])), Err(InferError::Length { tokens: 0, .. })));
        let long = vec![2; package.config().positions + 1];
        assert!(matches!(engine.embed(&batch(&[&long])), Err(InferError::Length { .. })));
        assert_eq!(engine.embed(&TokenBatch::default()).unwrap().rows().len(), 0);
    }
}
