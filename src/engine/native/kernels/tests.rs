use super::*;
use crate::engine::package::testing::Random;

/// Every instruction set but the portable one, which is the reference.
fn others() -> Vec<Isa> {
    Isa::available().split_off(1)
}

fn portable() -> Isa {
    Isa::available()[0]
}

fn values(random: &mut Random, count: usize, width: f32) -> Vec<f32> {
    (0..count).map(|_| random.signed() * width).collect()
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// A dense layer packed from row-major weights `[outputs][inputs]`.
fn dense_layer(weights: &[f32], bias: &[f32]) -> DenseLinear {
    let outputs = bias.len();
    let inputs = weights.len() / outputs;
    let mut panels = vec![0.0; outputs.div_ceil(PANEL) * inputs * PANEL];
    for output in 0..outputs {
        for input in 0..inputs {
            panels[(output / PANEL * inputs + input) * PANEL + output % PANEL] = weights[output * inputs + input];
        }
    }
    DenseLinear { inputs, outputs, panels, bias: bias.to_vec() }
}

#[test]
fn a_dense_product_is_its_definition_on_every_instruction_set() {
    let mut random = Random(1);
    for (rows, inputs, outputs) in [(1, 1, 1), (13, 7, 33), (12, 32, 96), (31, 5, 16), (3, 100, 49), (29, 64, 17)] {
        for width in [1.0, 1e18, 1e-30] {
            let x = values(&mut random, rows * inputs, width);
            let weights = values(&mut random, outputs * inputs, width);
            let bias = values(&mut random, outputs, 1.0);
            let mut expected = Vec::new();
            for row in x.chunks(inputs) {
                for (weights, bias) in weights.chunks(inputs).zip(&bias) {
                    let sum = row.iter().zip(weights).fold(0.0_f32, |sum, (a, b)| a.mul_add(*b, sum));
                    expected.push(sum + bias);
                }
            }
            let layer = dense_layer(&weights, &bias);
            for isa in Isa::available() {
                let mut out = vec![f32::NAN; rows * outputs];
                linear(isa, &x, &layer, &mut out);
                assert_eq!(bits(&out), bits(&expected), "{isa}: {rows} x {inputs} x {outputs}, width {width}");
            }
        }
    }
}

#[test]
fn attention_is_the_same_on_every_instruction_set_and_close_to_exact() {
    let mut random = Random(2);
    for (tokens, heads, width) in [(1, 1, 8), (2, 4, 8), (17, 3, 16), (41, 2, 32), (70, 2, 20)] {
        for range in [1.0, 40.0] {
            let hidden = heads * width;
            let qkv = values(&mut random, tokens * 3 * hidden, range);
            let run = |isa| {
                let mut scratch = vec![f32::NAN; Attention::scratch(tokens, width)];
                let mut out = vec![f32::NAN; tokens * hidden];
                attend(isa, Attention { qkv: &qkv, tokens, heads, width }, &mut scratch, &mut out);
                out
            };
            let reference = run(portable());
            for isa in others() {
                assert_eq!(bits(&run(isa)), bits(&reference), "{isa}: {tokens} tokens, width {width}");
            }
            for token in 0..tokens {
                for head in 0..heads {
                    let exact = exact_attention(&qkv, tokens, hidden, head * width, width, token);
                    for (i, exact) in exact.iter().enumerate() {
                        let found = f64::from(reference[token * hidden + head * width + i]);
                        assert!((found - exact).abs() < 1e-4 * f64::from(range), "{found}, exactly {exact}");
                    }
                }
            }
        }
    }
}

fn exact_attention(qkv: &[f32], tokens: usize, hidden: usize, from: usize, width: usize, token: usize) -> Vec<f64> {
    let part = |token: usize, which: usize, i: usize| f64::from(qkv[(token * 3 + which) * hidden + from + i]);
    let scores: Vec<f64> = (0..tokens)
        .map(|other| (0..width).map(|i| part(token, 0, i) * part(other, 1, i)).sum::<f64>() / (width as f64).sqrt())
        .collect();
    let greatest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = scores.iter().map(|score| (score - greatest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    (0..width).map(|i| (0..tokens).map(|other| powers[other] / sum * part(other, 2, i)).sum()).collect()
}

#[test]
fn rows_are_normalised_alike_on_every_instruction_set() {
    let mut random = Random(3);
    for width in [8, 16, 31, 48, 100] {
        let norm = Norm { weight: values(&mut random, width, 2.0), bias: values(&mut random, width, 1.0), eps: 1e-12 };
        let x = values(&mut random, 5 * width, 3.0);
        let residual = values(&mut random, 5 * width, 3.0);
        for residual in [None, Some(residual.as_slice())] {
            let run = |isa| {
                let mut x = x.clone();
                normalise(isa, &mut x, residual, &norm);
                x
            };
            let reference = run(portable());
            for isa in others() {
                assert_eq!(bits(&run(isa)), bits(&reference), "{isa}: width {width}");
            }
            let row: Vec<f64> = (0..width)
                .map(|i| f64::from(x[width + i]) + residual.map_or(0.0, |r| f64::from(r[width + i])))
                .collect();
            let mean = row.iter().sum::<f64>() / width as f64;
            let variance = row.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / width as f64;
            for (i, value) in row.iter().enumerate() {
                let exact = (value - mean) / variance.sqrt() * f64::from(norm.weight[i]) + f64::from(norm.bias[i]);
                assert!((f64::from(reference[width + i]) - exact).abs() < 1e-5);
            }
        }
    }
}

#[test]
fn activation_and_pooling_are_the_same_on_every_instruction_set() {
    let mut random = Random(4);
    let mut x = values(&mut random, 1000, 8.0);
    x.extend([0.0, -0.0, 1e30, -1e30, f32::MIN_POSITIVE, -5.0, 5.0]);
    let activated = |isa| {
        let mut x = x.clone();
        activate(isa, &mut x);
        x
    };
    let pooled = |isa| {
        let mut out = vec![f32::NAN; 19];
        pool(isa, &x[..19 * 41], &mut out);
        out
    };
    for isa in others() {
        assert_eq!(bits(&activated(isa)), bits(&activated(portable())), "{isa}");
        assert_eq!(bits(&pooled(isa)), bits(&pooled(portable())), "{isa}");
    }
    let exact: f64 = (0..41).map(|row| f64::from(x[row * 19 + 18])).sum::<f64>() / 41.0;
    assert!((f64::from(pooled(portable())[18]) - exact).abs() < 1e-5);
}

/// An integer layer packed from row-major weights `[outputs][inputs]`.
fn int8_layer(weights: &[i8], scales: &[f32], bias: &[f32]) -> Int8Linear {
    let outputs = bias.len();
    let inputs = weights.len() / outputs;
    let groups = inputs.div_ceil(GROUP);
    let padded = outputs.next_multiple_of(PANEL);
    let pad = |values: &[f32]| [values, &vec![0.0; padded - outputs]].concat();
    let mut layer = Int8Linear {
        inputs,
        outputs,
        panels: vec![0; padded * groups * GROUP],
        sums: vec![0; padded],
        scales: pad(scales),
        bias: pad(bias),
    };
    for output in 0..outputs {
        for input in 0..inputs {
            let at = ((output / PANEL * groups + input / GROUP) * PANEL + output % PANEL) * GROUP + input % GROUP;
            layer.panels[at] = weights[output * inputs + input];
            layer.sums[output] += i32::from(weights[output * inputs + input]);
        }
    }
    layer
}

#[test]
fn an_integer_product_is_its_definition_on_every_instruction_set() {
    let mut random = Random(5);
    for (rows, inputs, outputs) in
        [(1, 1, 1), (13, 7, 33), (12, 32, 96), (31, 5, 16), (3, 1536, 49), (29, 66, 17), (16, 128, 32), (70, 132, 40)]
    {
        let extreme: Vec<i8> = (0..inputs * outputs).map(|i| if i / inputs % 2 == 0 { 127 } else { -127 }).collect();
        let usual: Vec<i8> = (0..inputs * outputs).map(|_| i8::try_from(random.below(255)).unwrap_or(-100)).collect();
        for (weights, width) in [(&usual, 1.0), (&usual, 1e20), (&extreme, 1e-10), (&extreme, 3.0)] {
            let scales: Vec<f32> = values(&mut random, outputs, 0.01).iter().map(|scale| scale.abs()).collect();
            let bias = values(&mut random, outputs, 1.0);
            let layer = int8_layer(weights, &scales, &bias);
            let mut x = values(&mut random, rows * inputs, width);
            // A row of the greatest integers, and one of zeros.
            x[..inputs].fill(width);
            x[(rows - 1) * inputs..].fill(0.0);
            let mut reference = Quantised::default();
            quantise(portable(), &x, inputs, &mut reference);
            let mut expected = Vec::new();
            for row in 0..rows {
                let (scale, zero) = reference.row(row);
                let bytes = reference.bytes(row, inputs);
                for output in 0..outputs {
                    let sum: i32 = bytes
                        .iter()
                        .zip(&weights[output * inputs..])
                        .map(|(value, weight)| (i32::from(*value) - zero) * i32::from(*weight))
                        .sum();
                    expected.push((sum as f32 * scale).mul_add(scales[output], bias[output]));
                }
            }
            for isa in Isa::available() {
                let mut quantised = Quantised::default();
                quantise(isa, &x, inputs, &mut quantised);
                for row in 0..rows {
                    assert_eq!(quantised.row(row), reference.row(row), "{isa}");
                    assert_eq!(quantised.bytes(row, inputs), reference.bytes(row, inputs), "{isa}");
                }
                let mut out = vec![f32::NAN; rows * outputs];
                linear_int8(isa, &quantised, &layer, &mut out);
                assert_eq!(bits(&out), bits(&expected), "{isa}: {rows} x {inputs} x {outputs}, width {width}");
            }
            let mut out = vec![f32::NAN; rows * outputs];
            if in_256_bits(&reference, &layer, &mut out) {
                assert_eq!(bits(&out), bits(&expected), "256 bits: {rows} x {inputs} x {outputs}, width {width}");
            }
        }
    }
}

/// The kernel of AVX-VNNI with its dot product in the encoding of AVX-512 VNNI, which other machines have; false where this one has neither.
#[cfg(target_arch = "x86_64")]
fn in_256_bits(input: &Quantised, layer: &Int8Linear, out: &mut [f32]) -> bool {
    use std::arch::x86_64::{__m256i, _mm256_dpbusd_epi32};

    struct Evex;

    impl x86::Encoding for Evex {
        #[allow(clippy::inline_always, reason = "as in the kernels")]
        #[inline(always)]
        fn add(sums: __m256i, values: __m256i, weights: __m256i) -> __m256i {
            // SAFETY: only reached from `compiled` below.
            unsafe { _mm256_dpbusd_epi32(sums, values, weights) }
        }
    }

    #[target_feature(enable = "avx2,fma,avx512vl,avx512vnni")]
    fn compiled(input: &Quantised, layer: &Int8Linear, out: &mut [f32]) {
        int8::linear::<x86::Vnni256<Evex>, 6, 1>(input, layer, out);
    }

    let has = Isa::detect().level() == Level::Avx512Vnni;
    if has {
        // SAFETY: an `Isa` of this level is only made where all of these were detected.
        unsafe { compiled(input, layer, out) }
    }
    has
}

#[cfg(not(target_arch = "x86_64"))]
fn in_256_bits(_: &Quantised, _: &Int8Linear, _: &mut [f32]) -> bool {
    false
}

#[test]
fn integers_are_within_half_a_step_of_the_values() {
    let mut random = Random(6);
    for (low, high) in [(-1.0, 1.0), (-0.2, 7.0), (0.5, 2.0), (-3.0, -1.0), (0.0, 1e-31), (-1e30, 1e30)] {
        let x: Vec<f32> = (0..100).map(|_| low + (high - low) * (random.signed() * 0.5 + 0.5)).collect();
        let mut quantised = Quantised::default();
        quantise(Isa::detect(), &x, 100, &mut quantised);
        let (scale, zero) = quantised.row(0);
        let step = (high.max(0.0) - low.min(0.0)) / 255.0;
        for (value, byte) in x.iter().zip(quantised.bytes(0, 100)) {
            let found = (i32::from(byte) - zero) as f32 * scale;
            assert!((found - value).abs() <= (step * 0.75).max(1e-30), "{value} became {found}, step {step}");
        }
    }
}

#[test]
fn the_peak_counts_its_operations() {
    for isa in Isa::available() {
        for kernel in [fma, dot] {
            let (mut once, mut twice) = (Done::default(), Done::default());
            kernel(isa, 100, &mut once);
            kernel(isa, 200, &mut twice);
            assert!(once.operations > 0 && twice.operations == 2 * once.operations, "{isa}: {once:?}, {twice:?}");
            assert!(once.sum > 0.0 && twice.sum > once.sum, "{isa}: {once:?}, {twice:?}");
        }
    }
}

#[test]
fn rows_become_columns_on_every_instruction_set() {
    let mut random = Random(9);
    for (tokens, width) in [(1, 1), (16, 16), (17, 5), (3, 40), (50, 32)] {
        let stride = width + 3;
        let rows = values(&mut random, tokens * stride, 1.0);
        for isa in Isa::available() {
            let mut packed = vec![f32::NAN; tokens.next_multiple_of(16) * width];
            pack(isa, &rows, stride, width, tokens, &mut packed);
            for (at, value) in packed.iter().enumerate() {
                let (block, column, lane) = (at / (16 * width), at / 16 % width, at % 16);
                let token = block * 16 + lane;
                let expected = if token < tokens { rows[token * stride + column] } else { 0.0 };
                assert_eq!(value.to_bits(), expected.to_bits(), "{isa}: token {token}, column {column}");
            }
        }
    }
}
