//! The reply clock and what the playbook asks of the writer, in words.

use jiff::civil::DateTime;

use crate::decision::{Care, Decision};
use crate::playbook::sla::{ClockState, Schedule};

/// Returns how the clock stands.
pub(super) fn line(clock: &Schedule) -> String {
    match clock.state {
        ClockState::Off => "no reply is needed".to_owned(),
        ClockState::Paused => "stands still: a reply of ours followed, and they have not answered it".to_owned(),
        ClockState::Running => {
            let since = clock.since.map_or_else(String::new, moment);
            let from = if clock.since_now { "now, as the message has no date".to_owned() } else { since };
            let due =
                clock.reply_due.map_or_else(|| "no due time".to_owned(), |due| format!("reply due {}", moment(due)));
            format!("runs since {from}; {due}{}", if clock.overdue { ", overdue" } else { "" })
        }
    }
}

/// Returns who comes next, when, and on what condition, a line for each step up.
pub(super) fn steps(decision: &Decision, clock: &Schedule) -> Vec<String> {
    decision
        .escalation
        .iter()
        .zip(&clock.steps)
        .map(|(step, due)| {
            let at = due.due.map_or_else(String::new, |at| format!("{}, ", moment(at)));
            let late = if due.overdue { " (past)" } else { "" };
            format!("{}: {at}{}{late}", step.contact.name, step.when)
        })
        .collect()
}

/// Returns what is asked of the writer of a heated public case.
pub(super) fn care(care: &Care) -> String {
    let reader = care.second_reader.as_ref().map(|reader| format!("{} reads it first", reader.name));
    let pause = care.pause_minutes.map(|minutes| format!("{minutes} minutes of rest before it is copied"));
    reader.into_iter().chain(pause).collect::<Vec<_>>().join(", ")
}

fn moment(at: DateTime) -> String {
    at.strftime("%a %-d %b %H:%M").to_string()
}
