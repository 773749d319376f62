//! Kernels in `f32`, as portable code; [`super`] compiles them for each instruction set.
//!
//! `ROWS` and `VECTORS` shape the block of outputs that is kept in registers. They change the order in which outputs are computed, never
//! the operations that make one.

#![allow(
    clippy::inline_always,
    reason = "only inlined code is compiled with the instruction set of the calling kernel"
)]

use crate::engine::native::lanes::{LANES, Vector};
use crate::engine::native::math::gelu;

/// Columns of a packed panel of weights.
pub(in crate::engine::native) const PANEL: usize = 32;

/// A packed linear layer: panels of [`PANEL`] output columns, each `[inputs][PANEL]`, the last filled up with zeros.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::engine::native) struct DenseLinear {
    pub(in crate::engine::native) inputs: usize,
    pub(in crate::engine::native) outputs: usize,
    pub(in crate::engine::native) panels: Vec<f32>,
    pub(in crate::engine::native) bias: Vec<f32>,
}

/// Writes `x weights + bias` to `out`; the rows of `x` are `inputs` wide, those of `out` `outputs`.
///
/// Output = bias + (sum over inputs in order, each step fused, from 0).
#[inline(always)]
pub(super) fn linear<V: Vector, const ROWS: usize, const VECTORS: usize>(
    x: &[f32],
    layer: &DenseLinear,
    out: &mut [f32],
) {
    let rows = x.len() / layer.inputs;
    for (index, panel) in layer.panels.chunks_exact(layer.inputs * PANEL).enumerate() {
        for part in (0..PANEL).step_by(LANES * VECTORS) {
            let from = index * PANEL + part;
            if from >= layer.outputs {
                break;
            }
            let strip = Strip { layer, panel: &panel[part..], from };
            in_tiles!(row in rows; ROWS: Strip::tile[V, VECTORS](&strip, x, row, out));
        }
    }
}

/// Some vectors of columns of a panel.
struct Strip<'a> {
    layer: &'a DenseLinear,
    panel: &'a [f32],
    /// First column.
    from: usize,
}

impl Strip<'_> {
    /// `ROWS` rows from `first`, accumulated in registers.
    #[inline(always)]
    fn tile<V: Vector, const VECTORS: usize, const ROWS: usize>(&self, x: &[f32], first: usize, out: &mut [f32]) {
        let DenseLinear { inputs, outputs, bias, .. } = self.layer;
        let mut sums = [[V::splat(0.0); VECTORS]; ROWS];
        let rows: [&[f32]; ROWS] = std::array::from_fn(|row| &x[(first + row) * inputs..][..*inputs]);
        #[allow(clippy::needless_range_loop, reason = "one index walks the rows and the weights")]
        for i in 0..*inputs {
            let weights: [V; VECTORS] =
                std::array::from_fn(|vector| V::load_first(&self.panel[i * PANEL + vector * LANES..]));
            for row in 0..ROWS {
                let value = V::splat(rows[row][i]);
                for vector in 0..VECTORS {
                    sums[row][vector] = value.fma(weights[vector], sums[row][vector]);
                }
            }
        }
        for (row, sums) in sums.iter().enumerate() {
            let out = &mut out[(first + row) * outputs..][..*outputs];
            for (vector, sum) in sums.iter().enumerate() {
                let from = (self.from + vector * LANES).min(*outputs);
                let to = (from + LANES).min(*outputs);
                sum.add(V::load_part(&bias[from..to], 0.0)).store_part(&mut out[from..to]);
            }
        }
    }
}

/// Scale and shift of a layer norm.
#[derive(Debug)]
pub(in crate::engine::native) struct Norm {
    pub(in crate::engine::native) weight: Vec<f32>,
    pub(in crate::engine::native) bias: Vec<f32>,
    pub(in crate::engine::native) eps: f32,
}

/// Replaces every row of `x` by its layer norm, after adding the same row of `residual` where there is one.
///
/// Mean and variance are sums over 16 lanes, then over those as a tree.
#[inline(always)]
pub(super) fn normalise<V: Vector>(x: &mut [f32], residual: Option<&[f32]>, norm: &Norm) {
    let width = norm.weight.len();
    for (index, row) in x.chunks_exact_mut(width).enumerate() {
        let mut sum = V::splat(0.0);
        for (part, values) in row.chunks_mut(LANES).enumerate() {
            let mut lanes = V::load_part(values, 0.0);
            if let Some(residual) = residual {
                let from = index * width + part * LANES;
                lanes = lanes.add(V::load_part(&residual[from..from + values.len()], 0.0));
                lanes.store_part(values);
            }
            sum = sum.add(lanes);
        }
        let mean = sum.sum() / width as f32;
        let mut squares = V::splat(0.0);
        for values in row.chunks(LANES) {
            let centred = V::load_part(values, mean).sub(V::splat(mean));
            squares = centred.fma(centred, squares);
        }
        let scale = V::splat(1.0 / (squares.sum() / width as f32 + norm.eps).sqrt());
        let parameters = norm.weight.chunks(LANES).zip(norm.bias.chunks(LANES));
        for (values, (weight, bias)) in row.chunks_mut(LANES).zip(parameters) {
            let centred = V::load_part(values, mean).sub(V::splat(mean)).mul(scale);
            centred.fma(V::load_part(weight, 0.0), V::load_part(bias, 0.0)).store_part(values);
        }
    }
}

/// Replaces every value by its GELU.
#[inline(always)]
pub(super) fn activate<V: Vector>(x: &mut [f32]) {
    for part in x.chunks_mut(LANES) {
        gelu(V::load_part(part, 0.0)).store_part(part);
    }
}

/// Writes the mean of the rows of `x` to `out`, as wide as they are: sums over rows in order, divided by their number.
#[inline(always)]
pub(super) fn pool<V: Vector>(x: &[f32], out: &mut [f32]) {
    let width = out.len();
    let count = V::splat((x.len() / width) as f32);
    for (part, out) in out.chunks_mut(LANES).enumerate() {
        let mut sum = V::splat(0.0);
        for row in x.chunks_exact(width) {
            sum = sum.add(V::load_part(&row[part * LANES..][..out.len()], 0.0));
        }
        sum.div(count).store_part(out);
    }
}
