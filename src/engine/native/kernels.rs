//! The kernels, compiled for each instruction set and chosen at run time.
//!
//! This module, with [`x86`] in it, is the only one with unsafe code: calling a function that was compiled for an instruction set is only sound where the
//! machine has it, and an [`Isa`] is only made where that was detected.

#![allow(unsafe_code, reason = "calls to functions compiled for detected instruction sets")]

mod dense;
mod int8;
#[cfg(target_arch = "x86_64")]
mod x86;

use super::isa::{Isa, Level};

pub(super) use self::dense::{Attention, DenseLinear, Norm, PANEL, Rows};
pub(super) use self::int8::{GROUP, Int8Linear, MOST_INPUTS, Quantised};

/// Compiles a kernel for every level. The numbers are rows and vectors of a block of outputs: as many as the registers of
/// that level hold.
macro_rules! kernel {
    ($(#[$meta:meta])* $module:ident::$name:ident $(<$wide:tt, $narrow:tt>)? ($($arg:ident: $type:ty),*)) => {
        $(#[$meta])*
        pub(super) fn $name(isa: Isa, $($arg: $type),*) {
            match isa.level() {
                Level::Portable => $module::$name$(::<4, { $narrow }>)?($($arg),*),
                #[cfg(target_arch = "x86_64")]
                Level::Avx2 => {
                    #[target_feature(enable = "avx2,fma")]
                    fn compiled($($arg: $type),*) {
                        $module::$name$(::<6, { $narrow }>)?($($arg),*);
                    }
                    // SAFETY: an `Isa` of this level is only made where AVX2 and FMA were detected.
                    unsafe { compiled($($arg),*) }
                }
                #[cfg(target_arch = "x86_64")]
                Level::Avx512 | Level::Avx512Vnni => {
                    #[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")]
                    fn compiled($($arg: $type),*) {
                        $module::$name$(::<12, { $wide }>)?($($arg),*);
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
    dense::linear<2, 1>(input: Rows, layer: &DenseLinear, out: &mut [f32])
}
kernel! {
    /// See [`dense::attend`].
    dense::attend<2, 1>(input: Attention, scratch: &mut [f32], out: &mut [f32])
}
kernel! {
    /// See [`dense::normalise`].
    dense::normalise(x: &mut [f32], residual: Option<&[f32]>, norm: &Norm)
}
kernel! {
    /// See [`dense::activate`].
    dense::activate(x: &mut [f32])
}
kernel! {
    /// See [`dense::pool`].
    dense::pool(x: &[f32], out: &mut [f32])
}

kernel! {
    /// See [`int8::quantise`].
    int8::quantise(x: &[f32], width: usize, into: &mut Quantised)
}

/// See [`int8::linear`].
pub(super) fn linear_int8(isa: Isa, input: &Quantised, layer: &Int8Linear, out: &mut [f32]) {
    match isa.level() {
        Level::Portable => int8::linear::<int8::Portable, 4, 1>(input, layer, out),
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 | Level::Avx512 => {
            #[target_feature(enable = "avx2,fma")]
            fn compiled(input: &Quantised, layer: &Int8Linear, out: &mut [f32]) {
                int8::linear::<x86::Avx2, 2, 1>(input, layer, out);
            }
            // SAFETY: an `Isa` of these levels is only made where AVX2 and FMA were detected.
            unsafe { compiled(input, layer, out) }
        }
        #[cfg(target_arch = "x86_64")]
        Level::Avx512Vnni => {
            #[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
            fn compiled(input: &Quantised, layer: &Int8Linear, out: &mut [f32]) {
                int8::linear::<x86::Vnni, 12, 2>(input, layer, out);
            }
            // SAFETY: an `Isa` of this level is only made where these parts of AVX-512 were detected.
            unsafe { compiled(input, layer, out) }
        }
    }
}

#[cfg(test)]
mod tests;
