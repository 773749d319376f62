//! Rules: what they set, whether they can decide anything, and their examples.

use toml::Spanned;

use super::Checker;
use crate::decision::Disposition;
use crate::playbook::facts::Facts;
use crate::playbook::reach::{Reach, reach};
use crate::playbook::schema::{Example, Rule};
use crate::playbook::trace::{self, sets};
use crate::playbook::{Level, MOST_OFFERS};

impl Checker<'_> {
    pub(super) fn rules(&mut self) {
        let rules = &self.playbook.policy().rules;
        self.unique("rule", rules.iter().map(|rule| &rule.id));
        for rule in rules {
            self.rule(rule);
            self.examples(rule);
        }
        for (rule, reach) in rules.iter().zip(reach(rules)) {
            self.reach(rule, &reach);
        }
    }

    fn reach(&mut self, rule: &Rule, reach: &Reach) {
        let id = rule.id.get_ref();
        let span = rule.id.span();
        match reach {
            Reach::Reachable => {}
            Reach::Impossible => self.error(
                &span,
                format!("rule {id} can never fit: its conditions exclude each other"),
                "look at its lower and upper bounds, at lists without entries, and at review against channel",
            ),
            Reach::Covered(by) => self.error(
                &span,
                format!("rule {id} is unreachable: wherever it fits, {} before it decides", by.join(", ")),
                "move it up, narrow the rules before it, or delete it",
            ),
            Reach::NotProven => self.find(
                Level::Warning,
                &span,
                format!("whether rule {id} can be reached was not proved: there are too many different bounds"),
                "",
            ),
        }
    }

    fn examples(&mut self, rule: &Rule) {
        let id = rule.id.get_ref();
        if !rule.examples.iter().any(|example| example.get_ref().fires) {
            self.warning(
                &rule.id.span(),
                format!("rule {id} has no example for which it fires"),
                "add examples = [{ say = \"what somebody wrote\", complaint = true }]; they are tried here",
            );
        }
        for example in &rule.examples {
            if let Some((message, hint)) = self.failure(rule, example.get_ref()) {
                self.error(&example.span(), message, &hint);
            }
        }
    }

    /// Returns why an example does not do what it says, and what to do about it.
    fn failure(&self, rule: &Rule, example: &Example) -> Option<(String, String)> {
        let id = rule.id.get_ref();
        let facts = Facts::of_example(self.playbook, example);
        let found = trace::of_facts(self.playbook, &facts).into_iter().find(|tried| tried.id == *id)?;
        if found.fired() == example.fires {
            return None;
        }
        if found.fired() {
            let what: Vec<&str> = found.decides.iter().map(|block| block.name()).collect();
            return Some((
                format!("rule {id} fires for \"{}\", and the example says that it does not", example.say),
                format!("it decides {}", if what.is_empty() { "what is added".to_owned() } else { what.join(", ") }),
            ));
        }
        let failed: Vec<String> = found
            .conditions
            .iter()
            .filter(|condition| !condition.holds)
            .map(|condition| format!("{} asks {}, found {}", condition.name, condition.asked, condition.found))
            .collect();
        let beaten: Vec<String> = found.beaten.iter().map(|(block, by)| format!("{by} decides {block}")).collect();
        let why = if failed.is_empty() { beaten } else { failed };
        Some((
            format!("rule {id} does not fire for \"{}\", and the example says that it does", example.say),
            why.join("; "),
        ))
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
        for (block, template) in &then.templates {
            if !sets(then, *block) {
                self.error(
                    &template.span(),
                    format!("rule {id} names a template for {block}, which it does not set"),
                    "set the block in the same rule, so that the template and the decision belong together",
                );
            }
        }
        if rule.when.trigger.is_some() && (then.options.is_some() || then.apology.is_some() || then.closing.is_some()) {
            self.warning(
                &rule.then.span(),
                format!("rule {id} asks for a trigger: apology, options and closing are fixed then"),
                "a trigger leaves empathy and a closing that says who answers; set acknowledge, or add dispositions",
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
}
