//! Who answers, and who is behind them.

use toml::Spanned;

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
            .map(Spanned::get_ref)
    }

    /// Returns the contact id that is most like `id`, for hints.
    pub(super) fn near_contact(&self, id: &str) -> Option<&str> {
        error::did_you_mean(id, self.policy.contacts.keys().map(String::as_str))
    }
}

/// Returns who answers: whoever keeps the case already, else the contact of the first trigger, of the channel, of the issue.
///
/// A case keeps its owner in front of the customer even when it escalates: whoever takes over does so behind them.
pub(super) fn owner(playbook: &Playbook, facts: &Facts) -> Option<Contact> {
    let kept = facts.recorded.owner.as_deref().filter(|_| !facts.recorded.resolved);
    kept.and_then(|id| playbook.contact(id)).or_else(|| {
        trigger_contact(playbook, facts)
            .or_else(|| playbook.policy().channels.get(&facts.channel).map(|entry| &entry.contact))
            .or_else(|| playbook.issue_policy(facts.issue).map(|entry| &entry.contact))
            .and_then(|id| playbook.contact(id.get_ref()))
    })
}

fn trigger_contact<'a>(playbook: &'a Playbook, facts: &Facts) -> Option<&'a Spanned<String>> {
    let triggers = &playbook.policy().triggers;
    facts.triggers.iter().find_map(|trigger| triggers.get(trigger)).map(|entry| &entry.get_ref().contact)
}

/// Returns the path up. Whoever answers already is left out of it; the contact of a trigger who does not answer is first on it.
pub(super) fn escalation(playbook: &Playbook, facts: &Facts, owner: Option<&Contact>) -> Vec<EscalationStep> {
    let behind = trigger_contact(playbook, facts).and_then(|id| playbook.contact(id.get_ref())).map(|contact| {
        EscalationStep { contact, when: "at once: a trigger was raised".to_owned(), after_hours: Some(0) }
    });
    let steps = playbook.issue_policy(facts.issue).map(|entry| entry.escalation.as_slice()).unwrap_or_default();
    let mut path: Vec<EscalationStep> = Vec::new();
    let all = steps.iter().filter_map(|step| {
        Some(EscalationStep {
            contact: playbook.contact(step.contact.get_ref())?,
            when: step.when.clone(),
            after_hours: step.after_hours.as_ref().map(|hours| *hours.get_ref()),
        })
    });
    for step in behind.into_iter().chain(all) {
        let known = path.iter().any(|earlier| earlier.contact.id == step.contact.id);
        if !known && owner.is_none_or(|owner| owner.id != step.contact.id) {
            path.push(step);
        }
    }
    path
}
