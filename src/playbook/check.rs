//! What is wrong with a playbook that can be read.

mod conduct;
mod offers;
mod people;
mod rules;

use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;

use super::{Finding, Level, Playbook, SCHEMA};

/// Names outside a playbook that it may refer to; the caller knows them.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Rules of the gate.
    pub gate_rules: &'a [&'a str],
    /// Templates of blocks, built-in ones and the user's own: `acknowledge/issue`.
    pub templates: &'a [String],
    /// Languages of the templates.
    pub languages: &'a [&'a str],
}

/// Returns what is wrong with a playbook, in the order of the file: errors, which [`Playbook::parse`] refuses, and warnings.
pub fn check(playbook: &Playbook) -> Vec<Finding> {
    let mut checker = Checker { playbook, findings: Vec::new() };
    checker.head();
    checker.conduct();
    checker.people();
    checker.issues();
    checker.triggers_and_channels();
    checker.promises();
    checker.offers();
    checker.rules();
    let mut findings = checker.findings;
    findings.sort_by_key(|finding| (finding.span.start, finding.level));
    findings
}

/// Returns where a playbook refers to something that is not there: a rule of the gate, a template, a language.
pub fn check_known(playbook: &Playbook, known: &Known<'_>) -> Vec<Finding> {
    let mut checker = Checker { playbook, findings: Vec::new() };
    checker.known(known);
    let mut findings = checker.findings;
    findings.sort_by_key(|finding| (finding.span.start, finding.level));
    findings
}

struct Checker<'a> {
    playbook: &'a Playbook,
    findings: Vec<Finding>,
}

impl Checker<'_> {
    fn find(&mut self, level: Level, span: &Range<usize>, message: impl Into<String>, hint: &str) {
        let finding = Finding::new(level, self.playbook.text(), span, message);
        self.findings.push(if hint.is_empty() { finding } else { finding.hint(hint) });
    }

    /// Where a table starts, for findings about what it lacks; the start of the file where there is none.
    fn table(&self, header: &str) -> Range<usize> {
        let at = self.playbook.text().find(header);
        at.map_or(0..0, |at| at..at + header.len())
    }

    fn error(&mut self, span: &Range<usize>, message: impl Into<String>, hint: &str) {
        self.find(Level::Error, span, message, hint);
    }

    fn warning(&mut self, span: &Range<usize>, message: impl Into<String>, hint: &str) {
        self.find(Level::Warning, span, message, hint);
    }

    fn head(&mut self) {
        let policy = self.playbook.policy();
        if *policy.schema.get_ref() != SCHEMA {
            self.error(
                &policy.schema.span(),
                format!("this release reads playbooks of schema {SCHEMA}, not {}", policy.schema.get_ref()),
                "compare with a fresh starter: amends playbook init",
            );
        }
        let hours = &policy.hours;
        if hours.days.get_ref().is_empty() {
            self.error(&hours.days.span(), "there is no working day", "name at least one: days = [\"mon\"]");
        }
        if *hours.closes.get_ref() <= hours.opens {
            self.error(
                &hours.closes.span(),
                "the working day closes before it opens",
                "times are of the same day: opens = \"09:00\", closes = \"17:30\"",
            );
        }
        let slots = hours.call_slots.get_ref();
        if slots.len() < 2 {
            self.error(
                &hours.call_slots.span(),
                "fewer than two call slots",
                "customers choose between two times: call_slots = [\"10:00\", \"16:30\"]",
            );
        }
        if slots.iter().any(|slot| *slot < hours.opens || slot > hours.closes.get_ref()) {
            self.error(&hours.call_slots.span(), "a call slot lies outside the working day", "");
        }
        if let (Some(zone), Err(error)) = (&hours.zone, self.playbook.zone()) {
            self.error(&zone.span(), error.to_string(), error.hint());
        }
        let medium = &policy.thresholds.severity_medium;
        let high = &policy.thresholds.severity_high;
        if !(0.0..=100.0).contains(medium.get_ref()) || !(0.0..=100.0).contains(high.get_ref()) {
            self.error(&high.span(), "severity is counted from 0 to 100", "");
        } else if high.get_ref() < medium.get_ref() {
            self.error(
                &high.span(),
                "severity_high lies below severity_medium",
                "the higher band starts at the higher severity",
            );
        }
        if let Some(at) = self.playbook.text().find("{{") {
            self.error(
                &(at..at + 2),
                "a playbook holds plain text, no template expressions",
                "write the words; names and dates are filled in by the templates",
            );
        }
    }

    fn unique<'b>(&mut self, what: &str, ids: impl Iterator<Item = &'b Spanned<String>>) {
        let mut seen = BTreeSet::new();
        for id in ids {
            if !seen.insert(id.get_ref()) {
                self.error(
                    &id.span(),
                    format!("there are two {what}s `{}`", id.get_ref()),
                    "ids are cited in decisions and records: each one once",
                );
            }
        }
    }
}

fn join<'a>(names: impl Iterator<Item = &'a String>) -> String {
    names.map(String::as_str).collect::<Vec<_>>().join(", ")
}
