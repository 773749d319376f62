use proptest::prelude::*;

use super::*;
use crate::engine::heads::cosine;
use crate::engine::package::testing::{self, Random, Shape};
use crate::engine::package::{ModelPackage, Pooling};
use crate::engine::reference;

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

/// The embedding of a package, exactly.
fn exact(package: &ModelPackage, ids: &[u32]) -> Vec<f64> {
    let tensor = |name: &str| package.f32(name).unwrap().data.iter().map(|value| f64::from(*value)).collect();
    let x = reference::hidden_states(package.config(), tensor, ids);
    match package.manifest().pooling {
        Pooling::Mean => (0..x[0].len()).map(|i| x.iter().map(|row| row[i]).sum::<f64>() / ids.len() as f64).collect(),
        Pooling::Cls => x[0].clone(),
    }
}

#[test]
fn single_precision_is_close_to_exact() {
    for shape in [
        Shape::default(),
        Shape { hidden: 36, heads: 3, intermediate: 50, layers: 3, seed: 9, ..Shape::default() },
        Shape { quantised: false, ..Shape::default() },
        Shape { pooling: Pooling::Cls, ..Shape::default() },
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
    assert_eq!(model.config.operations(10), 2 * 2 * 10 * (4 * 32 * 32 + 2 * 32 * 64 + 2 * 10 * 32));
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
