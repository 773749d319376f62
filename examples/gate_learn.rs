//! Learns the model of the send gate from the open fixtures and measures it: `cargo run --release --example gate_learn [-- --write]`.
//!
//! Every figure belongs to sentences whose writer (or, of the older files, whose third) the measured model has not seen. Neither `data/fixtures/*-held-out.toml` nor half "b" of `replies-unseen.toml` is read.
//! `--write` replaces `data/gate/learned.toml` and `learned.bin`.
#![allow(clippy::print_stdout, clippy::unwrap_used)]
#![allow(clippy::cast_possible_truncation, reason = "weights are scaled to eight bits")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use amends::analysis::Validity;
use amends::drafting::Templates;
use amends::evaluate::baseline::logistic::{Rows, Softmax};
use amends::gate::learned::{BUCKETS, Column, Head, features};
use amends::gate::{Gate, Level, Reply, RuleId};
use amends::message::Channel;
use amends::playbook::Playbook;
use rayon::prelude::*;
use serde::Deserialize;

/// Rules that the model has an opinion on. Not: those whose fault lies between a sentence and something else, be it the playbook's offers or the sentence before.
const RULES: [RuleId; 12] = [
    RuleId::FraudAccusation,
    RuleId::CompensationForReview,
    RuleId::Swag,
    RuleId::LegalThreat,
    RuleId::AsksWhatTheyWant,
    RuleId::NonApology,
    RuleId::ResponsibilityNotValid,
    RuleId::ExplanationInFirstReply,
    RuleId::PassiveDodge,
    RuleId::Blame,
    RuleId::BrushOff,
    RuleId::SarcasmOrDefensive,
];

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
const CLEAN_PER_ALARM: usize = 1000;
/// How far below the mean of what the phrases of an error find rightly a sentence has to score for the model to drop it, in standard deviations: an error missed costs more
/// than one too many.
const BELOW_ERRORS: f64 = 3.0;
/// The same of a warning.
const BELOW_WARNINGS: f64 = 2.0;
/// Phrases that are right so often on strangers' sentences need no second opinion.
const PRECISE: f64 = 0.9;
/// Strength of the regression (C of the usual libraries).
const STRENGTH: f64 = 30.0;

const CASES: [&str; 5] =
    ["gate-sentences-open", "gate-sentences-blind", "gate-sentences-fresh", "gate-clean", "gate-strangers"];
const REPLIES: [&str; 5] =
    ["replies-open", "replies-fresh", "gate-clean-fresh", "gate-clean-strangers", "replies-unseen"];
/// Begins the ids of replies from which nothing is learned.
const UNSEEN: &str = "unseen-b";

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    text: String,
    rule: String,
    writer: Option<String>,
    span: Option<String>,
}

#[derive(Deserialize)]
struct Replies {
    reply: Vec<ReplyCase>,
}

#[derive(Deserialize)]
struct ReplyCase {
    id: String,
    text: String,
    fault: Option<RuleId>,
    span: Option<String>,
}

#[derive(Deserialize)]
struct Phrasings {
    found: BTreeMap<RuleId, Vec<String>>,
    not_found: BTreeMap<RuleId, Vec<String>>,
    spared: BTreeMap<String, Vec<String>>,
}

/// A sentence with its label: 0 is clean, others are places in [`RULES`] plus one.
struct Sentence {
    text: String,
    label: usize,
    group: String,
    stranger: bool,
}

fn main() {
    let sentences = read();
    let rows: Vec<Vec<(u32, f32)>> = sentences.par_iter().map(|sentence| row(&sentence.text)).collect();
    let gold: Vec<usize> = sentences.iter().map(|sentence| sentence.label).collect();
    let gate = Gate::new(&Playbook::embedded().unwrap(), Templates::embedded().unwrap().channels()).by_phrases_alone();
    let by_phrases: Vec<Vec<bool>> = sentences.par_iter().map(|sentence| found_by(&gate, &sentence.text)).collect();
    let scores = out_of_fold(&sentences, &rows, &gold);
    let columns: Vec<Limits> = (0..RULES.len()).map(|rule| limits(rule, &sentences, &scores, &by_phrases)).collect();
    report(&sentences, &scores, &by_phrases, &columns);
    if std::env::args().any(|arg| arg == "--write") {
        write(&fit(&rows, &gold, |_| true), &columns);
    }
}

fn read() -> Vec<Sentence> {
    let dir = Path::new("data/fixtures");
    let text = |name: &str| std::fs::read_to_string(dir.join(name).with_extension("toml")).unwrap();
    let mut sentences = Vec::new();
    for name in CASES {
        let Cases { case } = toml::from_str(&text(name)).unwrap();
        for (place, case) in case.into_iter().enumerate() {
            let label = label(case.rule.parse().ok());
            // A rule that the model knows nothing about says nothing about the others either.
            if !case.rule.is_empty() && label == 0 {
                continue;
            }
            let group = case.writer.clone().unwrap_or_else(|| format!("older {}", place % 3));
            push(&mut sentences, &case.text, label, case.span.as_deref(), &group);
        }
    }
    let Phrasings { found, not_found, spared } = toml::from_str(&text("gate-phrasings")).unwrap();
    let faulty = found
        .into_iter()
        .chain(not_found)
        .flat_map(|(rule, texts)| texts.into_iter().map(move |text| (Some(rule), text)));
    let phrasings = faulty.chain(spared.into_values().flatten().map(|text| (None, text)));
    for (place, (rule, text)) in phrasings.enumerate() {
        // Here, too, a rule that the model knows nothing about says nothing about the others.
        if rule.is_none() || label(rule) > 0 {
            push(&mut sentences, &text, label(rule), None, &format!("older {}", place % 3));
        }
    }
    for text in our_templates() {
        push(&mut sentences, &text, 0, None, "templates");
    }
    for name in REPLIES {
        let Replies { reply } = toml::from_str(&text(name)).unwrap();
        let read = reply.into_iter().filter(|reply| !reply.id.starts_with(UNSEEN));
        for (place, reply) in read.enumerate() {
            let group = match reply.id.split_once('-') {
                Some((writer, _)) if name.ends_with("strangers") || name.ends_with("unseen") => writer.to_owned(),
                _ => format!("older {}", place % 3),
            };
            let label = label(reply.fault);
            // A fault without a place, or one of the whole text, labels no sentence.
            if reply.fault.is_none() || (label > 0 && reply.span.is_some()) {
                push(&mut sentences, &reply.text, label, reply.span.as_deref(), &group);
            }
        }
    }
    sentences
}

/// What our own English templates say, without what they fill in: clean, as `amends templates check` proves.
fn our_templates() -> Vec<String> {
    let mut texts = Vec::new();
    let phrases: toml::Table = toml::from_str(&std::fs::read_to_string("templates/en/phrases.toml").unwrap()).unwrap();
    strings(&toml::Value::Table(phrases), &mut texts);
    let mut folders = vec![std::path::PathBuf::from("templates/en")];
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "hbs") {
                texts.push(without_tags(&std::fs::read_to_string(path).unwrap()));
            }
        }
    }
    texts
}

fn strings(value: &toml::Value, texts: &mut Vec<String>) {
    match value {
        toml::Value::String(text) => texts.push(text.clone()),
        toml::Value::Array(values) => values.iter().for_each(|value| strings(value, texts)),
        toml::Value::Table(table) => table.values().for_each(|value| strings(value, texts)),
        _ => {}
    }
}

/// The text of a template without `{{..}}`.
fn without_tags(template: &str) -> String {
    let mut parts = template.split("{{");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(part.split_once("}}").map_or(part, |(_, rest)| rest.trim_start_matches('}')));
    }
    text
}

/// Adds a text sentence by sentence: those that the span touches have the label, the others are clean. Without a span a faulty text stays whole.
fn push(sentences: &mut Vec<Sentence>, text: &str, label: usize, span: Option<&str>, group: &str) {
    let stranger = !(group.starts_with("older") || group == "templates");
    let mut add = |text: &str, label| {
        sentences.push(Sentence { text: text.to_owned(), label, group: group.to_owned(), stranger });
    };
    let span = span.and_then(|span| text.find(span).map(|from| (from, from + span.len())));
    if label > 0 && span.is_none() {
        return add(text, label);
    }
    for part in amends::scoring::sentences::split(text) {
        let touched = span.is_some_and(|(from, to)| from < part.to && part.from < to);
        add(part.of(text), if touched { label } else { 0 });
    }
}

fn label(rule: Option<RuleId>) -> usize {
    rule.and_then(|rule| RULES.iter().position(|known| *known == rule)).map_or(0, |place| place + 1)
}

fn row(text: &str) -> Vec<(u32, f32)> {
    let features = features(text);
    let value = 1.0 / (features.len().max(1) as f32).sqrt();
    features.into_iter().map(|bucket| (bucket, value)).collect()
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
    let found = clean[clean.len() - 1 - clean.len() / CLEAN_PER_ALARM] + 0.01;
    let right = sorted(&|row| sentences[row].label == rule + 1 && by_phrases[row][rule]);
    let below = if RULES[rule].level() == Level::Error { BELOW_ERRORS } else { BELOW_WARNINGS };
    let mean = right.iter().sum::<f64>() / right.len() as f64;
    let variance = right.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / (right.len() - 1) as f64;
    let doubted = mean - below * variance.sqrt();
    let strangers = |label: usize| {
        let hits = sentences
            .iter()
            .zip(by_phrases)
            .filter(|(sentence, by)| sentence.stranger && sentence.label == label && by[rule]);
        hits.count() as f64
    };
    let precision = strangers(rule + 1) / (strangers(rule + 1) + strangers(0));
    Limits {
        found_from: IN_A_SENTENCE.contains(&RULES[rule]).then_some(found),
        doubted_below: (precision < PRECISE).then_some(doubted),
    }
}

fn report(sentences: &[Sentence], scores: &[Vec<f64>], by_phrases: &[Vec<bool>], columns: &[Limits]) {
    println!(
        "{:30} {:>6} {:>16} {:>16}   (strangers: found / false alarms of {})",
        "rule",
        "faulty",
        "phrases",
        "with the model",
        sentences.iter().filter(|sentence| sentence.stranger && sentence.label == 0).count()
    );
    let mut sums = [0_usize; 5];
    for (place, rule) in RULES.iter().enumerate() {
        let limits = columns[place];
        let mut counts = [0_usize; 5];
        for (row, sentence) in sentences.iter().enumerate().filter(|(_, sentence)| sentence.stranger) {
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
    let mut bytes = vec![0_u8; BUCKETS * RULES.len()];
    let mut head = String::from(
        "# Written by `cargo run --release --example gate_learn -- --write`, which prints how good it is. src/gate/learned.rs says what it means.\n\n",
    );
    let mut column = Vec::new();
    for (place, limits) in limits.iter().enumerate() {
        let odds: Vec<f64> = model.weights(place + 1).zip(&clean).map(|(weight, clean)| weight - clean).collect();
        let (intercept, weights) = odds.split_last().unwrap();
        let scale = weights.iter().fold(0.0_f64, |most, weight| most.max(weight.abs())) / 127.0;
        for (bucket, weight) in weights.iter().enumerate() {
            bytes[bucket * RULES.len() + place] = ((weight / scale).round() as i8).cast_unsigned();
        }
        let short = |value: f64| (value * 1e6).round() / 1e6;
        column.push(Column {
            rule: RULES[place],
            intercept: short(*intercept),
            scale: (scale * 1e9).round() / 1e9,
            found_from: limits.found_from.map(short),
            doubted_below: limits.doubted_below.map(short),
        });
    }
    write!(head, "{}", toml::to_string(&Head { column }).unwrap()).unwrap();
    std::fs::write("data/gate/learned.toml", head).unwrap();
    std::fs::write("data/gate/learned.bin", bytes).unwrap();
}
