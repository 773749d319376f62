//! Kernels alone, on values made up for it, so that benchmarks and profilers can look at one at a time.

use super::isa::Isa;
use super::kernels::{self, Attention, DenseLinear, GROUP, Int8Linear, Norm, PANEL, Quantised};

/// Tokens that a kernel is given.
const TOKENS: usize = 64;
/// Width of a token's vector, and of the feed-forward layer, as in the built-in encoder.
const HIDDEN: usize = 384;
const INNER: usize = 4 * HIDDEN;

/// A kernel with its input.
pub struct Micro {
    name: &'static str,
    operations: u64,
    run: Box<dyn FnMut()>,
}

impl Micro {
    /// What it is.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Operations of one run of a matrix product, two for each multiplication; 0 for kernels that are none.
    pub const fn operations(&self) -> u64 {
        self.operations
    }

    /// Runs it once.
    pub fn run(&mut self) {
        (self.run)();
    }
}

/// Values between -1 and 1 that look random and are always the same.
fn values(count: usize) -> Vec<f32> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// Returns every kernel of `isa`, for 64 tokens of the built-in encoder's width.
pub fn all(isa: Isa) -> Vec<Micro> {
    let product = (2 * TOKENS * HIDDEN * INNER) as u64;
    let micro = |name, operations, run: Box<dyn FnMut()>| Micro { name, operations, run };
    let attention = |tokens: usize| {
        let qkv = values(tokens * 3 * HIDDEN);
        let mut scratch = vec![0.0; Attention::scratch(tokens, 32)];
        let mut out = vec![0.0; tokens * HIDDEN];
        let operations = (4 * tokens * tokens * HIDDEN) as u64;
        let run = move || {
            let input = Attention { qkv: &qkv, tokens, heads: HIDDEN / 32, width: 32 };
            kernels::attend(isa, input, &mut scratch, &mut out);
        };
        (operations, Box::new(run) as Box<dyn FnMut()>)
    };
    let (short, long) = (attention(24), attention(200));
    vec![
        micro("linear int8", product, linear_int8(isa)),
        micro("linear f32", product, linear(isa)),
        micro("attention, 24 tokens", short.0, short.1),
        micro("attention, 200 tokens", long.0, long.1),
        micro("quantise", 0, quantise(isa)),
        micro("layer norm", 0, normalise(isa)),
        micro("gelu", 0, activate(isa)),
        micro("pool", 0, pool(isa)),
    ]
}

fn linear_int8(isa: Isa) -> Box<dyn FnMut()> {
    #[expect(clippy::cast_possible_truncation, reason = "between -127 and 127")]
    let panels: Vec<i8> = values(HIDDEN * INNER).iter().map(|value| (value * 127.0) as i8).collect();
    debug_assert!(HIDDEN.is_multiple_of(GROUP) && INNER.is_multiple_of(PANEL));
    let (sums, scales, bias) = (vec![0; INNER], vec![0.01; INNER], vec![0.1; INNER]);
    let layer = Int8Linear { inputs: HIDDEN, outputs: INNER, panels, sums, scales, bias };
    let mut input = Quantised::default();
    kernels::quantise(isa, &values(TOKENS * HIDDEN), HIDDEN, &mut input);
    let mut out = vec![0.0; TOKENS * INNER];
    Box::new(move || kernels::linear_int8(isa, &input, &layer, &mut out))
}

fn linear(isa: Isa) -> Box<dyn FnMut()> {
    let layer = DenseLinear { inputs: HIDDEN, outputs: INNER, panels: values(HIDDEN * INNER), bias: vec![0.1; INNER] };
    let input = values(TOKENS * HIDDEN);
    let mut out = vec![0.0; TOKENS * INNER];
    Box::new(move || kernels::linear(isa, &input, &layer, &mut out))
}

fn quantise(isa: Isa) -> Box<dyn FnMut()> {
    let input = values(TOKENS * INNER);
    let mut out = Quantised::default();
    Box::new(move || kernels::quantise(isa, &input, INNER, &mut out))
}

fn normalise(isa: Isa) -> Box<dyn FnMut()> {
    let norm = Norm { weight: vec![1.0; HIDDEN], bias: vec![0.0; HIDDEN], eps: 1e-12 };
    let residual = values(TOKENS * HIDDEN);
    let mut x = values(TOKENS * HIDDEN);
    Box::new(move || kernels::normalise(isa, &mut x, Some(&residual), &norm))
}

fn activate(isa: Isa) -> Box<dyn FnMut()> {
    let mut x = values(TOKENS * INNER);
    Box::new(move || kernels::activate(isa, &mut x))
}

fn pool(isa: Isa) -> Box<dyn FnMut()> {
    let x = values(TOKENS * HIDDEN);
    let mut out = vec![0.0; HIDDEN];
    Box::new(move || kernels::pool(isa, &x, &mut out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kernel_runs_on_every_instruction_set() {
        for isa in Isa::available() {
            let mut all = all(isa);
            all.iter_mut().for_each(Micro::run);
            assert!(all.iter().any(|micro| micro.operations() > 0) && all.iter().all(|micro| !micro.name().is_empty()));
        }
    }
}
