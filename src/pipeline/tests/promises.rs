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
    // Every cosine, so that a threshold can be chosen by cross-validation outside.
    for pair in &pairs {
        let spans = scoring::sentences::split(&pair.message);
        let chosen = promises.promising(&pair.message);
        for (index, span) in spans.iter().enumerate() {
            let sentence = judge.vectors(&[span.of(&pair.message)]).unwrap();
            let cosines: Vec<String> = vectors
                .iter()
                .map(|promise| format!("{:.3}", promise.iter().zip(&sentence[0]).map(|(a, b)| a * b).sum::<f32>()))
                .collect();
            let compared = chosen.contains(&index);
            println!("cosine {} {:9} {} {compared} {}", pair.id, pair.promise, pair.broken, cosines.join(" "));
        }
    }
}
