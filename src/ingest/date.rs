//! Dates as exports write them.

use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// Forms with a zone.
const ZONED: &[&str] = &[
    "%a %b %d %H:%M:%S %z %Y",
    "%Y-%m-%d %H:%M:%S %z",
    "%Y-%m-%dT%H:%M:%S%z",
    "%a, %d %b %Y %H:%M:%S %z",
    "%d %b %Y %H:%M:%S %z",
];

/// Forms with a month in letters or the year first, in UTC.
const PLAIN: &[&str] = &[
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%d %b %Y %H:%M:%S",
    "%d %b %Y %H:%M",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y %H:%M:%S",
    "%b %d, %Y %H:%M",
    "%b %d, %Y %I:%M %p",
    "%b %d, %Y %I:%M:%S %p",
    "%b %d, %Y",
    "%B %d, %Y",
    "%B %d, %Y %H:%M",
    "%B %d, %Y %I:%M %p",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d-%b-%Y %H:%M:%S",
    "%m %d, %Y",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%a %b %d %H:%M:%S %Y",
];

/// What may follow a date of three numbers.
const CLOCKS: &[&str] =
    &["", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", ", %H:%M:%S", ", %H:%M", ", %I:%M:%S %p", ", %I:%M %p"];

/// Reads a point in time; a form without a zone is taken as UTC. Numbers are seconds, milli-, micro- or nanoseconds since
/// 1970, told apart by their size. `day_first` says how `03/04/2020` is read where both readings are possible.
pub(crate) fn parse(text: &str, day_first: bool) -> Option<Timestamp> {
    let text = text.trim();
    if text.is_empty() || text.len() > 64 {
        return None;
    }
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return epoch(text).or_else(|| utc(strtime::parse("%d.%m.%Y", text).ok()?.to_date().ok()?.at(0, 0, 0, 0)));
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    let bare = [" UTC", " GMT", " Z"].iter().find_map(|zone| text.strip_suffix(zone)).unwrap_or(text);
    if let Ok(civil) = bare.parse::<DateTime>() {
        return utc(civil);
    }
    if let Some(instant) = slashes(bare, day_first) {
        return Some(instant);
    }
    if let Some(instant) = ZONED.iter().find_map(|form| strtime::parse(form, text).ok()?.to_timestamp().ok()) {
        return Some(instant);
    }
    PLAIN.iter().find_map(|form| civil(form, bare)).and_then(utc)
}

/// Whether a date of three numbers has its day first, where only one reading is possible.
pub(crate) fn is_day_first(text: &str) -> Option<bool> {
    let (first, second, _) = three_numbers(text.trim())?;
    match (first > 12, second > 12) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

/// Whether it is a date of three numbers with slashes or dashes, day or month first.
pub(crate) fn is_three_numbers(text: &str) -> bool {
    three_numbers(text.trim()).is_some()
}

fn three_numbers(text: &str) -> Option<(u32, u32, char)> {
    let separator = text.chars().find(|c| !c.is_ascii_digit()).filter(|c| matches!(c, '/' | '-'))?;
    let mut parts = text.splitn(3, separator);
    let (first, second) = (parts.next()?, parts.next()?);
    let short = |part: &str| (1..=2).contains(&part.len()).then(|| part.parse().ok()).flatten();
    Some((short(first)?, short(second)?, separator))
        .filter(|_| parts.next().is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())))
}

fn slashes(text: &str, day_first: bool) -> Option<Timestamp> {
    let (_, _, separator) = three_numbers(text)?;
    let day_first = is_day_first(text).unwrap_or(day_first);
    let year = text.splitn(3, separator).nth(2)?;
    let digits = year.bytes().take_while(u8::is_ascii_digit).count();
    let year = if digits == 4 { "%Y" } else { "%y" };
    let date = if day_first {
        format!("%d{separator}%m{separator}{year}")
    } else {
        format!("%m{separator}%d{separator}{year}")
    };
    CLOCKS.iter().find_map(|clock| civil(&format!("{date}{clock}"), text)).and_then(utc)
}

fn civil(form: &str, text: &str) -> Option<DateTime> {
    let parts = strtime::parse(form, text).ok()?;
    let date = parts.to_date().ok()?;
    Some(parts.to_time().map_or_else(|_| date.at(0, 0, 0, 0), |time| date.to_datetime(time)))
}

fn utc(civil: DateTime) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(civil).ok()
}

/// Numbers below 1973 in seconds are not taken for times: they are years, dates such as 20191031, or counts.
fn epoch(text: &str) -> Option<Timestamp> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.len() == 8 && fraction.is_empty() {
        return utc(strtime::parse("%Y%m%d", whole).ok()?.to_date().ok()?.at(0, 0, 0, 0));
    }
    let number: i128 = whole.parse().ok()?;
    let unit: i128 = match number {
        100_000_000..100_000_000_000 => 1_000_000_000,
        100_000_000_000..100_000_000_000_000 => 1_000_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1_000,
        100_000_000_000_000_000.. => 1,
        _ => return None,
    };
    let digits = format!("{:0<9}", fraction.chars().take(9).collect::<String>());
    let part = digits.parse::<i128>().ok()? * unit / 1_000_000_000;
    let nanos = number.checked_mul(unit)?.checked_add(part)?;
    Timestamp::from_duration(SignedDuration::try_from_nanos_i128(nanos)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> String {
        parse(text, false).map_or_else(|| format!("unread: {text}"), |instant| instant.to_string())
    }

    #[test]
    fn forms_of_the_known_exports() {
        for (text, wanted) in [
            ("Tue Oct 31 22:10:47 +0000 2017", "2017-10-31T22:10:47Z"),
            ("2019-06-23T15:00:00-07:00", "2019-06-23T22:00:00Z"),
            ("2019-06-23T15:00:00Z", "2019-06-23T15:00:00Z"),
            ("2019-06-23T15:00:00.250Z", "2019-06-23T15:00:00.25Z"),
            ("2019-06-23T15:00:00+0200", "2019-06-23T13:00:00Z"),
            ("2009-09-01 19:02", "2009-09-01T19:02:00Z"),
            ("2018-07-07 22:09:11", "2018-07-07T22:09:11Z"),
            ("2018-07-07 22:09:11 UTC", "2018-07-07T22:09:11Z"),
            ("2018-07-07 22:09:11 +0100", "2018-07-07T21:09:11Z"),
            ("2018-07-07", "2018-07-07T00:00:00Z"),
            ("08/31/2023", "2023-08-31T00:00:00Z"),
            ("8/3/23 5:04 PM", "2023-08-03T17:04:00Z"),
            ("31/08/2023 10:00", "2023-08-31T10:00:00Z"),
            ("31.08.2023", "2023-08-31T00:00:00Z"),
            ("31.08.2023 09:15", "2023-08-31T09:15:00Z"),
            ("09 13, 2009", "2009-09-13T00:00:00Z"),
            ("Sep 5, 2021", "2021-09-05T00:00:00Z"),
            ("September 5, 2021", "2021-09-05T00:00:00Z"),
            ("5 Sep 2021", "2021-09-05T00:00:00Z"),
            ("Mon, 6 Sep 2021 10:00:00 +0200", "2021-09-06T08:00:00Z"),
            ("20191031", "2019-10-31T00:00:00Z"),
            ("1509487847", "2017-10-31T22:10:47Z"),
            ("1509487847.5", "2017-10-31T22:10:47.5Z"),
            ("1509487847123", "2017-10-31T22:10:47.123Z"),
            ("1509487847123456", "2017-10-31T22:10:47.123456Z"),
        ] {
            assert_eq!(at(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_is_no_date_stays_unread() {
        for text in [
            "",
            "2019",
            "yesterday",
            "13/13/2020",
            "02/30/2020",
            "12",
            "99999999999999999999999999999999999999999",
            "1.2.3.4",
        ] {
            assert_eq!(parse(text, false), None, "{text}");
        }
    }

    #[test]
    fn the_order_of_day_and_month() {
        assert_eq!(parse("03/04/2020", true).unwrap().to_string(), "2020-04-03T00:00:00Z");
        assert_eq!(parse("03/04/2020", false).unwrap().to_string(), "2020-03-04T00:00:00Z");
        assert_eq!(is_day_first("13/04/2020"), Some(true));
        assert_eq!(is_day_first("04/13/2020 10:00"), Some(false));
        assert_eq!(is_day_first("03/04/2020"), None);
        assert_eq!(is_day_first("2020-13-04"), None);
        assert!(is_three_numbers("1/2/20") && !is_three_numbers("2020-01-02") && !is_three_numbers("a/b"));
    }
}
