//! Weights of an encoder, packed once for the kernels and shared by all engines.

use std::fmt;
use std::sync::Arc;

use super::isa::Isa;
use super::kernels::{self, DenseLinear, GROUP, Int8Linear, MOST_INPUTS, Norm, PANEL};
use crate::engine::package::{EncoderConfig, F32Tensor, Matrix, ModelPackage, PackageError, Pooling};

/// Arithmetic of the matrix products with weights; everything else is `f32` in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// Single precision.
    F32,
    /// 8-bit integers: weights with a scale per output, activations with a scale and a zero per token.
    Int8,
}

impl Variant {
    /// Name: `f32` or `int8`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Int8 => "int8",
        }
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Packed weights of one encoder.
#[derive(Debug)]
pub struct NativeModel {
    pub(super) config: EncoderConfig,
    pub(super) variant: Variant,
    pub(super) pooling: Pooling,
    pub(super) words: Matrix,
    pub(super) positions: Matrix,
    /// Row 0 of the token types: all that one text uses.
    pub(super) token_type: Vec<f32>,
    pub(super) norm: Norm,
    pub(super) layers: Vec<Layer>,
}

/// One encoder layer.
#[derive(Debug)]
pub(super) struct Layer {
    /// Queries, keys and values in one.
    pub(super) qkv: Linear,
    pub(super) attention_out: Linear,
    pub(super) attention_norm: Norm,
    pub(super) intermediate: Linear,
    pub(super) out: Linear,
    pub(super) norm: Norm,
}

/// A packed linear layer.
#[derive(Debug)]
pub(super) enum Linear {
    Dense(DenseLinear),
    Int8(Int8Linear),
}

impl Linear {
    pub(super) fn inputs(&self) -> usize {
        match self {
            Self::Dense(layer) => layer.inputs,
            Self::Int8(layer) => layer.inputs,
        }
    }

    pub(super) fn outputs(&self) -> usize {
        match self {
            Self::Dense(layer) => layer.outputs,
            Self::Int8(layer) => layer.outputs,
        }
    }
}

impl NativeModel {
    /// Packs the weights of `package` for `variant`.
    ///
    /// # Errors
    /// When a tensor cannot be read, or is too large for integer sums.
    pub fn new(package: &ModelPackage, variant: Variant) -> Result<Arc<Self>, PackageError> {
        let config = package.config().clone();
        let mut token_types = package.f32("embeddings.token_type_embeddings.weight")?.data;
        token_types.truncate(config.hidden);
        let layers = (0..config.layers)
            .map(|layer| Loader { package, variant, prefix: format!("encoder.layer.{layer}") }.layer())
            .collect::<Result<_, _>>()?;
        Ok(Arc::new(Self {
            variant,
            pooling: package.manifest().pooling,
            words: package.matrix("embeddings.word_embeddings.weight")?,
            positions: package.matrix("embeddings.position_embeddings.weight")?,
            token_type: token_types,
            norm: norm(package, "embeddings.LayerNorm")?,
            layers,
            config,
        }))
    }

    /// Arithmetic of the matrix products.
    pub fn variant(&self) -> Variant {
        self.variant
    }
}

/// Adds row `index` of a table to `into`.
pub(super) fn add_row(table: &Matrix, index: usize, into: &mut [f32]) {
    match table {
        Matrix::I8(table) => {
            let scale = table.scales()[index];
            for (value, byte) in into.iter_mut().zip(table.row(index)) {
                *value += f32::from(byte.cast_signed()) * scale;
            }
        }
        Matrix::F32(table) => {
            let row = &table.data[index * into.len()..];
            for (value, addend) in into.iter_mut().zip(row) {
                *value += addend;
            }
        }
    }
}

fn norm(package: &ModelPackage, prefix: &str) -> Result<Norm, PackageError> {
    Ok(Norm {
        weight: package.f32(&format!("{prefix}.weight"))?.data,
        bias: package.f32(&format!("{prefix}.bias"))?.data,
        eps: package.config().layer_norm_eps,
    })
}

/// Reads one layer.
struct Loader<'a> {
    package: &'a ModelPackage,
    variant: Variant,
    prefix: String,
}

impl Loader<'_> {
    fn layer(&self) -> Result<Layer, PackageError> {
        Ok(Layer {
            qkv: self.linear(&["attention.self.query", "attention.self.key", "attention.self.value"])?,
            attention_out: self.linear(&["attention.output.dense"])?,
            attention_norm: self.norm("attention.output.LayerNorm")?,
            intermediate: self.linear(&["intermediate.dense"])?,
            out: self.linear(&["output.dense"])?,
            norm: self.norm("output.LayerNorm")?,
        })
    }

    fn norm(&self, name: &str) -> Result<Norm, PackageError> {
        norm(self.package, &format!("{}.{name}", self.prefix))
    }

    /// Reads several linear layers over the same input as one.
    fn linear(&self, names: &[&str]) -> Result<Linear, PackageError> {
        let mut bias = Vec::new();
        let mut matrices = Vec::with_capacity(names.len());
        for name in names {
            bias.extend(self.package.f32(&format!("{}.{name}.bias", self.prefix))?.data);
            let name = format!("{}.{name}.weight", self.prefix);
            let matrix = self.package.matrix(&name)?;
            if self.variant == Variant::Int8 && columns(&matrix) > MOST_INPUTS {
                let problem = format!("has {} columns; the int8 variant takes {MOST_INPUTS}", columns(&matrix));
                return Err(PackageError::Tensor { name, problem });
            }
            matrices.push(matrix);
        }
        Ok(match self.variant {
            Variant::F32 => Linear::Dense(pack_dense(&matrices, bias)),
            Variant::Int8 => Linear::Int8(pack_int8(&matrices, bias)),
        })
    }
}

fn columns(matrix: &Matrix) -> usize {
    match matrix {
        Matrix::I8(tensor) => tensor.columns(),
        Matrix::F32(tensor) => tensor.shape[1],
    }
}

fn pack_dense(matrices: &[Matrix], bias: Vec<f32>) -> DenseLinear {
    let inputs = columns(&matrices[0]);
    let mut panels = vec![0.0; bias.len().div_ceil(PANEL) * inputs * PANEL];
    let mut output = 0;
    let mut place = |row: &mut dyn Iterator<Item = f32>| {
        let panel = &mut panels[output / PANEL * inputs * PANEL + output % PANEL..];
        for (slot, value) in panel.iter_mut().step_by(PANEL).zip(row) {
            *slot = value;
        }
        output += 1;
    };
    for matrix in matrices {
        match matrix {
            Matrix::I8(tensor) => {
                for (index, scale) in tensor.scales().iter().enumerate() {
                    place(&mut tensor.row(index).iter().map(|byte| f32::from(byte.cast_signed()) * scale));
                }
            }
            Matrix::F32(tensor) => {
                for row in tensor.data.chunks_exact(inputs) {
                    place(&mut row.iter().copied());
                }
            }
        }
    }
    DenseLinear { inputs, outputs: bias.len(), panels, bias }
}

/// A linear layer in single precision for what is computed outside of the encoder, such as heads.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::engine) struct Dense(DenseLinear);

impl Dense {
    /// Packs `weight`, row-major with a row for each value of `bias`.
    pub(in crate::engine) fn new(weight: &[f32], bias: &[f32]) -> Self {
        let shape = vec![bias.len(), weight.len() / bias.len().max(1)];
        Self(pack_dense(&[Matrix::F32(F32Tensor { shape, data: weight.to_vec() })], bias.to_vec()))
    }

    /// Returns weight · `x` + bias: for each output the products in the order of the inputs, each step fused, and then the bias.
    pub(in crate::engine) fn apply(&self, x: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; self.0.outputs];
        kernels::linear(Isa::detect(), x, &self.0, &mut out);
        out
    }
}

fn pack_int8(matrices: &[Matrix], mut bias: Vec<f32>) -> Int8Linear {
    let inputs = columns(&matrices[0]);
    let outputs = bias.len();
    let padded = outputs.next_multiple_of(PANEL);
    let groups = inputs.div_ceil(GROUP);
    bias.resize(padded, 0.0);
    let mut layer = Int8Linear {
        inputs,
        outputs,
        panels: vec![0; padded * groups * GROUP],
        sums: vec![0; padded],
        scales: vec![0.0; padded],
        bias,
    };
    let mut output = 0;
    for matrix in matrices {
        match matrix {
            Matrix::I8(tensor) => {
                for (index, scale) in tensor.scales().iter().enumerate() {
                    place_int8(&mut layer, output, *scale, tensor.row(index).iter().map(|byte| byte.cast_signed()));
                    output += 1;
                }
            }
            Matrix::F32(tensor) => {
                for row in tensor.data.chunks_exact(inputs) {
                    let largest = row.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
                    let scale = largest / 127.0;
                    let inverse = if scale > 0.0 { scale.recip() } else { 0.0 };
                    #[expect(clippy::cast_possible_truncation, reason = "within -127..=127 by the choice of the scale")]
                    let integers =
                        row.iter().map(|value| (value * inverse).round_ties_even().clamp(-127.0, 127.0) as i8);
                    place_int8(&mut layer, output, scale, integers);
                    output += 1;
                }
            }
        }
    }
    layer
}

/// Writes one output's weights into its panel.
fn place_int8(layer: &mut Int8Linear, output: usize, scale: f32, weights: impl Iterator<Item = i8>) {
    let groups = layer.inputs.div_ceil(GROUP);
    let panel = &mut layer.panels[output / PANEL * groups * PANEL * GROUP..];
    let column = output % PANEL * GROUP;
    let mut sum = 0;
    for (i, weight) in weights.enumerate() {
        panel[i / GROUP * PANEL * GROUP + column + i % GROUP] = weight;
        sum += i32::from(weight);
    }
    layer.sums[output] = sum;
    layer.scales[output] = scale;
}
