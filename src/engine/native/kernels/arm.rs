//! [`Dot`] on aarch64. Its functions must only be reached from kernels that are compiled for the dot product.

#![allow(
    clippy::inline_always,
    reason = "only inlined code is compiled with the instruction set of the calling kernel"
)]

use std::arch::aarch64::{int8x16_t, int32x4_t, vdupq_n_s32, vld1q_s8, vreinterpretq_s8_s32, vst1q_s32};
use std::arch::asm;

use super::int8::{Dot, GROUP};
use crate::engine::native::lanes::{LANES, Plain};

/// Columns in a register.
const COLUMNS: usize = 4;

/// NEON's dot product of signed bytes: four registers hold the sums of 16 columns.
///
/// Activations are unsigned, so 128 is taken from each, and what that changes is put right with the weights' sums, exactly.
pub(super) struct DotProd;

impl Dot for DotProd {
    type Lanes = Plain;
    type Sums = [int32x4_t; LANES / COLUMNS];
    type Weights = [int8x16_t; LANES / COLUMNS];
    type Values = int8x16_t;

    const LESS: u8 = 128;

    #[inline(always)]
    fn zero() -> Self::Sums {
        // SAFETY: every aarch64 processor that this is compiled for has NEON; so in the others here.
        unsafe { [vdupq_n_s32(0); LANES / COLUMNS] }
    }

    #[inline(always)]
    fn weights(packed: &[i8; LANES * GROUP]) -> Self::Weights {
        let (quarters, _) = packed.as_chunks::<16>();
        // SAFETY: as in `zero`; each quarter is 16 bytes long, and the load needs no alignment.
        std::array::from_fn(|quarter| unsafe { vld1q_s8(quarters[quarter].as_ptr()) })
    }

    #[inline(always)]
    fn values(group: [u8; GROUP]) -> Self::Values {
        let signed = i32::from_le_bytes(group.map(|value| value.wrapping_sub(Self::LESS)));
        // SAFETY: as in `zero`.
        unsafe { vreinterpretq_s8_s32(vdupq_n_s32(signed)) }
    }

    #[inline(always)]
    fn add(mut sums: Self::Sums, values: Self::Values, weights: Self::Weights) -> Self::Sums {
        for (sums, weights) in sums.iter_mut().zip(weights) {
            // The standard library has no stable name for this instruction.
            // SAFETY: only reached from kernels that are compiled for the dot product and called where it was detected; registers are all that it touches.
            unsafe {
                asm!(
                    "sdot {sums:v}.4s, {values:v}.16b, {weights:v}.16b",
                    sums = inout(vreg) *sums,
                    values = in(vreg) values,
                    weights = in(vreg) weights,
                    options(pure, nomem, nostack, preserves_flags),
                );
            }
        }
        sums
    }

    #[inline(always)]
    fn columns(sums: Self::Sums) -> [i32; LANES] {
        let mut columns = [0; LANES];
        for (quarter, sums) in columns.as_chunks_mut::<COLUMNS>().0.iter_mut().zip(sums) {
            // SAFETY: as in `zero`; the array is 16 bytes long, and the store needs no alignment.
            unsafe { vst1q_s32(quarter.as_mut_ptr(), sums) };
        }
        columns
    }
}
