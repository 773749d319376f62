//! Working days, and the dates and times that a draft promises. The clock is handed in.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};

use super::error::DraftError;
use crate::playbook::schema::{Clock, Hours};
use crate::playbook::sla::{self, works};

/// How far ahead a working day is looked for.
const HORIZON_DAYS: usize = 366;

/// A moment by which something is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deadline {
    /// Today, at a time.
    Today(Time),
    /// On another day.
    On(Date),
}

/// Two times at which a call can be proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallSlots {
    /// Both today.
    Today(Time, Time),
    /// One today, one on another day.
    TodayOrOn(Time, Date, Time),
    /// Both on another day.
    On(Date, Time, Time),
    /// A day without times; the playbook's check asks for two.
    Day(Date),
}

/// Returns the moment `hours` from now by a clock, moved into working hours: today's is rounded up to the half hour, a later one is a day.
///
/// # Errors
/// When the hours leave no working day within a year.
pub(super) fn deadline(now: DateTime, hours: u32, clock: Clock, open: &Hours) -> Result<Deadline, DraftError> {
    let until = match clock {
        Clock::Calendar => now.checked_add(i64::from(hours).hours()).unwrap_or(now),
        Clock::Working => {
            sla::after(now, hours, clock, open).map_err(|_| DraftError::NoWorkingDay { from: now.date() })?
        }
    };
    let closes = *open.closes.get_ref();
    let date = if works(until.date(), open) && until.time() <= closes {
        until.date()
    } else {
        working_day_after(until.date(), open)?
    };
    if date != now.date() {
        return Ok(Deadline::On(date));
    }
    let earliest = until.time().max(open.opens);
    let half_hours = (i32::from(earliest.hour()) * 60 + i32::from(earliest.minute()) + 29) / 30;
    let rounded = i8::try_from(half_hours / 2)
        .ok()
        .and_then(|hour| Time::new(hour, if half_hours % 2 == 0 { 0 } else { 30 }, 0, 0).ok());
    Ok(Deadline::Today(rounded.unwrap_or(closes).min(closes)))
}

/// Returns the working day that lies `count` working days after `from`.
///
/// # Errors
/// When the hours leave no working day within a year.
pub(super) fn working_days_after(from: Date, count: u32, open: &Hours) -> Result<Date, DraftError> {
    let mut date = from;
    for _ in 0..count.max(1) {
        date = working_day_after(date, open)?;
    }
    Ok(date)
}

/// Returns two times for a call: today if two are left (an hour ahead at least), else the next working days.
///
/// # Errors
/// When the hours leave no working day within a year.
pub(super) fn call_slots(now: DateTime, open: &Hours) -> Result<CallSlots, DraftError> {
    let mut all = open.call_slots.get_ref().clone();
    all.sort_unstable();
    let soonest = now.checked_add(1.hour()).unwrap_or(now);
    let left: Vec<Time> = all
        .iter()
        .copied()
        .filter(|&slot| works(now.date(), open) && now.date().to_datetime(slot) >= soonest)
        .collect();
    let next = working_day_after(now.date(), open)?;
    Ok(match (left.as_slice(), all.as_slice()) {
        ([first, .., last], _) => CallSlots::Today(*first, *last),
        ([only], [first, ..]) => CallSlots::TodayOrOn(*only, next, *first),
        ([], [first, .., last]) => CallSlots::On(next, *first, *last),
        _ => CallSlots::Day(next),
    })
}

fn working_day_after(date: Date, open: &Hours) -> Result<Date, DraftError> {
    date.series(1.day())
        .skip(1)
        .take(HORIZON_DAYS)
        .find(|&day| works(day, open))
        .ok_or(DraftError::NoWorkingDay { from: date })
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};
    use proptest::prelude::*;

    use super::*;
    use crate::playbook::Playbook;

    fn hours() -> Hours {
        Playbook::embedded().unwrap().policy().hours.clone()
    }

    // 2026-11-23 is a Monday.
    fn monday(hour: i8, minute: i8) -> DateTime {
        date(2026, 11, 23).at(hour, minute, 0, 0)
    }

    fn by(now: DateTime, in_hours: u32) -> Deadline {
        deadline(now, in_hours, Clock::Calendar, &hours()).unwrap()
    }

    fn today(hour: i8, minute: i8) -> Deadline {
        Deadline::Today(time(hour, minute, 0, 0))
    }

    fn on(day: i8) -> Deadline {
        Deadline::On(date(2026, 11, day))
    }

    #[test]
    fn deadlines_fall_into_working_hours() {
        assert_eq!(by(monday(10, 5), 2), today(12, 30));
        assert_eq!(by(monday(10, 0), 2), today(12, 0));
        assert_eq!(by(monday(7, 0), 1), today(9, 0));
        assert_eq!(by(monday(17, 10), 0), today(17, 30));
        assert_eq!(by(monday(16, 0), 4), on(24));
        assert_eq!(by(monday(16, 0), 72), on(26));
        assert_eq!(by(date(2026, 11, 27).at(16, 0, 0, 0), 24), on(30));
    }

    #[test]
    fn working_hours_run_only_while_we_work() {
        let by = |now, in_hours| deadline(now, in_hours, Clock::Working, &hours()).unwrap();
        assert_eq!(by(monday(16, 30), 2), Deadline::On(date(2026, 11, 24)));
        assert_eq!(by(monday(9, 0), 4), Deadline::Today(Time::constant(13, 0, 0, 0)));
    }

    #[test]
    fn holidays_are_skipped() {
        let mut open = hours();
        open.closed_on = vec![date(2026, 11, 24)];
        assert_eq!(deadline(monday(16, 0), 4, Clock::Calendar, &open).unwrap(), on(25));
        assert_eq!(working_days_after(date(2026, 11, 23), 1, &open).unwrap(), date(2026, 11, 25));
        open.closed_on = date(2026, 11, 1).series(1.day()).take(500).collect();
        assert!(matches!(deadline(monday(16, 0), 4, Clock::Calendar, &open), Err(DraftError::NoWorkingDay { .. })));
    }

    #[test]
    fn calls_are_proposed_at_two_times() {
        let slots = |now| call_slots(now, &hours()).unwrap();
        let at = |hour, minute| time(hour, minute, 0, 0);
        let tuesday = date(2026, 11, 24);
        assert_eq!(slots(monday(8, 0)), CallSlots::Today(at(10, 0), at(16, 30)));
        assert_eq!(slots(monday(12, 0)), CallSlots::Today(at(14, 0), at(16, 30)));
        assert_eq!(slots(monday(15, 0)), CallSlots::TodayOrOn(at(16, 30), tuesday, at(10, 0)));
        assert_eq!(slots(monday(18, 0)), CallSlots::On(tuesday, at(10, 0), at(16, 30)));
        let saturday = date(2026, 11, 28).at(9, 0, 0, 0);
        assert_eq!(slots(saturday), CallSlots::On(date(2026, 11, 30), at(10, 0), at(16, 30)));
    }

    proptest! {
        #[test]
        fn no_clock_breaks_it(days in 0_i64..4_000, minutes in 0_i64..1_440, in_hours in 0_u32..2_000) {
            let now = date(2025, 1, 1).at(0, 0, 0, 0).checked_add(days.days().minutes(minutes)).unwrap();
            prop_assert!(deadline(now, in_hours, Clock::Calendar, &hours()).is_ok());
            prop_assert!(call_slots(now, &hours()).is_ok());
        }
    }
}
