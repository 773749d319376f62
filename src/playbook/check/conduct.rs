//! Profile, heated cases, letters that end a conversation, the watch-list, and names outside the playbook.

use super::{Checker, Known};
use crate::playbook::error::did_you_mean;
use crate::playbook::schema::{Ombudsman, Profile};

impl Checker<'_> {
    pub(super) fn conduct(&mut self) {
        let policy = self.playbook.policy();
        if policy.profile == Profile::Regulated && policy.ombudsman.is_none() {
            self.error(
                &self.table("profile"),
                "a regulated profile names no ombudsman",
                "add [ombudsman] with name and text: the final letter points there",
            );
        }
        if let Some(ombudsman) = &policy.ombudsman
            && (ombudsman.get_ref().name.trim().is_empty() || ombudsman.get_ref().text.trim().is_empty())
        {
            self.error(
                &ombudsman.span(),
                "the ombudsman has no name or no text",
                "write the sentences that the law asks for",
            );
        }
        if let Some(ombudsman) = &policy.ombudsman {
            self.final_letters(ombudsman.get_ref());
        }
        if let Some(heated) = &policy.heated {
            if !(0.0..=100.0).contains(heated.severity_min.get_ref()) {
                self.error(&heated.severity_min.span(), "severity is counted from 0 to 100", "");
            }
            match &heated.second_reader {
                Some(reader) => self.contact(reader),
                None if heated.pause_minutes.is_none() => self.error(
                    &heated.severity_min.span(),
                    "heated cases ask nothing of anybody",
                    "add second_reader or pause_minutes, or delete [heated]",
                ),
                None => {}
            }
        }
        for count in [&policy.stop.attempts_min, &policy.stop.offers_min] {
            if *count.get_ref() == 0 {
                self.error(
                    &count.span(),
                    "no conversation ends without an attempt and an offer on record",
                    "write 1 or more",
                );
            }
        }
        for contact in &policy.stop.decided_by {
            self.contact(contact);
        }
        self.watch_list();
        for (rule, switch) in &policy.gate {
            if switch.get_ref().off && switch.get_ref().reason.trim().is_empty() {
                self.error(
                    &switch.span(),
                    format!("rule {rule} of the gate is switched off without a reason"),
                    "say why: reason = \"...\"",
                );
            }
        }
    }

    fn final_letters(&mut self, ombudsman: &Ombudsman) {
        let mut seen = Vec::new();
        for sooner in &ombudsman.sooner {
            let days = &sooner.within_working_days;
            if *days.get_ref() == 0 {
                self.error(&days.span(), "a final letter is due on no day", "write 1 or more");
            }
            // Five working days are a week.
            if ombudsman.final_letter_within_days.is_some_and(|most| days.get_ref() * 7 / 5 > most) {
                self.error(
                    &days.span(),
                    format!("{} working days are later than the final letters of the others", days.get_ref()),
                    "write fewer, or delete the entry",
                );
            }
            for issue in &sooner.issues {
                if seen.contains(issue) {
                    self.error(
                        &days.span(),
                        format!("the final letter on {} has two times", issue.name()),
                        "name each issue type once",
                    );
                }
                seen.push(*issue);
            }
        }
    }

    fn watch_list(&mut self) {
        let watch = &self.playbook.policy().watch;
        let names = || watch.company.iter().chain(&watch.products).chain(&watch.executives);
        for name in watch.misspellings.keys().filter(|name| !names().any(|known| known == *name)) {
            let hint = match did_you_mean(name, names().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "put the name into company, products or executives".to_owned(),
            };
            let span = self.table(&format!("\"{name}\""));
            self.error(&span, format!("misspellings of \"{name}\", which is on no list of [watch]"), &hint);
        }
        if names().chain(watch.misspellings.values().flatten()).any(|name| name.trim().is_empty()) {
            self.error(
                &self.table("[watch"),
                "the watch-list has an empty name",
                "it would be found nowhere; delete it",
            );
        }
    }

    /// Names of things that live outside the playbook.
    pub(super) fn known(&mut self, known: &Known<'_>) {
        let policy = self.playbook.policy();
        for (rule, switch) in &policy.gate {
            if !known.gate_rules.contains(&rule.as_str()) {
                let hint = nearest(rule, known.gate_rules.iter().copied());
                self.error(&switch.span(), format!("the gate has no rule `{rule}`"), &hint);
            }
        }
        for rule in &policy.rules {
            for (block, template) in &rule.then.get_ref().templates {
                if !template.get_ref().starts_with(&format!("{block}/")) {
                    self.error(
                        &template.span(),
                        format!("template `{}` is none of block {block}", template.get_ref()),
                        &format!("write {block}/..., as `amends templates list` has it"),
                    );
                } else if !known.templates.contains(template.get_ref()) {
                    let hint = nearest(template.get_ref(), known.templates.iter().map(String::as_str));
                    self.error(&template.span(), format!("there is no template `{}`", template.get_ref()), &hint);
                }
            }
        }
        let language = policy.language.get_ref().as_str();
        if !known.languages.contains(&language) {
            self.warning(
                &policy.language.span(),
                format!("no templates are built in for the language \"{language}\""),
                &format!("known: {}; a folder of your own goes with --templates", known.languages.join(", ")),
            );
        }
    }
}

fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    did_you_mean(name, known).map_or_else(String::new, |near| format!("did you mean `{near}`?"))
}
