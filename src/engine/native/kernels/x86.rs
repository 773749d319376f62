//! [`Dot`] on x86-64. Its functions must only be reached from kernels that are compiled for the instruction set that they name.

#![allow(
    clippy::inline_always,
    clippy::cast_ptr_alignment,
    reason = "only inlined code is compiled with the instruction set of the calling kernel; loads and stores here need no alignment"
)]

use std::arch::x86_64::{
    __m128i, __m256i, __m512i, _mm_cvtepu8_epi16, _mm_cvtsi32_si128, _mm_loadu_si128, _mm256_add_epi32,
    _mm256_broadcastq_epi64, _mm256_cvtepi8_epi16, _mm256_madd_epi16, _mm256_setzero_si256, _mm256_storeu_si256,
    _mm512_dpbusd_epi32, _mm512_loadu_si512, _mm512_set1_epi32, _mm512_setzero_si512, _mm512_storeu_si512,
};

use super::int8::{Dot, GROUP};
use crate::engine::native::lanes::LANES;

/// AVX-512 VNNI: one instruction multiplies and adds a group in 16 columns, without saturation.
pub(super) struct Vnni;

impl Dot for Vnni {
    type Sums = __m512i;
    type Weights = __m512i;
    type Values = __m512i;

    #[inline(always)]
    fn zero() -> Self::Sums {
        // SAFETY: only reached from kernels that are compiled for AVX-512 VNNI and called where it was detected.
        unsafe { _mm512_setzero_si512() }
    }

    #[inline(always)]
    fn weights(packed: &[i8; LANES * GROUP]) -> Self::Weights {
        // SAFETY: as in `zero`; the array is 64 bytes long, and the load needs no alignment.
        unsafe { _mm512_loadu_si512(packed.as_ptr().cast()) }
    }

    #[inline(always)]
    fn values(group: [u8; GROUP]) -> Self::Values {
        // SAFETY: as in `zero`.
        unsafe { _mm512_set1_epi32(i32::from_le_bytes(group)) }
    }

    #[inline(always)]
    fn add(sums: Self::Sums, values: Self::Values, weights: Self::Weights) -> Self::Sums {
        // SAFETY: as in `zero`.
        unsafe { _mm512_dpbusd_epi32(sums, values, weights) }
    }

    #[inline(always)]
    fn columns(sums: Self::Sums) -> [i32; LANES] {
        let mut columns = [0; LANES];
        // SAFETY: as in `zero`; the array is 64 bytes long, and the store needs no alignment.
        unsafe { _mm512_storeu_si512(columns.as_mut_ptr().cast(), sums) };
        columns
    }
}

/// AVX2: bytes are widened to 16 bits, as its products of bytes would saturate. Sums are kept as two halves a column.
pub(super) struct Avx2;

impl Dot for Avx2 {
    type Sums = [__m256i; GROUP];
    type Weights = [__m256i; GROUP];
    type Values = __m256i;

    #[inline(always)]
    fn zero() -> Self::Sums {
        // SAFETY: only reached from kernels that are compiled for AVX2 and called where it was detected.
        unsafe { [_mm256_setzero_si256(); GROUP] }
    }

    #[inline(always)]
    fn weights(packed: &[i8; LANES * GROUP]) -> Self::Weights {
        let (quarters, _) = packed.as_chunks::<16>();
        std::array::from_fn(|i| {
            let quarter: &[i8; 16] = &quarters[i];
            // SAFETY: as in `zero`; the array is 16 bytes long, and the load needs no alignment.
            unsafe { _mm256_cvtepi8_epi16(_mm_loadu_si128(quarter.as_ptr().cast::<__m128i>())) }
        })
    }

    #[inline(always)]
    fn values(group: [u8; GROUP]) -> Self::Values {
        // SAFETY: as in `zero`.
        unsafe { _mm256_broadcastq_epi64(_mm_cvtepu8_epi16(_mm_cvtsi32_si128(i32::from_le_bytes(group)))) }
    }

    #[inline(always)]
    fn add(sums: Self::Sums, values: Self::Values, weights: Self::Weights) -> Self::Sums {
        // SAFETY: as in `zero`.
        std::array::from_fn(|i| unsafe { _mm256_add_epi32(sums[i], _mm256_madd_epi16(values, weights[i])) })
    }

    #[inline(always)]
    fn columns(sums: Self::Sums) -> [i32; LANES] {
        let mut halves = [[0; 8]; GROUP];
        for (half, sum) in halves.iter_mut().zip(sums) {
            // SAFETY: as in `zero`; the array is 32 bytes long, and the store needs no alignment.
            unsafe { _mm256_storeu_si256(half.as_mut_ptr().cast::<__m256i>(), sum) };
        }
        let (pairs, _) = halves.as_flattened().as_chunks::<2>();
        std::array::from_fn(|column| pairs[column][0] + pairs[column][1])
    }
}
