//! How long something took, or has been waited for.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{Mark, MarkKind, View, around, mark};
use crate::scoring::lexicon::embedded_regex;

static DURATION: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?P<number>\d{1,4}|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|several|(?:a )?few|(?:a )?couple(?: of)?|over a|half an?)\s?(?:\+|plus)?\s?(?:more )?(?:business |working |full |whole |long |solid )?(?P<unit>min(?:ute)?s?|hours?|hrs?|days?|weeks?|wks?|months?|years?)\b",
    )
});

/// Waiting, delay, silence: what makes a length of time a part of the complaint.
static WAITING: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:wait\w*|on hold|hold(?:ing)?|queue\w*|delay\w*|late|later|overdue|still|without|no (?:reply|answer|response|refund|update|news|sign)|not (?:arrived|received|come|delivered|been)|(?:hasn|haven|didn)'?t|nothing|took|taken|takes|been|passed|already|ago|chas(?:ed|ing)|trying)\b",
    )
});

/// Lengths of time that are no delay: age, custom, warranty, plans, praise for speed.
static NO_WAITING: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:only (?:took|a|one|two|\d+)|took (?:only|just)|just (?:\d+|a|one|two|three)|customers?|clients?|members?|loyal|using|used|owned|lived|married|worked|old|warranty|guarantee\w*|subscription|contract|trial|plans?|within|early|earlier than|experience|every|per|free|return (?:window|period|policy)|stay(?:ed|ing)?|holiday|vacation|trip|battery|prime|membership|been (?:with|a|coming|going|buying|ordering|shopping))\b",
    )
});

pub(super) fn find(view: &View, marks: &mut Vec<Mark>) {
    let bytes = view.bytes();
    for found in DURATION.captures_iter(bytes) {
        let (Some(whole), Some(number), Some(unit)) = (found.get(0), found.name("number"), found.name("unit")) else {
            continue;
        };
        let (before, after) = around(bytes, whole.start(), whole.end(), 40, 32);
        let before = last_sentence(before);
        let after = first_sentence(after);
        if NO_WAITING.is_match(before)
            || NO_WAITING.is_match(after)
            || !(WAITING.is_match(before) || WAITING.is_match(after))
        {
            continue;
        }
        let hours = count(number.as_bytes()) * hours_of(unit.as_bytes());
        marks.push(mark(view, MarkKind::Duration, whole.start(), whole.end(), Some(hours)));
    }
}

fn last_sentence(bytes: &[u8]) -> &[u8] {
    let cut = bytes.iter().rposition(|b| matches!(b, b'.' | b'!' | b'?' | b'\n'));
    cut.map_or(bytes, |at| &bytes[at + 1..])
}

fn first_sentence(bytes: &[u8]) -> &[u8] {
    let cut = bytes.iter().position(|b| matches!(b, b'.' | b'!' | b'?' | b'\n'));
    cut.map_or(bytes, |at| &bytes[..at])
}

fn count(number: &[u8]) -> f64 {
    let word = std::str::from_utf8(number).unwrap_or_default();
    if let Ok(value) = word.parse::<f64>() {
        return value;
    }
    match word {
        "two" => 2.0,
        "four" => 4.0,
        "five" => 5.0,
        "six" => 6.0,
        "seven" => 7.0,
        "eight" => 8.0,
        "nine" => 9.0,
        "ten" => 10.0,
        "twelve" => 12.0,
        w if w.starts_with("half") => 0.5,
        w if w.contains("couple") => 2.0,
        w if w.contains("few") || w == "three" || w == "several" => 3.0,
        _ => 1.0,
    }
}

fn hours_of(unit: &[u8]) -> f64 {
    match unit.first() {
        Some(b'h') => 1.0,
        Some(b'd') => 24.0,
        Some(b'w') => 168.0,
        Some(b'y') => 8760.0,
        _ if unit.starts_with(b"min") => 1.0 / 60.0,
        _ => 730.0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::*;

    #[test]
    fn waiting_is_found_and_other_lengths_of_time_are_not() {
        check(
            MarkKind::Duration,
            &[
                ("I have been waiting for 3 weeks", &["3 weeks"]),
                ("45 minutes on hold and then cut off", &["45 minutes"]),
                ("It is five days late", &["five days"]),
                ("still nothing after a month", &["a month"]),
                ("a customer for 10 years", &[]),
                ("I have been a customer for 10 years", &[]),
                ("it only took 2 days, great", &[]),
                ("2 years warranty", &[]),
                ("reply within 24 hours please", &[]),
                ("we stayed three days", &[]),
                ("my son is 5 years old", &[]),
            ],
        );
    }

    #[test]
    fn lengths_are_in_hours() {
        let view = View::new("waited two weeks");
        let mut marks = Vec::new();
        find(&view, &mut marks);
        assert_eq!(marks[0].value, Some(336.0));
    }
}
