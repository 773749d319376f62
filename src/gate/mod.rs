//! The send gate: a lint of the text that a human edited, before it is copied.
//!
//! [`Gate::new`] prepares what the playbook says; [`Gate::check`] reads one [`Reply`] and returns a [`Report`]: findings with byte spans,
//! and rules that were skipped, with what they would have needed. Both are pure. Errors hold the text back, warnings do not.
//!
//! What the rules are for is data (`data/gate/rules.toml`, from which `docs/gate.md` is written), and so are their phrases
//! (`data/gate/*.toml`, each with examples that run as tests). The code combines them: who speaks, what is denied, supposed or only told
//! back, which date belongs to which promise, which offer to which entry of the playbook.

mod avoided;
mod explanation;
mod families;
mod house;
pub mod learned;
mod limit;
mod offers;
mod opinion;
mod patterns;
mod personal;
mod phrases;
mod promises;
mod read;
mod reply;
mod report;
mod reviews;
mod rule;
#[cfg(test)]
mod sentences;
mod shape;
mod slots;
mod stance;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod tone;

use house::House;
use learned::Learned;
use read::Read;
pub use reply::{Author, Reply};
pub use report::{Finding, Report, Skipped};
pub use rule::{RuleCard, RuleId};

pub use crate::playbook::Level;

use crate::drafting::Channels;
use crate::playbook::Playbook;

/// The rules, with what the company's playbook says, ready for many texts.
#[derive(Debug, Clone)]
pub struct Gate {
    house: House,
    /// Without it phrases alone decide.
    learned: Option<&'static Learned>,
}

impl Gate {
    /// Prepares the rules for a playbook and the profiles of the channels.
    pub fn new(playbook: &Playbook, channels: &Channels) -> Self {
        Self { house: House::new(playbook, channels), learned: Some(Learned::embedded()) }
    }

    /// The same gate without its model: what the phrases find, all of it. For measuring.
    #[must_use]
    pub fn by_phrases_alone(self) -> Self {
        Self { learned: None, ..self }
    }

    /// Checks a text. The same reply always gives the same report.
    pub fn check(&self, reply: &Reply<'_>) -> Report {
        let house = &self.house;
        let mut findings = slots::find(reply.text);
        findings.extend(limit::find(reply, house));
        findings.extend(personal::find(reply, house));
        findings.extend(avoided::find(reply, house));
        let mut skipped: Vec<Skipped> = house
            .off
            .iter()
            .map(|(&rule, reason)| Skipped { rule, needs: format!("switched off in the playbook: {reason}") })
            .collect();
        skipped.extend(personal::skipped(reply));
        let read = (reply.lang == "en").then(|| Read::new(reply));
        if let Some(read) = &read {
            findings.extend(tone::find(read, house));
            findings.extend(explanation::find(read));
            findings.extend(offers::find(read, house));
            findings.extend(promises::undated(read));
            findings.extend(promises::outcomes(read, house));
            findings.extend(reviews::compensation(read));
            findings.extend(reviews::channel_law(read, house));
            findings.extend(shape::capitals(read));
            findings.extend(shape::copy_of_recent(read));
            let (missing, unread) = shape::missing(read, house);
            findings.extend(missing);
            skipped.extend(unread);
        } else {
            let needs = format!("a text in English; this one is in \"{}\"", reply.lang);
            skipped.extend(ENGLISH_ONLY.iter().map(|&rule| Skipped { rule, needs: needs.clone() }));
        }
        findings.retain(|finding| !house.off.contains_key(&finding.rule));
        if let (Some(read), Some(learned)) = (&read, self.learned) {
            skipped.extend(opinion::weigh(read, learned, house, &mut findings));
        }
        skipped.retain(|skip| !house.off.contains_key(&skip.rule) || skip.needs.starts_with("switched off"));
        findings.sort_by_key(|finding| (finding.from, finding.to, finding.rule));
        findings.dedup_by_key(|finding| (finding.from, finding.to, finding.rule));
        skipped.sort_by_key(|skip| skip.rule);
        Report { findings, skipped }
    }
}

/// Rules that read English phrases.
const ENGLISH_ONLY: &[RuleId] = &[
    RuleId::OfferNotInPlaybook,
    RuleId::ResponsibilityNotValid,
    RuleId::FraudAccusation,
    RuleId::LegalThreat,
    RuleId::CompensationForReview,
    RuleId::Swag,
    RuleId::AsksWhatTheyWant,
    RuleId::PromiseWithoutDateOrOwner,
    RuleId::ConfirmsCustomer,
    RuleId::NonApology,
    RuleId::WillOutcome,
    RuleId::ChannelLaw,
    RuleId::ButAfterApology,
    RuleId::ExplanationInFirstReply,
    RuleId::PassiveDodge,
    RuleId::Blame,
    RuleId::BrushOff,
    RuleId::Capitals,
    RuleId::LongApology,
    RuleId::NoIssueNamed,
    RuleId::NoNextStep,
    RuleId::NoReportBack,
    RuleId::ThirdPublicReply,
    RuleId::CopyOfRecent,
    RuleId::SarcasmOrDefensive,
];

/// Checks one text; for many texts, make a [`Gate`] once.
pub fn check(reply: &Reply<'_>, playbook: &Playbook, channels: &Channels) -> Report {
    Gate::new(playbook, channels).check(reply)
}
