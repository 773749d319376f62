//! `model.safetensors` of a Hugging Face checkpoint.

use std::collections::BTreeMap;
use std::path::Path;

use safetensors::Dtype;

use super::error::ImportError;
use super::read;
use crate::engine::package::WEIGHTS;
use crate::engine::package::bytes::Bytes;
use crate::engine::package::config::EncoderConfig;
use crate::engine::package::tensors::Tensors;
use crate::engine::package::writer::TensorBytes;

/// Weights in forms that are not read.
const OTHERS: [&str; 5] = [
    "pytorch_model.bin",
    "model.safetensors.index.json",
    "pytorch_model.bin.index.json",
    "tf_model.h5",
    "flax_model.msgpack",
];

/// Tensors of a checkpoint by name.
pub(super) struct Checkpoint(Tensors);

impl Checkpoint {
    pub(super) fn read(dir: &Path) -> Result<Self, ImportError> {
        if let Some(bytes) = read(dir, WEIGHTS)? {
            return Ok(Self(Tensors::parse(&Bytes::from(bytes))?));
        }
        match OTHERS.into_iter().find(|file| dir.join(file).exists()) {
            Some(file) => Err(ImportError::Pickled { file: file.to_owned() }),
            None => Err(ImportError::NoWeights { dir: dir.to_owned() }),
        }
    }

    /// Returns a tensor as `f32`; half precision is widened, which is exact.
    pub(super) fn f32(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ImportError> {
        let wrong = |problem: String| ImportError::Tensor { name: name.to_owned(), problem };
        // Old checkpoints call the parameters of layer norm by their letters.
        let old = name.strip_suffix("LayerNorm.weight").map(|prefix| format!("{prefix}LayerNorm.gamma"));
        let old = old.or_else(|| name.strip_suffix("LayerNorm.bias").map(|prefix| format!("{prefix}LayerNorm.beta")));
        let found = self.0.entries().find(|(own, ..)| *own == name || old.as_deref() == Some(*own));
        let Some((_, kind, own, bytes)) = found else { return Err(wrong("is missing".to_owned())) };
        if own != shape {
            return Err(wrong(format!("has shape {own:?}, expected {shape:?}")));
        }
        let values: Vec<f32> = match kind {
            Dtype::F32 => bytes.as_chunks::<4>().0.iter().map(|own| f32::from_le_bytes(*own)).collect(),
            Dtype::BF16 => halves(bytes).map(|half| f32::from_bits(u32::from(half) << 16)).collect(),
            Dtype::F16 => halves(bytes).map(widened).collect(),
            kind => return Err(wrong(format!("has type {kind:?}, expected F32, F16 or BF16"))),
        };
        match values.iter().find(|value| !value.is_finite()) {
            Some(value) => Err(wrong(format!("holds {value}"))),
            None => Ok(values),
        }
    }

    /// Returns the tensors of the encoder under the names of a package.
    pub(super) fn encoder(&self, config: &EncoderConfig) -> Result<BTreeMap<String, TensorBytes>, ImportError> {
        let mut tensors = BTreeMap::new();
        for (name, shape) in Tensors::encoder_shapes(config) {
            let values = self.f32(&format!("bert.{name}"), &shape)?;
            tensors.insert(name, TensorBytes::f32(shape, &values));
        }
        Ok(tensors)
    }
}

fn halves(bytes: &[u8]) -> impl Iterator<Item = u16> {
    bytes.as_chunks::<2>().0.iter().map(|half| u16::from_le_bytes(*half))
}

/// An IEEE half-precision number as a single-precision one.
fn widened(half: u16) -> f32 {
    let sign = if half & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(half >> 10 & 0x1f), f32::from(half & 0x3ff) / 1024.0);
    match exponent {
        0 => sign * fraction * 2_f32.powi(-14),
        31 if fraction > 0.0 => f32::NAN,
        31 => sign * f32::INFINITY,
        exponent => sign * (1.0 + fraction) * 2_f32.powi(exponent - 15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_is_widened_exactly() {
        for (half, value) in [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_95),
            (0x0001, 5.960_464_5e-8),
            (0x7bff, 65504.0),
        ] {
            assert!((widened(half) - value).abs() <= value.abs() * 1e-7, "{half:x}: {}", widened(half));
        }
        assert!(widened(0x7c00).is_infinite() && widened(0x7e00).is_nan());
    }
}
