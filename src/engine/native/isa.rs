//! Which instruction set the kernels run on.

use std::fmt;

use thiserror::Error;

/// An instruction set that this machine has.
///
/// Values exist only for what was detected, so holding one is the proof that its kernels may run. Results do not depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Isa(Level);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// What every processor of the target has: NEON on aarch64, SSE2 without fused multiply-add (and therefore slow) on x86-64.
    Portable,
    /// AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX2 and FMA with the int8 dot product in their registers.
    #[cfg(target_arch = "x86_64")]
    AvxVnni,
    /// AVX-512 F, BW, DQ and VL.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// AVX-512 with the int8 dot product.
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni,
    /// AVX-512 with int8 products of tiles.
    #[cfg(target_arch = "x86_64")]
    Amx,
    /// NEON with the int8 dot product.
    #[cfg(target_arch = "aarch64")]
    DotProd,
}

/// An instruction set that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IsaError {
    /// No such name.
    #[error("unknown instruction set \"{name}\"; this machine has: {}", known.join(", "))]
    Unknown {
        /// What was given.
        name: String,
        /// Names that can be used here.
        known: Vec<&'static str>,
    },
    /// This machine lacks it.
    #[error("this machine has no {name}; it has: {}", known.join(", "))]
    Unavailable {
        /// What was given.
        name: String,
        /// Names that can be used here.
        known: Vec<&'static str>,
    },
}

impl Isa {
    /// Returns the fastest instruction set of this machine.
    pub fn detect() -> Self {
        let fastest = Level::ALL.iter().rev().find(|level| level.detected());
        Self(fastest.copied().unwrap_or(Level::Portable))
    }

    /// Returns every instruction set of this machine, slowest first.
    pub fn available() -> Vec<Self> {
        Level::ALL.iter().copied().filter(|level| level.detected()).map(Self).collect()
    }

    /// Reads a name as [`name`](Self::name) gives it.
    ///
    /// # Errors
    /// When there is no such instruction set, or this machine lacks it.
    pub fn parse(name: &str) -> Result<Self, IsaError> {
        let known = || Self::available().into_iter().map(Self::name).collect();
        match Level::ALL.iter().find(|level| level.name() == name) {
            Some(level) if level.detected() => Ok(Self(*level)),
            Some(_) => Err(IsaError::Unavailable { name: name.to_owned(), known: known() }),
            None => Err(IsaError::Unknown { name: name.to_owned(), known: known() }),
        }
    }

    /// Name: `portable`; on x86-64 also `avx2`, `avxvnni`, `avx512`, `avx512vnni` or `amx`, on Arm `dotprod`.
    pub const fn name(self) -> &'static str {
        self.0.name()
    }

    pub(super) const fn level(self) -> Level {
        self.0
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Level {
    /// Slowest first.
    const ALL: &'static [Self] = &[
        Self::Portable,
        #[cfg(target_arch = "x86_64")]
        Self::Avx2,
        #[cfg(target_arch = "x86_64")]
        Self::AvxVnni,
        #[cfg(target_arch = "x86_64")]
        Self::Avx512,
        #[cfg(target_arch = "x86_64")]
        Self::Avx512Vnni,
        #[cfg(target_arch = "x86_64")]
        Self::Amx,
        #[cfg(target_arch = "aarch64")]
        Self::DotProd,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Self::AvxVnni => "avxvnni",
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => "avx512",
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni => "avx512vnni",
            #[cfg(target_arch = "x86_64")]
            Self::Amx => "amx",
            #[cfg(target_arch = "aarch64")]
            Self::DotProd => "dotprod",
        }
    }

    fn detected(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            let avx512 = avx2
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl");
            match self {
                Self::Portable => true,
                Self::Avx2 => avx2,
                Self::AvxVnni => avx2 && is_x86_feature_detected!("avxvnni"),
                Self::Avx512 => avx512,
                Self::Avx512Vnni => avx512 && is_x86_feature_detected!("avx512vnni"),
                Self::Amx => Self::Avx512Vnni.detected() && super::kernels::amx::detected(),
            }
        }
        #[cfg(target_arch = "aarch64")]
        match self {
            Self::Portable => true,
            Self::DotProd => std::arch::is_aarch64_feature_detected!("dotprod"),
        }
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        {
            self == Self::Portable
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detected_names_parse_and_others_are_refused() {
        let available = Isa::available();
        assert_eq!(available.first().unwrap().name(), "portable");
        assert_eq!(available.last(), Some(&Isa::detect()));
        for isa in available {
            assert_eq!(Isa::parse(isa.name()), Ok(isa));
        }
        let error = Isa::parse("sse9").unwrap_err();
        assert!(matches!(error, IsaError::Unknown { .. }), "{error:?}");
        assert!(error.to_string().contains("portable"), "{error}");
    }

    #[test]
    fn a_known_set_that_the_machine_lacks_is_unavailable() {
        for level in Level::ALL.iter().filter(|level| !level.detected()) {
            let error = Isa::parse(level.name()).unwrap_err();
            assert!(matches!(error, IsaError::Unavailable { .. }), "{error:?}");
        }
    }
}
