//! The reply clock and what the playbook asks of the writer, in words.

use jiff::civil::DateTime;

use super::env::Environment;
use super::error::{CliError, Exit};
use crate::decision::{Care, Decision};
use crate::playbook::sla::{self, ClockState, Schedule};
use crate::playbook::{DecideInput, Playbook};

/// Returns the due times of a message by the clock of this run.
///
/// # Errors
/// When the playbook has no working day, or a time zone that this machine does not know.
pub(super) fn schedule(
    playbook: &Playbook,
    input: &DecideInput<'_>,
    decision: &Decision,
    env: &Environment,
) -> Result<Schedule, CliError> {
    sla::schedule(playbook, input, decision, &env.now)
        .map_err(|error| CliError::from_error(Exit::Invalid, &error).hint(error.hint()))
}

/// Returns what the margin of a draft says of time: the clock, the steps up that have a time, and what a heated case asks.
pub(super) fn notes(decision: &Decision, clock: &Schedule) -> Vec<String> {
    let timed = decision.escalation.iter().zip(&clock.steps).filter_map(|(step, due)| {
        let late = if due.overdue { " (past)" } else { "" };
        due.due.map(|at| format!("goes up to {} {}{late}", step.contact.name, moment(at)))
    });
    let parts: Vec<String> = std::iter::once(line(clock)).chain(timed).collect();
    let care = decision.heated.as_ref().map(|asked| format!("heated: {}", care(asked)));
    std::iter::once(format!("clock {}", parts.join("; "))).chain(care).collect()
}

/// Returns now in the company's time.
///
/// # Errors
/// When the playbook has a time zone that this machine does not know.
pub(super) fn local(playbook: &Playbook, env: &Environment) -> Result<DateTime, CliError> {
    playbook.local_time(&env.now).map_err(|error| CliError::from_error(Exit::Invalid, &error).hint(error.hint()))
}

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
