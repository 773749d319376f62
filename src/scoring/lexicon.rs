//! Rule files: phrases with a label, points, exceptions and their own examples.
//!
//! A rule's pattern is a regular expression over a [`View`]: lower case ASCII, straight apostrophes. A space in a pattern stands for one run
//! of white space, and both ends are word boundaries. `<<name>>` stands for the list of that name in the same file. Where a pattern has
//! groups called `span`, `span2` or `span3` and one of them takes part, a match is what they hold, not the words around them. Rules are compiled when a text first holds a word that they need: an Aho-Corasick pass over those words
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
    /// How far the words that count reach beyond the match.
    #[serde(default)]
    pub reach: Option<Reach>,
    /// Where a match must stand.
    #[serde(default)]
    pub at: Option<Place>,
    /// Whether a match counts only when it is written like a name.
    #[serde(default)]
    pub name: Option<NameKind>,
    /// Weight or points, as the file defines them.
    #[serde(default)]
    pub points: f32,
    /// Texts in which the rule must match.
    pub examples: Vec<String>,
    /// Texts in which no rule of this label may match.
    #[serde(default)]
    pub not: Vec<String>,
}

/// How far the words that count reach beyond a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// To the end of the clause.
    Clause,
    /// From the start of the clause, its subject included, to its end.
    WholeClause,
    /// To the end of what is asked for: the clause without its time limit and its reasons.
    Request,
    /// Back to the start of the noun phrase.
    Phrase,
    /// To where an object is said to be ("right here").
    Object,
}

/// Where a match must stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// At the start of a clause, where an imperative stands.
    Clause,
    /// Where the subject of a clause stands.
    Subject,
}

/// Which words with a capital letter are believed to be names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameKind {
    /// Every word that is not known to be something else.
    Any,
    /// Given names that are listed.
    Known,
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
    /// A pattern names a list that the file does not have.
    #[error("{file} has no list \"{list}\"")]
    List {
        /// File.
        file: String,
        /// The list.
        list: String,
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
    /// Alternatives that several patterns share.
    #[serde(default)]
    lists: BTreeMap<String, String>,
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
    /// Whether the pattern has one of [`GROUPS`].
    has_groups: bool,
    unless: Vec<Regex>,
}

impl Lexicon {
    /// Reads a rule file; `file` names it in errors.
    ///
    /// # Errors
    /// When the file does not have the shape of a rule file, or a pattern is invalid.
    pub fn parse(file: &str, text: &str) -> Result<Self, LexiconError> {
        let RuleFile { lists, rule: mut rules } = toml::from_str(text)
            .map_err(|error| LexiconError::Shape { file: file.to_owned(), message: error.to_string() })?;
        for rule in &mut rules {
            for pattern in std::iter::once(&mut rule.pattern).chain(&mut rule.unless) {
                *pattern =
                    expand(pattern, &lists).map_err(|list| LexiconError::List { file: file.to_owned(), list })?;
            }
        }
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
        let mut offer = |from: usize, to: usize, whole: (usize, usize)| {
            let foreign = rule.own_words && view.is_quoted(from, to);
            let counts = !rule.asserted || context::is_asserted(view.bytes(), from, to);
            // A name is cancelled by the words that made it look like one.
            let touched = if rule.name.is_some() { whole } else { (from, to) };
            if counts
                && !foreign
                && !compiled.unless.iter().any(|unless| overlaps(unless, view.bytes(), whole, touched))
            {
                hits.push(Hit { from, to, rule: index });
            }
        };
        if compiled.has_groups {
            for found in compiled.pattern.captures_iter(view.bytes()) {
                let whole = found.get(0).map_or((0, 0), |all| (all.start(), all.end()));
                let mut grouped = false;
                for group in GROUPS.iter().filter_map(|name| found.name(name)) {
                    grouped = true;
                    offer(group.start(), group.end(), whole);
                }
                if !grouped {
                    offer(whole.0, whole.1, whole);
                }
            }
        } else {
            for found in compiled.pattern.find_iter(view.bytes()) {
                offer(found.start(), found.end(), (found.start(), found.end()));
            }
        }
        hits
    }
}

impl Compiled {
    /// `None` only when an expression that parsed is too large to compile; the rule files are checked for that by a test.
    fn new(rule: &Rule) -> Option<Self> {
        let pattern = compile(&expression(&rule.pattern)).ok()?;
        Some(Self {
            has_groups: pattern.capture_names().flatten().any(|name| GROUPS.contains(&name)),
            pattern,
            unless: rule.unless.iter().map(|u| compile(&expression(u)).ok()).collect::<Option<_>>()?,
        })
    }
}

/// Bytes around a match in which an exception is looked for.
const EXCEPTION_REACH: usize = 80;

/// Groups of a pattern that hold what counts.
const GROUPS: [&str; 3] = ["span", "span2", "span3"];

/// Whether an exception near `whole` shares a byte with `touched`.
fn overlaps(unless: &Regex, view: &[u8], whole: (usize, usize), touched: (usize, usize)) -> bool {
    let start = whole.0.saturating_sub(EXCEPTION_REACH);
    let end = (whole.1 + EXCEPTION_REACH).min(view.len());
    unless
        .find_iter(&view[start..end])
        .any(|found| found.start() + start < touched.1 && found.end() + start > touched.0)
}

/// Puts the lists of a file into a pattern; the name of a list that is missing is the error.
pub(crate) fn expand(pattern: &str, lists: &BTreeMap<String, String>) -> Result<String, String> {
    let mut expanded = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("<<") {
        let Some((name, after)) = after.split_once(">>") else { break };
        let list = lists.get(name).ok_or_else(|| name.to_owned())?;
        expanded.push_str(before);
        expanded.push_str("(?:");
        expanded.push_str(list);
        expanded.push(')');
        rest = after;
    }
    expanded.push_str(rest);
    Ok(expanded)
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
    fn lists_are_shared_and_groups_hold_what_counts() {
        let lexicon = lexicon(
            "[lists]\nday = 'monday|friday'\n[[rule]]\nlabel = \"a\"\npattern = 'on (?P<span><<day>>)'\nunless = ['black <<day>>']\nexamples = ['x']",
        );
        let view = View::new("on Monday, on Friday, Friday");
        let found: Vec<(usize, usize)> = lexicon.find(&view).iter().map(|hit| (hit.from, hit.to)).collect();
        assert_eq!(found, [(3, 9), (14, 20)]);
        let missing = Lexicon::parse("x.toml", "[[rule]]\nlabel='a'\npattern='<<day>>'\nexamples=[]").unwrap_err();
        assert_eq!(missing.to_string(), "x.toml has no list \"day\"");
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
