//! Who answers, and who is behind them.

use super::Playbook;
use super::facts::Facts;
use super::schema::IssuePolicy;
use super::{Issue, error};
use crate::decision::{Contact, EscalationStep};

impl Playbook {
    /// Returns the contact of an id, with the deputy's name.
    pub fn contact(&self, id: &str) -> Option<Contact> {
        let contacts = &self.policy.contacts;
        let entry = contacts.get(id)?.get_ref();
        Some(Contact {
            id: id.to_owned(),
            name: entry.name.clone(),
            role: entry.role.clone(),
            deputy: entry
                .deputy
                .as_ref()
                .and_then(|deputy| contacts.get(deputy.get_ref()))
                .map(|deputy| deputy.get_ref().name.clone()),
        })
    }

    /// Returns what holds for an issue type; the entry `other` where it has none of its own, or nothing is known.
    pub fn issue_policy(&self, issue: Option<Issue>) -> Option<&IssuePolicy> {
        issue
            .and_then(|issue| self.policy.issues.get(&issue))
            .or_else(|| self.policy.issues.get(&Issue::Other))
            .map(toml::Spanned::get_ref)
    }

    /// Returns the contact id that is most like `id`, for hints.
    pub(super) fn near_contact(&self, id: &str) -> Option<&str> {
        error::did_you_mean(id, self.policy.contacts.keys().map(String::as_str))
    }
}

/// Returns who answers: the contact of the first trigger, else of the channel, else of the issue.
pub(super) fn owner(playbook: &Playbook, facts: &Facts) -> Option<Contact> {
    let policy = playbook.policy();
    let trigger =
        facts.triggers.iter().find_map(|trigger| policy.triggers.get(trigger)).map(|entry| &entry.get_ref().contact);
    let channel = policy.channels.get(&facts.channel).map(|entry| &entry.contact);
    trigger
        .or(channel)
        .or_else(|| playbook.issue_policy(facts.issue).map(|entry| &entry.contact))
        .and_then(|id| playbook.contact(id.get_ref()))
}

/// Returns the path up. Whoever answers already is left out of it.
pub(super) fn escalation(playbook: &Playbook, facts: &Facts, owner: Option<&Contact>) -> Vec<EscalationStep> {
    playbook
        .issue_policy(facts.issue)
        .map(|entry| entry.escalation.as_slice())
        .unwrap_or_default()
        .iter()
        .filter_map(|step| {
            Some(EscalationStep { contact: playbook.contact(step.contact.get_ref())?, when: step.when.clone() })
        })
        .filter(|step| owner.is_none_or(|owner| owner.id != step.contact.id))
        .collect()
}
