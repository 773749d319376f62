//! A model package as an ONNX file.
//!
//! The graph is written in the operators that ONNX Runtime's own optimiser arrives at (fused embedding, attention, skip layer norm, GELU;
//! and in `int8` its quantised attention and matrix product with activations quantised when it runs), so that the peer does not
//! depend on a pattern being recognised.

use super::protobuf::Message;
use crate::engine::package::{Matrix, ModelPackage, PackageError};

/// Version of the ONNX format.
const IR_VERSION: u64 = 8;
/// Version of the standard operators.
const OPSET: u64 = 17;
/// Where the fused operators live.
const CONTRIB: &str = "com.microsoft";

/// Arithmetic of the matrix products with weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnnxVariant {
    /// Single precision.
    F32,
    /// The package's 8-bit weights; activations are quantised per tensor when the graph runs.
    Int8,
}

impl OnnxVariant {
    /// Name: `f32` or `int8`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Int8 => "int8",
        }
    }
}

/// Types of tensors by their numbers in the format.
#[derive(Debug, Clone, Copy)]
enum Type {
    Float = 1,
    Int8 = 3,
    Int32 = 6,
}

/// Returns an ONNX file: `input_ids` and `mask` (32-bit integers, messages x tokens) to `hidden` (messages x tokens x width).
///
/// # Errors
/// When a tensor of the package cannot be read.
pub fn export(package: &ModelPackage, variant: OnnxVariant) -> Result<Vec<u8>, PackageError> {
    let mut graph = Graph { package, variant, message: Message::default() };
    let mut x = graph.embedding()?;
    for layer in 0..package.config().layers {
        x = graph.layer(layer, &x)?;
    }
    let mut message = graph.message;
    message.text(2, "encoder");
    message.message(11, &value_info("input_ids", Type::Int32, &["messages", "tokens"]));
    message.message(11, &value_info("mask", Type::Int32, &["messages", "tokens"]));
    message.message(12, &value_info(&x, Type::Float, &["messages", "tokens", "width"]));
    let mut model = Message::default();
    model.integer(1, IR_VERSION);
    model.text(2, "amends");
    model.message(7, &message);
    for (domain, version) in [("", OPSET), (CONTRIB, 1)] {
        let mut opset = Message::default();
        opset.text(1, domain);
        opset.integer(2, version);
        model.message(8, &opset);
    }
    Ok(model.into_bytes())
}

/// A graph that is being written.
struct Graph<'a> {
    package: &'a ModelPackage,
    variant: OnnxVariant,
    message: Message,
}

/// What is left to add to a product.
struct Weights {
    outputs: usize,
    bias: Vec<f32>,
}

impl Graph<'_> {
    /// Writes the look-up; returns the name of its output. `lengths` holds the tokens of each message from then on.
    fn embedding(&mut self) -> Result<String, PackageError> {
        let config = self.package.config().clone();
        let words = self.package.f32("embeddings.word_embeddings.weight")?;
        let mut positions = self.package.f32("embeddings.position_embeddings.weight")?;
        let types = self.package.f32("embeddings.token_type_embeddings.weight")?;
        // Every token is of type 0.
        for row in positions.data.chunks_exact_mut(config.hidden) {
            for (value, addend) in row.iter_mut().zip(&types.data) {
                *value += addend;
            }
        }
        self.floats("words", &words.shape, &words.data);
        self.floats("positions", &positions.shape, &positions.data);
        self.norm("embeddings.LayerNorm")?;
        let inputs = [
            "input_ids",
            "",
            "words",
            "positions",
            "",
            "embeddings.LayerNorm.weight",
            "embeddings.LayerNorm.bias",
            "mask",
        ];
        let epsilon = float("epsilon", config.layer_norm_eps);
        self.node("EmbedLayerNormalization", CONTRIB, &inputs, &["embedded", "lengths"], &[epsilon]);
        Ok("embedded".to_owned())
    }

    /// Writes one layer over `x`; returns the name of its output.
    fn layer(&mut self, index: usize, x: &str) -> Result<String, PackageError> {
        let prefix = format!("encoder.layer.{index}");
        let name = |part: &str| format!("{prefix}.{part}");
        let epsilon = || float("epsilon", self.package.config().layer_norm_eps);
        let (skip_one, skip_two) = (epsilon(), epsilon());
        let context = self.attention(&prefix, x)?;

        let mixed = self.product(&name("attention.output.dense"), &context)?;
        self.norm(&name("attention.output.LayerNorm"))?;
        let (weight, bias) = (name("attention.output.LayerNorm.weight"), name("attention.output.LayerNorm.bias"));
        let middle = name("middle");
        let dense = name("attention.output.dense.bias");
        self.node("SkipLayerNormalization", CONTRIB, &[&mixed, x, &weight, &bias, &dense], &[&middle], &[skip_one]);

        let wide = self.product(&name("intermediate.dense"), &middle)?;
        let active = name("active");
        self.node("BiasGelu", CONTRIB, &[&wide, &name("intermediate.dense.bias")], &[&active], &[]);
        let narrow = self.product(&name("output.dense"), &active)?;
        self.norm(&name("output.LayerNorm"))?;
        let (weight, bias) = (name("output.LayerNorm.weight"), name("output.LayerNorm.bias"));
        let dense = name("output.dense.bias");
        let last = index + 1 == self.package.config().layers;
        let out = if last { "hidden".to_owned() } else { name("out") };
        self.node("SkipLayerNormalization", CONTRIB, &[&narrow, &middle, &weight, &bias, &dense], &[&out], &[skip_two]);
        Ok(out)
    }

    /// Writes self-attention up to the mixture of values.
    fn attention(&mut self, prefix: &str, x: &str) -> Result<String, PackageError> {
        let parts = ["query", "key", "value"].map(|part| format!("{prefix}.attention.self.{part}"));
        let joint = format!("{prefix}.attention.self");
        let weights = self.weights(&joint, &parts)?;
        let bias = format!("{joint}.bias");
        self.floats(&bias, &[weights.outputs], &weights.bias);
        let out = format!("{prefix}.context");
        let heads = integer("num_heads", self.package.config().heads as u64);
        let weight = format!("{joint}.weight");
        match self.variant {
            OnnxVariant::F32 => self.node("Attention", CONTRIB, &[x, &weight, &bias, "lengths"], &[&out], &[heads]),
            OnnxVariant::Int8 => {
                let [bytes, scale, zero] = ["bytes", "scale", "zero"].map(|part| format!("{joint}.{part}"));
                self.node("DynamicQuantizeLinear", "", &[x], &[&bytes, &scale, &zero], &[]);
                let scales = format!("{joint}.scales");
                let inputs = [&bytes, &weight, &bias, &scale, &scales, "lengths", &zero];
                self.node("QAttention", CONTRIB, &inputs, &[&out], &[heads]);
            }
        }
        Ok(out)
    }

    /// Writes a matrix product with the weights called `name`, and their bias for whoever adds it; returns the name of the product.
    fn product(&mut self, name: &str, x: &str) -> Result<String, PackageError> {
        let weights = self.weights(name, &[name.to_owned()])?;
        self.floats(&format!("{name}.bias"), &[weights.outputs], &weights.bias);
        let out = format!("{name}.product");
        let weight = format!("{name}.weight");
        match self.variant {
            OnnxVariant::F32 => self.node("MatMul", "", &[x, &weight], &[&out], &[]),
            OnnxVariant::Int8 => {
                let scales = format!("{name}.scales");
                self.node("DynamicQuantizeMatMul", CONTRIB, &[x, &weight, &scales], &[&out], &[]);
            }
        }
        Ok(out)
    }

    /// Writes the transposed weights of layers over one input, beside each other, with a scale per column where they are integers.
    fn weights(&mut self, name: &str, layers: &[String]) -> Result<Weights, PackageError> {
        let mut bias = Vec::new();
        let mut rows = Vec::new();
        let mut scales = Vec::new();
        let mut integers: Vec<u8> = Vec::new();
        for layer in layers {
            bias.extend(self.package.f32(&format!("{layer}.bias"))?.data);
            let weight = format!("{layer}.weight");
            if self.variant == OnnxVariant::Int8 {
                match self.package.matrix(&weight)? {
                    Matrix::I8(tensor) => {
                        scales.extend_from_slice(tensor.scales());
                        (0..tensor.rows()).for_each(|row| integers.extend_from_slice(tensor.row(row)));
                    }
                    Matrix::F32(_) => {
                        let problem =
                            "is not stored as integers, as the int8 variant of the onnx engine needs it".to_owned();
                        return Err(PackageError::Tensor { name: weight, problem });
                    }
                }
            } else {
                rows.extend(self.package.f32(&weight)?.data);
            }
        }
        let outputs = bias.len();
        let inputs = rows.len().max(integers.len()) / outputs;
        let shape = [inputs, outputs];
        let weight = format!("{name}.weight");
        if self.variant == OnnxVariant::Int8 {
            self.tensor(&weight, Type::Int8, &shape, &transposed(&integers, inputs));
            self.floats(&format!("{name}.scales"), &[outputs], &scales);
        } else {
            self.floats(&weight, &shape, &transposed(&rows, inputs));
        }
        Ok(Weights { outputs, bias })
    }

    fn norm(&mut self, name: &str) -> Result<(), PackageError> {
        for part in ["weight", "bias"] {
            let name = format!("{name}.{part}");
            let tensor = self.package.f32(&name)?;
            self.floats(&name, &tensor.shape, &tensor.data);
        }
        Ok(())
    }

    fn floats(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.tensor(name, Type::Float, shape, &bytes);
    }

    fn tensor(&mut self, name: &str, kind: Type, shape: &[usize], bytes: &[u8]) {
        let mut tensor = Message::default();
        for side in shape {
            tensor.integer(1, *side as u64);
        }
        tensor.integer(2, kind as u64);
        tensor.text(8, name);
        tensor.bytes(9, bytes);
        self.message.message(5, &tensor);
    }

    fn node(&mut self, kind: &str, domain: &str, inputs: &[&str], outputs: &[&str], attributes: &[Message]) {
        let mut node = Message::default();
        for name in inputs {
            node.text(1, name);
        }
        for name in outputs {
            node.text(2, name);
        }
        node.text(3, outputs[0]);
        node.text(4, kind);
        for attribute in attributes {
            node.message(5, attribute);
        }
        node.text(7, domain);
        self.message.message(1, &node);
    }
}

fn transposed<T: Copy>(rows: &[T], width: usize) -> Vec<T> {
    (0..width).flat_map(|column| rows.iter().skip(column).step_by(width).copied()).collect()
}

fn float(name: &str, value: f32) -> Message {
    let mut attribute = Message::default();
    attribute.text(1, name);
    attribute.float(2, value);
    attribute.far_integer(20, 1);
    attribute
}

fn integer(name: &str, value: u64) -> Message {
    let mut attribute = Message::default();
    attribute.text(1, name);
    attribute.integer(3, value);
    attribute.far_integer(20, 2);
    attribute
}

fn value_info(name: &str, kind: Type, sides: &[&str]) -> Message {
    let mut shape = Message::default();
    for side in sides {
        let mut dimension = Message::default();
        dimension.text(2, side);
        shape.message(1, &dimension);
    }
    let mut tensor = Message::default();
    tensor.integer(1, kind as u64);
    tensor.message(2, &shape);
    let mut value = Message::default();
    value.message(1, &tensor);
    let mut info = Message::default();
    info.text(1, name);
    info.message(2, &value);
    info
}
