//! What this machine can do at most: products in registers, with nothing to load but what is multiplied.
//!
//! The shape is that of the tiles in [`super::dense`] and [`super::int8`]; the values come from memory that stays in the first-level cache and differ from round
//! to round, so that the compiler can neither leave a product out nor join two.

#![allow(
    clippy::inline_always,
    reason = "only inlined code is compiled with the instruction set of the calling kernel"
)]

use super::int8::{Dot, GROUP};
use crate::engine::native::lanes::{LANES, Vector};

/// Groups of values that the rounds go through.
const VALUES: usize = 64;

/// Rounds of `ROWS x VECTORS` fused multiplications and additions; adds a sum that stands for all results to `into`.
#[inline(always)]
pub(super) fn dense<V: Vector, const ROWS: usize, const VECTORS: usize>(rounds: usize, into: &mut f32) {
    let values: [[f32; 8]; VALUES] = std::hint::black_box([[1e-9; 8]; VALUES]);
    let lanes: [V; VECTORS] =
        std::array::from_fn(|vector| V::load(&std::hint::black_box([1.0 + vector as f32; LANES])));
    let mut sums = [[V::splat(0.0); VECTORS]; ROWS];
    for round in 0..rounds {
        let values = &values[round % VALUES];
        for row in 0..ROWS {
            let value = V::splat(values[row % 8]);
            for vector in 0..VECTORS {
                sums[row][vector] = value.fma(lanes[vector], sums[row][vector]);
            }
        }
    }
    for row in sums {
        for sum in row {
            *into += sum.sum();
        }
    }
}

/// Rounds of `ROWS x VECTORS` integer dot products; adds a sum that stands for all results to `into`.
#[inline(always)]
pub(super) fn int8<D: Dot, const ROWS: usize, const VECTORS: usize>(rounds: usize, into: &mut i64) {
    let values: [[[u8; GROUP]; 8]; VALUES] = std::hint::black_box([[[1; GROUP]; 8]; VALUES]);
    let weights: [D::Weights; VECTORS] = std::array::from_fn(|_| D::weights(&std::hint::black_box([1; LANES * GROUP])));
    let mut sums = [[D::zero(); VECTORS]; ROWS];
    for round in 0..rounds {
        let values = &values[round % VALUES];
        for row in 0..ROWS {
            let value = D::values(values[row % 8]);
            for vector in 0..VECTORS {
                sums[row][vector] = D::add(sums[row][vector], value, weights[vector]);
            }
        }
    }
    for row in sums {
        for sum in row {
            *into += D::columns(sum).iter().map(|column| i64::from(*column)).sum::<i64>();
        }
    }
}
