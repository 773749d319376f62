//! What the gate found.

use serde::Serialize;

use super::rule::RuleId;
use crate::analysis::Span;
use crate::playbook::Level;

/// Everything that the gate has to say about a text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What was found, in the order of the text, then of the rules.
    pub findings: Vec<Finding>,
    /// Rules that were not applied, and why.
    pub skipped: Vec<Skipped>,
}

impl Report {
    /// Whether the text may be copied: there is no error. Warnings do not hold it back.
    pub fn passes(&self) -> bool {
        self.findings.iter().all(|finding| finding.level == Level::Warning)
    }

    /// Returns the number of errors and of warnings.
    pub fn counts(&self) -> (usize, usize) {
        let errors = self.findings.iter().filter(|finding| finding.level == Level::Error).count();
        (errors, self.findings.len() - errors)
    }

    /// Whether a rule found something.
    pub fn has(&self, rule: RuleId) -> bool {
        self.findings.iter().any(|finding| finding.rule == rule)
    }
}

/// One thing that is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule that found it.
    pub rule: RuleId,
    /// How bad it is.
    pub level: Level,
    /// First byte of the words, in UTF-8; always at the start of a character.
    pub from: usize,
    /// One past their last byte. Where something is missing, the span is empty and stands at the end of the text.
    pub to: usize,
    /// What is wrong, one lower-case sentence.
    pub message: String,
    /// What to write instead.
    pub fix: String,
    /// Where the rule comes from: article and law. Not part of the JSON contract; `text` and `sarif` show it.
    #[serde(skip)]
    pub source: &'static str,
}

impl Finding {
    /// Makes a finding with the words of the rule's card.
    pub(super) fn new(rule: RuleId, span: Span) -> Self {
        let card = rule.card();
        Self {
            rule,
            level: card.level,
            from: span.from,
            to: span.to,
            message: card.message.clone(),
            fix: card.fix.clone(),
            source: &card.source,
        }
    }

    /// Replaces the message by one that carries facts.
    #[must_use]
    pub(super) fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// Replaces the mend by one that fits better.
    #[must_use]
    pub(super) fn mend(mut self, fix: impl Into<String>) -> Self {
        self.fix = fix.into();
        self
    }

    /// Returns the words that are wrong.
    pub const fn span(&self) -> Span {
        Span { from: self.from, to: self.to }
    }
}

/// A rule that was not applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// The rule.
    pub rule: RuleId,
    /// What it would have needed, or who switched it off and why.
    pub needs: String,
}
