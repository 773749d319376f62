//! What the writer should know beside the text.

use super::channels::{Limit, Profile};
use super::compose::{DraftInput, Form};
use super::plan::Plan;
use crate::decision::{Acknowledge, Decision};
use crate::draft::Situation;
use crate::language::Language;
use crate::playbook::Playbook;

/// Notes on a message that gets no reply.
pub(super) fn silence(decision: &Decision) -> Vec<String> {
    let mut notes: Vec<String> = decision.fired.iter().map(|rule| rule.why.clone()).collect();
    notes.dedup();
    notes.insert(0, "no reply is drafted".to_owned());
    notes
}

/// What notes are about, beside the input.
pub(super) struct About<'a> {
    pub(super) profile: Option<&'a Profile>,
    /// The limit, with the length of the text in its unit.
    pub(super) limit: Option<(Limit, usize)>,
    pub(super) form: Form,
    pub(super) plan: &'a Plan,
    pub(super) language: Language,
    pub(super) untranslated: &'a [String],
}

/// Notes on a draft, most urgent first.
pub(super) fn all(playbook: &Playbook, input: &DraftInput<'_>, about: &About<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let decision = input.decision;
    let channel = input.message.channel;
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
    notes.extend(situation(playbook, input));
    notes.extend(language(input, about));
    if about.plan.blocks.iter().any(|block| matches!(block.base, Some("options/offers" | "options/call_sheet"))) {
        notes.extend(approvals(playbook, input));
    }
    notes.extend(next_up(decision));
    if let Some((limit, length)) = about.limit {
        notes.push(format!("{channel}: {length} of {} {}", limit.most, limit.unit.words()));
        notes.extend(left_out(about));
    }
    if let Some(profile) = about.profile {
        notes.push(format!("{channel}: {}", profile.rules.join("; ")));
    }
    notes
}

fn situation(playbook: &Playbook, input: &DraftInput<'_>) -> Vec<String> {
    let choice = input.choice;
    let mut notes = Vec::new();
    if choice.situation.is_some() && input.decision.blocks.acknowledge == Acknowledge::Off {
        notes.push("the playbook wants no reply to this message; you asked for one".to_owned());
    }
    match choice.situation() {
        Situation::FollowUpPost => {
            notes.push("tell them before you post it, and post it on every platform where they complained".to_owned());
        }
        Situation::ReportBack => notes.push("this keeps the promise to report back to the thread".to_owned()),
        Situation::SatisfactionCheck => {
            notes.push("a case is closed when they confirm it, and every platform has its follow-up".to_owned());
        }
        Situation::Invite => notes.push(
            "once, and only if they are glad to; give nothing for it, and leave it out where the platform forbids asking"
                .to_owned(),
        ),
        Situation::CallSheet => notes.push("for your own eyes: nothing of it is sent".to_owned()),
        situation if situation.stops() => notes.extend(stopped(playbook, input)),
        _ => {}
    }
    if choice.situation().stops() || choice.situation() == Situation::Close {
        let enclosed = playbook.policy().ombudsman.as_ref().and_then(|named| named.get_ref().enclose.as_deref());
        notes.extend(enclosed.map(|enclosed| format!("this is the final letter: enclose {enclosed}")));
    }
    notes
}

fn stopped(playbook: &Playbook, input: &DraftInput<'_>) -> Vec<String> {
    let choice = input.choice;
    let by = choice.by.as_deref().unwrap_or_default().trim();
    let mut notes =
        vec![format!("decided by {by} after {} attempts; offered: {}", choice.attempts, choice.offers_made.join("; "))];
    let named = &playbook.policy().stop.decided_by;
    let may: Vec<String> = if named.is_empty() {
        input.decision.escalation.last().map(|step| step.contact.name.clone()).into_iter().collect()
    } else {
        named.iter().filter_map(|id| playbook.contact(id.get_ref())).map(|contact| contact.name).collect()
    };
    if !may.is_empty() && !may.iter().any(|name| name.eq_ignore_ascii_case(by)) {
        notes.push(format!("by the playbook {} decides this: let them read it first", may.join(" or ")));
    }
    notes
}

fn language(input: &DraftInput<'_>, about: &About<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    if about.language != Language::EN {
        let who = if input.choice.language.is_some() { "as asked" } else { "as the playbook says" };
        notes.push(format!("in {}, {who}", about.language.name()));
    }
    let mut missing: Vec<&String> = about.untranslated.iter().collect();
    missing.dedup();
    for text in missing {
        notes.push(format!("left out, as translations.toml has no {} for: {text}", about.language.name()));
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

/// Says what a tight channel cost, in the order in which things are left out.
fn left_out(about: &About<'_>) -> Option<String> {
    let form = about.form;
    let mut left = Vec::new();
    if form == Form::Plain {
        left.push("without the promise quoted, the weight of it and the questions".to_owned());
    }
    if form.short() {
        left.push("the short form is used".to_owned());
    }
    if form.short() && !form.extras() {
        left.push("without what is not strictly needed".to_owned());
    }
    if form.short() && !form.greeting() {
        left.push("without a greeting".to_owned());
    }
    let optional = about.plan.blocks.iter().filter(|block| block.base.is_some() && block.optional && !form.optional());
    left.extend(
        optional.map(|block| format!("without the {}", if block.name == "options" { "options" } else { "empathy" })),
    );
    (!left.is_empty()).then(|| format!("to fit the limit, {}", left.join(", ")))
}
