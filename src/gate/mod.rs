//! The send gate: a lint of the text that a human edited, before it is copied.
//!
//! [`Gate::new`] prepares what the playbook says; [`Gate::check`] reads one [`Reply`] and returns a [`Report`]: findings with byte spans,
//! and rules that were skipped, with what they would have needed. Both are pure. Errors hold the text back, warnings do not.
//!
//! What the rules are for is data (`data/gate/rules.toml`, from which `docs/gate.md` is written), and so are their phrases
//! (`data/gate/*.toml`, each with examples that run as tests).

mod house;
mod limit;
mod reply;
mod report;
mod rule;
mod slots;

use house::House;
pub use reply::{Author, Reply};
pub use report::{Finding, Report, Skipped};
pub use rule::{Level, RuleCard, RuleId};

use crate::drafting::Channels;
use crate::playbook::Playbook;

/// The rules, with what the company's playbook says, ready for many texts.
#[derive(Debug, Clone)]
pub struct Gate {
    house: House,
}

impl Gate {
    /// Prepares the rules for a playbook and the profiles of the channels.
    pub fn new(playbook: &Playbook, channels: &Channels) -> Self {
        Self { house: House::new(playbook, channels) }
    }

    /// Checks a text. The same reply always gives the same report.
    pub fn check(&self, reply: &Reply<'_>) -> Report {
        let mut findings = slots::find(reply.text);
        findings.extend(limit::find(reply, &self.house));
        let skipped = self
            .house
            .off
            .iter()
            .map(|(&rule, reason)| Skipped { rule, needs: format!("switched off in the playbook: {reason}") })
            .collect();
        findings.retain(|finding| !self.house.off.contains_key(&finding.rule));
        findings.sort_by_key(|finding| (finding.from, finding.to, finding.rule));
        findings.dedup_by_key(|finding| (finding.from, finding.to, finding.rule));
        Report { findings, skipped }
    }
}

/// Checks one text; for many texts, make a [`Gate`] once.
pub fn check(reply: &Reply<'_>, playbook: &Playbook, channels: &Channels) -> Report {
    Gate::new(playbook, channels).check(reply)
}
