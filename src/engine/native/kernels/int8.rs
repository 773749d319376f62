//! Integer matrix products, as code over a [`Dot`] that each instruction set implements; [`super`] compiles them.
//!
//! Products are summed in `i32`, exactly, so every order gives the same bits. What is left in `f32` is element-wise.

#![allow(
    clippy::inline_always,
    reason = "only inlined code is compiled with the instruction set of the calling kernel"
)]

use super::dense::PANEL;
use crate::engine::native::lanes::{LANES, Plain, Vector};
use crate::engine::native::math::ROUND;

/// Inputs that are multiplied in one step.
pub(in crate::engine::native) const GROUP: usize = 4;

/// Most inputs of a layer: more could overflow the sums.
pub(in crate::engine::native) const MOST_INPUTS: usize = 65_536;

/// Room for rows is made in multiples of this, so that kernels which take blocks of rows may read whole ones.
pub(super) const BLOCK: usize = 32;

/// Rows whose values span less than this are taken for zero: their scale could not be inverted.
const LEAST_SPAN: f32 = 1e-30;

/// Largest quantised activation.
const LARGEST: f32 = 255.0;

/// A packed linear layer: panels of [`PANEL`] output columns, each `[inputs / GROUP][PANEL][GROUP]`, filled up with zeros.
#[derive(Debug)]
pub(in crate::engine::native) struct Int8Linear {
    pub(in crate::engine::native) inputs: usize,
    pub(in crate::engine::native) outputs: usize,
    pub(in crate::engine::native) panels: Vec<i8>,
    /// Sum of each column's weights; this and the following are as long as the panels are wide.
    pub(in crate::engine::native) sums: Vec<i32>,
    /// What a column's integers are worth.
    pub(in crate::engine::native) scales: Vec<f32>,
    pub(in crate::engine::native) bias: Vec<f32>,
}

/// Rows of activations as integers: value = `scale (byte - zero)`, with a scale and a zero per row.
#[derive(Debug, Default)]
pub(in crate::engine::native) struct Quantised {
    /// Rows, each filled up to whole groups; after the last one, room up to a whole [`BLOCK`] with what was left there.
    bytes: Vec<[u8; GROUP]>,
    scales: Vec<f32>,
    zeros: Vec<i32>,
}

#[cfg(target_arch = "x86_64")]
impl Quantised {
    /// Rows.
    pub(super) fn count(&self) -> usize {
        self.scales.len()
    }

    /// The integers of [`BLOCK`] rows of `groups` groups from `first`, a multiple of [`BLOCK`]; after the last row they mean nothing.
    pub(super) fn block(&self, first: usize, groups: usize) -> &[u8] {
        self.bytes[first * groups..][..BLOCK * groups].as_flattened()
    }
}

#[cfg(test)]
impl Quantised {
    /// Scale and zero of a row.
    pub(super) fn row(&self, index: usize) -> (f32, i32) {
        (self.scales[index], self.zeros[index])
    }

    /// The first `width` integers of a row.
    pub(super) fn bytes(&self, index: usize, width: usize) -> Vec<u8> {
        let groups = width.div_ceil(GROUP);
        self.bytes[index * groups..][..groups].as_flattened()[..width].to_vec()
    }
}

/// Multiplies groups of activations with vectors of weights.
pub(super) trait Dot {
    /// What becomes of the sums is computed in these.
    type Lanes: Vector;
    /// Sums of [`LANES`] columns.
    type Sums: Copy;
    /// Weights of [`LANES`] columns, [`GROUP`] inputs each.
    type Weights: Copy;
    /// A group of activations, in every lane.
    type Values: Copy;
    /// What [`values`](Self::values) takes from each activation.
    const LESS: u8 = 0;

    fn zero() -> Self::Sums;
    fn weights(packed: &[i8; LANES * GROUP]) -> Self::Weights;
    fn values(group: [u8; GROUP]) -> Self::Values;
    fn add(sums: Self::Sums, values: Self::Values, weights: Self::Weights) -> Self::Sums;
    fn columns(sums: Self::Sums) -> [i32; LANES];
}

/// [`Dot`] in plain Rust.
pub(super) struct Portable;

impl Dot for Portable {
    type Lanes = Plain;
    type Sums = [i32; LANES];
    type Weights = [i8; LANES * GROUP];
    type Values = [u8; GROUP];

    #[inline(always)]
    fn zero() -> Self::Sums {
        [0; LANES]
    }

    #[inline(always)]
    fn weights(packed: &[i8; LANES * GROUP]) -> Self::Weights {
        *packed
    }

    #[inline(always)]
    fn values(group: [u8; GROUP]) -> Self::Values {
        group
    }

    #[inline(always)]
    fn add(mut sums: Self::Sums, values: Self::Values, weights: Self::Weights) -> Self::Sums {
        for (column, sum) in sums.iter_mut().enumerate() {
            for (i, value) in values.iter().enumerate() {
                *sum += i32::from(*value) * i32::from(weights[column * GROUP + i]);
            }
        }
        sums
    }

    #[inline(always)]
    fn columns(sums: Self::Sums) -> [i32; LANES] {
        sums
    }
}

/// Replaces `into` by the rows of `x`, each `width` wide, as integers.
///
/// The range of a row, 0 included, is divided into 255 steps; values go to the nearest step, halves to the even one.
#[inline(always)]
pub(super) fn quantise<V: Vector>(x: &[f32], width: usize, into: &mut Quantised) {
    let groups = width.div_ceil(GROUP);
    let count = x.len() / width;
    into.bytes.resize(count.next_multiple_of(BLOCK) * groups, [0; GROUP]);
    into.scales.clear();
    into.zeros.clear();
    for (row, bytes) in x.chunks_exact(width).zip(into.bytes.chunks_exact_mut(groups)) {
        let mut least = V::splat(0.0);
        let mut greatest = V::splat(0.0);
        for part in row.chunks(LANES) {
            let lanes = V::load_part(part, 0.0);
            least = least.min(lanes);
            greatest = greatest.max(lanes);
        }
        let least = least.least();
        let span = greatest.greatest() - least;
        let (scale, inverse) = if span < LEAST_SPAN { (0.0, 0.0) } else { (span / LARGEST, LARGEST / span) };
        // The nearest integer of -least / scale, still above ROUND.
        let zero = (-least).mul_add(inverse, ROUND).min(ROUND + LARGEST);
        into.scales.push(scale);
        into.zeros.push((zero.to_bits() - ROUND.to_bits()).cast_signed());
        let bytes = bytes.as_flattened_mut();
        for (part, bytes) in row.chunks(LANES).zip(bytes.chunks_mut(LANES)) {
            let lanes = V::load_part(part, 0.0).fma(V::splat(inverse), V::splat(zero));
            let lanes = lanes.max(V::splat(ROUND)).min(V::splat(ROUND + LARGEST));
            // The integer stands in the low bits of a sum with ROUND.
            let quantised = lanes.low_bytes();
            if let Some(bytes) = bytes.first_chunk_mut::<LANES>() {
                *bytes = quantised;
            } else {
                let length = bytes.len();
                bytes.copy_from_slice(&quantised[..length]);
            }
        }
    }
}

/// Writes `input x weights + bias` to `out`, whose rows are `outputs` wide.
///
/// Output = `(sum as f32 * row scale) * column scale + bias`, the last product and the sum in one step.
#[inline(always)]
pub(super) fn linear<D: Dot, const ROWS: usize, const VECTORS: usize>(
    input: &Quantised,
    layer: &Int8Linear,
    out: &mut [f32],
) {
    let groups = layer.inputs.div_ceil(GROUP);
    let step = LANES * VECTORS;
    for (index, panel) in layer.panels.chunks_exact(groups * PANEL * GROUP).enumerate() {
        for part in (0..PANEL).step_by(step) {
            let from = index * PANEL + part;
            if from >= layer.outputs {
                break;
            }
            let strip = Strip { layer, panel: &panel[part * GROUP..], groups, from };
            in_tiles!(row in input.scales.len(); ROWS: Strip::tile[D, VECTORS](&strip, input, row, out));
        }
    }
}

/// Some vectors of columns of a panel.
struct Strip<'a> {
    layer: &'a Int8Linear,
    panel: &'a [i8],
    groups: usize,
    /// First column.
    from: usize,
}

impl Strip<'_> {
    /// `ROWS` rows from `first`, accumulated in registers.
    #[inline(always)]
    fn tile<D: Dot, const VECTORS: usize, const ROWS: usize>(&self, input: &Quantised, first: usize, out: &mut [f32]) {
        let groups = self.groups;
        let mut sums = [[D::zero(); VECTORS]; ROWS];
        let rows: [&[[u8; GROUP]]; ROWS] = std::array::from_fn(|row| &input.bytes[(first + row) * groups..][..groups]);
        #[allow(clippy::needless_range_loop, reason = "one index walks the rows and the weights")]
        for group in 0..groups {
            let packed = &self.panel[group * PANEL * GROUP..][..LANES * GROUP * VECTORS];
            let (packed, _) = packed.as_chunks::<{ LANES * GROUP }>();
            let weights: [D::Weights; VECTORS] = std::array::from_fn(|vector| D::weights(&packed[vector]));
            for row in 0..ROWS {
                let values = D::values(rows[row][group]);
                for vector in 0..VECTORS {
                    sums[row][vector] = D::add(sums[row][vector], values, weights[vector]);
                }
            }
        }
        for (row, sums) in sums.iter().enumerate() {
            for (vector, sums) in sums.iter().enumerate() {
                let at = (first + row, self.from + vector * LANES);
                finish::<D::Lanes>(input, self.layer, at, D::columns(*sums), D::LESS, out);
            }
        }
    }
}

/// Writes what the sums of [`LANES`] columns are worth to a row of the output, as far as it has such columns; `at` is the row and the first column, and `less` what
/// was taken from each activation.
#[inline(always)]
pub(super) fn finish<V: Vector>(
    input: &Quantised,
    layer: &Int8Linear,
    at: (usize, usize),
    sums: [i32; LANES],
    less: u8,
    out: &mut [f32],
) {
    let (row, from) = at;
    let out = &mut out[row * layer.outputs..][..layer.outputs];
    let Some(out) = out.get_mut(from..) else { return };
    let zero = input.zeros[row] - i32::from(less);
    let correction: &[i32] = &layer.sums[from..from + LANES];
    let mut lanes = [0.0; LANES];
    for (i, lane) in lanes.iter_mut().enumerate() {
        *lane = sums[i].wrapping_sub(zero.wrapping_mul(correction[i])) as f32;
    }
    let scales = V::load_first(&layer.scales[from..]);
    let bias = V::load_first(&layer.bias[from..]);
    V::load(&lanes).mul(V::splat(input.scales[row])).fma(scales, bias).store_part(out);
}
