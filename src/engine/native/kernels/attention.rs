//! Attention within one message, head by head, as portable code; [`super`] compiles its parts for each instruction set.
//!
//! Queries lie in the lanes: a group of them meets all keys, so that the greatest score and the sum of a query's powers are found without
//! combining lanes, and everything that is broadcast is read from one run of memory. The parts are separate kernels because in one
//! the compiler keeps the constants of the exponential function in registers that the products need.

#![allow(
    clippy::inline_always,
    reason = "only inlined code is compiled with the instruction set of the calling kernel"
)]

use crate::engine::native::isa::Isa;
use crate::engine::native::lanes::{LANES, Vector};
use crate::engine::native::math::exp_of_negative;

/// Queries of a group: two vectors.
pub(super) const QUERIES: usize = 2 * LANES;

/// Queries, keys and values of one message, `[tokens][3][heads][width]`.
#[derive(Clone, Copy)]
pub(in crate::engine::native) struct Attention<'a> {
    pub(in crate::engine::native) qkv: &'a [f32],
    pub(in crate::engine::native) tokens: usize,
    pub(in crate::engine::native) heads: usize,
    /// Width of a head.
    pub(in crate::engine::native) width: usize,
}

impl Attention<'_> {
    /// Size of the scratch space that [`attend`] needs.
    pub(in crate::engine::native) fn scratch(tokens: usize, width: usize) -> usize {
        let padded_tokens = tokens.next_multiple_of(LANES);
        let padded_width = width.next_multiple_of(LANES);
        2 * padded_tokens * width + tokens * padded_width + tokens * QUERIES + QUERIES
    }
}

/// Writes every head's mixture of values to `out`, `[tokens][heads][width]`.
///
/// Per head: scores are sums over the head's width in order; their powers, `exp(scale (score - greatest))`, are summed over keys in order; outputs are
/// sums over keys in order, of powers times values, times the reciprocal of the powers' sum.
pub(in crate::engine::native) fn attend(isa: Isa, input: Attention, scratch: &mut [f32], out: &mut [f32]) {
    let Attention { qkv, tokens, heads, width } = input;
    let hidden = heads * width;
    let padded_tokens = tokens.next_multiple_of(LANES);
    let padded_width = width.next_multiple_of(LANES);
    let (queries, scratch) = scratch.split_at_mut(padded_tokens * width);
    let (keys, scratch) = scratch.split_at_mut(padded_tokens * width);
    let (values, scratch) = scratch.split_at_mut(tokens * padded_width);
    let (scores, scratch) = scratch.split_at_mut(tokens * QUERIES);
    let shares = &mut scratch[..QUERIES];
    // Columns beyond the width are multiplied, too, and then ignored.
    values.fill(0.0);
    let scale = 1.0 / (width as f32).sqrt();
    for head in 0..heads {
        let from = head * width;
        super::pack(isa, &qkv[from..], 3 * hidden, width, tokens, queries);
        super::pack(isa, &qkv[hidden + from..], 3 * hidden, width, tokens, keys);
        for (token, row) in values.chunks_exact_mut(padded_width).enumerate() {
            row[..width].copy_from_slice(&qkv[token * 3 * hidden + 2 * hidden + from..][..width]);
        }
        for first in (0..tokens).step_by(QUERIES) {
            let count = QUERIES.min(tokens - first);
            super::score(isa, &queries[first * width..], keys, width, count, scores);
            super::soften(isa, scores, scale, count, shares);
            let mixture = Mixture { powers: scores, values, padded_width, shares, count, width };
            super::mix(isa, mixture, hidden, &mut out[first * hidden + from..]);
        }
    }
}

/// Turns rows, each `stride` after the last, into blocks of [`LANES`] rows, `[block][width][LANES]`; rows beyond `count` are zeros.
#[inline(always)]
pub(super) fn pack<V: Vector>(rows: &[f32], stride: usize, width: usize, count: usize, into: &mut [f32]) {
    let (into, _) = into.as_chunks_mut::<LANES>();
    for (block, into) in into.chunks_exact_mut(width).enumerate() {
        let first = block * LANES;
        for (strip, into) in into.chunks_mut(LANES).enumerate() {
            let rows: [V; LANES] = std::array::from_fn(|row| {
                if first + row < count {
                    V::load_part(&rows[(first + row) * stride + strip * LANES..][..into.len()], 0.0)
                } else {
                    V::splat(0.0)
                }
            });
            for (column, into) in V::transposed(rows).into_iter().zip(into) {
                column.store(into);
            }
        }
    }
}

/// Writes the products of all keys with `count` queries (both packed) to `out`, `[keys][QUERIES]`, of which only vectors with a query are written.
#[inline(always)]
pub(super) fn score<V: Vector, const ROWS: usize, const VECTORS: usize>(
    queries: &[f32],
    keys: &[f32],
    width: usize,
    count: usize,
    out: &mut [f32],
) {
    let (queries, _) = queries.as_chunks::<LANES>();
    let (keys, _) = keys.as_chunks::<LANES>();
    let (out, _) = out.as_chunks_mut::<QUERIES>();
    let mut from = 0;
    while from < count.div_ceil(LANES) {
        let queries = &queries[from * width..];
        if VECTORS > 1 && count > (from + 1) * LANES {
            score_all::<V, ROWS, VECTORS>(queries, keys, width, from, out);
            from += VECTORS;
        } else {
            score_all::<V, ROWS, 1>(queries, keys, width, from, out);
            from += 1;
        }
    }
}

/// [`score`] for `VECTORS` vectors of queries, the first of which is vector `at` of the group.
#[inline(always)]
fn score_all<V: Vector, const ROWS: usize, const VECTORS: usize>(
    queries: &[[f32; LANES]],
    keys: &[[f32; LANES]],
    width: usize,
    at: usize,
    out: &mut [[f32; QUERIES]],
) {
    for (keys, out) in keys.chunks_exact(width).zip(out.chunks_mut(LANES)) {
        in_tiles!(row in out.len(); ROWS: score_tile[V, VECTORS](queries, keys, row, at, out));
    }
}

/// `ROWS` keys of a block from `row`, accumulated in registers.
#[inline(always)]
fn score_tile<V: Vector, const VECTORS: usize, const ROWS: usize>(
    queries: &[[f32; LANES]],
    keys: &[[f32; LANES]],
    row: usize,
    at: usize,
    out: &mut [[f32; QUERIES]],
) {
    let width = keys.len();
    let lanes: [&[[f32; LANES]]; VECTORS] = std::array::from_fn(|vector| &queries[vector * width..][..width]);
    let mut sums = [[V::splat(0.0); VECTORS]; ROWS];
    #[allow(clippy::needless_range_loop, reason = "one index walks the keys and the queries")]
    for i in 0..width {
        let keys: &[f32] = &keys[i][row..row + ROWS];
        let lanes: [V; VECTORS] = std::array::from_fn(|vector| V::load(&lanes[vector][i]));
        for key in 0..ROWS {
            let value = V::splat(keys[key]);
            for vector in 0..VECTORS {
                sums[key][vector] = value.fma(lanes[vector], sums[key][vector]);
            }
        }
    }
    for (key, sums) in sums.iter().enumerate() {
        let (out, _) = out[row + key].as_chunks_mut::<LANES>();
        for (vector, sum) in sums.iter().enumerate() {
            sum.store(&mut out[at + vector]);
        }
    }
}

/// Replaces scores, `[keys][QUERIES]`, by their powers, for vectors that hold one of the `count` queries, and writes what to multiply a query's sums with to `shares`.
#[inline(always)]
pub(super) fn soften<V: Vector>(scores: &mut [f32], scale: f32, count: usize, shares: &mut [f32]) {
    let (scores, _) = scores.as_chunks_mut::<QUERIES>();
    let (shares, _) = shares.as_chunks_mut::<LANES>();
    let scale = V::splat(scale);
    for (vector, share) in shares.iter_mut().enumerate().take(count.div_ceil(LANES)) {
        let mut greatest = V::splat(f32::NEG_INFINITY);
        for row in scores.iter() {
            greatest = greatest.max(V::load(&row.as_chunks::<LANES>().0[vector]));
        }
        let mut sum = V::splat(0.0);
        for row in scores.iter_mut() {
            let lanes = &mut row.as_chunks_mut::<LANES>().0[vector];
            let power = exp_of_negative(V::load(lanes).sub(greatest).mul(scale));
            power.store(lanes);
            sum = sum.add(power);
        }
        V::splat(1.0).div(sum).store(share);
    }
}

/// What [`mix`] mixes.
#[derive(Clone, Copy)]
pub(in crate::engine::native) struct Mixture<'a> {
    /// `[keys][QUERIES]`.
    powers: &'a [f32],
    /// `[keys][padded_width]`.
    values: &'a [f32],
    padded_width: usize,
    /// `[QUERIES]`.
    shares: &'a [f32],
    /// Queries.
    count: usize,
    width: usize,
}

/// Writes the mixture of values for each query of a group to `out`, whose rows are `stride` apart.
#[inline(always)]
pub(super) fn mix<V: Vector, const ROWS: usize, const VECTORS: usize>(input: Mixture, stride: usize, out: &mut [f32]) {
    let vectors = input.padded_width / LANES;
    let mut at = 0;
    while at < vectors {
        if VECTORS > 1 && vectors - at >= VECTORS {
            mix_all::<V, ROWS, VECTORS>(input, at, stride, out);
            at += VECTORS;
        } else {
            mix_all::<V, ROWS, 1>(input, at, stride, out);
            at += 1;
        }
    }
}

/// [`mix`] for `VECTORS` vectors of columns from vector `at`.
#[inline(always)]
fn mix_all<V: Vector, const ROWS: usize, const VECTORS: usize>(
    input: Mixture,
    at: usize,
    stride: usize,
    out: &mut [f32],
) {
    in_tiles!(row in input.count; ROWS: mix_tile[V, VECTORS](input, row, at, stride, out));
}

/// `ROWS` queries from `first`, accumulated in registers.
#[inline(always)]
fn mix_tile<V: Vector, const VECTORS: usize, const ROWS: usize>(
    input: Mixture,
    first: usize,
    at: usize,
    stride: usize,
    out: &mut [f32],
) {
    let (powers, _) = input.powers.as_chunks::<QUERIES>();
    let mut sums = [[V::splat(0.0); VECTORS]; ROWS];
    let (values, _) = input.values.as_chunks::<LANES>();
    let vectors = input.padded_width / LANES;
    #[allow(clippy::needless_range_loop, reason = "one index walks the powers and the values")]
    for i in 0..powers.len() {
        let powers: &[f32] = &powers[i][first..first + ROWS];
        let values = &values[i * vectors + at..][..VECTORS];
        let lanes: [V; VECTORS] = std::array::from_fn(|vector| V::load(&values[vector]));
        for query in 0..ROWS {
            let power = V::splat(powers[query]);
            for vector in 0..VECTORS {
                sums[query][vector] = power.fma(lanes[vector], sums[query][vector]);
            }
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        let share = V::splat(input.shares[first + row]);
        let out = &mut out[(first + row) * stride..][..input.width];
        for (vector, sum) in sums.iter().enumerate() {
            let from = ((at + vector) * LANES).min(out.len());
            let to = (from + LANES).min(out.len());
            sum.mul(share).store_part(&mut out[from..to]);
        }
    }
}
