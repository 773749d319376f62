//! The phrases of the rules: `data/gate/*.toml`, with the words that they share written out.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::families::{Families, gaps};
use crate::scoring::lexicon::{Lexicon, LexiconError, Rule};

const WORDS: &str = include_str!("../../data/gate/words.toml");
const FAMILIES: &str = include_str!("../../data/gate/families.toml");
const FILES: [(&str, &str); 7] = [
    ("data/gate/apology.toml", include_str!("../../data/gate/apology.toml")),
    ("data/gate/offer.toml", include_str!("../../data/gate/offer.toml")),
    ("data/gate/promise.toml", include_str!("../../data/gate/promise.toml")),
    ("data/gate/review.toml", include_str!("../../data/gate/review.toml")),
    ("data/gate/tone.toml", include_str!("../../data/gate/tone.toml")),
    ("data/gate/grammar.toml", include_str!("../../data/gate/grammar.toml")),
    ("data/gate/veiled.toml", include_str!("../../data/gate/veiled.toml")),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PhraseFile {
    rule: Vec<Rule>,
}

/// Every phrase, ready to match.
#[expect(clippy::expect_used, reason = "the embedded files are read by a test")]
pub(super) static PHRASES: LazyLock<Lexicon> = LazyLock::new(|| load().expect("data/gate is valid"));

/// Reads the files and writes the shared words out.
fn load() -> Result<Lexicon, LexiconError> {
    let shape =
        |file: &str, error: toml::de::Error| LexiconError::Shape { file: file.to_owned(), message: error.to_string() };
    let mut words: BTreeMap<String, String> =
        toml::from_str(WORDS).map_err(|error| shape("data/gate/words.toml", error))?;
    let families: Families = toml::from_str(FAMILIES).map_err(|error| shape("data/gate/families.toml", error))?;
    words.extend(families.expressions());
    let mut rules = Vec::new();
    for (file, text) in FILES {
        let PhraseFile { rule } = toml::from_str(text).map_err(|error| shape(file, error))?;
        rules.extend(rule.into_iter().map(|rule| Rule {
            pattern: spell_out(&rule.pattern, &words),
            unless: rule.unless.iter().map(|unless| spell_out(unless, &words)).collect(),
            ..rule
        }));
    }
    Lexicon::new("data/gate", rules)
}

/// Words inside words that are written out.
const DEPTH: usize = 3;

/// Replaces `{word}` by its expression, and gaps by words that may stand there.
fn spell_out(pattern: &str, words: &BTreeMap<String, String>) -> String {
    let mut text = pattern.to_owned();
    for _ in 0..DEPTH {
        text = words.iter().fold(text, |text, (name, expression)| text.replace(&format!("{{{name}}}"), expression));
    }
    gaps(&text)
}

#[cfg(test)]
mod tests {
    use super::super::rule::RuleId;
    use super::*;
    use crate::scoring::lexicon::tests::check_file;

    #[test]
    fn every_phrase_finds_its_examples_and_spares_the_others() {
        let labels: Vec<&str> = PHRASES.rules().iter().map(|rule| rule.label.as_str()).collect();
        let known: Vec<&str> = labels
            .iter()
            .copied()
            .filter(|label| {
                label.starts_with('.') || RuleId::ALL.iter().any(|rule| rule.name() == label.trim_end_matches('!'))
            })
            .collect();
        check_file(&PHRASES, &known);
    }

    #[test]
    fn every_word_is_spelled_out() {
        for rule in PHRASES.rules() {
            for pattern in rule.unless.iter().chain([&rule.pattern]) {
                let left = pattern.match_indices('{').any(|(at, _)| pattern[at + 1..].starts_with(char::is_alphabetic));
                assert!(!left, "{pattern}");
            }
        }
    }
}
