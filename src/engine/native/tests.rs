#![allow(clippy::many_single_char_names, reason = "the names of the reference are those of the formulas")]

use proptest::prelude::*;

use super::*;
use crate::engine::heads::cosine;
use crate::engine::package::ModelPackage;
use crate::engine::package::testing::{self, Random, Shape};

const VARIANTS: [Variant; 2] = [Variant::F32, Variant::Int8];

fn engine(package: &ModelPackage, variant: Variant) -> Native {
    Native::new(NativeModel::new(package, variant).unwrap(), Isa::detect())
}

fn batch<'a>(messages: impl IntoIterator<Item = &'a [u32]>) -> TokenBatch {
    let mut batch = TokenBatch::default();
    messages.into_iter().for_each(|ids| batch.push(ids));
    batch
}

fn embed(engine: &mut Native, messages: &[Vec<u32>]) -> Vec<Vec<f32>> {
    let batch = batch(messages.iter().map(Vec::as_slice));
    engine.embed(&batch).unwrap().rows().map(<[f32]>::to_vec).collect()
}

fn random_messages(seed: u64, lengths: &[usize]) -> Vec<Vec<u32>> {
    let mut random = Random(seed);
    lengths.iter().map(|length| (0..*length).map(|_| u32::try_from(random.below(60)).unwrap()).collect()).collect()
}

fn bits(rows: &[Vec<f32>]) -> Vec<Vec<u32>> {
    rows.iter().map(|row| row.iter().map(|value| value.to_bits()).collect()).collect()
}

/// The encoder, told as plainly as possible, in `f64`.
fn exact(package: &ModelPackage, ids: &[u32]) -> Vec<f64> {
    let config = package.config();
    let hidden = config.hidden;
    let tensor =
        |name: &str| -> Vec<f64> { package.f32(name).unwrap().data.iter().map(|value| f64::from(*value)).collect() };
    let linear = |x: &[Vec<f64>], name: &str| -> Vec<Vec<f64>> {
        let (weight, bias) = (tensor(&format!("{name}.weight")), tensor(&format!("{name}.bias")));
        x.iter()
            .map(|row| {
                let outputs = weight.chunks(row.len()).zip(&bias);
                outputs.map(|(w, b)| w.iter().zip(row).map(|(w, x)| w * x).sum::<f64>() + b).collect()
            })
            .collect()
    };
    let norm = |x: &mut [Vec<f64>], name: &str| {
        let (weight, bias) = (tensor(&format!("{name}.weight")), tensor(&format!("{name}.bias")));
        for row in x {
            let mean = row.iter().sum::<f64>() / row.len() as f64;
            let variance = row.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / row.len() as f64;
            let deviation = (variance + f64::from(config.layer_norm_eps)).sqrt();
            for (i, value) in row.iter_mut().enumerate() {
                *value = (*value - mean) / deviation * weight[i] + bias[i];
            }
        }
    };
    let add = |x: &mut [Vec<f64>], y: &[Vec<f64>]| {
        for (x, y) in x.iter_mut().flatten().zip(y.iter().flatten()) {
            *x += y;
        }
    };
    let [words, positions, types] =
        ["word", "position", "token_type"].map(|table| tensor(&format!("embeddings.{table}_embeddings.weight")));
    let mut x: Vec<Vec<f64>> = ids
        .iter()
        .enumerate()
        .map(|(at, id)| {
            (0..hidden).map(|i| words[*id as usize * hidden + i] + positions[at * hidden + i] + types[i]).collect()
        })
        .collect();
    norm(&mut x, "embeddings.LayerNorm");
    let width = hidden / config.heads;
    for layer in 0..config.layers {
        let name = format!("encoder.layer.{layer}");
        let [queries, keys, values] =
            ["query", "key", "value"].map(|part| linear(&x, &format!("{name}.attention.self.{part}")));
        let mut context = vec![vec![0.0; hidden]; ids.len()];
        for head in 0..config.heads {
            let columns = head * width..(head + 1) * width;
            for (row, context) in context.iter_mut().enumerate() {
                let scores: Vec<f64> = keys
                    .iter()
                    .map(|key| columns.clone().map(|i| queries[row][i] * key[i]).sum::<f64>() / (width as f64).sqrt())
                    .collect();
                let sum: f64 = scores.iter().map(|score| score.exp()).sum();
                for i in columns.clone() {
                    context[i] = scores.iter().zip(&values).map(|(score, value)| score.exp() / sum * value[i]).sum();
                }
            }
        }
        let mut y = linear(&context, &format!("{name}.attention.output.dense"));
        add(&mut y, &x);
        norm(&mut y, &format!("{name}.attention.output.LayerNorm"));
        let mut inner = linear(&y, &format!("{name}.intermediate.dense"));
        for value in inner.iter_mut().flatten() {
            *value *= normal_distribution(*value);
        }
        x = linear(&inner, &format!("{name}.output.dense"));
        add(&mut x, &y);
        norm(&mut x, &format!("{name}.output.LayerNorm"));
    }
    (0..hidden).map(|i| x.iter().map(|row| row[i]).sum::<f64>() / ids.len() as f64).collect()
}

/// Φ by integrating its density with Simpson's rule.
fn normal_distribution(x: f64) -> f64 {
    let steps = 400;
    let end = x.clamp(-9.0, 9.0);
    let width = end / f64::from(steps);
    let density = |at: f64| (-at * at / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let sum: f64 = (0..=steps)
        .map(|i| {
            let weight = if i == 0 || i == steps { 1.0 } else { f64::from(2 + 2 * (i % 2)) };
            weight * density(f64::from(i) * width)
        })
        .sum();
    0.5 + sum * width / 3.0
}

#[test]
fn single_precision_is_close_to_exact() {
    for shape in [
        Shape::default(),
        Shape { hidden: 36, heads: 3, intermediate: 50, layers: 3, seed: 9, ..Shape::default() },
        Shape { quantised: false, ..Shape::default() },
    ] {
        let package = testing::shaped(shape);
        let messages = random_messages(11, &[1, 2, 9, 33]);
        for (ids, found) in messages.iter().zip(embed(&mut engine(&package, Variant::F32), &messages)) {
            for (found, exact) in found.iter().zip(exact(&package, ids)) {
                assert!((f64::from(*found) - exact).abs() < 1e-4, "{found}, exactly {exact}");
            }
        }
    }
}

#[test]
fn integers_say_nearly_the_same() {
    for quantised in [true, false] {
        let package = testing::shaped(Shape { hidden: 64, intermediate: 256, quantised, ..Shape::default() });
        let messages = random_messages(12, &[1, 5, 20, 41]);
        let f32 = embed(&mut engine(&package, Variant::F32), &messages);
        let int8 = embed(&mut engine(&package, Variant::Int8), &messages);
        for (a, b) in f32.iter().zip(&int8) {
            assert!(cosine(a, b) > 0.995, "cosine {}", cosine(a, b));
            assert_ne!(a, b, "the variants are different arithmetic");
        }
    }
}

#[test]
fn every_instruction_set_gives_the_same_bits() {
    for shape in [Shape::default(), Shape { hidden: 36, heads: 3, intermediate: 50, ..Shape::default() }] {
        let package = testing::shaped(shape);
        let messages = random_messages(13, &[3, 17, 1, 64, 40]);
        for variant in VARIANTS {
            let model = NativeModel::new(&package, variant).unwrap();
            let mut results = Isa::available()
                .into_iter()
                .map(|isa| bits(&embed(&mut Native::new(Arc::clone(&model), isa), &messages)));
            let reference = results.next().unwrap();
            for result in results {
                assert_eq!(result, reference, "{variant}");
            }
        }
    }
}

#[test]
fn the_embedded_model_runs() {
    let package = ModelPackage::embedded().unwrap();
    let tokenizer = crate::engine::tokenizer::TextTokenizer::new(&package).unwrap();
    let texts = [
        "My parcel never arrived and nobody answers my emails.",
        "The package was not delivered, and I get no reply to my messages.",
        "What a lovely sunny day at the beach!",
    ];
    let messages: Vec<Vec<u32>> = texts.iter().map(|text| tokenizer.encode(text).unwrap().ids).collect();
    let f32 = embed(&mut engine(&package, Variant::F32), &messages);
    let int8 = embed(&mut engine(&package, Variant::Int8), &messages);
    for (a, b) in f32.iter().zip(&int8) {
        assert!(cosine(a, b) > 0.995, "cosine {}", cosine(a, b));
    }
    let similar: Vec<Vec<f32>> = f32.iter().map(|row| package.heads().similarity(row)).collect();
    assert!(cosine(&similar[0], &similar[1]) > cosine(&similar[0], &similar[2]) + 0.1);
}

#[test]
fn the_shortest_and_the_longest_message_embed() {
    let package = testing::tiny();
    for variant in VARIANTS {
        let mut engine = engine(&package, variant);
        let messages = random_messages(14, &[1, 512]);
        let together = embed(&mut engine, &messages);
        assert!(together.iter().flatten().all(|value| value.is_finite()));
        assert_eq!(bits(&together[1..]), bits(&embed(&mut engine, &messages[1..])));
        assert!(embed(&mut engine, &[]).is_empty());
    }
}

#[test]
fn messages_that_the_model_cannot_take_are_errors() {
    let package = testing::tiny();
    let mut engine = engine(&package, Variant::F32);
    let long = vec![1; 513];
    for (ids, part) in [(&long[..], "513 tokens; the model takes 1 to 512"), (&[], "0 tokens"), (&[1, 9999], "9999")] {
        let error = engine.embed(&batch([&[1, 2][..], ids])).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }
    assert_eq!(engine.info().name, "native");
    assert_eq!(engine.info().isa, Isa::detect().name());
}

#[test]
fn operations_are_those_of_the_matrix_products() {
    let model = NativeModel::new(&testing::tiny(), Variant::F32).unwrap();
    // Two layers; four products with 32 x 32 weights, two with 32 x 64; scores and mixtures over 10 tokens.
    assert_eq!(model.operations(10), 2 * 2 * 10 * (4 * 32 * 32 + 2 * 32 * 64 + 2 * 10 * 32));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn batch_equals_single(lengths in prop::collection::vec(1_usize..40, 1..9), seed: u64) {
        let package = testing::tiny();
        let messages = random_messages(seed, &lengths);
        for variant in VARIANTS {
            let mut engine = engine(&package, variant);
            let together = embed(&mut engine, &messages);
            for (message, row) in messages.iter().zip(&together) {
                let alone = embed(&mut engine, std::slice::from_ref(message));
                prop_assert_eq!(bits(&alone), bits(std::slice::from_ref(row)));
            }
        }
    }
}

#[test]
fn many_threads_equal_one() {
    use rayon::prelude::*;
    let package = testing::tiny();
    let messages = random_messages(15, &(1..60).collect::<Vec<_>>());
    for variant in VARIANTS {
        let model = NativeModel::new(&package, variant).unwrap();
        let serial = embed(&mut Native::new(Arc::clone(&model), Isa::detect()), &messages);
        let parallel: Vec<Vec<f32>> = messages
            .par_chunks(3)
            .map_init(|| Native::new(Arc::clone(&model), Isa::detect()), embed)
            .flatten()
            .collect();
        assert_eq!(bits(&serial), bits(&parallel), "{variant}");
    }
}
