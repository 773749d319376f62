//! What no playbook can change. Each invariant that has to step in names itself in the decision, so nobody searches the file for it.

use super::Playbook;
use super::decide::{Plan, Planned};
use super::facts::Facts;
use crate::analysis::{Trigger, Unscored};
use crate::decision::{Acknowledge, Apology, BlockReason, Closing, Disposition, Offline};

/// Brings a plan that the rules made into line with the invariants.
pub(super) fn apply(playbook: &Playbook, facts: &Facts, plan: &mut Plan) {
    // The letters that stop a conversation are chosen by a person, and "no reply" follows from the blocks.
    plan.added.retain(|disposition| {
        !matches!(disposition, Disposition::StopUnsolvable | Disposition::StopAbusive | Disposition::NoReply)
    });
    if facts.scored == Err(Unscored::NotFromCustomer) {
        plan.silent_source = true;
        silence(plan, "not-from-customer", Unscored::NotFromCustomer.text());
    } else if let Some(&first) = facts.triggers.first() {
        triggered(facts, first, plan);
    } else if let Err(reason) = &facts.scored {
        unscored(facts, reason, plan);
    } else {
        answered_and_honest(facts, plan);
        offered_in_the_right_place(facts, plan);
        moved_offline(playbook, facts, plan);
        whole(facts, plan);
    }
}

/// Triggers: acknowledge, empathy and who answers when. Nothing is admitted, nothing offered.
fn triggered(facts: &Facts, first: Trigger, plan: &mut Plan) {
    let rule = format!("trigger-{first}");
    let names = facts.triggers.iter().map(|trigger| trigger.name()).collect::<Vec<_>>().join(", ");
    let because = |what: &str| BlockReason { rule: rule.clone(), reason: format!("trigger {names}: {what}") };
    if !matches!(plan.acknowledge.value, Acknowledge::Issue | Acknowledge::NotListenedTo) {
        plan.acknowledge.value = Acknowledge::Issue;
    }
    plan.acknowledge.why = because("it is acknowledged whatever the scores say");
    plan.apology = Planned { value: Apology::Empathy, why: because("empathy, and nothing is admitted") };
    plan.options =
        Planned { value: Vec::new(), why: because("nothing is offered before the named contact has looked") };
    plan.closing = Planned { value: Closing::WhoAnswersWhen, why: because("the named contact answers, with a date") };
    plan.added.push(Disposition::Escalate);
    plan.fire(&rule, &format!("trigger {names} beats every score: empathy now, the named contact answers"));
    if let Err(reason) = &facts.scored {
        plan.fire("needs-a-person", &needs_a_person(facts, reason));
    }
}

/// No scores: no reply from rules.
fn unscored(facts: &Facts, reason: &Unscored, plan: &mut Plan) {
    silence(plan, "needs-a-person", &needs_a_person(facts, reason));
    if *reason == Unscored::NotEnglish {
        plan.added.push(Disposition::Interim);
    }
}

fn needs_a_person(facts: &Facts, reason: &Unscored) -> String {
    match reason {
        Unscored::Empty => format!("{}; there are no words to answer", reason.text()),
        Unscored::NotFromCustomer => reason.text().to_owned(),
        Unscored::NotEnglish => {
            let language = facts
                .lang
                .as_deref()
                .map_or("the language", |code| whatlang::Lang::from_code(code).map_or(code, |lang| lang.eng_name()));
            format!("{}; needs a person who reads {language}", reason.text())
        }
    }
}

/// Turns every block off, for one reason.
fn silence(plan: &mut Plan, rule: &str, why: &str) {
    let reason = BlockReason { rule: rule.to_owned(), reason: why.to_owned() };
    plan.acknowledge = Planned { value: Acknowledge::Off, why: reason.clone() };
    plan.apology = Planned { value: Apology::None, why: reason.clone() };
    plan.options = Planned { value: Vec::new(), why: reason.clone() };
    plan.closing = Planned { value: Closing::Off, why: reason };
    plan.added.clear();
    // Rules that fired before have decided nothing.
    plan.fired.clear();
    plan.fire(rule, why);
}

/// A complaint is answered, and fault is admitted only where there is some.
fn answered_and_honest(facts: &Facts, plan: &mut Plan) {
    if facts.complaint() && matches!(plan.acknowledge.value, Acknowledge::Off | Acknowledge::Thanks) {
        set_acknowledge(
            plan,
            Acknowledge::Issue,
            "invariant-complaints-are-answered",
            "a complaint is acknowledged; silence is not an option",
        );
    }
    if plan.apology.value == Apology::Responsibility && !(facts.valid() && facts.complaint()) {
        set_apology(
            plan,
            Apology::Empathy,
            "invariant-responsibility-needs-validity",
            "responsibility is taken only for a complaint that is valid",
        );
    }
    if plan.acknowledge.value == Acknowledge::Thanks && plan.apology.value != Apology::None {
        set_apology(plan, Apology::None, "invariant-thanks-stand-alone", "a thank-you does not apologise");
    }
}

fn offered_in_the_right_place(facts: &Facts, plan: &mut Plan) {
    if plan.options.value.is_empty() {
        return;
    }
    let why = if facts.employer_review() {
        "people who work here are not offered what customers are offered"
    } else if facts.public_review() {
        "offers are for the private message; review sites forbid them"
    } else if plan.acknowledge.value == Acknowledge::Thanks {
        "a thank-you offers nothing"
    } else if !facts.complaint() {
        "offers are for complaints"
    } else {
        return;
    };
    let rule = "invariant-offers-in-their-place";
    plan.options = Planned { value: Vec::new(), why: BlockReason { rule: rule.to_owned(), reason: why.to_owned() } };
    plan.fire(rule, why);
}

/// Returns how it stands with the way to email or phone: they are invited with the first acknowledgement, and move once they have
/// answered us. Nobody is sent away before they were heard.
pub(super) fn offline(playbook: &Playbook, facts: &Facts, plan: &Plan) -> Offline {
    let speaks = matches!(plan.acknowledge.value, Acknowledge::Issue | Acknowledge::NotListenedTo);
    if !speaks || !facts.complaint() || !facts.triggers.is_empty() || facts.employer_review() {
        return Offline::None;
    }
    let thresholds = &playbook.policy().thresholds;
    let long = facts.turns >= thresholds.offline_after_turns;
    let capped = facts.public && facts.company_turns >= thresholds.max_public_replies;
    if facts.stays_here && !capped {
        return Offline::None;
    }
    if capped || (facts.acknowledged && (long || facts.public)) { Offline::Move } else { Offline::Invite }
}

/// Long threads move to email or phone once they were acknowledged, unless they said that they will not; public back-and-forth is capped.
fn moved_offline(playbook: &Playbook, facts: &Facts, plan: &mut Plan) {
    let thresholds = &playbook.policy().thresholds;
    let speaks = matches!(plan.acknowledge.value, Acknowledge::Issue | Acknowledge::NotListenedTo);
    if !speaks || !facts.complaint() {
        return;
    }
    if facts.public && facts.company_turns >= thresholds.max_public_replies {
        set_closing(
            plan,
            Closing::TakeOffline,
            "public-replies-capped",
            &format!("we have answered {} times in public; more belongs in private", facts.company_turns),
        );
    } else if facts.stays_here {
        if plan.closing.value == Closing::TakeOffline {
            let why = "they do not want to write or call elsewhere: they are answered here, with a date";
            set_closing(plan, Closing::OwnerAndDate, "answered-where-they-are", why);
        }
    } else if facts.turns >= thresholds.offline_after_turns {
        if facts.acknowledged {
            set_closing(
                plan,
                Closing::TakeOffline,
                "long-thread-moves-offline",
                &format!("{} turns so far; email or phone settles it sooner", facts.turns),
            );
        } else {
            plan.fire(
                "acknowledge-before-moving",
                &format!("{} turns and no answer of ours yet: it is acknowledged before it moves", facts.turns),
            );
        }
    }
}

/// A reply that begins also ends, and one that does not begin says nothing.
fn whole(facts: &Facts, plan: &mut Plan) {
    if plan.acknowledge.value == Acknowledge::Off {
        let rule = plan.acknowledge.why.rule.clone();
        let reason = plan.acknowledge.why.reason.clone();
        if plan.apology.value != Apology::None {
            set_apology(plan, Apology::None, &rule, &reason);
        }
        if plan.closing.value != Closing::Off {
            set_closing(plan, Closing::Off, &rule, &reason);
        }
    } else if matches!(plan.closing.value, Closing::Off | Closing::Plain) && facts.complaint() {
        set_closing(
            plan,
            Closing::OwnerAndDate,
            "invariant-replies-end-with-a-date",
            "a complaint is told who keeps it and when they hear next",
        );
    } else if plan.closing.value == Closing::Off {
        set_closing(plan, Closing::Plain, "invariant-replies-end", "a reply ends with a closing note");
    }
}

fn set_acknowledge(plan: &mut Plan, value: Acknowledge, rule: &str, why: &str) {
    plan.acknowledge = Planned { value, why: block_reason(rule, why) };
    plan.fire(rule, why);
}

fn set_apology(plan: &mut Plan, value: Apology, rule: &str, why: &str) {
    plan.apology = Planned { value, why: block_reason(rule, why) };
    plan.fire(rule, why);
}

fn set_closing(plan: &mut Plan, value: Closing, rule: &str, why: &str) {
    plan.closing = Planned { value, why: block_reason(rule, why) };
    plan.fire(rule, why);
}

fn block_reason(rule: &str, why: &str) -> BlockReason {
    BlockReason { rule: rule.to_owned(), reason: why.to_owned() }
}
