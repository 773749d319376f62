//! The labelled sentences of `data/fixtures` from which the gate and the second reader learn.
//!
//! Neither `data/fixtures/*-held-out.toml` nor half "b" of `replies-unseen.toml` is read.

use std::collections::BTreeMap;
use std::path::Path;

use amends::analysis::Span;
use amends::gate::RuleId;
use amends::scoring::findings::MarkKind;
use serde::Deserialize;

/// Rules that the models have an opinion on. Not: those whose fault lies between a sentence and something else, be it the playbook's offers or the sentence before.
pub(crate) const RULES: [RuleId; 13] = [
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
    RuleId::WillOutcome,
];

const EVIDENCE: [&str; 3] = ["evidence-open", "evidence-more", "evidence-fresh"];
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

#[derive(Deserialize)]
struct Messages<T> {
    told: Vec<T>,
    not_told: Vec<T>,
}

#[derive(Deserialize)]
struct Message {
    writer: String,
    text: String,
    span: Option<String>,
}

#[derive(Deserialize)]
struct Lexicon {
    rule: Vec<LexiconRule>,
}

#[derive(Deserialize)]
struct LexiconRule {
    label: String,
    examples: Vec<String>,
}

/// A sentence with its label.
pub(crate) struct Sentence {
    pub(crate) text: String,
    pub(crate) label: usize,
    /// Its writer, or a part of the older files: who is measured together is left out together.
    pub(crate) group: String,
}

/// Messages by sentence: 1 tells a promise of the company, 0 does not.
pub(crate) fn of_promises() -> Vec<Sentence> {
    let mut sentences = Vec::new();
    for name in EVIDENCE {
        let labelled = amends::scoring::evidence::fixture::parse(&fixture(name)).unwrap();
        for (place, sentence) in labelled.iter().enumerate() {
            let promises = sentence.labels.iter().filter(|(kind, _)| *kind == MarkKind::QuotedPromise);
            let spans: Vec<Span> = promises.map(|(_, span)| *span).collect();
            push_spans(&mut sentences, &sentence.text, 1, &spans, &older(place));
        }
    }
    let Messages::<String> { told, not_told } = toml::from_str(&fixture("evidence-promises")).unwrap();
    for (texts, label) in [(told, 1), (not_told, 0)] {
        for (place, text) in texts.iter().enumerate() {
            push(&mut sentences, text, label, None, &older(place));
        }
    }
    let Messages::<Message> { told, not_told } = toml::from_str(&fixture("evidence-promises-strangers")).unwrap();
    for (messages, label) in [(told, 1), (not_told, 0)] {
        for message in messages {
            push(&mut sentences, &message.text, label, message.span.as_deref(), &message.writer);
        }
    }
    let lexicon: Lexicon = toml::from_str(&std::fs::read_to_string("data/lexicons/evidence.toml").unwrap()).unwrap();
    let rules = lexicon.rule.iter().filter(|rule| rule.label == MarkKind::QuotedPromise.name());
    for (place, text) in rules.flat_map(|rule| &rule.examples).enumerate() {
        push(&mut sentences, text, 1, None, &older(place));
    }
    sentences
}

/// The group of a case of the older files.
fn older(place: usize) -> String {
    format!("older {}", place % 3)
}

fn fixture(name: &str) -> String {
    std::fs::read_to_string(Path::new("data/fixtures").join(name).with_extension("toml")).unwrap()
}

/// Replies by sentence: 0 is clean, others are places in [`RULES`] plus one.
pub(crate) fn of_replies() -> Vec<Sentence> {
    let mut sentences = Vec::new();
    for name in CASES {
        let Cases { case } = toml::from_str(&fixture(name)).unwrap();
        for (place, case) in case.into_iter().enumerate() {
            let label = label(case.rule.parse().ok());
            // A rule that the model knows nothing about says nothing about the others either.
            if !case.rule.is_empty() && label == 0 {
                continue;
            }
            let group = case.writer.clone().unwrap_or_else(|| older(place));
            push(&mut sentences, &case.text, label, case.span.as_deref(), &group);
        }
    }
    let Phrasings { found, not_found, spared } = toml::from_str(&fixture("gate-phrasings")).unwrap();
    let faulty = found
        .into_iter()
        .chain(not_found)
        .flat_map(|(rule, texts)| texts.into_iter().map(move |text| (Some(rule), text)));
    let phrasings = faulty.chain(spared.into_values().flatten().map(|text| (None, text)));
    for (place, (rule, text)) in phrasings.enumerate() {
        // Here, too, a rule that the model knows nothing about says nothing about the others.
        if rule.is_none() || label(rule) > 0 {
            push(&mut sentences, &text, label(rule), None, &older(place));
        }
    }
    for text in our_templates() {
        push(&mut sentences, &text, 0, None, "templates");
    }
    for name in REPLIES {
        let Replies { reply } = toml::from_str(&fixture(name)).unwrap();
        let read = reply.into_iter().filter(|reply| !reply.id.starts_with(UNSEEN));
        for (place, reply) in read.enumerate() {
            let group = match reply.id.split_once('-') {
                Some((writer, _)) if name.ends_with("strangers") || name.ends_with("unseen") => writer.to_owned(),
                _ => older(place),
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

/// Adds a text sentence by sentence: those that the span touches have the label, the others 0. Without a span a text with a label stays whole.
fn push(sentences: &mut Vec<Sentence>, text: &str, label: usize, span: Option<&str>, group: &str) {
    let span = span.and_then(|span| text.find(span).map(|from| Span { from, to: from + span.len() }));
    if label > 0 && span.is_none() {
        return sentences.push(sentence(text, label, group));
    }
    push_spans(sentences, text, label, span.as_slice(), group);
}

/// Adds a text sentence by sentence: those that a span touches have the label, the others 0.
fn push_spans(sentences: &mut Vec<Sentence>, text: &str, label: usize, spans: &[Span], group: &str) {
    for part in amends::scoring::sentences::split(text) {
        let touched = spans.iter().any(|span| span.from < part.to && part.from < span.to);
        sentences.push(sentence(part.of(text), if touched { label } else { 0 }, group));
    }
}

fn sentence(text: &str, label: usize, group: &str) -> Sentence {
    Sentence { text: text.to_owned(), label, group: group.to_owned() }
}

fn label(rule: Option<RuleId>) -> usize {
    rule.and_then(|rule| RULES.iter().position(|known| *known == rule)).map_or(0, |place| place + 1)
}
