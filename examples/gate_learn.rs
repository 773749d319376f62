//! Learns the model of the send gate from the open fixtures and measures it and the second reader: `cargo run --release --example gate_learn -- RUN [--write]`.
//!
//! `RUN` is where `sentence_train` wrote what the second reader says about each sentence when it has not seen its writer. Every figure belongs to sentences whose writer
//! (or, of the older files, whose third) neither it nor the measured model has seen. `--write` replaces `data/gate/learned.toml` and `learned.bin`.
#![allow(clippy::print_stdout, clippy::unwrap_used)]
#![allow(clippy::cast_possible_truncation, reason = "weights are scaled to eight bits")]

mod lessons;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use amends::analysis::Validity;
use amends::drafting::Templates;
use amends::evaluate::baseline::logistic::{Rows, Softmax};
use amends::gate::learned::{BUCKETS, Column, Head, features};
use amends::gate::{Gate, Level, Reply, RuleId};
use amends::message::Channel;
use amends::playbook::Playbook;
use amends::scoring::evidence;
use amends::scoring::findings::MarkKind;
use lessons::{RULES, Sentence};
use rayon::prelude::*;

/// Rules that a sentence alone can break, whatever the verdict, the playbook and the turn are. Not the non-apology: its phrases find four of five, and the model took
/// our own "We are sorry that our rule was not explained" for one.
const IN_A_SENTENCE: [RuleId; 8] = [
    RuleId::FraudAccusation,
    RuleId::CompensationForReview,
    RuleId::Swag,
    RuleId::LegalThreat,
    RuleId::AsksWhatTheyWant,
    RuleId::PassiveDodge,
    RuleId::Blame,
    RuleId::SarcasmOrDefensive,
];

/// Of so many clean sentences the model may find one at fault on its own, by rule. Half of the clean sentences are near misses, which replies seldom hold.
const CLEAN_PER_ALARM: usize = 500;
/// Share of what the phrases of an error find rightly that the model may drop: an error missed costs more than one too many.
const DROPPED_ERRORS: f64 = 0.01;
/// The same of a warning.
const DROPPED_WARNINGS: f64 = 0.05;
/// A rule whose fault lies between the sentence and the playbook's offers: it is learned, so that its sentences are taken for nothing else, and has no column.
const OF_THE_PLAYBOOK: RuleId = RuleId::WillOutcome;
/// Share of the linear model's log-odds beside those of the second reader.
const LINEAR: f64 = 0.6;
/// Probabilities from which a sentence could count as a promise.
const LIMITS: [f64; 8] = [0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5];
/// Strength of the regression (C of the usual libraries).
const STRENGTH: f64 = 30.0;

fn main() {
    let run = std::env::args().nth(1).filter(|run| run != "--write");
    let run = PathBuf::from(run.unwrap_or_else(|| panic!("name the folder that sentence_train wrote to")));
    promises(&run.join("unseen-promises.jsonl"));
    let sentences = lessons::of_replies();
    let readings = readings(&run.join("unseen-replies.jsonl"), &sentences);
    let rows: Vec<Vec<(u32, f32)>> = sentences.par_iter().map(|sentence| row(&sentence.text)).collect();
    let gold: Vec<usize> = sentences.iter().map(|sentence| sentence.label).collect();
    let gate = Gate::new(&Playbook::embedded().unwrap(), Templates::embedded().unwrap().channels()).by_phrases_alone();
    let by_phrases: Vec<Vec<bool>> = sentences.par_iter().map(|sentence| found_by(&gate, &sentence.text)).collect();
    let mut scores = out_of_fold(&sentences, &rows, &gold);
    for (score, reading) in scores.iter_mut().flatten().zip(readings.iter().flatten()) {
        *score = LINEAR * *score + reading;
    }
    let columns: Vec<Limits> = (0..RULES.len()).map(|rule| limits(rule, &sentences, &scores, &by_phrases)).collect();
    report(&sentences, &scores, &by_phrases, &columns);
    if std::env::args().any(|arg| arg == "--write") {
        write(&fit(&rows, &gold, |_| true), &columns);
    }
}

/// The log-odds of each label against the first by a reader that has not seen the sentence's writer.
fn readings(path: &Path, sentences: &[Sentence]) -> Vec<Vec<f64>> {
    let lines = std::fs::read_to_string(path).unwrap();
    let known: HashMap<(String, String), Vec<f64>> = lines
        .lines()
        .map(|line| {
            let (writer, text, logits): (String, String, Vec<f64>) = serde_json::from_str(line).unwrap();
            ((writer, text), logits.iter().skip(1).map(|logit| logit - logits[0]).collect())
        })
        .collect();
    let of = |sentence: &Sentence| {
        let key = (sentence.group.clone(), sentence.text.clone());
        known.get(&key).unwrap_or_else(|| panic!("not in {}, train again: {}", path.display(), sentence.text)).clone()
    };
    sentences.iter().map(of).collect()
}

fn row(text: &str) -> Vec<(u32, f32)> {
    let features = features(text);
    let value = 1.0 / (features.len().max(1) as f32).sqrt();
    features.into_iter().map(|bucket| (bucket, value)).collect()
}

/// Prints what the second reader keeps of the patterns' promises, by the probability from which it takes a sentence for one.
fn promises(path: &Path) {
    let sentences = lessons::of_promises();
    let readings = readings(path, &sentences);
    println!("promises found by patterns, kept from a probability on (right / wrong)");
    print!("{:10}", "writer");
    for limit in LIMITS {
        print!("{limit:>12}");
    }
    println!();
    let mut by_group: BTreeMap<&str, [[usize; 2]; LIMITS.len()]> = BTreeMap::new();
    for (sentence, reading) in sentences.iter().zip(&readings) {
        let marks = evidence::extract_by_patterns(&sentence.text);
        if !marks.iter().any(|mark| mark.kind == MarkKind::QuotedPromise) {
            continue;
        }
        let probability = 1.0 / (1.0 + (-reading[0]).exp());
        for group in ["all", &sentence.group] {
            for (limit, counts) in LIMITS.iter().zip(by_group.entry(group).or_default()) {
                counts[1 - sentence.label] += usize::from(probability >= *limit);
            }
        }
    }
    for (group, counts) in by_group {
        print!("{group:10}");
        for [right, wrong] in counts {
            print!("{right:>6} /{wrong:>4}");
        }
        println!();
    }
}

/// Which of [`RULES`] find something in a sentence by their phrases.
fn found_by(gate: &Gate, text: &str) -> Vec<bool> {
    // Offers need a complaint that is likely valid, and a private channel.
    let report = gate.check(&Reply { validity: Validity::LikelyValid, ..Reply::new(text, Channel::Email) });
    RULES.iter().map(|rule| report.has(*rule)).collect()
}

fn fit(rows: &[Vec<(u32, f32)>], gold: &[usize], keeps: impl Fn(usize) -> bool) -> Softmax {
    let used: Vec<usize> = (0..rows.len()).filter(|row| keeps(*row)).collect();
    let gold: Vec<usize> = used.iter().map(|row| gold[*row]).collect();
    let rows = Rows::new(used.iter().map(|row| rows[*row].clone()).collect(), BUCKETS);
    Softmax::fit(&rows, &gold, RULES.len() + 1, STRENGTH, None)
}

/// Scores of each sentence by a model that has not seen its group: log-odds against clean.
fn out_of_fold(sentences: &[Sentence], rows: &[Vec<(u32, f32)>], gold: &[usize]) -> Vec<Vec<f64>> {
    let mut scores = vec![Vec::new(); rows.len()];
    let groups: std::collections::BTreeSet<&str> = sentences.iter().map(|sentence| sentence.group.as_str()).collect();
    for group in groups {
        let model = fit(rows, gold, |row| sentences[row].group != group);
        for (row, _) in sentences.iter().enumerate().filter(|(_, sentence)| sentence.group == group) {
            let probabilities = model.probabilities(&rows[row]);
            scores[row] = probabilities[1..].iter().map(|one| (one / probabilities[0]).ln()).collect();
        }
    }
    scores
}

/// The two limits of a rule; see [`Column`].
#[derive(Clone, Copy)]
struct Limits {
    found_from: Option<f64>,
    doubted_below: Option<f64>,
}

impl Limits {
    /// Whether the gate reports a sentence with this score, which the phrases do or do not find.
    fn report(&self, by_phrases: bool, score: f64) -> bool {
        (by_phrases && self.doubted_below.is_none_or(|doubted| score >= doubted))
            || self.found_from.is_some_and(|found| score >= found)
    }
}

fn limits(rule: usize, sentences: &[Sentence], scores: &[Vec<f64>], by_phrases: &[Vec<bool>]) -> Limits {
    let sorted = |keep: &dyn Fn(usize) -> bool| {
        let mut kept: Vec<f64> = (0..sentences.len()).filter(|row| keep(*row)).map(|row| scores[row][rule]).collect();
        kept.sort_by(f64::total_cmp);
        kept
    };
    let clean = sorted(&|row| sentences[row].label == 0);
    // What is more likely clean is no finding, however seldom clean sentences come near.
    let found = (clean[clean.len() - 1 - clean.len() / CLEAN_PER_ALARM] + 0.01).max(0.0);
    let right = sorted(&|row| sentences[row].label == rule + 1 && by_phrases[row][rule]);
    let share = if RULES[rule].level() == Level::Error { DROPPED_ERRORS } else { DROPPED_WARNINGS };
    #[expect(clippy::cast_sign_loss, reason = "a share of a length")]
    let doubted = right[(right.len() as f64 * share) as usize];
    Limits {
        found_from: IN_A_SENTENCE.contains(&RULES[rule]).then_some(found),
        doubted_below: (RULES[rule] != OF_THE_PLAYBOOK).then_some(doubted),
    }
}

/// Whether the writer had seen neither the rules nor any other fixture.
fn is_stranger(sentence: &Sentence) -> bool {
    !(sentence.group.starts_with("older") || sentence.group == "templates")
}

fn report(sentences: &[Sentence], scores: &[Vec<f64>], by_phrases: &[Vec<bool>], columns: &[Limits]) {
    println!(
        "{:30} {:>6} {:>16} {:>16}   (strangers: found / false alarms of {})",
        "rule",
        "faulty",
        "phrases",
        "with the model",
        sentences.iter().filter(|sentence| is_stranger(sentence) && sentence.label == 0).count()
    );
    let mut sums = [0_usize; 5];
    for (place, rule) in RULES.iter().enumerate() {
        let limits = columns[place];
        let mut counts = [0_usize; 5];
        for (row, sentence) in sentences.iter().enumerate().filter(|(_, sentence)| is_stranger(sentence)) {
            let both = limits.report(by_phrases[row][place], scores[row][place]);
            if sentence.label == place + 1 {
                counts[0] += 1;
                counts[1] += usize::from(by_phrases[row][place]);
                counts[3] += usize::from(both);
            } else if sentence.label == 0 {
                counts[2] += usize::from(by_phrases[row][place]);
                counts[4] += usize::from(both);
            }
        }
        let [faulty, phrases, alarms, with, with_alarms] = counts;
        println!("{:30} {faulty:6} {phrases:9} / {alarms:4} {with:9} / {with_alarms:4}", rule.name());
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    println!("{:30} {:6} {:9} / {:4} {:9} / {:4}", "all", sums[0], sums[1], sums[2], sums[3], sums[4]);
    let mut by_group: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    for (row, sentence) in sentences.iter().enumerate() {
        let counts = by_group.entry(&sentence.group).or_default();
        let both = |place: usize| columns[place].report(by_phrases[row][place], scores[row][place]);
        if sentence.label > 0 {
            counts[0] += 1;
            counts[1] += usize::from(both(sentence.label - 1));
        } else {
            counts[2] += 1;
            counts[3] += usize::from((0..RULES.len()).any(both));
        }
    }
    for (group, [faulty, found, clean, alarms]) in by_group {
        println!("{group:10} found {found} of {faulty}, clean sentences with a false alarm {alarms} of {clean}");
    }
}

/// Writes the model: weights of each rule against a clean sentence, as integers of eight bits.
fn write(model: &Softmax, limits: &[Limits]) {
    let clean: Vec<f64> = model.weights(0).collect();
    let kept: Vec<usize> = (0..RULES.len()).filter(|rule| RULES[*rule] != OF_THE_PLAYBOOK).collect();
    let mut bytes = vec![0_u8; BUCKETS * kept.len()];
    let mut head = String::from(
        "# Written by `cargo run --release --example gate_learn -- --write`, which prints how good it is. src/gate/learned.rs says what it means.\n\n",
    );
    let mut column = Vec::new();
    for (place, &rule) in kept.iter().enumerate() {
        let limits = limits[rule];
        let odds: Vec<f64> = model.weights(rule + 1).zip(&clean).map(|(weight, clean)| weight - clean).collect();
        let (intercept, weights) = odds.split_last().unwrap();
        let scale = weights.iter().fold(0.0_f64, |most, weight| most.max(weight.abs())) / 127.0;
        for (bucket, weight) in weights.iter().enumerate() {
            bytes[bucket * kept.len() + place] = ((weight / scale).round() as i8).cast_unsigned();
        }
        let short = |value: f64| (value * 1e6).round() / 1e6;
        column.push(Column {
            rule: RULES[rule],
            intercept: short(*intercept),
            scale: (scale * 1e9).round() / 1e9,
            found_from: limits.found_from.map(short),
            doubted_below: limits.doubted_below.map(short),
        });
    }
    write!(head, "{}", toml::to_string(&Head { linear: LINEAR, column }).unwrap()).unwrap();
    std::fs::write("data/gate/learned.toml", head).unwrap();
    std::fs::write("data/gate/learned.bin", bytes).unwrap();
}
