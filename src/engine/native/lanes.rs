//! Sixteen `f32` values that every kernel computes with at once.
//!
//! A [`Vector`] is sixteen lanes on every machine, however wide its registers are. The results are the same on all of them, because
//! each lane is a fixed sequence of IEEE operations and sums across lanes run in a fixed order.

#![allow(
    clippy::inline_always,
    reason = "only inlined code is compiled with the instruction set of the calling kernel"
)]

/// Values per vector.
pub(super) const LANES: usize = 16;

/// Sixteen lanes. All operations are element-wise and rounded once.
pub(super) trait Vector: Copy {
    fn splat(value: f32) -> Self;
    fn load(values: &[f32; LANES]) -> Self;
    fn store(self, into: &mut [f32; LANES]);
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn div(self, other: Self) -> Self;
    /// The greater of each pair; of equal ones, or where one is no number, `other`'s.
    fn max(self, other: Self) -> Self;
    /// The lesser of each pair; of equal ones, or where one is no number, `other`'s.
    fn min(self, other: Self) -> Self;
    /// `self * factor + addend`, rounded once.
    fn fma(self, factor: Self, addend: Self) -> Self;
    /// 2^n, n being the integer in the low bits of each lane, taken as -126..=127 more than those of `base`.
    fn power_of_two(self, base: f32) -> Self;
    /// 0 where `key` is below `bound`, `self` elsewhere.
    fn zero_where_below(self, key: Self, bound: f32) -> Self;

    /// Reads the first [`LANES`] values, of which there must be as many.
    #[inline(always)]
    fn load_first(values: &[f32]) -> Self {
        let mut lanes = [0.0; LANES];
        lanes.copy_from_slice(&values[..LANES]);
        Self::load(&lanes)
    }

    /// Reads up to [`LANES`] values and fills the rest.
    #[inline(always)]
    fn load_part(values: &[f32], fill: f32) -> Self {
        if let Some(values) = values.first_chunk() {
            return Self::load(values);
        }
        let mut lanes = [fill; LANES];
        lanes[..values.len()].copy_from_slice(values);
        Self::load(&lanes)
    }

    /// Writes as many values as there is room for, up to [`LANES`].
    #[inline(always)]
    fn store_part(self, into: &mut [f32]) {
        if let Some(into) = into.first_chunk_mut() {
            return self.store(into);
        }
        let length = into.len();
        into.copy_from_slice(&self.array()[..length]);
    }

    /// Turns sixteen rows into sixteen columns.
    #[inline(always)]
    fn transposed(rows: [Self; LANES]) -> [Self; LANES] {
        let rows = rows.map(Self::array);
        std::array::from_fn(|column| Self::load(&std::array::from_fn(|row| rows[row][column])))
    }

    /// The lanes.
    #[inline(always)]
    fn array(self) -> [f32; LANES] {
        let mut lanes = [0.0; LANES];
        self.store(&mut lanes);
        lanes
    }

    /// The lowest byte of each lane's bits.
    #[inline(always)]
    fn low_bytes(self) -> [u8; LANES] {
        self.array().map(|lane| lane.to_bits().to_le_bytes()[0])
    }

    /// Sum of the lanes: of those 8 apart, then 4, 2 and 1.
    #[inline(always)]
    fn sum(self) -> f32 {
        fold(self.array(), |a, b| a + b)
    }

    /// Greatest lane.
    #[inline(always)]
    fn greatest(self) -> f32 {
        fold(self.array(), |a, b| if a > b { a } else { b })
    }

    /// Least lane.
    #[inline(always)]
    fn least(self) -> f32 {
        fold(self.array(), |a, b| if a < b { a } else { b })
    }
}

/// Combines lanes as a tree: 8 apart, then 4, 2 and 1.
#[inline(always)]
fn fold(mut lanes: [f32; LANES], apply: impl Fn(f32, f32) -> f32) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        for i in 0..half {
            lanes[i] = apply(lanes[i], lanes[i + half]);
        }
        half /= 2;
    }
    lanes[0]
}

/// [`Vector`] in plain Rust, which the compiler turns into what vector instructions the target always has.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Plain([f32; LANES]);

impl Plain {
    #[inline(always)]
    fn zip(self, other: Self, apply: impl Fn(f32, f32) -> f32) -> Self {
        let mut lanes = self.0;
        for (lane, value) in lanes.iter_mut().zip(other.0) {
            *lane = apply(*lane, value);
        }
        Self(lanes)
    }
}

impl Vector for Plain {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([value; LANES])
    }

    #[inline(always)]
    fn load(values: &[f32; LANES]) -> Self {
        Self(*values)
    }

    #[inline(always)]
    fn store(self, into: &mut [f32; LANES]) {
        *into = self.0;
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.zip(other, |a, b| a / b)
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.zip(other, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.zip(other, |a, b| if a < b { a } else { b })
    }

    #[inline(always)]
    fn fma(self, factor: Self, addend: Self) -> Self {
        let mut lanes = [0.0; LANES];
        for (i, lane) in lanes.iter_mut().enumerate() {
            *lane = self.0[i].mul_add(factor.0[i], addend.0[i]);
        }
        Self(lanes)
    }

    #[inline(always)]
    fn power_of_two(self, base: f32) -> Self {
        let base = base.to_bits().wrapping_sub(127);
        Self(self.0.map(|lane| f32::from_bits(lane.to_bits().wrapping_sub(base) << 23)))
    }

    #[inline(always)]
    fn zero_where_below(self, key: Self, bound: f32) -> Self {
        self.zip(key, |value, key| if key < bound { 0.0 } else { value })
    }
}
