//! Exponential function and GELU in single precision, as polynomials of fused multiply-adds.
//!
//! The standard library's functions differ between platforms in the last bit; these do not. Coefficients are minimax fits of our own
//! (weighted least squares, re-weighted until the error was level), rounded to `f32`.

#![allow(
    clippy::inline_always,
    reason = "only inlined code is compiled with the instruction set of the calling kernel"
)]

use super::lanes::Lanes;

/// Adding this to a number of small magnitude leaves its nearest integer in the low bits of the sum.
pub(super) const ROUND: f32 = 12_582_912.0;

/// Below this, `exp` would be subnormal; it is 0 instead.
const EXP_LEAST: f32 = -87.0;
/// `(exp(r) - 1 - r) / r²` for |r| <= ln(2) / 2, lowest power first.
const EXP: [f32; 6] = [0.5, 0.166_666_67, 0.041_666_27, 0.008_333_266, 0.001_394_607_5, 0.000_199_178_16];
/// ln(2), and what that constant lacks.
const LN_2: [f32; 2] = [0.693_359_4, -0.000_212_194_44];

/// Beyond this distance from 0 the normal distribution function is 0 or 1 within 3e-7.
const GELU_REACH: f32 = 5.0;
/// `(Φ(y) - 1/2) / y` as a polynomial in `t = 2 y² / 25 - 1`, lowest power first.
const GELU: [f32; 14] = [
    0.141_363_81,
    -0.070_296_794,
    0.051_518_317,
    -0.040_426_72,
    0.031_471_69,
    -0.023_407_688,
    0.016_259_968,
    -0.010_646_453,
    0.006_716_29,
    -0.003_617_751_4,
    0.001_422_854_4,
    -0.000_812_016_8,
    0.000_718_126_9,
    -0.000_263_697_47,
];

/// Evaluates a polynomial in Horner's scheme.
#[inline(always)]
fn polynomial<const N: usize>(coefficients: &[f32; N], x: Lanes) -> Lanes {
    let mut value = Lanes::splat(coefficients[N - 1]);
    for coefficient in coefficients[..N - 1].iter().rev() {
        value = value.fma(x, Lanes::splat(*coefficient));
    }
    value
}

/// Returns `exp(x)` for `x <= 0`, within 2e-7 of its value relative to it; 0 below [`EXP_LEAST`].
#[inline(always)]
pub(super) fn exp_of_negative(x: Lanes) -> Lanes {
    let clamped = x.max(Lanes::splat(EXP_LEAST));
    let shifted = clamped.fma(Lanes::splat(std::f32::consts::LOG2_E), Lanes::splat(ROUND));
    let n = shifted.sub(Lanes::splat(ROUND));
    let r = n.fma(Lanes::splat(-LN_2[0]), clamped);
    let r = n.fma(Lanes::splat(-LN_2[1]), r);
    let tail = polynomial(&EXP, r).fma(r.mul(r), r);
    let mut out = tail.add(Lanes::splat(1.0));
    for i in 0..out.0.len() {
        // 2^n, made in the exponent bits.
        let power = shifted.0[i].to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23;
        let value = out.0[i] * f32::from_bits(power);
        out.0[i] = if x.0[i] < EXP_LEAST { 0.0 } else { value };
    }
    out
}

/// Returns `x Φ(x)`, Φ being the normal distribution function, within `5e-7 max(1, |x|)`.
#[inline(always)]
pub(super) fn gelu(x: Lanes) -> Lanes {
    let y = x.max(Lanes::splat(-GELU_REACH)).min(Lanes::splat(GELU_REACH));
    let t = y.mul(y).fma(Lanes::splat(2.0 / (GELU_REACH * GELU_REACH)), Lanes::splat(-1.0));
    let phi = polynomial(&GELU, t).fma(y, Lanes::splat(0.5));
    x.mul(phi.max(Lanes::ZERO).min(Lanes::splat(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Φ by the complementary error function's continued fraction and series, in `f64`.
    fn normal_distribution(x: f64) -> f64 {
        let z = x.abs() / std::f64::consts::SQRT_2;
        let erfc = if z < 2.5 {
            let mut term = z;
            let mut sum = z;
            for n in 1..80 {
                let n = f64::from(n);
                term *= -z * z / n;
                sum += term / (2.0 * n + 1.0);
            }
            1.0 - sum * 2.0 / std::f64::consts::PI.sqrt()
        } else {
            let mut fraction = 0.0;
            for n in (1..=80).rev() {
                fraction = f64::from(n) / 2.0 / (z + fraction);
            }
            (-z * z).exp() / std::f64::consts::PI.sqrt() / (z + fraction)
        };
        if x < 0.0 { erfc / 2.0 } else { 1.0 - erfc / 2.0 }
    }

    #[test]
    fn exp_is_close_to_exact() {
        for i in 0..870_000 {
            let x = -(i as f32) * 1e-4;
            let found = f64::from(exp_of_negative(Lanes::splat(x)).0[3]);
            let exact = f64::from(x).exp();
            assert!((found - exact).abs() <= 2e-7 * exact, "exp({x}) = {found}, exactly {exact}");
        }
        for (x, expected) in [(0.0, 1.0), (-87.5, 0.0), (-1e30, 0.0), (f32::NEG_INFINITY, 0.0)] {
            let found = exp_of_negative(Lanes::splat(x)).0[0];
            assert_eq!(found.to_bits(), f32::to_bits(expected), "exp({x})");
        }
    }

    #[test]
    fn gelu_is_close_to_exact() {
        for i in -120_000..=120_000 {
            let x = i as f32 * 1e-4;
            let found = f64::from(gelu(Lanes::splat(x)).0[15]);
            let exact = f64::from(x) * normal_distribution(f64::from(x));
            let bound = 5e-7 * f64::from(x.abs().max(1.0));
            assert!((found - exact).abs() <= bound, "gelu({x}) = {found}, exactly {exact}");
        }
        for x in [1e3_f32, 1e30, -1e3, -1e30] {
            let found = gelu(Lanes::splat(x)).0[0];
            assert!((found / x - f32::from(u8::from(x > 0.0))).abs() < 5e-7, "gelu({x}) = {found}");
        }
    }
}
