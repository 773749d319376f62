//! What the writer should know beside the text.

use super::channels::{Limit, Profile};
use super::compose::{DraftInput, Form};
use crate::decision::Decision;
use crate::playbook::Playbook;

/// Notes on a message that gets no reply.
pub(super) fn silence(decision: &Decision) -> Vec<String> {
    let mut notes: Vec<String> = decision.fired.iter().map(|rule| rule.why.clone()).collect();
    notes.dedup();
    notes.insert(0, "no reply is drafted".to_owned());
    notes
}

/// Notes on a draft, most urgent first. `limit` comes with the length of the text in its unit.
pub(super) fn all(
    playbook: &Playbook,
    input: &DraftInput<'_>,
    profile: Option<&Profile>,
    limit: Option<(Limit, usize)>,
    form: Form,
) -> Vec<String> {
    let mut notes = Vec::new();
    let decision = input.decision;
    if playbook.is_starter() {
        notes.push(
            "names, promises and offers are the starter's; write yours out with: amends playbook init".to_owned(),
        );
    }
    notes.extend(
        decision
            .fired
            .iter()
            .filter(|rule| matches!(rule.id.as_str(), "already-answered" | "needs-a-person"))
            .map(|rule| rule.why.clone()),
    );
    notes.extend(approvals(playbook, input));
    notes.extend(next_up(decision));
    if let Some((limit, length)) = limit {
        notes.push(format!("{}: {length} of {} {}", input.message.channel, limit.most, limit.unit.words()));
        notes.extend(left_out(input, form));
    }
    if let Some(profile) = profile {
        notes.push(format!("{}: {}", input.message.channel, profile.rules.join("; ")));
    }
    notes
}

fn approvals(playbook: &Playbook, input: &DraftInput<'_>) -> Vec<String> {
    let offers = &playbook.policy().offers;
    input
        .decision
        .blocks
        .options
        .iter()
        .filter_map(|choice| offers.iter().find(|offer| *offer.id.get_ref() == choice.id))
        .filter_map(|offer| {
            let approver = offer
                .approver
                .as_ref()
                .and_then(|id| playbook.contact(id.get_ref()))
                .map(|contact| format!("{} approves it first", contact.name));
            let parts: Vec<String> = approver.into_iter().chain(offer.limits()).collect();
            (!parts.is_empty()).then(|| format!("offer {}: {}", offer.id.get_ref(), parts.join("; ")))
        })
        .collect()
}

fn next_up(decision: &Decision) -> Option<String> {
    let owner = decision.owner.as_ref()?;
    let mut note = format!("{} answers", owner.name);
    if let Some(deputy) = &owner.deputy {
        note = format!("{note} (deputy {deputy})");
    }
    for step in &decision.escalation {
        note = format!("{note}; behind: {}, {}", step.contact.name, step.when);
    }
    Some(note)
}

fn left_out(input: &DraftInput<'_>, form: Form) -> Option<String> {
    let blocks = &input.decision.blocks;
    let mut left = Vec::new();
    if form.short() {
        left.push("the short form is used");
    }
    if form.short() && !form.greeting() {
        left.push("without a greeting");
    }
    if !form.optional() && blocks.apology == crate::decision::Apology::Empathy {
        left.push("without the empathy");
    }
    if !form.optional() && !blocks.options.is_empty() {
        left.push("without the options");
    }
    (!left.is_empty()).then(|| format!("to fit the limit, {}", left.join(", ")))
}
