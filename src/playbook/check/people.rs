//! Contacts, issue types, triggers and channels.

use toml::Spanned;

use super::{Checker, join};
use crate::analysis::Trigger;
use crate::message::Channel;
use crate::playbook::Issue;

impl Checker<'_> {
    pub(super) fn people(&mut self) {
        for (id, entry) in &self.playbook.policy().contacts {
            let span = entry.span();
            let entry = entry.get_ref();
            if entry.deputy.is_none() {
                self.error(
                    &span,
                    format!("contact {id} has no deputy"),
                    "name who stands in: deputy = \"ID\", an id of [contacts]",
                );
            }
            if let Some(deputy) = &entry.deputy {
                if deputy.get_ref() == id {
                    self.error(&deputy.span(), format!("{id} is their own deputy"), "name somebody else");
                }
                self.contact(deputy);
            }
        }
    }

    /// A contact id that somebody refers to.
    pub(super) fn contact(&mut self, id: &Spanned<String>) {
        if self.playbook.policy().contacts.contains_key(id.get_ref()) {
            return;
        }
        let hint = match self.playbook.near_contact(id.get_ref()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known contacts: {}", join(self.playbook.policy().contacts.keys())),
        };
        self.error(&id.span(), format!("there is no contact `{}`", id.get_ref()), &hint);
    }

    pub(super) fn issues(&mut self) {
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
            let mut before = 0;
            for step in &entry.escalation {
                self.contact(&step.contact);
                if let Some(hours) = &step.after_hours {
                    if *hours.get_ref() < before {
                        self.error(
                            &hours.span(),
                            format!("issue type {issue}: a step further up comes sooner than the one before it"),
                            "after_hours rise along the path",
                        );
                    }
                    before = *hours.get_ref();
                }
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

    pub(super) fn triggers_and_channels(&mut self) {
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
}
