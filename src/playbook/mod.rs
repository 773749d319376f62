//! The company's policy as data, and what it says about one message.
//!
//! A playbook is a TOML file: people, issue types, promises, offers and rules ([`schema`]). [`Playbook::parse`] reads it and refuses
//! what cannot work, with line, caret and hint; [`check()`] lists what a careful colleague would still mention. [`decide()`] is the one
//! function that the rest of the program asks: pure, total, and every answer names the rules that gave it.
//!
//! What a company may decide is in the file. What no file may change (no admission without a valid complaint, no offer on a
//! review site, nothing but empathy when a lawyer writes) is code, in the `guard` module, and wins.

mod check;
mod decide;
mod error;
mod facts;
mod guard;
mod guide;
mod issue;
mod offers;
mod ombudsman;
mod people;
mod reach;
mod record;
mod rules;
pub mod schema;
pub mod sla;
#[cfg(test)]
pub(crate) mod testing;
mod trace;
mod watch;

pub use check::{Known, check, check_known};
pub use decide::{DecideInput, decide, decide_with};
pub use error::{Finding, Level, PlaybookErrors, render_findings};
pub use facts::Band;
pub use guide::{Guide, guide};
pub use issue::{Issue, OfferKind};
pub use offers::MOST_OFFERS;
pub use schema::Policy;
pub use trace::{AskedCondition, RuleTrace, trace};
pub use watch::WatchHit;

use watch::WatchList;

use crate::decision::PlaybookRef;
use crate::digest::sha256_hex;

/// The version of the playbook format that this release reads.
pub const SCHEMA: u32 = 1;

/// The starter playbook, as `playbook init` writes it out: a small shop.
pub const STARTER: &str = include_str!("../../templates/playbooks/default.toml");

/// The playbook of a service with many customers: an airline.
pub const SERVICE: &str = include_str!("../../templates/playbooks/service.toml");

/// The playbook of a regulated firm: a savings and payments bank.
pub const REGULATED: &str = include_str!("../../templates/playbooks/regulated.toml");

/// Name under which errors cite the starter playbook.
const STARTER_NAME: &str = "the built-in playbook";

/// A playbook that was read and found usable.
#[derive(Debug, Clone)]
pub struct Playbook {
    source_name: String,
    text: String,
    digest: String,
    policy: Policy,
    watch: WatchList,
}

impl Playbook {
    /// Reads a playbook. `source_name` is what errors call it.
    ///
    /// # Errors
    /// When the text is not TOML, has an unknown key or value, or [`check()`] finds an error in it. All findings are returned, save
    /// that a syntax error or unknown name hides what comes after it.
    pub fn parse(source_name: &str, text: &str) -> Result<Self, PlaybookErrors> {
        let refuse = |findings| PlaybookErrors { source_name: source_name.to_owned(), text: text.to_owned(), findings };
        let policy: Policy = toml::from_str(text).map_err(|error| refuse(vec![error::from_toml(text, &error)]))?;
        let playbook = Self {
            source_name: source_name.to_owned(),
            digest: digest(text),
            text: text.to_owned(),
            watch: WatchList::new(&policy.watch),
            policy,
        };
        let findings = check(&playbook);
        if findings.iter().any(|finding| finding.level == Level::Error) {
            return Err(refuse(findings));
        }
        Ok(playbook)
    }

    /// Returns the starter playbook.
    ///
    /// # Errors
    /// Never in a release: a test reads it.
    pub fn embedded() -> Result<Self, PlaybookErrors> {
        Self::parse(STARTER_NAME, STARTER)
    }

    /// Whether this is one of the starters, whose names and offers nobody has made their own yet.
    pub fn is_starter(&self) -> bool {
        [STARTER, SERVICE, REGULATED].contains(&self.text.as_str())
    }

    /// Returns the content.
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Returns the name that it gives itself.
    pub fn name(&self) -> &str {
        &self.policy.name
    }

    /// Returns the file, as the user named it.
    pub fn source_name(&self) -> &str {
        &self.source_name
    }

    /// Returns the text that was read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the first 12 hex digits of the sha256 of the text.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Returns the names of the watch-list in a text, in the order of the text.
    pub fn watch(&self, text: &str) -> Vec<WatchHit> {
        self.watch.find(text)
    }

    /// Returns name and digest, as decisions cite them.
    pub fn reference(&self) -> PlaybookRef {
        PlaybookRef { name: self.policy.name.clone(), digest: self.digest.clone() }
    }
}

fn digest(text: &str) -> String {
    let mut hex = sha256_hex(text.as_bytes());
    hex.truncate(12);
    hex
}

#[cfg(test)]
mod tests;
