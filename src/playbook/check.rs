//! What is wrong with a playbook that can be read.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use toml::Spanned;

use super::schema::{Offer, Rule};
use super::{Finding, Issue, Level, MOST_OFFERS, Playbook, SCHEMA};
use crate::analysis::Trigger;
use crate::decision::Disposition;
use crate::message::Channel;

/// Gifts with a logo. They are forbidden by name: nobody who was let down wants a mug.
static SWAG: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(mugs?|swag|merch(andise)?|t-?shirts?|hoodies?|key ?rings?|key ?chains?|tote( bag)?s?|stickers?|goodie bags?|water bottles?|lanyards?|branded (gifts?|pens?|caps?|vouchers?|\w+))\b",
    )
    .ok()
});

/// Returns what is wrong with a playbook, in the order of the file: errors, which [`Playbook::parse`] refuses, and warnings.
pub fn check(playbook: &Playbook) -> Vec<Finding> {
    let mut checker = Checker { playbook, findings: Vec::new() };
    checker.head();
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

    fn people(&mut self) {
        for (id, entry) in &self.playbook.policy().contacts {
            let entry = entry.get_ref();
            if let Some(deputy) = &entry.deputy {
                if deputy.get_ref() == id {
                    self.error(
                        &deputy.span(),
                        format!("{id} is their own deputy"),
                        "name somebody else, or leave the deputy out",
                    );
                }
                self.contact(deputy);
            }
        }
    }

    /// A contact id that somebody refers to.
    fn contact(&mut self, id: &Spanned<String>) {
        if self.playbook.policy().contacts.contains_key(id.get_ref()) {
            return;
        }
        let hint = match self.playbook.near_contact(id.get_ref()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known contacts: {}", join(self.playbook.policy().contacts.keys())),
        };
        self.error(&id.span(), format!("there is no contact `{}`", id.get_ref()), &hint);
    }

    fn issues(&mut self) {
        let policy = self.playbook.policy();
        if !policy.issues.contains_key(&Issue::Other) {
            self.error(
                &self.table("[issues."),
                "there is no issue type `other`",
                "add [issues.other]: it answers whatever has no entry of its own",
            );
        }
        for (issue, entry) in &policy.issues {
            let span = entry.span();
            let entry = entry.get_ref();
            self.contact(&entry.contact);
            if entry.escalation.is_empty() {
                self.error(
                    &span,
                    format!("issue type {issue} has no escalation path"),
                    "say who is behind the contact: escalation = [{ contact = \"ID\", when = \"after ...\" }]",
                );
            }
            for step in &entry.escalation {
                self.contact(&step.contact);
            }
            let hours = entry.reply_within_hours.get_ref();
            if hours.medium > hours.low || hours.high > hours.medium {
                self.error(
                    &entry.reply_within_hours.span(),
                    format!("issue type {issue}: a higher severity waits longer"),
                    "hours fall as severity rises: low >= medium >= high",
                );
            }
            if !policy.offers.iter().any(|offer| offer.issues.get_ref().contains(issue)) {
                self.warning(
                    &span,
                    format!("nothing may be offered for issue type {issue}"),
                    "add it to the issues of an offer; without one, drafts offer nothing",
                );
            }
        }
    }

    fn triggers_and_channels(&mut self) {
        let policy = self.playbook.policy();
        for entry in policy.triggers.values() {
            self.contact(&entry.get_ref().contact);
        }
        for trigger in Trigger::ALL {
            if !policy.triggers.contains_key(trigger) {
                self.error(
                    &self.table("[triggers"),
                    format!("trigger {trigger} has no contact"),
                    &format!("add [triggers.{trigger}] with contact and reply_within_hours"),
                );
            }
        }
        for entry in policy.channels.values() {
            self.contact(&entry.contact);
        }
        if !policy.channels.contains_key(&Channel::EmployerReview) {
            self.warning(
                &(0..0),
                "reviews by employees have no contact of their own",
                "add [channels.employer_review] with the contact for people matters",
            );
        }
    }

    fn promises(&mut self) {
        let promises = &self.playbook.policy().promises;
        self.unique("promise", promises.iter().map(|promise| &promise.id));
        for promise in promises {
            if promise.quoted_by.is_empty() && promise.broken_by.is_empty() {
                self.warning(
                    &promise.id.span(),
                    format!(
                        "promise {} has no phrase by which a message could be held against it",
                        promise.id.get_ref()
                    ),
                    "add quoted_by or broken_by",
                );
            }
            for phrase in promise.quoted_by.iter().chain(&promise.broken_by) {
                if Regex::new(phrase).is_err() {
                    self.error(
                        &promise.id.span(),
                        format!("promise {}: \"{phrase}\" is no valid expression", promise.id.get_ref()),
                        "put a backslash before a dot, bracket, plus or question mark that is meant as such",
                    );
                }
            }
        }
    }

    fn offers(&mut self) {
        let offers = &self.playbook.policy().offers;
        self.unique("offer", offers.iter().map(|offer| &offer.id));
        for offer in offers {
            self.offer(offer);
        }
    }

    fn offer(&mut self, offer: &Offer) {
        let id = offer.id.get_ref();
        let text = offer.text.get_ref();
        let swag = SWAG.as_ref().and_then(|swag| swag.find(text).or_else(|| swag.find(id)));
        if let Some(swag) = swag {
            self.error(
                &offer.text.span(),
                format!("offer {id} is swag: \"{}\"", swag.as_str()),
                "offer something that mends what went wrong",
            );
        }
        if let Some(approver) = &offer.approver {
            self.contact(approver);
        }
        if offer.issues.get_ref().is_empty() {
            self.error(&offer.issues.span(), format!("offer {id} answers no issue type"), "name at least one");
        }
        if *offer.max_harm.get_ref() < offer.min_harm {
            self.error(
                &offer.max_harm.span(),
                format!("offer {id} can never be chosen: max_harm lies below min_harm"),
                "",
            );
        }
        if text.ends_with(['.', '!', '?']) {
            self.warning(
                &offer.text.span(),
                format!("offer {id} ends a sentence"),
                "it is listed inside one: write a phrase such as \"a refund to your card\"",
            );
        }
    }

    fn rules(&mut self) {
        let rules = &self.playbook.policy().rules;
        self.unique("rule", rules.iter().map(|rule| &rule.id));
        for rule in rules {
            self.rule(rule);
        }
    }

    fn rule(&mut self, rule: &Rule) {
        let id = rule.id.get_ref();
        let then = rule.then.get_ref();
        let nothing = then.acknowledge.is_none()
            && then.apology.is_none()
            && then.options.is_none()
            && then.closing.is_none()
            && then.add.is_empty();
        if nothing {
            self.error(
                &rule.then.span(),
                format!("rule {id} sets nothing"),
                "set acknowledge, apology, options, closing or add",
            );
        }
        if then.options.is_some_and(|count| count > MOST_OFFERS) {
            self.error(
                &rule.then.span(),
                format!("rule {id} asks for more than {MOST_OFFERS} options"),
                "two options are best, three are the most",
            );
        }
        let tone = rule
            .when
            .sentiment
            .as_ref()
            .map(Spanned::span)
            .or_else(|| rule.when.severity_min.as_ref().map(Spanned::span))
            .or_else(|| rule.when.severity_below.as_ref().map(Spanned::span));
        if let Some(span) = tone
            && then.options.is_some_and(|count| count > 0)
        {
            self.error(
                &span,
                format!("rule {id} lets offers depend on tone"),
                "offers follow validity and harm: use validity, harm_min and harm_below",
            );
        }
        if let Some(letter) = then
            .add
            .iter()
            .find(|disposition| matches!(disposition, Disposition::StopUnsolvable | Disposition::StopAbusive))
        {
            self.error(
                &rule.then.span(),
                format!("rule {id} adds {letter}, which only a person decides"),
                "add = [\"escalate\"] hands it to somebody who can",
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
