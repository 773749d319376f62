//! Sentences that the gate must find, and near misses that it must spare: figures by class, for the files that rules were written on and for the one that was blind at first.

use std::collections::BTreeMap;
use std::time::Instant;

use serde::Deserialize;

use super::testing::{CLEAN, gate, regulated};
use super::*;
use crate::message::Channel;

const OPEN: &str = include_str!("../../data/fixtures/gate-sentences-open.toml");
const ONCE_BLIND: &str = include_str!("../../data/fixtures/gate-sentences-blind.toml");
const FRESH: &str = include_str!("../../data/fixtures/gate-sentences-fresh.toml");
const STRANGERS: &str = include_str!("../../data/fixtures/gate-strangers.toml");
const HELD_OUT: &str = include_str!("../../data/fixtures/gate-strangers-held-out.toml");
const GOOD: &str = include_str!("../../data/fixtures/gate-clean.toml");

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    text: String,
    channel: String,
    /// The rule that must find it; empty for a near miss.
    rule: String,
    /// The rule that a near miss tempts.
    #[serde(default)]
    near: Option<RuleId>,
    #[serde(default)]
    profile: Option<String>,
    #[serde(default)]
    author: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

/// Faulty sentences found, of how many, and near misses that nothing fired on, of how many.
#[derive(Debug, Default, Clone, Copy)]
struct Figures {
    found: usize,
    faulty: usize,
    spared: usize,
    near: usize,
}

/// Rules about a whole reply: a sentence alone lacks what they ask for.
const WHOLE: [RuleId; 3] = [RuleId::NoIssueNamed, RuleId::NoNextStep, RuleId::NoReportBack];

fn measure(text: &str) -> BTreeMap<RuleId, Figures> {
    measure_by(text, &gate(), &regulated())
}

fn measure_by(text: &str, default: &Gate, regulated: &Gate) -> BTreeMap<RuleId, Figures> {
    let cases: Cases = toml::from_str(text).unwrap();
    let mut figures: BTreeMap<RuleId, Figures> = BTreeMap::new();
    for case in &cases.case {
        let channel: Channel = match case.channel.as_str() {
            "google" => Channel::GoogleBusiness,
            "play" => Channel::GooglePlay,
            "employer" => Channel::EmployerReview,
            other => other.parse().unwrap(),
        };
        let reply = Reply {
            author: case.author.as_deref().map_or(Author::Unknown, Author::Named),
            message: case.message.as_deref(),
            ..Reply::new(&case.text, channel)
        };
        let gate = if case.profile.as_deref() == Some("regulated") { regulated } else { default };
        let report = gate.check(&reply);
        if let Ok(rule) = case.rule.parse::<RuleId>() {
            let row = figures.entry(rule).or_default();
            row.faulty += 1;
            row.found += usize::from(report.has(rule));
        } else if let Some(near) = case.near {
            let row = figures.entry(near).or_default();
            row.near += 1;
            // A near miss was written before the playbook's words to avoid were a rule.
            let fired = report.findings.iter().any(|found| {
                found.rule == near || !(WHOLE.contains(&found.rule) || found.rule == RuleId::WordsToAvoid)
            });
            row.spared += usize::from(!fired);
        }
    }
    figures
}

/// Prints figures by class, never texts, and returns their sum.
fn print(figures: &BTreeMap<RuleId, Figures>) -> Figures {
    let mut all = Figures::default();
    for (rule, row) in figures {
        println!("{rule} found {}/{} spared {}/{}", row.found, row.faulty, row.spared, row.near);
        all.found += row.found;
        all.faulty += row.faulty;
        all.spared += row.spared;
        all.near += row.near;
    }
    println!("all found {}/{} spared {}/{}", all.found, all.faulty, all.spared, all.near);
    all
}

/// The open sentences: the rules are developed on them. `cargo test open_sentences -- --nocapture` prints the figures.
#[test]
fn open_sentences_are_found_and_near_misses_spared() {
    let figures = measure(OPEN);
    let all = print(&figures);
    for (rule, row) in &figures {
        assert!(row.found * 100 >= 85 * row.faulty, "{rule}: {row:?}");
    }
    assert!(all.found * 100 >= 95 * all.faulty && all.spared * 100 >= 97 * all.near, "{all:?}");
}

/// Sentences that were blind when they were first measured; since then they are open, and these figures fit them.
#[test]
fn once_blind_sentences_are_found_and_near_misses_spared() {
    let all = print(&measure(ONCE_BLIND));
    // What was measured, a little below; it is far from the aim, and docs/gate.md says so.
    assert!(all.found * 100 >= 48 * all.faulty && all.spared * 100 >= 98 * all.near, "{all:?}");
}

/// Faulty sentences that were written without sight of the phrases: 129 of 160 were found at first, and the phrases have followed them since.
#[test]
fn fresh_sentences_are_found() {
    let all = print(&measure(FRESH));
    assert!(all.found * 100 >= 92 * all.faulty, "{all:?}");
}

/// Sentences that the model of the gate has learned from; what it does with a writer whom it has not met, `examples/gate_learn.rs` measures.
#[test]
fn strangers_sentences_are_found_and_near_misses_spared() {
    let all = print(&measure(STRANGERS));
    assert!(all.found * 100 >= 77 * all.faulty && all.spared * 100 >= 88 * all.near, "{all:?}");
}

/// Sentences of two strangers that nothing is learned from: the model finds more than the phrases alone and flags no more. Far from the aim, as docs/gate.md says.
#[test]
fn held_out_strangers_are_found_more_often_with_the_model() {
    println!("by phrases alone");
    let phrases = print(&measure_by(HELD_OUT, &gate().by_phrases_alone(), &regulated().by_phrases_alone()));
    println!("with the model");
    let both = print(&measure(HELD_OUT));
    assert!(both.found > phrases.found && both.spared >= phrases.spared, "{phrases:?} {both:?}");
    assert!(both.found * 100 >= 70 * both.faulty && both.spared * 100 >= 90 * both.near, "{both:?}");
}

/// Clean sentences of good replies; two of them alarm.
#[test]
fn clean_sentences_are_spared() {
    let all = print(&measure(GOOD));
    assert!(all.faulty == 0 && all.near - all.spared <= 2, "{all:?}");
}

/// A benchmark, not a check: `cargo test --release --lib a_reply_is_read -- --ignored --nocapture` prints microseconds.
#[test]
#[ignore = "a measurement for a quiet machine"]
fn a_reply_is_read_in_less_than_a_millisecond() {
    let gate = gate();
    let reply = Reply::new(CLEAN, Channel::Facebook);
    assert!(gate.check(&reply).findings.is_empty(), "and every pattern is compiled");
    let mut times: Vec<u128> = (0..500)
        .map(|_| {
            let start = Instant::now();
            let report = gate.check(&reply);
            assert!(report.passes());
            start.elapsed().as_micros()
        })
        .collect();
    times.sort_unstable();
    println!("median {} us, 95th percentile {} us, of {} runs", times[250], times[475], times.len());
    assert!(times[250] < 1_000, "median {} us", times[250]);
}
