//! Rule files: phrases with a label, points, exceptions and their own examples.
//!
//! A rule's pattern is a regular expression over a [`View`]: lower case ASCII, straight apostrophes. A space in a pattern stands for one run
//! of white space, and both ends are word boundaries. Rules are compiled when a text first holds a word that they need: an Aho-Corasick pass over those words
//! decides which rules are tried at all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;

use super::context;
use super::needs;
use super::view::View;

/// One rule as it stands in a file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What a match means; each file says which labels it knows.
    pub label: String,
    /// Regular expression over a [`View`].
    pub pattern: String,
    /// Expressions that cancel a match that they overlap.
    #[serde(default)]
    pub unless: Vec<String>,
    /// Whether a match counts only when it is asserted: neither negated nor hypothetical.
    #[serde(default)]
    pub asserted: bool,
    /// Whether a match counts only in the author's own words, not where they quote the company.
    #[serde(default)]
    pub own_words: bool,
    /// Weight or points, as the file defines them.
    #[serde(default)]
    pub points: f32,
    /// Texts in which the rule must match.
    pub examples: Vec<String>,
    /// Texts in which no rule of this label may match.
    #[serde(default)]
    pub not: Vec<String>,
}

/// Why a rule file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LexiconError {
    /// The file is not of the expected shape.
    #[error("rule file {file} cannot be read: {message}")]
    Shape {
        /// File.
        file: String,
        /// What the reader said, with line and column.
        message: String,
    },
    /// A pattern is no regular expression.
    #[error("pattern \"{pattern}\" in {file} is not a valid expression: {message}")]
    Pattern {
        /// File.
        file: String,
        /// The pattern.
        pattern: String,
        /// What is wrong.
        message: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    rule: Vec<Rule>,
}

/// A match of a rule, as a range of [`View::bytes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// First byte in the view.
    pub from: usize,
    /// One past the last.
    pub to: usize,
    /// Index of the rule in [`Lexicon::rules`].
    pub rule: usize,
}

/// The rules of one file, ready to match.
#[derive(Debug)]
pub struct Lexicon {
    rules: Vec<Rule>,
    compiled: Vec<OnceLock<Option<Compiled>>>,
    words: AhoCorasick,
    /// Rules that each word of `words` belongs to.
    owners: Vec<Vec<usize>>,
    /// Rules that need no particular word.
    always: Vec<usize>,
}

#[derive(Debug)]
struct Compiled {
    pattern: Regex,
    unless: Vec<Regex>,
}

impl Lexicon {
    /// Reads a rule file; `file` names it in errors.
    ///
    /// # Errors
    /// When the file does not have the shape of a rule file, or a pattern is invalid.
    pub fn parse(file: &str, text: &str) -> Result<Self, LexiconError> {
        let RuleFile { rule: rules } = toml::from_str(text)
            .map_err(|error| LexiconError::Shape { file: file.to_owned(), message: error.to_string() })?;
        Self::new(file, rules)
    }

    /// Prepares rules.
    ///
    /// # Errors
    /// When a pattern is invalid.
    pub fn new(file: &str, rules: Vec<Rule>) -> Result<Self, LexiconError> {
        let invalid = |pattern: &str, message: String| LexiconError::Pattern {
            file: file.to_owned(),
            pattern: pattern.to_owned(),
            message,
        };
        let mut owners: BTreeMap<Vec<u8>, Vec<usize>> = BTreeMap::new();
        let mut always = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            for unless in &rule.unless {
                needs::parse(&expression(unless)).map_err(|error| invalid(unless, error.to_string()))?;
            }
            let hir =
                needs::parse(&expression(&rule.pattern)).map_err(|error| invalid(&rule.pattern, error.to_string()))?;
            let Some(needed) = needs::any_of(&hir) else {
                always.push(index);
                continue;
            };
            for word in needed {
                owners.entry(word).or_default().push(index);
            }
        }
        let (words, owners): (Vec<Vec<u8>>, Vec<Vec<usize>>) = owners.into_iter().unzip();
        let automaton = AhoCorasick::new(&words).map_err(|error| invalid("(all words)", error.to_string()))?;
        let compiled = rules.iter().map(|_| OnceLock::new()).collect();
        Ok(Self { rules, compiled, words: automaton, owners, always })
    }

    /// The rules, in file order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Returns every match that its exceptions leave, in the order of the text, then of the file.
    pub fn find(&self, view: &View) -> Vec<Hit> {
        let mut hits: Vec<Hit> = self.candidates(view).into_iter().flat_map(|rule| self.matches(rule, view)).collect();
        hits.sort_unstable();
        hits
    }

    /// Rules of which the view holds a word that they need, in file order.
    pub(super) fn candidates(&self, view: &View) -> BTreeSet<usize> {
        let mut candidates: BTreeSet<usize> = self.always.iter().copied().collect();
        for word in self.words.find_overlapping_iter(view.bytes()) {
            candidates.extend(&self.owners[word.pattern().as_usize()]);
        }
        candidates
    }

    fn matches(&self, index: usize, view: &View) -> Vec<Hit> {
        let rule = &self.rules[index];
        let Some(compiled) = self.compiled[index].get_or_init(|| Compiled::new(rule)) else {
            return Vec::new();
        };
        let mut hits = Vec::new();
        for found in compiled.pattern.find_iter(view.bytes()) {
            let (from, to) = (found.start(), found.end());
            let foreign = rule.own_words && view.is_quoted(from, to);
            let counts = !rule.asserted || context::is_asserted(view.bytes(), from, to);
            if counts && !foreign && !compiled.unless.iter().any(|unless| overlaps(unless, view.bytes(), from, to)) {
                hits.push(Hit { from, to, rule: index });
            }
        }
        hits
    }
}

impl Compiled {
    /// `None` only when an expression that parsed is too large to compile; the rule files are checked for that by a test.
    fn new(rule: &Rule) -> Option<Self> {
        Some(Self {
            pattern: compile(&expression(&rule.pattern)).ok()?,
            unless: rule.unless.iter().map(|u| compile(&expression(u)).ok()).collect::<Option<_>>()?,
        })
    }
}

/// Bytes around a match in which an exception is looked for.
const EXCEPTION_REACH: usize = 80;

fn overlaps(unless: &Regex, view: &[u8], from: usize, to: usize) -> bool {
    let start = from.saturating_sub(EXCEPTION_REACH);
    let end = (to + EXCEPTION_REACH).min(view.len());
    unless.find_iter(&view[start..end]).any(|found| found.start() + start < to && found.end() + start > from)
}

/// Turns a pattern of a rule file into the expression that is compiled.
pub(crate) fn expression(pattern: &str) -> String {
    format!(r"\b(?:{})\b", pattern.replace(' ', r"[ \n]"))
}

/// Compiles an expression over a view: bytes, no Unicode tables.
///
/// # Errors
/// When it is invalid or too large.
pub(crate) fn compile(expression: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(expression).unicode(false).build()
}

/// Compiles an expression that is written in this code.
#[allow(clippy::expect_used, reason = "expressions in the code are compiled by the tests of their module")]
pub(crate) fn embedded_regex(expression: &str) -> Regex {
    compile(expression).expect("an expression in the code is valid")
}

/// Reads a rule file that is part of the program.
#[allow(clippy::expect_used, reason = "the embedded rule files are read by tests")]
pub(crate) fn embedded(file: &str, text: &str) -> Lexicon {
    Lexicon::parse(file, text).expect("an embedded rule file is valid")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Checks a rule file against the examples that it carries, and that its labels are known; reports every failure at once.
    pub(crate) fn check_file(lexicon: &Lexicon, known: &[&str]) {
        let mut failures = Vec::new();
        for (index, rule) in lexicon.rules().iter().enumerate() {
            if !known.contains(&rule.label.as_str()) {
                failures.push(format!("unknown label {}", rule.label));
            }
            if Compiled::new(rule).is_none() {
                failures.push(format!("{} does not compile", rule.pattern));
            }
            if rule.examples.is_empty() {
                failures.push(format!("{}: rule {index} has no example", rule.label));
            }
            for example in &rule.examples {
                if !lexicon.find(&View::new(example)).iter().any(|hit| hit.rule == index) {
                    failures.push(format!("{}: rule {index} must match {example:?}", rule.label));
                }
            }
            for text in &rule.not {
                let view = View::new(text);
                for hit in lexicon.find(&view).iter().filter(|hit| lexicon.rules()[hit.rule].label == rule.label) {
                    let words = view.span(hit.from, hit.to).of(text);
                    failures.push(format!(
                        "{}: rule {} must not match {text:?} but does at {words:?}",
                        rule.label, hit.rule
                    ));
                }
            }
        }
        assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
    }

    fn lexicon(text: &str) -> Lexicon {
        Lexicon::parse("test.toml", text).unwrap()
    }

    #[test]
    fn a_space_is_any_white_space_and_ends_are_word_boundaries() {
        let lexicon = lexicon("[[rule]]\nlabel = \"a\"\npattern = 'third time'\nexamples = ['x']");
        assert_eq!(lexicon.find(&View::new("The THIRD\n  time.")).len(), 1);
        assert!(lexicon.find(&View::new("a third timer")).is_empty());
    }

    #[test]
    fn exceptions_cancel_what_they_overlap_only() {
        let lexicon = lexicon("[[rule]]\nlabel = \"a\"\npattern = 'fire'\nunless = ['fire sale']\nexamples = ['fire']");
        assert_eq!(lexicon.find(&View::new("a fire at the fire sale")).len(), 1);
    }

    #[test]
    fn bad_files_and_patterns_are_named() {
        let shape = Lexicon::parse("x.toml", "[[rule]]\nlabel = 1").unwrap_err();
        assert!(shape.to_string().contains("x.toml"), "{shape}");
        let unknown = Lexicon::parse("x.toml", "[[rule]]\nlabel='a'\npattern='b'\nexamples=[]\nwhat=1").unwrap_err();
        assert!(unknown.to_string().contains("what"), "{unknown}");
        let pattern = Lexicon::parse("x.toml", "[[rule]]\nlabel='a'\npattern='('\nexamples=[]").unwrap_err();
        assert!(matches!(&pattern, LexiconError::Pattern { pattern, .. } if pattern == "("), "{pattern}");
        let unless =
            Lexicon::parse("x.toml", "[[rule]]\nlabel='a'\npattern='b'\nunless=['[']\nexamples=[]").unwrap_err();
        assert!(unless.to_string().contains("\"[\""), "{unless}");
    }
}
