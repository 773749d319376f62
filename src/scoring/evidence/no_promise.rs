//! What has the form of a promise of the company and is none: conditions, questions, promises of others, bad news, how things stand.
//!
//! The causes are data (`data/lexicons/no-promise.toml`), each with messages that it drops and messages that it must keep.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::bytes::Regex;
use serde::Deserialize;

use crate::scoring::lexicon::{LexiconError, compile, embedded_regex, expand};

const FILE: &str = "no-promise.toml";

#[expect(clippy::expect_used, reason = "the embedded file is read by a test")]
static CAUSES: LazyLock<Causes> = LazyLock::new(|| {
    Causes::parse(include_str!("../../../data/lexicons/no-promise.toml")).expect("the embedded causes are valid")
});

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    lists: BTreeMap<String, String>,
    cause: Vec<Entry>,
}

/// A cause as it stands in the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    /// For whoever reads the file.
    #[serde(rename = "why")]
    _why: String,
    on: On,
    #[serde(default)]
    spoken: bool,
    patterns: Vec<String>,
    #[serde(default)]
    unless: Vec<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by the tests"))]
    drops: Vec<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by the tests"))]
    keeps: Vec<String>,
}

/// "Ships within two days, it says on the page": what is said stands before the word for saying.
static SAID_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^(?P<said>.{8,}?)(?:(?:\x22|,\x22|\x22,)(?: it)? (?:says?|said|states?|stated|writes?|wrote|reads?|read|promise[sd]?|claim(?:s|ed)|told)\b|, (?:it (?:says|said|reads|read|states|stated)\b|(?:says|said|reads|states|promises) (?:the|your|ur|their) (?:[\w']+ ?){1,2}$))",
    )
});

/// What a cause looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum On {
    /// The words that were found.
    Clause,
    /// What is said in them: what follows the first word for saying, or stands before it.
    Said,
    /// Their sentence up to them.
    Lead,
    /// Their sentence up to their end.
    Sentence,
    /// The words that were found, where their sentence ends with a question mark.
    Asked,
}

#[derive(Debug)]
struct Cause {
    entry: Entry,
    pattern: Regex,
    unless: Option<Regex>,
}

#[derive(Debug)]
struct Causes {
    /// Words for saying, with the blank behind them.
    saying: Regex,
    /// What is written for customers to rely on: all that it says counts.
    written: Regex,
    all: Vec<Cause>,
}

impl Causes {
    fn parse(text: &str) -> Result<Self, LexiconError> {
        let File { lists, cause } = toml::from_str(text).map_err(|error: toml::de::Error| LexiconError::Shape {
            file: FILE.to_owned(),
            message: error.to_string(),
        })?;
        let regex = |pattern: &str| -> Result<Regex, LexiconError> {
            let expanded =
                expand(pattern, &lists).map_err(|list| LexiconError::List { file: FILE.to_owned(), list })?;
            compile(&expanded).map_err(|error| LexiconError::Pattern {
                file: FILE.to_owned(),
                pattern: pattern.to_owned(),
                message: error.to_string(),
            })
        };
        let all = cause
            .into_iter()
            .map(|entry| {
                let pattern = regex(&entry.patterns.join("|"))?;
                let unless = (!entry.unless.is_empty()).then(|| regex(&entry.unless.join("|"))).transpose()?;
                Ok(Cause { entry, pattern, unless })
            })
            .collect::<Result<_, LexiconError>>()?;
        Ok(Self { saying: regex("<<saying>>")?, written: regex("<<written>>")?, all })
    }

    fn first(&self, view: &[u8], from: usize, to: usize) -> Option<&Cause> {
        let clause = &view[from..to];
        let start = view[..from].iter().rposition(|b| matches!(b, b'.' | b'!' | b'?' | b'\n')).map_or(0, |at| at + 1);
        let asked = || view[to..].iter().find(|b| matches!(b, b'.' | b'!' | b'?' | b'\n')) == Some(&b'?');
        let before = SAID_BEFORE.captures(clause).and_then(|found| found.name("said"));
        let after = || self.saying.find(clause).map(|found| (&clause[found.end()..], &clause[..found.end()]));
        let said = before.map(|said| (said.as_bytes(), &clause[said.end()..])).or_else(after);
        let written = said.is_some_and(|(_, speaker)| self.written.is_match(speaker));
        self.all.iter().find(|cause| {
            let words = match cause.entry.on {
                On::Clause => Some(clause),
                On::Said => said.map(|(said, _)| said),
                On::Lead => Some(&view[start..from]),
                On::Sentence => Some(&view[start..to]),
                On::Asked => asked().then_some(clause),
            };
            words.is_some_and(|words| {
                !(cause.entry.spoken && written)
                    && cause.pattern.is_match(words)
                    && !cause.unless.as_ref().is_some_and(|unless| unless.is_match(words))
            })
        })
    }
}

/// Returns the id of the first cause for which a clause of a view, which was found as a promise, is none of the company's.
pub(super) fn cause(view: &[u8], from: usize, to: usize) -> Option<&'static str> {
    CAUSES.first(view, from, to).map(|cause| cause.entry.id.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::phrases::promise_clauses;
    use super::*;
    use crate::scoring::view::View;

    #[test]
    fn every_cause_drops_its_examples_and_keeps_what_comes_close() {
        let causes = Causes::parse(include_str!("../../../data/lexicons/no-promise.toml")).unwrap();
        let mut failures = Vec::new();
        for Cause { entry, .. } in &causes.all {
            assert!(!entry.drops.is_empty() && !entry.keeps.is_empty(), "{}", entry.id);
            for text in &entry.drops {
                let view = View::new(text);
                let found: Vec<_> =
                    promise_clauses(text, &view).into_iter().map(|(from, to)| cause(view.bytes(), from, to)).collect();
                if !found.contains(&Some(&entry.id)) || found.contains(&None) {
                    failures.push(format!("{} must drop {text:?}: {found:?}", entry.id));
                }
            }
            for text in &entry.keeps {
                let view = View::new(text);
                let kept =
                    promise_clauses(text, &view).iter().any(|&(from, to)| cause(view.bytes(), from, to).is_none());
                if !kept {
                    failures.push(format!("{} must keep {text:?}", entry.id));
                }
            }
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
}
