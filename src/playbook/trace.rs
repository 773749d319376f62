//! The path of a message through the rules: every rule tried, what each condition found, and which rule decided what.

use std::fmt::Display;

use serde::Serialize;

use super::Playbook;
use super::decide::{DecideInput, Plan};
use super::facts::{Facts, ScoredFacts};
use super::schema::{Condition, Effect, Rule};
use crate::decision::{BlockName, Disposition};
use crate::recorded::Recorded;

/// A rule that was tried on a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleTrace {
    /// Rule id.
    pub id: String,
    /// Why the rule is there.
    pub why: String,
    /// Whether all its conditions hold.
    pub fits: bool,
    /// Its conditions with what was found; none means that it always fits.
    pub conditions: Vec<AskedCondition>,
    /// Blocks that it decided.
    pub decides: Vec<BlockName>,
    /// Blocks that it sets and another rule, or an invariant, decided: block and rule id.
    pub beaten: Vec<(BlockName, String)>,
    /// Dispositions that it added.
    pub adds: Vec<Disposition>,
}

impl RuleTrace {
    /// Whether the rule had any effect.
    pub fn fired(&self) -> bool {
        !self.decides.is_empty() || !self.adds.is_empty()
    }
}

/// A condition of a rule, and what was found in the message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AskedCondition {
    /// Name, as in the playbook.
    pub name: &'static str,
    /// What is asked.
    pub asked: String,
    /// What was found.
    pub found: String,
    /// Whether it holds.
    pub holds: bool,
}

/// Returns every rule of a playbook, in order, with what it made of a message.
pub fn trace(playbook: &Playbook, input: &DecideInput<'_>, recorded: &Recorded) -> Vec<RuleTrace> {
    of_facts(playbook, &Facts::gather(playbook, input, recorded))
}

/// Returns the same for facts.
pub(super) fn of_facts(playbook: &Playbook, facts: &Facts) -> Vec<RuleTrace> {
    let plan = Plan::of(playbook, facts);
    playbook.policy().rules.iter().map(|rule| of_rule(rule, facts, &plan)).collect()
}

fn of_rule(rule: &Rule, facts: &Facts, plan: &Plan) -> RuleTrace {
    let id = rule.id.get_ref();
    let fits = rule.when.holds(facts);
    let then = rule.then.get_ref();
    let (mut decides, mut beaten) = (Vec::new(), Vec::new());
    for &block in BlockName::ALL.iter().filter(|&&block| fits && sets(then, block)) {
        let by = &plan.why(block).rule;
        if by == id {
            decides.push(block);
        } else {
            beaten.push((block, by.clone()));
        }
    }
    let adds = then.add.iter().copied().filter(|disposition| fits && plan.added.contains(disposition)).collect();
    RuleTrace {
        id: id.clone(),
        why: rule.why.clone(),
        fits,
        conditions: conditions(&rule.when, facts),
        decides,
        beaten,
        adds,
    }
}

/// Whether a rule sets a block.
pub(super) const fn sets(then: &Effect, block: BlockName) -> bool {
    match block {
        BlockName::Acknowledge => then.acknowledge.is_some(),
        BlockName::Apologize => then.apology.is_some(),
        BlockName::Options => then.options.is_some(),
        BlockName::Closing => then.closing.is_some(),
    }
}

/// Returns the conditions that are given, in the order of the documentation.
fn conditions(when: &Condition, facts: &Facts) -> Vec<AskedCondition> {
    let mut list = List { facts, conditions: Vec::new() };
    list.scores(when);
    list.flag("question", when.question, facts.question);
    list.flag("public", when.public, facts.public);
    list.flag("review", when.review, facts.channel.is_review());
    list.names("channel", when.channel.as_deref(), &[facts.channel]);
    list.names("issue", when.issue.as_deref(), facts.issue.as_slice());
    list.names("trigger", when.trigger.as_deref(), &facts.triggers);
    let watched: Vec<_> = facts.watch.iter().map(|hit| hit.kind).collect();
    list.names("watch", when.watch.as_deref(), &watched);
    list.least("turns_min", when.turns_min, facts.turns);
    list.least("contacts_min", when.contacts_min, facts.contacts);
    list.least("company_turns_min", when.company_turns_min, facts.company_turns);
    list.flag("replied", when.replied, facts.replied);
    list.flag("conversation_held", when.conversation_held, facts.conversation_held());
    list.flag("offer_refused", when.offer_refused, facts.recorded.offer_refused());
    list.conditions
}

struct List<'a> {
    facts: &'a Facts,
    conditions: Vec<AskedCondition>,
}

impl List<'_> {
    fn push(&mut self, name: &'static str, asked: String, found: String, holds: bool) {
        self.conditions.push(AskedCondition { name, asked, found, holds });
    }

    fn flag(&mut self, name: &'static str, asked: Option<bool>, found: bool) {
        if let Some(asked) = asked {
            self.push(name, yes_no(asked), yes_no(found), asked == found);
        }
    }

    fn least(&mut self, name: &'static str, asked: Option<u32>, found: u32) {
        if let Some(least) = asked {
            self.push(name, least.to_string(), found.to_string(), found >= least);
        }
    }

    fn names<T: Display + PartialEq>(&mut self, name: &'static str, asked: Option<&[T]>, found: &[T]) {
        if let Some(asked) = asked {
            let holds = found.iter().any(|found| asked.contains(found));
            self.push(name, join(asked, " or "), join(found, ", "), holds);
        }
    }

    fn scores(&mut self, when: &Condition) {
        if !when.asks_scores() {
            return;
        }
        match &self.facts.scored {
            Ok(scored) => self.scored(when, &scored.clone()),
            Err(reason) => self.push("scores", "yes".to_owned(), reason.text().to_owned(), false),
        }
    }

    fn scored(&mut self, when: &Condition, scored: &ScoredFacts) {
        self.flag("complaint", when.complaint, scored.complaint);
        self.names("sentiment", when.sentiment.as_ref().map(|list| list.get_ref().as_slice()), &[scored.sentiment]);
        self.names("validity", when.validity.as_deref(), &[scored.validity]);
        self.from("harm_min", when.harm_min, scored.harm);
        self.below("harm_below", when.harm_below, scored.harm);
        self.from("severity_min", when.severity_min.as_ref().map(|least| *least.get_ref()), scored.severity);
        self.below("severity_below", when.severity_below.as_ref().map(|below| *below.get_ref()), scored.severity);
        self.from("confidence_min", when.confidence_min, scored.confidence);
        self.below("confidence_below", when.confidence_below, scored.confidence);
    }

    fn from(&mut self, name: &'static str, asked: Option<f32>, found: f32) {
        if let Some(least) = asked {
            self.push(name, number(least), number(found), found >= least);
        }
    }

    fn below(&mut self, name: &'static str, asked: Option<f32>, found: f32) {
        if let Some(below) = asked {
            self.push(name, number(below), number(found), found < below);
        }
    }
}

fn yes_no(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}

/// Two digits at most, so that a score never reads as the bound that it misses.
fn number(value: f32) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn join<T: Display>(values: &[T], with: &str) -> String {
    if values.is_empty() {
        return "none".to_owned();
    }
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(with)
}
