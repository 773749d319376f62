//! Reply clocks: when the customer hears from us, and when a case goes up, in the company's time.
//!
//! A clock starts with the oldest message that nobody has answered. It stands still while we wait for the customer: a reply of ours
//! stops it, and their next message starts it again. An hour is an hour of the day or a working hour, as `[sla]` says.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{ToSpan, Zoned};
use serde::Serialize;

use super::decide::DecideInput;
use super::schema::{Clock, Day, Hours};
use super::{Band, Issue, Playbook};
use crate::analysis::{Analysis, Trigger};
use crate::decision::{Decision, Disposition};
use crate::message::{Channel, Message};

/// How far ahead a working day is looked for, in days.
const HORIZON_DAYS: usize = 3_660;

/// Why there is no due time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SlaError {
    /// The hours of the playbook leave no working day for ten years.
    #[error("the playbook leaves no working day in the ten years after {from}")]
    NoWorkingDay {
        /// The day from which one was looked for.
        from: Date,
    },
    /// The time zone is not known on this machine.
    #[error("time zone \"{zone}\" is not known")]
    UnknownZone {
        /// As the playbook has it.
        zone: String,
    },
}

impl SlaError {
    /// Returns what to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NoWorkingDay { .. } => "look at days and closed_on under [hours]",
            Self::UnknownZone { .. } => "write a name (Europe/London) or a POSIX rule (GMT0BST,M3.5.0/1,M10.5.0)",
        }
    }
}

/// How a reply clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockState {
    /// We owe a reply.
    Running,
    /// We have replied and wait for the customer.
    Paused,
    /// No reply is needed.
    Off,
}

/// Due times of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Schedule {
    /// How the clock stands.
    pub state: ClockState,
    /// When it started, in the company's time; absent unless it runs.
    pub since: Option<DateTime>,
    /// Whether the export has no time for the message, so that the clock starts now.
    pub since_now: bool,
    /// By when the customer hears from us.
    pub reply_due: Option<DateTime>,
    /// Whether that is past.
    pub overdue: bool,
    /// When the case goes up, for each step of the path; absent where the playbook has no hours for it.
    pub steps: Vec<StepDue>,
}

/// When a case goes up a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepDue {
    /// Contact id.
    pub contact: String,
    /// When it goes up.
    pub due: Option<DateTime>,
    /// Whether that is past.
    pub overdue: bool,
}

impl Playbook {
    /// Returns the company's time zone; `None` means that of the clock.
    ///
    /// # Errors
    /// When the zone is neither a name that this machine knows nor a POSIX rule.
    pub fn zone(&self) -> Result<Option<TimeZone>, SlaError> {
        self.policy().hours.zone.as_ref().map(|zone| parse_zone(zone.get_ref())).transpose()
    }

    /// Returns the moment in the company's time.
    ///
    /// # Errors
    /// See [`zone`](Self::zone).
    pub fn local_time(&self, now: &Zoned) -> Result<DateTime, SlaError> {
        Ok(match self.zone()? {
            Some(zone) => now.with_time_zone(zone).datetime(),
            None => now.datetime(),
        })
    }

    /// Returns the hours within which the customer hears from us: the first trigger's, else the issue's for the severity band; severity that
    /// is not known counts as low. The hours are those of the clock of `[sla]`.
    pub fn reply_hours(&self, issue: Option<Issue>, severity: Option<f32>, triggers: &[Trigger]) -> Option<u32> {
        let policy = self.policy();
        let trigger = triggers.iter().find_map(|trigger| policy.triggers.get(trigger));
        if let Some(trigger) = trigger {
            return Some(trigger.get_ref().reply_within_hours);
        }
        let hours = self.issue_policy(issue)?.reply_within_hours.get_ref();
        Some(match severity.map_or(Band::Low, |severity| Band::of(severity, &policy.thresholds)) {
            Band::Low => hours.low,
            Band::Medium => hours.medium,
            Band::High => hours.high,
        })
    }
}

/// Returns what a message is about; people who work here are answered by a contact of their own.
fn issue_of(message: &Message, analysis: &Analysis) -> Option<Issue> {
    let scores = analysis.scores().filter(|_| message.channel != Channel::EmployerReview);
    scores.and_then(|scores| scores.issue.as_deref()).and_then(|name| name.parse().ok())
}

/// Returns the due times of a message and of the steps behind its owner. `now` is the only clock.
///
/// # Errors
/// When the time zone is unknown, or the hours leave no working day.
pub fn schedule(
    playbook: &Playbook,
    input: &DecideInput<'_>,
    decision: &Decision,
    now: &Zoned,
) -> Result<Schedule, SlaError> {
    let policy = playbook.policy();
    let zone = playbook.zone()?.unwrap_or_else(|| now.time_zone().clone());
    let local = now.with_time_zone(zone.clone()).datetime();
    let state = if decision.dispositions == [Disposition::NoReply] {
        ClockState::Off
    } else if input.thread.answered && policy.sla.pause_while_waiting {
        ClockState::Paused
    } else {
        ClockState::Running
    };
    let written = input.message.created_at.as_ref().and_then(|written| written.utc);
    let started = input.thread.waiting_since.or(written);
    let since = started.map_or(local, |at| at.to_zoned(zone).datetime());
    let due = |hours: u32| -> Result<DateTime, SlaError> { after(since, hours, policy.sla.clock, &policy.hours) };
    let running = state == ClockState::Running;
    let severity = input.analysis.scores().map(|scores| scores.severity);
    let issue = issue_of(input.message, input.analysis);
    let hours = playbook.reply_hours(issue, severity, &decision.triggers).filter(|_| running);
    let reply_due = hours.map(due).transpose()?;
    let steps = decision
        .escalation
        .iter()
        .map(|step| {
            let hours = step.after_hours.filter(|_| running);
            let due = hours.map(due).transpose()?;
            Ok(StepDue { contact: step.contact.id.clone(), overdue: due.is_some_and(|due| due < local), due })
        })
        .collect::<Result<Vec<_>, SlaError>>()?;
    Ok(Schedule {
        state,
        since: running.then_some(since),
        since_now: running && started.is_none(),
        overdue: reply_due.is_some_and(|due| due < local),
        reply_due,
        steps,
    })
}

/// Returns the moment `hours` after another by a clock. The moment lies within working hours: one that would not is moved to the opening
/// of the next working day.
///
/// # Errors
/// When the hours leave no working day within ten years.
pub fn after(from: DateTime, hours: u32, clock: Clock, open: &Hours) -> Result<DateTime, SlaError> {
    match clock {
        Clock::Calendar => {
            let until = from.checked_add(i64::from(hours).hours()).map_err(|_| no_working_day(from.date()))?;
            into_working_time(until, open)
        }
        Clock::Working => working_hours_after(from, hours, open),
    }
}

fn into_working_time(moment: DateTime, open: &Hours) -> Result<DateTime, SlaError> {
    let today = works(moment.date(), open);
    if today && moment.time() < open.opens {
        return Ok(moment.date().to_datetime(open.opens));
    }
    if today && moment.time() <= *open.closes.get_ref() {
        return Ok(moment);
    }
    Ok(next_working_day(moment.date(), open)?.to_datetime(open.opens))
}

fn working_hours_after(from: DateTime, hours: u32, open: &Hours) -> Result<DateTime, SlaError> {
    let closes = *open.closes.get_ref();
    let mut left = i64::from(hours) * 3_600;
    let mut at = into_working_time(from, open)?;
    // A day of no length would never use the hours up; the check of a playbook refuses one.
    if closes <= open.opens {
        return Err(no_working_day(from.date()));
    }
    for _ in 0..HORIZON_DAYS {
        let end = at.date().to_datetime(closes);
        let today = at.duration_until(end).as_secs();
        if left <= today {
            return at.checked_add(left.seconds()).map_err(|_| no_working_day(from.date()));
        }
        left -= today;
        at = next_working_day(at.date(), open)?.to_datetime(open.opens);
    }
    Err(no_working_day(from.date()))
}

/// Returns the first working day after a date.
///
/// # Errors
/// When there is none within ten years.
pub fn next_working_day(date: Date, open: &Hours) -> Result<Date, SlaError> {
    date.series(1.day()).skip(1).take(HORIZON_DAYS).find(|&day| works(day, open)).ok_or(no_working_day(date))
}

/// Whether we work on a date.
pub fn works(date: Date, open: &Hours) -> bool {
    let day = match date.weekday() {
        Weekday::Monday => Day::Mon,
        Weekday::Tuesday => Day::Tue,
        Weekday::Wednesday => Day::Wed,
        Weekday::Thursday => Day::Thu,
        Weekday::Friday => Day::Fri,
        Weekday::Saturday => Day::Sat,
        Weekday::Sunday => Day::Sun,
    };
    open.days.get_ref().contains(&day) && !open.closed_on.contains(&date)
}

const fn no_working_day(from: Date) -> SlaError {
    SlaError::NoWorkingDay { from }
}

/// Reads a zone: a name of the time zone database, else a POSIX rule, which needs none.
fn parse_zone(zone: &str) -> Result<TimeZone, SlaError> {
    TimeZone::posix(zone).or_else(|_| TimeZone::get(zone)).map_err(|_| SlaError::UnknownZone { zone: zone.to_owned() })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::playbook::testing::{analysis, message, scores};
    use crate::playbook::{STARTER, decide};
    use crate::thread::ThreadState;

    fn hours() -> Hours {
        Playbook::embedded().unwrap().policy().hours.clone()
    }

    // 2026-11-23 is a Monday; the starter works from 09:00 to 17:30.
    fn monday(hour: i8, minute: i8) -> DateTime {
        date(2026, 11, 23).at(hour, minute, 0, 0)
    }

    #[test]
    fn calendar_hours_end_in_working_time() {
        let by = |from, hours_on| after(from, hours_on, Clock::Calendar, &hours()).unwrap();
        assert_eq!(by(monday(10, 5), 2), monday(12, 5));
        assert_eq!(by(monday(3, 0), 2), monday(9, 0));
        assert_eq!(by(monday(16, 0), 4), date(2026, 11, 24).at(9, 0, 0, 0));
        assert_eq!(by(date(2026, 11, 27).at(16, 0, 0, 0), 24), date(2026, 11, 30).at(9, 0, 0, 0));
    }

    #[test]
    fn working_hours_stop_at_night_and_on_free_days() {
        let mut open = hours();
        let by = |from, hours_on, open: &Hours| after(from, hours_on, Clock::Working, open).unwrap();
        assert_eq!(by(monday(10, 0), 2, &open), monday(12, 0));
        assert_eq!(by(monday(16, 30), 2, &open), date(2026, 11, 24).at(10, 0, 0, 0));
        assert_eq!(by(date(2026, 11, 28).at(12, 0, 0, 0), 1, &open), date(2026, 11, 30).at(10, 0, 0, 0));
        assert_eq!(by(monday(9, 0), 17, &open), date(2026, 11, 24).at(17, 30, 0, 0));
        open.closed_on = vec![date(2026, 11, 24)];
        assert_eq!(by(monday(17, 0), 1, &open), date(2026, 11, 25).at(9, 30, 0, 0));
        open.closed_on = date(2026, 11, 1).series(1.day()).take(4_000).collect();
        let error = after(monday(16, 0), 4, Clock::Working, &open).unwrap_err();
        assert!(matches!(error, SlaError::NoWorkingDay { .. }) && !error.hint().is_empty());
    }

    #[test]
    fn the_clock_stands_still_while_we_wait_for_the_customer() {
        let playbook = Playbook::embedded().unwrap();
        let email = message(Channel::Email, "My order is late.");
        let analysis = analysis(scores(Issue::Delivery), &[]);
        let now: Zoned = "2026-11-25T10:00:00+00:00[UTC]".parse().unwrap();
        let mut thread = ThreadState::alone("t1");
        thread.waiting_since = Some("2026-11-23T10:00:00Z".parse().unwrap());
        let ask = |thread: &ThreadState| {
            let input = DecideInput { message: &email, thread, analysis: &analysis, verdict: None };
            schedule(&playbook, &input, &decide(&playbook, &input), &now).unwrap()
        };
        let running = ask(&thread);
        assert_eq!((running.state, running.overdue), (ClockState::Running, true));
        assert_eq!(running.reply_due, Some(date(2026, 11, 24).at(10, 0, 0, 0)));
        assert_eq!(running.steps[0].due, Some(date(2026, 11, 24).at(10, 0, 0, 0)), "24 hours without a delivery date");
        thread.answered = true;
        let paused = ask(&thread);
        assert_eq!((paused.state, paused.reply_due, paused.overdue), (ClockState::Paused, None, false));
        assert!(paused.steps.iter().all(|step| step.due.is_none()));
        (thread.answered, thread.waiting_since) = (false, None);
        let unknown = ask(&thread);
        assert!(unknown.since_now && !unknown.overdue);
    }

    #[test]
    fn due_times_are_in_the_zone_of_the_company() {
        let text = STARTER.replacen("opens = ", "zone = \"EST5EDT,M3.2.0,M11.1.0\"\nopens = ", 1);
        let playbook = Playbook::parse("ny.toml", &text).unwrap();
        let now: Zoned = "2026-11-23T15:00:00+00:00[UTC]".parse().unwrap();
        assert_eq!(playbook.local_time(&now).unwrap(), monday(10, 0));
        let email = message(Channel::Email, "My order is late.");
        let analysis = analysis(scores(Issue::Safety), &[]);
        let thread = ThreadState::alone("t1");
        let input = DecideInput { message: &email, thread: &thread, analysis: &analysis, verdict: None };
        let due = schedule(&playbook, &input, &decide(&playbook, &input), &now).unwrap();
        assert_eq!(due.reply_due, Some(monday(14, 0)), "severity 45: four hours");
        let wrong = STARTER.replacen("opens = ", "zone = \"Mars/Olympus\"\nopens = ", 1);
        assert!(Playbook::parse("mars.toml", &wrong).unwrap_err().to_string().contains("Mars/Olympus"));
    }

    proptest! {
        #[test]
        fn due_times_lie_in_working_hours_and_never_before_the_start(
            days in 0_i64..4_000, minutes in 0_i64..1_440, less in 0_u32..500, more in 0_u32..500, working in any::<bool>(),
        ) {
            let open = hours();
            let clock = if working { Clock::Working } else { Clock::Calendar };
            let from = date(2025, 1, 1).at(0, 0, 0, 0).checked_add(days.days().minutes(minutes)).unwrap();
            let first = after(from, less, clock, &open).unwrap();
            prop_assert!(first >= from);
            prop_assert!(works(first.date(), &open));
            prop_assert!(first.time() >= open.opens && first.time() <= *open.closes.get_ref());
            prop_assert!(after(from, less + more, clock, &open).unwrap() >= first);
        }
    }
}
