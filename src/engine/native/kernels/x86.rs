//! [`Vector`] and [`Dot`] on x86-64. Their functions must only be reached from kernels that are compiled for the instruction set that they name.

#![allow(
    clippy::inline_always,
    clippy::cast_ptr_alignment,
    reason = "only inlined code is compiled with the instruction set of the calling kernel; loads and stores here need no alignment"
)]

use std::arch::x86_64::{
    __m128i, __m256, __m256i, __m512, __m512i, _CMP_NLT_UQ, _mm_add_ps, _mm_add_ss, _mm_cvtepu8_epi16,
    _mm_cvtsi32_si128, _mm_cvtss_f32, _mm_loadu_si128, _mm_max_ps, _mm_max_ss, _mm_min_ps, _mm_min_ss, _mm_movehdup_ps,
    _mm_movehl_ps, _mm_storeu_si128, _mm256_add_epi32, _mm256_add_ps, _mm256_and_ps, _mm256_broadcastq_epi64,
    _mm256_castps_si256, _mm256_castps256_ps128, _mm256_castsi256_ps, _mm256_cmp_ps, _mm256_cvtepi8_epi16,
    _mm256_div_ps, _mm256_dpbusd_avx_epi32, _mm256_extractf128_ps, _mm256_fmadd_ps, _mm256_loadu_ps,
    _mm256_loadu_si256, _mm256_madd_epi16, _mm256_max_ps, _mm256_min_ps, _mm256_mul_ps, _mm256_set1_epi32,
    _mm256_set1_ps, _mm256_setzero_si256, _mm256_slli_epi32, _mm256_storeu_ps, _mm256_storeu_si256, _mm256_sub_epi32,
    _mm256_sub_ps, _mm512_add_ps, _mm512_castpd_ps, _mm512_castps_pd, _mm512_castps_si512, _mm512_castps512_ps256,
    _mm512_castsi512_ps, _mm512_cmp_ps_mask, _mm512_cvtepi32_epi8, _mm512_div_ps, _mm512_dpbusd_epi32,
    _mm512_extractf32x8_ps, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_loadu_si512, _mm512_maskz_mov_ps, _mm512_max_ps,
    _mm512_min_ps, _mm512_mul_ps, _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_ps, _mm512_setzero_si512,
    _mm512_shuffle_f32x4, _mm512_slli_epi32, _mm512_storeu_ps, _mm512_storeu_si512, _mm512_sub_epi32, _mm512_sub_ps,
    _mm512_unpackhi_pd, _mm512_unpackhi_ps, _mm512_unpacklo_pd, _mm512_unpacklo_ps,
};

use std::marker::PhantomData;

use super::int8::{Dot, GROUP};
use crate::engine::native::lanes::{LANES, Vector};

/// A vector in one AVX-512 register.
#[derive(Clone, Copy)]
pub(super) struct Zmm(__m512);

impl Vector for Zmm {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        // SAFETY: only reached from kernels that are compiled for AVX-512 and called where it was detected; so are the others here.
        Self(unsafe { _mm512_set1_ps(value) })
    }

    #[inline(always)]
    fn load(values: &[f32; LANES]) -> Self {
        // SAFETY: as in `splat`; the array is 64 bytes long, and the load needs no alignment.
        Self(unsafe { _mm512_loadu_ps(values.as_ptr()) })
    }

    #[inline(always)]
    fn store(self, into: &mut [f32; LANES]) {
        // SAFETY: as in `splat`; the array is 64 bytes long, and the store needs no alignment.
        unsafe { _mm512_storeu_ps(into.as_mut_ptr(), self.0) }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: as in `splat`.
        Self(unsafe { _mm512_add_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // SAFETY: as in `splat`.
        Self(unsafe { _mm512_sub_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        // SAFETY: as in `splat`.
        Self(unsafe { _mm512_mul_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        // SAFETY: as in `splat`.
        Self(unsafe { _mm512_div_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        // SAFETY: as in `splat`.
        Self(unsafe { _mm512_max_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        // SAFETY: as in `splat`.
        Self(unsafe { _mm512_min_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn fma(self, factor: Self, addend: Self) -> Self {
        // SAFETY: as in `splat`.
        Self(unsafe { _mm512_fmadd_ps(self.0, factor.0, addend.0) })
    }

    #[inline(always)]
    fn power_of_two(self, base: f32) -> Self {
        // SAFETY: as in `splat`.
        Self(unsafe {
            let base = _mm512_set1_epi32(base.to_bits().wrapping_sub(127).cast_signed());
            _mm512_castsi512_ps(_mm512_slli_epi32::<23>(_mm512_sub_epi32(_mm512_castps_si512(self.0), base)))
        })
    }

    #[inline(always)]
    fn zero_where_below(self, key: Self, bound: f32) -> Self {
        // SAFETY: as in `splat`.
        Self(unsafe {
            let kept = _mm512_cmp_ps_mask::<_CMP_NLT_UQ>(key.0, _mm512_set1_ps(bound));
            _mm512_maskz_mov_ps(kept, self.0)
        })
    }

    #[inline(always)]
    fn low_bytes(self) -> [u8; LANES] {
        let mut bytes = [0; LANES];
        // SAFETY: as in `splat`; the array is 16 bytes long, and the store needs no alignment.
        unsafe {
            let packed = _mm512_cvtepi32_epi8(_mm512_castps_si512(self.0));
            _mm_storeu_si128(bytes.as_mut_ptr().cast(), packed);
        }
        bytes
    }

    #[inline(always)]
    fn sum(self) -> f32 {
        // SAFETY: as in `splat`.
        unsafe {
            let halves = _mm256_add_ps(_mm512_castps512_ps256(self.0), _mm512_extractf32x8_ps::<1>(self.0));
            let quarters = _mm_add_ps(_mm256_castps256_ps128(halves), _mm256_extractf128_ps::<1>(halves));
            let pairs = _mm_add_ps(quarters, _mm_movehl_ps(quarters, quarters));
            _mm_cvtss_f32(_mm_add_ss(pairs, _mm_movehdup_ps(pairs)))
        }
    }

    #[inline(always)]
    fn greatest(self) -> f32 {
        // SAFETY: as in `splat`.
        unsafe {
            let halves = _mm256_max_ps(_mm512_castps512_ps256(self.0), _mm512_extractf32x8_ps::<1>(self.0));
            let quarters = _mm_max_ps(_mm256_castps256_ps128(halves), _mm256_extractf128_ps::<1>(halves));
            let pairs = _mm_max_ps(quarters, _mm_movehl_ps(quarters, quarters));
            _mm_cvtss_f32(_mm_max_ss(pairs, _mm_movehdup_ps(pairs)))
        }
    }

    #[inline(always)]
    fn least(self) -> f32 {
        // SAFETY: as in `splat`.
        unsafe {
            let halves = _mm256_min_ps(_mm512_castps512_ps256(self.0), _mm512_extractf32x8_ps::<1>(self.0));
            let quarters = _mm_min_ps(_mm256_castps256_ps128(halves), _mm256_extractf128_ps::<1>(halves));
            let pairs = _mm_min_ps(quarters, _mm_movehl_ps(quarters, quarters));
            _mm_cvtss_f32(_mm_min_ss(pairs, _mm_movehdup_ps(pairs)))
        }
    }

    #[inline(always)]
    fn transposed(rows: [Self; LANES]) -> [Self; LANES] {
        // SAFETY: as in `splat`.
        unsafe {
            // Four rows each: then every quarter of vector k holds one column of them, the columns being k, k + 4, k + 8, k + 12.
            let mut quads = [[_mm512_setzero_ps(); 4]; 4];
            for (rows, quad) in rows.as_chunks::<4>().0.iter().zip(&mut quads) {
                let [Self(a), Self(b), Self(c), Self(d)] = *rows;
                let low_ab = _mm512_castps_pd(_mm512_unpacklo_ps(a, b));
                let low_cd = _mm512_castps_pd(_mm512_unpacklo_ps(c, d));
                let high_ab = _mm512_castps_pd(_mm512_unpackhi_ps(a, b));
                let high_cd = _mm512_castps_pd(_mm512_unpackhi_ps(c, d));
                *quad = [
                    _mm512_castpd_ps(_mm512_unpacklo_pd(low_ab, low_cd)),
                    _mm512_castpd_ps(_mm512_unpackhi_pd(low_ab, low_cd)),
                    _mm512_castpd_ps(_mm512_unpacklo_pd(high_ab, high_cd)),
                    _mm512_castpd_ps(_mm512_unpackhi_pd(high_ab, high_cd)),
                ];
            }
            let mut columns = rows;
            for k in 0..4 {
                let [a, b, c, d] = [quads[0][k], quads[1][k], quads[2][k], quads[3][k]];
                let even = [_mm512_shuffle_f32x4::<0x88>(a, b), _mm512_shuffle_f32x4::<0x88>(c, d)];
                let odd = [_mm512_shuffle_f32x4::<0xdd>(a, b), _mm512_shuffle_f32x4::<0xdd>(c, d)];
                columns[k] = Self(_mm512_shuffle_f32x4::<0x88>(even[0], even[1]));
                columns[k + 4] = Self(_mm512_shuffle_f32x4::<0x88>(odd[0], odd[1]));
                columns[k + 8] = Self(_mm512_shuffle_f32x4::<0xdd>(even[0], even[1]));
                columns[k + 12] = Self(_mm512_shuffle_f32x4::<0xdd>(odd[0], odd[1]));
            }
            columns
        }
    }
}

/// A vector in two AVX registers.
#[derive(Clone, Copy)]
pub(super) struct Ymm([__m256; 2]);

impl Vector for Ymm {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        // SAFETY: only reached from kernels that are compiled for AVX2 and FMA and called where they were detected; so are the others
        // here.
        Self([unsafe { _mm256_set1_ps(value) }; 2])
    }

    #[inline(always)]
    fn load(values: &[f32; LANES]) -> Self {
        let (halves, _) = values.as_chunks::<8>();
        // SAFETY: as in `splat`; each half is 32 bytes long, and the load needs no alignment.
        Self(std::array::from_fn(|half| unsafe { _mm256_loadu_ps(halves[half].as_ptr()) }))
    }

    #[inline(always)]
    fn store(self, into: &mut [f32; LANES]) {
        let (halves, _) = into.as_chunks_mut::<8>();
        for (half, values) in halves.iter_mut().zip(self.0) {
            // SAFETY: as in `splat`; each half is 32 bytes long, and the store needs no alignment.
            unsafe { _mm256_storeu_ps(half.as_mut_ptr(), values) };
        }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: as in `splat`.
        Self(std::array::from_fn(|half| unsafe { _mm256_add_ps(self.0[half], other.0[half]) }))
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // SAFETY: as in `splat`.
        Self(std::array::from_fn(|half| unsafe { _mm256_sub_ps(self.0[half], other.0[half]) }))
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        // SAFETY: as in `splat`.
        Self(std::array::from_fn(|half| unsafe { _mm256_mul_ps(self.0[half], other.0[half]) }))
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        // SAFETY: as in `splat`.
        Self(std::array::from_fn(|half| unsafe { _mm256_div_ps(self.0[half], other.0[half]) }))
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        // SAFETY: as in `splat`.
        Self(std::array::from_fn(|half| unsafe { _mm256_max_ps(self.0[half], other.0[half]) }))
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        // SAFETY: as in `splat`.
        Self(std::array::from_fn(|half| unsafe { _mm256_min_ps(self.0[half], other.0[half]) }))
    }

    #[inline(always)]
    fn fma(self, factor: Self, addend: Self) -> Self {
        // SAFETY: as in `splat`.
        Self(std::array::from_fn(|half| unsafe { _mm256_fmadd_ps(self.0[half], factor.0[half], addend.0[half]) }))
    }

    #[inline(always)]
    fn power_of_two(self, base: f32) -> Self {
        // SAFETY: as in `splat`.
        Self(self.0.map(|half| unsafe {
            let base = _mm256_set1_epi32(base.to_bits().wrapping_sub(127).cast_signed());
            _mm256_castsi256_ps(_mm256_slli_epi32::<23>(_mm256_sub_epi32(_mm256_castps_si256(half), base)))
        }))
    }

    #[inline(always)]
    fn zero_where_below(self, key: Self, bound: f32) -> Self {
        // SAFETY: as in `splat`.
        Self(std::array::from_fn(|half| unsafe {
            let kept = _mm256_cmp_ps::<_CMP_NLT_UQ>(key.0[half], _mm256_set1_ps(bound));
            _mm256_and_ps(kept, self.0[half])
        }))
    }
}

/// AVX-512 VNNI: one instruction multiplies and adds a group in 16 columns, without saturation.
pub(super) struct Vnni512;

impl Dot for Vnni512 {
    type Lanes = Zmm;
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

/// The dot product of bytes in a 256-bit register, which has two encodings.
pub(super) trait Encoding {
    /// Adds to each sum the product of four bytes of `values` with four of `weights`, without saturation.
    fn add(sums: __m256i, values: __m256i, weights: __m256i) -> __m256i;
}

/// The encoding of processors without AVX-512.
pub(super) struct Vex;

impl Encoding for Vex {
    #[inline(always)]
    fn add(sums: __m256i, values: __m256i, weights: __m256i) -> __m256i {
        // SAFETY: only reached from kernels that are compiled for AVX-VNNI and called where it was detected.
        unsafe { _mm256_dpbusd_avx_epi32(sums, values, weights) }
    }
}

/// AVX-VNNI: two registers hold the sums of 16 columns.
pub(super) struct Vnni256<E>(PhantomData<E>);

impl<E: Encoding> Dot for Vnni256<E> {
    type Lanes = Ymm;
    type Sums = [__m256i; 2];
    type Weights = [__m256i; 2];
    type Values = __m256i;

    #[inline(always)]
    fn zero() -> Self::Sums {
        // SAFETY: only reached from kernels that are compiled for AVX2 and called where it was detected.
        unsafe { [_mm256_setzero_si256(); 2] }
    }

    #[inline(always)]
    fn weights(packed: &[i8; LANES * GROUP]) -> Self::Weights {
        let (halves, _) = packed.as_chunks::<32>();
        // SAFETY: as in `zero`; each half is 32 bytes long, and the load needs no alignment.
        std::array::from_fn(|half| unsafe { _mm256_loadu_si256(halves[half].as_ptr().cast()) })
    }

    #[inline(always)]
    fn values(group: [u8; GROUP]) -> Self::Values {
        // SAFETY: as in `zero`.
        unsafe { _mm256_set1_epi32(i32::from_le_bytes(group)) }
    }

    #[inline(always)]
    fn add(sums: Self::Sums, values: Self::Values, weights: Self::Weights) -> Self::Sums {
        std::array::from_fn(|half| E::add(sums[half], values, weights[half]))
    }

    #[inline(always)]
    fn columns(sums: Self::Sums) -> [i32; LANES] {
        let mut columns = [0; LANES];
        for (half, sums) in columns.as_chunks_mut::<8>().0.iter_mut().zip(sums) {
            // SAFETY: as in `zero`; the array is 32 bytes long, and the store needs no alignment.
            unsafe { _mm256_storeu_si256(half.as_mut_ptr().cast(), sums) };
        }
        columns
    }
}

/// AVX2: bytes are widened to 16 bits, as its products of bytes would saturate. Sums are kept as two halves a column.
pub(super) struct Avx2;

impl Dot for Avx2 {
    type Lanes = Ymm;
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
