//! The kernels, compiled for each instruction set and chosen at run time.
//!
//! This module, with those for an instruction set in it, is the only one with unsafe code: calling a function that was compiled for an instruction set is only sound where the
//! machine has it, and an [`Isa`] is only made where that was detected.

#![allow(unsafe_code, reason = "calls to functions compiled for detected instruction sets")]

/// Walks `count` rows in tiles of `ROWS`, then of 4, 2 and 1: `in_tiles!(row in count; ROWS: tile[V, VECTORS](arguments))`. The last generic
/// argument of the tile is its number of rows, and `row` is its first one.
macro_rules! in_tiles {
    ($row:ident in $count:expr; $rows:ident: $($tile:ident)::+ [$($generic:ident),*] ($($arg:expr),*)) => {{
        let count = $count;
        let mut $row = 0;
        while $row < count {
            $row += match count - $row {
                rest if rest >= $rows => { $($tile)::+::<$($generic,)* $rows>($($arg),*); $rows }
                rest if rest >= 4 => { $($tile)::+::<$($generic,)* 4>($($arg),*); 4 }
                rest if rest >= 2 => { $($tile)::+::<$($generic,)* 2>($($arg),*); 2 }
                _ => { $($tile)::+::<$($generic,)* 1>($($arg),*); 1 }
            };
        }
    }};
}

#[cfg(target_arch = "x86_64")]
pub(super) mod amx;
#[cfg(target_arch = "aarch64")]
mod arm;
mod attention;
mod dense;
mod int8;
mod peak;
#[cfg(target_arch = "x86_64")]
mod x86;

use super::isa::{Isa, Level};
use super::lanes::Plain;

use self::attention::Mixture;
pub(super) use self::attention::{Attention, attend};
pub(super) use self::dense::{DenseLinear, Norm, PANEL};
pub(super) use self::int8::{GROUP, Int8Linear, MOST_INPUTS, Quantised};
pub(super) use self::peak::Done;

/// Compiles a kernel for every level. The numbers are rows and vectors of a block of outputs: as many as the registers of
/// that level hold.
macro_rules! kernel {
    ($(#[$meta:meta])* $module:ident::$name:ident<V $(, $wide:tt, $narrow:tt)?> ($($arg:ident: $type:ty),*)) => {
        $(#[$meta])*
        pub(super) fn $name(isa: Isa, $($arg: $type),*) {
            match isa.level() {
                #[cfg(target_arch = "aarch64")]
                Level::DotProd => $module::$name::<Plain $(, 4, { $narrow })?>($($arg),*),
                Level::Portable => $module::$name::<Plain $(, 4, { $narrow })?>($($arg),*),
                #[cfg(target_arch = "x86_64")]
                Level::Avx2 | Level::AvxVnni => {
                    #[target_feature(enable = "avx2,fma")]
                    fn compiled($($arg: $type),*) {
                        $module::$name::<x86::Ymm $(, 6, { $narrow })?>($($arg),*);
                    }
                    // SAFETY: an `Isa` of these levels is only made where AVX2 and FMA were detected.
                    unsafe { compiled($($arg),*) }
                }
                #[cfg(target_arch = "x86_64")]
                Level::Avx512 | Level::Avx512Vnni | Level::Amx => {
                    #[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")]
                    fn compiled($($arg: $type),*) {
                        $module::$name::<x86::Zmm $(, 8, { $wide })?>($($arg),*);
                    }
                    // SAFETY: an `Isa` of these levels is only made where these parts of AVX-512 were detected.
                    unsafe { compiled($($arg),*) }
                }
            }
        }
    };
}

kernel! {
    /// See [`dense::linear`].
    dense::linear<V, 2, 1>(x: &[f32], layer: &DenseLinear, out: &mut [f32])
}
kernel! {
    /// See [`attention::pack`].
    attention::pack<V>(rows: &[f32], stride: usize, width: usize, count: usize, into: &mut [f32])
}
kernel! {
    /// See [`attention::score`].
    attention::score<V, 2, 1>(queries: &[f32], keys: &[f32], width: usize, count: usize, out: &mut [f32])
}
kernel! {
    /// See [`attention::soften`].
    attention::soften<V>(scores: &mut [f32], scale: f32, count: usize, shares: &mut [f32])
}
kernel! {
    /// See [`attention::mix`].
    attention::mix<V, 2, 1>(input: Mixture, stride: usize, out: &mut [f32])
}
kernel! {
    /// See [`dense::normalise`].
    dense::normalise<V>(x: &mut [f32], residual: Option<&[f32]>, norm: &Norm)
}
kernel! {
    /// See [`dense::activate`].
    dense::activate<V>(x: &mut [f32])
}
kernel! {
    /// See [`dense::pool`].
    dense::pool<V>(x: &[f32], out: &mut [f32])
}

kernel! {
    /// See [`int8::quantise`].
    int8::quantise<V>(x: &[f32], width: usize, into: &mut Quantised)
}

kernel! {
    /// See [`peak::fma`].
    peak::fma<V, 2, 1>(rounds: usize, done: &mut Done)
}

/// Compiles a kernel of integer products for every level, with as many rows and vectors of sums as the registers hold.
macro_rules! dot_kernel {
    ($(#[$meta:meta])* $name:ident = $module:ident::$kernel:ident ($($arg:ident: $type:ty),*)) => {
        $(#[$meta])*
        pub(super) fn $name(isa: Isa, $($arg: $type),*) {
            match isa.level() {
                Level::Portable => $module::$kernel::<int8::Portable, 4, 1>($($arg),*),
                #[cfg(target_arch = "x86_64")]
                Level::Avx2 | Level::Avx512 => {
                    #[target_feature(enable = "avx2,fma")]
                    fn compiled($($arg: $type),*) {
                        $module::$kernel::<x86::Avx2, 2, 1>($($arg),*);
                    }
                    // SAFETY: an `Isa` of these levels is only made where AVX2 and FMA were detected.
                    unsafe { compiled($($arg),*) }
                }
                #[cfg(target_arch = "x86_64")]
                Level::AvxVnni => {
                    #[target_feature(enable = "avx2,fma,avxvnni")]
                    fn compiled($($arg: $type),*) {
                        $module::$kernel::<x86::Vnni256<x86::Vex>, 6, 1>($($arg),*);
                    }
                    // SAFETY: an `Isa` of this level is only made where AVX2, FMA and AVX-VNNI were detected.
                    unsafe { compiled($($arg),*) }
                }
                #[cfg(target_arch = "x86_64")]
                Level::Avx512Vnni => {
                    #[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
                    fn compiled($($arg: $type),*) {
                        $module::$kernel::<x86::Vnni512, 8, 2>($($arg),*);
                    }
                    // SAFETY: an `Isa` of this level is only made where these parts of AVX-512 were detected.
                    unsafe { compiled($($arg),*) }
                }
                #[cfg(target_arch = "x86_64")]
                // SAFETY: an `Isa` of this level is only made where AMX and what `Avx512Vnni` needs were detected.
                Level::Amx => unsafe { amx::$kernel($($arg),*) },
                #[cfg(target_arch = "aarch64")]
                Level::DotProd => {
                    #[target_feature(enable = "neon,dotprod")]
                    fn compiled($($arg: $type),*) {
                        $module::$kernel::<arm::DotProd, 6, 1>($($arg),*);
                    }
                    // SAFETY: an `Isa` of this level is only made where the dot product was detected.
                    unsafe { compiled($($arg),*) }
                }
            }
        }
    };
}

dot_kernel! {
    /// See [`int8::linear`].
    linear_int8 = int8::linear(input: &Quantised, layer: &Int8Linear, out: &mut [f32])
}
dot_kernel! {
    /// See [`peak::dot`].
    dot = peak::dot(rounds: usize, done: &mut Done)
}

#[cfg(test)]
mod tests;
