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

/// What was done.
#[derive(Debug, Default)]
pub(in crate::engine::native) struct Done {
    /// Operations, two for each multiplication.
    pub(in crate::engine::native) operations: u64,
    /// A sum that stands for all results.
    pub(in crate::engine::native) sum: f64,
}

/// Adds rounds of `ROWS x VECTORS` fused multiplications and additions.
#[inline(always)]
pub(super) fn fma<V: Vector, const ROWS: usize, const VECTORS: usize>(rounds: usize, done: &mut Done) {
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
            done.sum += f64::from(sum.sum());
        }
    }
    done.operations += (2 * rounds * ROWS * VECTORS * LANES) as u64;
}

/// Adds rounds of `ROWS x VECTORS` integer dot products.
#[inline(always)]
pub(super) fn dot<D: Dot, const ROWS: usize, const VECTORS: usize>(rounds: usize, done: &mut Done) {
    let values: [[[u8; GROUP]; 8]; VALUES] = std::hint::black_box([[[1 + D::LESS; GROUP]; 8]; VALUES]);
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
            done.sum += D::columns(sum).iter().map(|column| f64::from(*column)).sum::<f64>();
        }
    }
    done.operations += (2 * rounds * ROWS * VECTORS * LANES * GROUP) as u64;
}
