//! Sixteen `f32` values that every kernel computes with at once.
//!
//! Everything here is plain element-wise Rust in a shape that the compiler turns into vector instructions of whatever width
//! the calling kernel enables. The results are the same on every width, because each lane is a fixed sequence of IEEE
//! operations and sums across lanes run in a fixed order.

#![allow(
    clippy::inline_always,
    reason = "only inlined code is compiled with the instruction set of the calling kernel"
)]

/// Values per vector.
pub(super) const LANES: usize = 16;

#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Lanes(pub(super) [f32; LANES]);

impl Lanes {
    pub(super) const ZERO: Self = Self([0.0; LANES]);

    #[inline(always)]
    pub(super) const fn splat(value: f32) -> Self {
        Self([value; LANES])
    }

    /// Reads the first [`LANES`] values.
    #[inline(always)]
    pub(super) fn load(values: &[f32]) -> Self {
        let mut lanes = [0.0; LANES];
        lanes.copy_from_slice(&values[..LANES]);
        Self(lanes)
    }

    /// Reads up to [`LANES`] values and fills the rest.
    #[inline(always)]
    pub(super) fn load_part(values: &[f32], fill: f32) -> Self {
        if values.len() >= LANES {
            return Self::load(values);
        }
        let mut lanes = [fill; LANES];
        lanes[..values.len()].copy_from_slice(values);
        Self(lanes)
    }

    /// Writes as many values as there is room for.
    #[inline(always)]
    pub(super) fn store_part(self, into: &mut [f32]) {
        if into.len() >= LANES {
            into[..LANES].copy_from_slice(&self.0);
        } else {
            let count = into.len();
            into.copy_from_slice(&self.0[..count]);
        }
    }

    #[inline(always)]
    fn zip(self, other: Self, apply: impl Fn(f32, f32) -> f32) -> Self {
        let mut lanes = self.0;
        for (lane, value) in lanes.iter_mut().zip(other.0) {
            *lane = apply(*lane, value);
        }
        Self(lanes)
    }

    #[inline(always)]
    pub(super) fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }

    #[inline(always)]
    pub(super) fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }

    #[inline(always)]
    pub(super) fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }

    #[inline(always)]
    pub(super) fn div(self, other: Self) -> Self {
        self.zip(other, |a, b| a / b)
    }

    /// The greater of each pair; of equal ones, or where one is no number, `other`'s.
    #[inline(always)]
    pub(super) fn max(self, other: Self) -> Self {
        self.zip(other, |a, b| if a > b { a } else { b })
    }

    /// The lesser of each pair; of equal ones, or where one is no number, `other`'s.
    #[inline(always)]
    pub(super) fn min(self, other: Self) -> Self {
        self.zip(other, |a, b| if a < b { a } else { b })
    }

    /// `self * factor + addend`, rounded once.
    #[inline(always)]
    pub(super) fn fma(self, factor: Self, addend: Self) -> Self {
        let mut lanes = [0.0; LANES];
        for (i, lane) in lanes.iter_mut().enumerate() {
            *lane = self.0[i].mul_add(factor.0[i], addend.0[i]);
        }
        Self(lanes)
    }

    /// Combines the lanes as a tree: 8 apart, then 4, 2 and 1.
    #[inline(always)]
    fn fold(self, apply: impl Fn(f32, f32) -> f32) -> f32 {
        let mut lanes = self.0;
        let mut half = LANES / 2;
        while half > 0 {
            for i in 0..half {
                lanes[i] = apply(lanes[i], lanes[i + half]);
            }
            half /= 2;
        }
        lanes[0]
    }

    /// Sum of the lanes.
    #[inline(always)]
    pub(super) fn sum(self) -> f32 {
        self.fold(|a, b| a + b)
    }

    /// Greatest lane.
    #[inline(always)]
    pub(super) fn greatest(self) -> f32 {
        self.fold(|a, b| if a > b { a } else { b })
    }

    /// Least lane.
    #[inline(always)]
    pub(super) fn least(self) -> f32 {
        self.fold(|a, b| if a < b { a } else { b })
    }
}
