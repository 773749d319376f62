//! One message in, one decision out.

use std::collections::BTreeMap;

use super::facts::Facts;
use super::schema::{Rule, WatchKind};
use super::{Issue, Playbook, guard, offers, people, record, rules};
use crate::analysis::{Analysis, Trigger};
use crate::decision::{
    Acknowledge, Apology, BlockName, BlockReason, Blocks, Closing, DECISION_VERSION, Decision, Disposition, FiredRule,
    OfferChoice,
};
use crate::draft::Verdict;
use crate::message::Message;
use crate::recorded::Recorded;
use crate::thread::ThreadState;

/// What a decision rests on.
#[derive(Debug, Clone, Copy)]
pub struct DecideInput<'a> {
    /// The message.
    pub message: &'a Message,
    /// Where it stands in its thread.
    pub thread: &'a ThreadState,
    /// What was found in it.
    pub analysis: &'a Analysis,
    /// A person's judgement, which wins over the score of validity.
    pub verdict: Option<Verdict>,
}

/// Returns what the playbook says should happen with a message.
///
/// Pure and total: the same input gives the same decision, and every input gives one. The rules of the playbook speak first; then
/// come the invariants that no playbook can change:
///
/// - a trigger leaves acknowledgement, empathy and a closing that says who answers when; it admits and offers nothing, and escalates;
/// - a complaint is never left without an acknowledgement;
/// - responsibility is taken only for a complaint that the score finds likely valid or a person judged valid;
/// - nothing is offered on a review site, to an employee, or in thanks; elsewhere in public only what the catalogue calls public;
/// - the way to email or phone is offered with the first acknowledgement, and taken once they have answered it;
/// - public back-and-forth is capped;
/// - a message without scores gets no reply from rules, and the decision says who has to read it;
/// - the letters that stop a conversation are never chosen here: [`Decision::candidates`] lists them where a person may consider one.
pub fn decide(playbook: &Playbook, input: &DecideInput<'_>) -> Decision {
    decide_with(playbook, input, &Recorded::default())
}

/// Returns what the playbook says should happen with a message of a case of which something is on record: attempts, offers,
/// conversations. As [`decide`], which is this with nothing on record.
pub fn decide_with(playbook: &Playbook, input: &DecideInput<'_>, recorded: &Recorded) -> Decision {
    let facts = Facts::gather(playbook, input, recorded);
    let mut plan = Plan::of(playbook, &facts);
    plan.note_circumstances(playbook, &facts);

    let owner = people::owner(playbook, &facts);
    let escalation = people::escalation(playbook, &facts, owner.as_ref());
    let offline = guard::offline(playbook, &facts, &plan);
    let dispositions = plan.dispositions(&facts);
    Decision {
        offline,
        stage: record::stage(&facts, offline),
        templates: plan.templates,
        candidates: record::candidates(playbook, &facts),
        heated: record::heated(playbook, &facts, plan.acknowledge.value),
        version: DECISION_VERSION,
        message_id: input.message.id.clone(),
        playbook: playbook.reference(),
        dispositions,
        owner,
        escalation,
        triggers: if plan.silent_source { Vec::new() } else { facts.triggers },
        fired: plan.fired,
        blocks: Blocks {
            acknowledge: plan.acknowledge.value,
            apology: plan.apology.value,
            options: plan.options.value,
            closing: plan.closing.value,
            why: [plan.acknowledge.why, plan.apology.why, plan.options.why, plan.closing.why],
        },
    }
}

/// A block with the rule that set it last.
#[derive(Debug, Clone)]
pub(super) struct Planned<T> {
    pub(super) value: T,
    pub(super) why: BlockReason,
}

/// A decision in the making.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) acknowledge: Planned<Acknowledge>,
    pub(super) apology: Planned<Apology>,
    pub(super) options: Planned<Vec<OfferChoice>>,
    pub(super) closing: Planned<Closing>,
    pub(super) added: Vec<Disposition>,
    pub(super) fired: Vec<FiredRule>,
    pub(super) templates: BTreeMap<BlockName, String>,
    /// The message is our own or a machine's: there is nobody to answer.
    pub(super) silent_source: bool,
}

impl Plan {
    /// What the rules say, brought into line with the invariants.
    pub(super) fn of(playbook: &Playbook, facts: &Facts) -> Self {
        let mut plan = Self::from_rules(playbook, facts);
        guard::apply(playbook, facts, &mut plan);
        // A template of one's own is for what a rule set, not for what an invariant made of it.
        let kept: Vec<BlockName> =
            plan.templates.keys().copied().filter(|&block| !plan.is_set_by_rule(playbook, block)).collect();
        for block in kept {
            plan.templates.remove(&block);
        }
        plan
    }

    /// Returns why a block is as it is.
    pub(super) const fn why(&self, block: BlockName) -> &BlockReason {
        match block {
            BlockName::Acknowledge => &self.acknowledge.why,
            BlockName::Apologize => &self.apology.why,
            BlockName::Options => &self.options.why,
            BlockName::Closing => &self.closing.why,
        }
    }

    fn is_set_by_rule(&self, playbook: &Playbook, block: BlockName) -> bool {
        let rule = &self.why(block).rule;
        playbook.policy().rules.iter().any(|entry| entry.id.get_ref() == rule)
    }

    fn from_rules(playbook: &Playbook, facts: &Facts) -> Self {
        let all = &playbook.policy().rules;
        let mut fired = Vec::new();
        let acknowledge =
            planned(&mut fired, rules::first(all, facts, |rule| rule.then.get_ref().acknowledge), Acknowledge::Off);
        let apology = planned(&mut fired, rules::first(all, facts, |rule| rule.then.get_ref().apology), Apology::None);
        let options = planned_options(playbook, facts, &mut fired);
        let closing = planned(&mut fired, rules::first(all, facts, |rule| rule.then.get_ref().closing), Closing::Off);
        let templates = BlockName::ALL
            .iter()
            .filter_map(|&block| {
                let (_, name) = rules::first(all, facts, |rule| rule.then.get_ref().templates.get(&block))?;
                Some((block, name.get_ref().clone()))
            })
            .collect();
        let mut plan =
            Self { acknowledge, apology, options, closing, added: Vec::new(), fired, templates, silent_source: false };
        for rule in all.iter().filter(|rule| rule.when.holds(facts)) {
            let add = &rule.then.get_ref().add;
            if !add.is_empty() {
                plan.fire(rule.id.get_ref(), &rule.why);
                plan.added.extend(add);
            }
        }
        plan
    }

    /// Records that a rule fired, once.
    pub(super) fn fire(&mut self, id: &str, why: &str) {
        fire(&mut self.fired, id, why);
    }

    /// Records what does not change the decision but belongs beside it.
    fn note_circumstances(&mut self, playbook: &Playbook, facts: &Facts) {
        if self.silent_source {
            return;
        }
        if let Some(name) = &facts.unknown_issue {
            self.fire(
                "issue-not-listed",
                &format!("the analysis names the issue \"{name}\", which is no issue type; `other` answers"),
            );
        }
        if let Some(issue) = facts.issue
            && issue != Issue::Other
            && !playbook.policy().issues.contains_key(&issue)
        {
            self.fire("issue-not-in-playbook", &format!("the playbook has no entry for {issue}; `other` answers"));
        }
        if facts.competitor {
            self.fire(
                "flag-competitor",
                "it recommends a competitor: a person looks at it, and nobody is accused of anything",
            );
        }
        if facts.recorded.unreasonable || facts.triggers.contains(&Trigger::Threat) {
            self.fire("flag-disengage", "abuse or a threat: a person decides whether we go on, nobody answers in kind");
        }
        for hit in &facts.watch {
            if hit.kind == WatchKind::Executives {
                self.fire("watch-list", &format!("names {}, who is on the watch-list", hit.name));
            }
        }
        if facts.answered {
            self.fire("already-answered", "a reply of ours follows in the thread; read it before writing again");
        }
    }

    /// Returns what to do, in the order in which it is done.
    fn dispositions(&self, facts: &Facts) -> Vec<Disposition> {
        let mut list = Vec::new();
        let mut push = |disposition: Disposition| {
            if !list.contains(&disposition) {
                list.push(disposition);
            }
        };
        let added = |disposition: Disposition| self.added.contains(&disposition);
        if added(Disposition::Escalate) {
            push(Disposition::Escalate);
        }
        match self.acknowledge.value {
            Acknowledge::Issue | Acknowledge::NotListenedTo => push(Disposition::Acknowledge),
            Acknowledge::Thanks => push(Disposition::Thank),
            Acknowledge::Off => {}
        }
        match self.apology.value {
            Apology::Empathy => push(Disposition::Empathy),
            Apology::Responsibility => push(Disposition::Apologize),
            Apology::None => {}
        }
        if !self.options.value.is_empty() {
            push(Disposition::Offer);
        }
        match self.closing.value {
            Closing::TakeOffline => push(Disposition::TakeOffline),
            Closing::WhoAnswersWhen => push(Disposition::Interim),
            Closing::OwnerAndDate | Closing::Plain | Closing::Off => {}
        }
        // Whoever is given a date, or is told in public that we report back, is come back to.
        let dated =
            matches!(self.closing.value, Closing::OwnerAndDate | Closing::TakeOffline | Closing::WhoAnswersWhen);
        if dated || (facts.public && facts.complaint() && self.closing.value != Closing::Off) {
            push(Disposition::FollowUp);
        }
        for &disposition in &self.added {
            push(disposition);
        }
        if list.is_empty() {
            list.push(Disposition::NoReply);
        }
        list
    }
}

fn planned<T>(fired: &mut Vec<FiredRule>, found: Option<(&Rule, T)>, off: T) -> Planned<T> {
    match found {
        Some((rule, value)) => {
            fire(fired, rule.id.get_ref(), &rule.why);
            Planned { value, why: reason(rule) }
        }
        None => Planned {
            value: off,
            why: BlockReason { rule: "no-rule".to_owned(), reason: "no rule of the playbook turns it on".to_owned() },
        },
    }
}

fn planned_options(playbook: &Playbook, facts: &Facts, fired: &mut Vec<FiredRule>) -> Planned<Vec<OfferChoice>> {
    let found = rules::first(&playbook.policy().rules, facts, |rule| rule.then.get_ref().options);
    let Some((rule, count)) = found else {
        return planned(fired, None, Vec::new());
    };
    fire(fired, rule.id.get_ref(), &rule.why);
    let chosen = offers::choose(playbook, facts, count);
    let mut why = reason(rule);
    if count > 0 && chosen.is_empty() {
        let issue = facts.issue.unwrap_or(Issue::Other);
        let place = if facts.public { " in public" } else { "" };
        why.reason = format!("{}; no offer of the catalogue fits {issue}{place} at this validity and harm", rule.why);
    }
    Planned { value: chosen, why }
}

fn reason(rule: &Rule) -> BlockReason {
    BlockReason { rule: rule.id.get_ref().clone(), reason: rule.why.clone() }
}

fn fire(fired: &mut Vec<FiredRule>, id: &str, why: &str) {
    if !fired.iter().any(|rule| rule.id == id) {
        fired.push(FiredRule { id: id.to_owned(), why: why.to_owned() });
    }
}
