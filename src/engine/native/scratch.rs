//! Working memory of an engine. It grows to what the largest batch needed and stays.

use super::kernels::Quantised;

#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// Hidden states.
    pub(super) x: Vec<f32>,
    /// Hidden states between the two halves of a layer.
    pub(super) y: Vec<f32>,
    /// Queries, keys and values; then the feed-forward layer.
    pub(super) wide: Vec<f32>,
    /// What attention gathered.
    pub(super) context: Vec<f32>,
    /// Working memory of attention for one message.
    pub(super) attention: Vec<f32>,
    /// Input of an integer product.
    pub(super) quantised: Quantised,
}

/// Returns the first `length` values of `space`, which grows where it has fewer. What they hold is left over from before.
pub(super) fn part(space: &mut Vec<f32>, length: usize) -> &mut [f32] {
    if space.len() < length {
        space.resize(length, 0.0);
    }
    &mut space[..length]
}
