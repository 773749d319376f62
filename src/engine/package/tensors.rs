//! `model.safetensors`: weights as they are stored.

use std::collections::BTreeMap;
use std::ops::Range;

use safetensors::tensor::Metadata;
use safetensors::{Dtype, SafeTensors};

use super::bytes::Bytes;
use super::quantise::{Quantised, quantise};
use super::{EncoderConfig, PackageError, WEIGHTS};

/// Bytes of the header's length field.
const LENGTH_FIELD: usize = 8;

/// A tensor of `f32` values in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub struct F32Tensor {
    /// Sizes of the dimensions.
    pub shape: Vec<usize>,
    /// Values.
    pub data: Vec<f32>,
}

/// A matrix of 8-bit integers with a scale per row; row `r` means `row(r)[c] as f32 * scales()[r]`.
///
/// It shares the bytes of the package and can outlive it.
#[derive(Debug, Clone)]
pub struct I8Tensor {
    bytes: Bytes,
    range: Range<usize>,
    columns: usize,
    scales: Vec<f32>,
}

impl I8Tensor {
    /// Rounds each row of `values` (row-major, `columns` wide) to 255 steps.
    pub(crate) fn rounded(values: &[f32], columns: usize) -> Self {
        let Quantised { values, scales } = quantise(values, columns);
        let bytes: Vec<u8> = values.into_iter().map(i8::cast_unsigned).collect();
        Self { range: 0..bytes.len(), bytes: Bytes::from(bytes), columns, scales }
    }

    /// All values, each the byte of an `i8`, row-major.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[self.range.clone()]
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.scales.len()
    }

    /// Values per row.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Values of row `index`, each the byte of an `i8`. Panics when there is no such row (a bug of the caller).
    pub fn row(&self, index: usize) -> &[u8] {
        &self.bytes[self.range.clone()][index * self.columns..][..self.columns]
    }

    /// One scale per row.
    pub fn scales(&self) -> &[f32] {
        &self.scales
    }

    /// Returns all values as `f32`.
    pub fn dequantised(&self) -> F32Tensor {
        let data = (0..self.rows())
            .flat_map(|row| {
                let scale = self.scales[row];
                self.row(row).iter().map(move |byte| f32::from(byte.cast_signed()) * scale)
            })
            .collect();
        F32Tensor { shape: vec![self.rows(), self.columns], data }
    }
}

/// A matrix as the package stores it.
#[derive(Debug, Clone)]
pub enum Matrix {
    /// Integer rows with scales.
    I8(I8Tensor),
    /// Plain values.
    F32(F32Tensor),
}

/// Index of the weights with their bytes.
#[derive(Debug, Clone)]
pub(super) struct Tensors {
    index: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    /// The whole file.
    bytes: Bytes,
    dtype: Dtype,
    shape: Vec<usize>,
    range: Range<usize>,
}

impl Entry {
    fn bytes(&self) -> &[u8] {
        &self.bytes[self.range.clone()]
    }
}

impl Tensors {
    /// Reads the header; the values stay where they are.
    pub(super) fn parse(bytes: &Bytes) -> Result<Self, PackageError> {
        let (header, metadata) = SafeTensors::read_metadata(bytes)
            .map_err(|error| PackageError::Syntax { file: WEIGHTS, message: error.to_string() })?;
        let start = LENGTH_FIELD + header;
        let index = metadata
            .tensors()
            .into_iter()
            .map(|(name, info)| {
                let (from, to) = info.data_offsets;
                let range = start + from..start + to;
                let entry = Entry { bytes: bytes.clone(), dtype: info.dtype, shape: info.shape.clone(), range };
                (name, entry)
            })
            .collect();
        Ok(Self { index })
    }

    /// Takes the tensors of another file whose names begin with one of `prefixes`, in the place of its own.
    pub(super) fn share(&mut self, other: &Self, prefixes: &[&str]) {
        let shared = other.index.iter().filter(|(name, _)| prefixes.iter().any(|prefix| name.starts_with(prefix)));
        self.index.extend(shared.map(|(name, entry)| (name.clone(), entry.clone())));
    }

    /// Checks that every tensor of the encoder is there, of the right shape, and finite.
    pub(super) fn check_encoder(&self, config: &EncoderConfig) -> Result<(), PackageError> {
        Self::encoder_shapes(config).iter().try_for_each(|(name, shape)| self.expect(name, shape))
    }

    /// Names and shapes of the tensors of an encoder.
    pub(super) fn encoder_shapes(config: &EncoderConfig) -> Vec<(String, Vec<usize>)> {
        let hidden = config.hidden;
        let mut shapes = Vec::new();
        for (table, rows) in
            [("word", config.vocabulary), ("position", config.positions), ("token_type", config.token_types)]
        {
            shapes.push((format!("embeddings.{table}_embeddings.weight"), vec![rows, hidden]));
        }
        let mut pair = |prefix: &str, weight: Vec<usize>| {
            let rows = weight[0];
            shapes.push((format!("{prefix}.weight"), weight));
            shapes.push((format!("{prefix}.bias"), vec![rows]));
        };
        pair("embeddings.LayerNorm", vec![hidden]);
        for layer in 0..config.layers {
            let prefix = format!("encoder.layer.{layer}");
            for part in ["query", "key", "value"] {
                pair(&format!("{prefix}.attention.self.{part}"), vec![hidden, hidden]);
            }
            pair(&format!("{prefix}.attention.output.dense"), vec![hidden, hidden]);
            pair(&format!("{prefix}.attention.output.LayerNorm"), vec![hidden]);
            pair(&format!("{prefix}.intermediate.dense"), vec![config.intermediate, hidden]);
            pair(&format!("{prefix}.output.dense"), vec![hidden, config.intermediate]);
            pair(&format!("{prefix}.output.LayerNorm"), vec![hidden]);
        }
        shapes
    }

    /// Every tensor by name: type, shape, bytes.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, Dtype, &[usize], &[u8])> {
        self.index.iter().map(|(name, entry)| (name.as_str(), entry.dtype, entry.shape.as_slice(), entry.bytes()))
    }

    /// Returns tensor `name`, dequantised where needed.
    pub(super) fn f32(&self, name: &str) -> Result<F32Tensor, PackageError> {
        let entry = self.entry(name)?;
        if entry.dtype == Dtype::I8 {
            return Ok(self.i8(name)?.dequantised());
        }
        Ok(F32Tensor { shape: entry.shape.clone(), data: self.values(name)? })
    }

    /// Returns a two-dimensional tensor as it is stored.
    pub(super) fn matrix(&self, name: &str) -> Result<Matrix, PackageError> {
        let entry = self.entry(name)?;
        if entry.dtype == Dtype::I8 {
            return self.i8(name).map(Matrix::I8);
        }
        if entry.shape.len() != 2 {
            return Err(wrong(name, format!("has shape {:?}, not two dimensions", entry.shape)));
        }
        self.f32(name).map(Matrix::F32)
    }

    fn i8(&self, name: &str) -> Result<I8Tensor, PackageError> {
        let entry = self.entry(name)?;
        let &[rows, columns] = entry.shape.as_slice() else {
            return Err(wrong(name, format!("is I8 with shape {:?}, not two dimensions", entry.shape)));
        };
        let scale_name = format!("{name}.scale");
        let scale =
            self.index.get(&scale_name).ok_or_else(|| wrong(name, format!("is I8, but there is no {scale_name}")))?;
        if scale.shape != [rows] {
            return Err(wrong(&scale_name, format!("has shape {:?}, expected [{rows}]", scale.shape)));
        }
        let scales = self.values(&scale_name)?;
        if scales.iter().any(|scale| *scale < 0.0) {
            return Err(wrong(&scale_name, "has a negative scale".to_owned()));
        }
        Ok(I8Tensor { bytes: entry.bytes.clone(), range: entry.range.clone(), columns, scales })
    }

    /// Checks existence, shape, type and scales of one tensor.
    fn expect(&self, name: &str, shape: &[usize]) -> Result<(), PackageError> {
        let entry = self.entry(name)?;
        if entry.shape != shape {
            return Err(wrong(name, format!("has shape {:?}, expected {shape:?}", entry.shape)));
        }
        if entry.dtype == Dtype::I8 { self.i8(name).map(drop) } else { self.values(name).map(drop) }
    }

    fn entry(&self, name: &str) -> Result<&Entry, PackageError> {
        self.index.get(name).ok_or_else(|| wrong(name, "is missing".to_owned()))
    }

    /// Copies the values of an `F32` tensor out of the file, which need not be aligned.
    fn values(&self, name: &str) -> Result<Vec<f32>, PackageError> {
        let entry = self.entry(name)?;
        if entry.dtype != Dtype::F32 {
            return Err(wrong(name, format!("has type {:?}, expected F32 or I8", entry.dtype)));
        }
        let (chunks, _) = entry.bytes().as_chunks::<4>();
        let values: Vec<f32> = chunks.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        if let Some(value) = values.iter().find(|value| !value.is_finite()) {
            return Err(wrong(name, format!("holds {value}")));
        }
        Ok(values)
    }
}

/// Length that a safetensors file says it has, where its header can still be read.
pub(super) fn whole_length(bytes: &[u8]) -> Option<usize> {
    let header = usize::try_from(u64::from_le_bytes(*bytes.first_chunk::<LENGTH_FIELD>()?)).ok()?;
    let end = LENGTH_FIELD.checked_add(header)?;
    let metadata: Metadata = serde_json::from_slice(bytes.get(LENGTH_FIELD..end)?).ok()?;
    end.checked_add(metadata.data_len())
}

fn wrong(name: &str, problem: String) -> PackageError {
    PackageError::Tensor { name: name.to_owned(), problem }
}
