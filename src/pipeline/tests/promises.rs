//! Promises held against messages: `data/fixtures/promise-pairs.toml`.

use serde::Deserialize;

use super::*;
use crate::scoring::analyse_with_promises;

const PAIRS: &str = include_str!("../../../data/fixtures/promise-pairs.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixture {
    promise: Vec<Entry>,
    pair: Vec<Pair>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    text: String,
    says: Vec<String>,
    broken: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    id: String,
    half: String,
    message: String,
    promise: String,
    broken: bool,
}

fn fixture() -> (PromiseSet, Vec<Pair>) {
    let Fixture { promise, pair } = toml::from_str(PAIRS).unwrap();
    let promises: Vec<Promise> = promise
        .into_iter()
        .map(|entry| Promise { id: entry.id, text: entry.text, says: entry.says, broken: entry.broken })
        .collect();
    (PromiseSet::new(&promises).unwrap(), pair)
}

/// What was found against what is labelled.
#[derive(Debug, Default, PartialEq)]
struct Figures {
    labelled: usize,
    found: usize,
    right: usize,
    /// Of the right ones, those for which kept or broken is right too.
    kept_or_broken: usize,
}

fn figures(promises: &PromiseSet, pairs: &[&Pair], similarity: impl Fn(&str) -> Option<Vec<Vec<f32>>>) -> Figures {
    let least = Weights::embedded().validity.promise_min;
    let mut figures = Figures::default();
    for pair in pairs {
        let similarity = similarity(&pair.message);
        let found = analyse_with_promises(&pair.message, promises, similarity.as_deref()).promises;
        let found = found.into_iter().find(|found| found.score >= least);
        figures.labelled += usize::from(!pair.promise.is_empty());
        figures.found += usize::from(found.is_some());
        if let Some(found) = found.filter(|found| found.id == pair.promise) {
            figures.right += 1;
            figures.kept_or_broken += usize::from(found.broken == pair.broken);
        }
    }
    figures
}

#[test]
fn the_pairs_name_promises_that_exist_and_have_two_equal_halves() {
    let (promises, pairs) = fixture();
    assert_eq!(pairs.iter().filter(|pair| pair.half == "open").count(), pairs.len() / 2);
    assert!(pairs.iter().all(|pair| pair.half == "open" || pair.half == "measured"));
    let Fixture { promise, .. } = toml::from_str(PAIRS).unwrap();
    assert_eq!(promise.len(), promises.len());
    for pair in &pairs {
        assert!(pair.promise.is_empty() || promise.iter().any(|known| known.id == pair.promise), "{}", pair.id);
    }
}

#[test]
fn rules_alone_hold_no_promise_against_a_message_that_relies_on_none() {
    let (promises, pairs) = fixture();
    let others: Vec<&Pair> = pairs.iter().filter(|pair| pair.promise.is_empty()).collect();
    assert_eq!(figures(&promises, &others, |_| None).found, 0);
}

#[test]
#[ignore = "measures the built-in model; `cargo test --lib promises -- --ignored --nocapture`"]
fn similarity_and_rules_together() {
    let (promises, pairs) = fixture();
    let package = Arc::new(ModelPackage::embedded().unwrap());
    let model = NativeModel::new(&package, Variant::Int8).unwrap();
    let engine = Box::new(Native::new(model, Isa::detect())) as Box<dyn Engine>;
    let judge = Judge::new(package, vec![engine], Playbook::embedded().unwrap(), None).unwrap();
    let vectors = judge.vectors(&promises.texts()).unwrap();
    let similarity = |message: &str| {
        let spans = scoring::sentences::split(message);
        let chosen = promises.promising(message);
        let rows = vectors.iter().map(|promise| {
            let of = |(index, span): (usize, &Span)| {
                if !chosen.contains(&index) {
                    return NOT_COMPARED;
                }
                let sentence = judge.vectors(&[span.of(message)]).unwrap();
                promise.iter().zip(&sentence[0]).map(|(a, b)| a * b).sum()
            };
            spans.iter().enumerate().map(of).collect()
        });
        (!chosen.is_empty()).then(|| rows.collect())
    };
    for half in ["open", "measured"] {
        let of_half: Vec<&Pair> = pairs.iter().filter(|pair| pair.half == half).collect();
        println!("{half}: rules {:?}", figures(&promises, &of_half, |_| None));
        println!("{half}: rules and similarity {:?}", figures(&promises, &of_half, similarity));
    }
    let Fixture { promise: entries, .. } = toml::from_str(PAIRS).unwrap();
    let best: Vec<Best> = pairs
        .iter()
        .map(|pair| {
            let cosines = similarity(&pair.message).unwrap_or_default();
            let most = |row: &Vec<f32>| row.iter().copied().fold(NOT_COMPARED, f32::max);
            let (at, cosine) = cosines
                .iter()
                .map(most)
                .enumerate()
                .fold((0, NOT_COMPARED), |best, (at, cosine)| if cosine > best.1 { (at, cosine) } else { best });
            Best {
                cosine,
                right: cosine > NOT_COMPARED && entries[at].id == pair.promise,
                labelled: !pair.promise.is_empty(),
            }
        })
        .collect();
    let count = |fits: fn(&&Best) -> bool| best.iter().filter(fits).count();
    println!("the nearest promise is the right one for {} of {}", count(|one| one.right), count(|one| one.labelled));
    for beta in [0.5, 1.0] {
        let left_out = |at: usize| best.iter().enumerate().filter(move |(other, _)| *other != at).map(|(_, one)| *one);
        let chosen: Vec<f32> = (0..best.len()).map(|at| threshold(&left_out(at).collect::<Vec<_>>(), beta)).collect();
        let found = best.iter().zip(&chosen).filter(|(one, least)| one.cosine >= **least).map(|(one, _)| *one);
        let (precision, recall) = rates(&found.collect::<Vec<_>>(), &best);
        let mut sorted = chosen.clone();
        sorted.sort_by(f32::total_cmp);
        println!(
            "F{beta}, each pair left out: precision {precision:.2} recall {recall:.2}, median threshold {:.2}",
            sorted[sorted.len() / 2]
        );
    }
}

/// The promise that is most like a sentence of a pair.
#[derive(Debug, Clone, Copy)]
struct Best {
    cosine: f32,
    /// Whether it is the labelled one.
    right: bool,
    /// Whether any is labelled.
    labelled: bool,
}

/// Precision and recall, 0..=1; precision is 1 where nothing is found.
fn rates(found: &[Best], all: &[Best]) -> (f64, f64) {
    let right = found.iter().filter(|one| one.right).count() as f64;
    let labelled = all.iter().filter(|one| one.labelled).count().max(1) as f64;
    (if found.is_empty() { 1.0 } else { right / found.len() as f64 }, right / labelled)
}

/// The cosine from which on finding gives the best F measure; `beta` below 1 weighs precision more.
fn threshold(pairs: &[Best], beta: f64) -> f32 {
    let measure = |least: f32| {
        let found: Vec<Best> = pairs.iter().filter(|one| one.cosine >= least).copied().collect();
        let (precision, recall) = rates(&found, pairs);
        let square = beta * beta;
        (1.0 + square) * precision * recall / (square * precision + recall).max(f64::MIN_POSITIVE)
    };
    let steps = (0_u8..100).map(|step| f32::from(step) / 100.0);
    steps.fold((0.0, f64::MIN), |best, least| if measure(least) > best.1 { (least, measure(least)) } else { best }).0
}

#[test]
fn a_threshold_leaves_the_wrong_ones_out() {
    let one = |cosine, right, labelled| Best { cosine, right, labelled };
    let pairs = [one(0.9, true, true), one(0.6, true, true), one(0.5, false, false), one(0.2, false, true)];
    let least = threshold(&pairs, 0.5);
    assert!(least > 0.5 && least <= 0.6, "{least}");
    assert_eq!(rates(&pairs[..3], &pairs), (2.0 / 3.0, 2.0 / 3.0));
    assert_eq!(rates(&[], &pairs), (1.0, 0.0));
}
