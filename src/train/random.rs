//! Randomness that a run can repeat, and a hash for splits.

pub(crate) use crate::evaluate::random::Random;

/// A stable hash of a text (FNV-1a), for splits that do not depend on the order of rows.
pub(crate) fn stable_hash(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}
