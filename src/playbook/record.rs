//! What the record of a case means for the next step. Letters that end a conversation are named here as candidates, never chosen.

use super::Playbook;
use super::facts::Facts;
use crate::analysis::Trigger;
use crate::decision::{Acknowledge, Candidate, Care, Contact, Disposition, Offline, Stage};
use crate::recorded::{Conversation, OfferAnswer, Satisfaction};

/// Returns what comes next.
pub(super) fn stage(facts: &Facts, offline: Offline) -> Stage {
    let recorded = &facts.recorded;
    match (recorded.resolved, recorded.satisfaction) {
        (true, None) => return Stage::SatisfactionCheck,
        (true, Some(Satisfaction::Satisfied)) if facts.public => return Stage::FollowUpPost,
        (true, Some(Satisfaction::Satisfied)) => return Stage::Close,
        (true, Some(Satisfaction::Unsatisfied)) | (false, _) => {}
    }
    if recorded.conversation == Conversation::Held {
        Stage::AfterCall
    } else if recorded.offer_refused() {
        Stage::Refusal
    } else if offline == Offline::Move {
        Stage::TakeOffline
    } else {
        Stage::Reply
    }
}

/// Returns the letters that a person may consider: only after recorded attempts and an offer, and never where a trigger other than a
/// threat was raised.
pub(super) fn candidates(playbook: &Playbook, facts: &Facts) -> Vec<Candidate> {
    let recorded = &facts.recorded;
    let stop = &playbook.policy().stop;
    let offers = u32::try_from(recorded.offers.len()).unwrap_or(u32::MAX);
    let enough =
        recorded.attempts >= (*stop.attempts_min.get_ref()).max(1) && offers >= (*stop.offers_min.get_ref()).max(1);
    if !enough || recorded.resolved || facts.triggers.iter().any(|&trigger| trigger != Trigger::Threat) {
        return Vec::new();
    }
    let on_record = format!("{} attempts and {offers} offers are on record", recorded.attempts);
    let mut candidates = Vec::new();
    let turned_down = recorded.offers.iter().all(|offer| offer.answer == Some(OfferAnswer::Refused));
    if turned_down && facts.triggers.is_empty() {
        candidates.push(Candidate {
            letter: Disposition::StopUnsolvable,
            why: format!("{on_record}, and every offer was refused"),
            decided_by: deciders(playbook, facts),
        });
    }
    if recorded.unreasonable || facts.triggers.contains(&Trigger::Threat) {
        candidates.push(Candidate {
            letter: Disposition::StopAbusive,
            why: format!("{on_record}, and the messages are abusive or threatening"),
            decided_by: deciders(playbook, facts),
        });
    }
    candidates
}

/// Returns who may decide to stop: those whom the playbook names, else the last of the escalation path.
fn deciders(playbook: &Playbook, facts: &Facts) -> Vec<Contact> {
    let named = &playbook.policy().stop.decided_by;
    if named.is_empty() {
        let path = playbook.issue_policy(facts.issue).map(|entry| entry.escalation.as_slice()).unwrap_or_default();
        return path.last().and_then(|step| playbook.contact(step.contact.get_ref())).into_iter().collect();
    }
    named.iter().filter_map(|id| playbook.contact(id.get_ref())).collect()
}

/// Returns what is asked of the writer of a heated public case.
pub(super) fn heated(playbook: &Playbook, facts: &Facts, acknowledge: Acknowledge) -> Option<Care> {
    let heated = playbook.policy().heated.as_ref()?;
    let severe =
        facts.scored.as_ref().is_ok_and(|scored| scored.complaint && scored.severity >= *heated.severity_min.get_ref());
    (facts.public && severe && acknowledge != Acknowledge::Off).then(|| Care {
        second_reader: heated.second_reader.as_ref().and_then(|id| playbook.contact(id.get_ref())),
        pause_minutes: heated.pause_minutes,
    })
}
