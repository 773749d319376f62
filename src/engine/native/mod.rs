//! The native engine: an encoder for short texts on CPU, without any system library.
//!
//! - Nothing is padded: the tokens of all messages of a batch lie one after the other, and attention runs per message.
//! - Results are bit-identical on every instruction set, in every batch and on any number of threads, because each value
//!   is defined as a fixed sequence of IEEE operations (`kernels`), and because activations are quantised per token.
//! - Weights are packed once (`model`) and shared; an engine owns nothing but its scratch space, which it keeps.

mod isa;
mod kernels;
mod lanes;
mod math;
pub mod micro;
mod model;
mod scratch;

use std::sync::Arc;

pub use self::isa::{Isa, IsaError};
pub(super) use self::model::Dense;
pub use self::model::{NativeModel, Variant};

use self::kernels::{Attention, Done};
use self::model::{Layer, Linear, add_row};
use self::scratch::{Scratch, part};
use super::package::Pooling;
use super::{Embeddings, Engine, EngineInfo, InferError, TokenBatch};

/// Runs a [`NativeModel`] on one thread.
#[derive(Debug)]
pub struct Native {
    model: Arc<NativeModel>,
    isa: Isa,
    info: EngineInfo,
    scratch: Scratch,
}

impl Native {
    /// Makes an engine that runs `model` with the kernels of `isa`.
    pub fn new(model: Arc<NativeModel>, isa: Isa) -> Self {
        let info = EngineInfo { name: "native", variant: model.variant.name(), isa: isa.name().to_owned() };
        Self { model, isa, info, scratch: Scratch::default() }
    }

    /// Writes the normalised sum of token, type and position vectors to `scratch.x`.
    fn look_up(&mut self, batch: &TokenBatch) {
        let model = &self.model;
        let hidden = model.config.hidden;
        let x = part(&mut self.scratch.x, batch.tokens() * hidden);
        let mut rows = x.chunks_exact_mut(hidden);
        for message in 0..batch.len() {
            for ((position, id), row) in batch.message(message).iter().enumerate().zip(&mut rows) {
                row.copy_from_slice(&model.token_type);
                // Ids were checked against the vocabulary.
                add_row(&model.words, *id as usize, row);
                add_row(&model.positions, position, row);
            }
        }
        kernels::normalise(self.isa, x, None, &model.norm);
    }
}

impl Engine for Native {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn embed(&mut self, batch: &TokenBatch) -> Result<Embeddings, InferError> {
        batch.check(self.model.config.vocabulary, self.model.config.positions)?;
        if batch.is_empty() {
            return Ok(Embeddings::new(self.model.config.hidden, Vec::new()));
        }
        self.look_up(batch);
        let config = &self.model.config;
        for layer in &self.model.layers {
            Pass { isa: self.isa, layer, heads: config.heads, hidden: config.hidden }.run(batch, &mut self.scratch);
        }
        let mut embeddings = vec![0.0; batch.len() * config.hidden];
        for (row, bounds) in embeddings.chunks_exact_mut(config.hidden).zip(batch.offsets().windows(2)) {
            let tokens = &self.scratch.x[bounds[0] * config.hidden..bounds[1] * config.hidden];
            match self.model.pooling {
                Pooling::Mean => kernels::pool(self.isa, tokens, row),
                Pooling::Cls => row.copy_from_slice(&tokens[..config.hidden]),
            }
        }
        Ok(Embeddings::new(config.hidden, embeddings))
    }
}

/// Does `rounds` rounds of products in registers, as the engine's own matrix products do them on this instruction set, and returns the
/// operations done: two for each multiplication. Operations by time are the most that a core can do; memory is not touched.
pub fn peak(isa: Isa, variant: Variant, rounds: usize) -> u64 {
    let mut done = Done::default();
    match variant {
        Variant::F32 => kernels::fma(isa, rounds, &mut done),
        Variant::Int8 => kernels::dot(isa, rounds, &mut done),
    }
    std::hint::black_box(done).operations
}

/// Tokens that go through the feed-forward part together: a multiple of the rows of a tile. Their 64 x 1536 inner values are 400 kB.
const BLOCK: usize = 64;

/// One layer over one batch.
struct Pass<'a> {
    isa: Isa,
    layer: &'a Layer,
    heads: usize,
    hidden: usize,
}

impl Pass<'_> {
    /// Replaces `scratch.x` by the layer's output.
    fn run(&self, batch: &TokenBatch, scratch: &mut Scratch) {
        let Scratch { x, y, wide, context, attention, quantised } = scratch;
        let size = batch.tokens() * self.hidden;
        let x = part(x, size);
        let y = part(y, size);
        let context = part(context, size);

        let qkv = self.linear(&self.layer.qkv, x, wide, quantised);
        let width = self.hidden / self.heads;
        for bounds in batch.offsets().windows(2) {
            let tokens = bounds[1] - bounds[0];
            let from = bounds[0] * self.hidden;
            let input = Attention { qkv: &qkv[3 * from..], tokens, heads: self.heads, width };
            let space = part(attention, Attention::scratch(tokens, width));
            kernels::attend(self.isa, input, space, &mut context[from..from + tokens * self.hidden]);
        }
        // Everything after attention is done for a few tokens at a time, whose values then stay in the second-level cache.
        let block = BLOCK * self.hidden;
        for ((x, y), context) in x.chunks_mut(block).zip(y.chunks_mut(block)).zip(context.chunks(block)) {
            self.linear_into(&self.layer.attention_out, context, y, quantised);
            kernels::normalise(self.isa, y, Some(x), &self.layer.attention_norm);
            let inner = self.linear(&self.layer.intermediate, y, wide, quantised);
            kernels::activate(self.isa, inner);
            self.linear_into(&self.layer.out, inner, x, quantised);
            kernels::normalise(self.isa, x, Some(y), &self.layer.norm);
        }
    }

    /// Applies a linear layer and returns its output, which lies in `space`.
    fn linear<'s>(
        &self,
        layer: &Linear,
        input: &[f32],
        space: &'s mut Vec<f32>,
        quantised: &mut kernels::Quantised,
    ) -> &'s mut [f32] {
        let out = part(space, input.len() / layer.inputs() * layer.outputs());
        self.linear_into(layer, input, out, quantised);
        out
    }

    fn linear_into(&self, layer: &Linear, input: &[f32], out: &mut [f32], quantised: &mut kernels::Quantised) {
        match layer {
            Linear::Dense(layer) => kernels::linear(self.isa, input, layer, out),
            Linear::Int8(layer) => {
                kernels::quantise(self.isa, input, layer.inputs, quantised);
                kernels::linear_int8(self.isa, quantised, layer, out);
            }
        }
    }
}

#[cfg(test)]
mod tests;
