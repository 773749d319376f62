//! How long something took, or has been waited for. Lengths that did not happen are told in [`super::terms`].

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{View, around};
use crate::scoring::lexicon::embedded_regex;

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

static QUANTITY: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"(?P<number>\d+(?:[.,]\d)?|half|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|ninety|several|few|couple|all|whole|entire)?[^a-z0-9]*(?:[a-z]+[ -]){0,3}?(?P<unit>sec|min|hour|hr|day|night|week|wk|fortnight|month|year|yr|decade)",
    )
});

/// Returns how long a length of time is, in hours, where the text says that somebody waited or that something was late; else `None`.
pub(super) fn waiting_hours(view: &View, from: usize, to: usize) -> Option<f64> {
    let bytes = view.bytes();
    let (before, after) = around(bytes, from, to, 40, 32);
    let (before, after) = (last_sentence(before), first_sentence(after));
    let waiting = !NO_WAITING.is_match(before)
        && !NO_WAITING.is_match(after)
        && (WAITING.is_match(before) || WAITING.is_match(after));
    let found = QUANTITY.captures(&bytes[from..to]).filter(|_| waiting)?;
    // "For weeks": at least a few.
    let number = found.name("number").map_or(3.0, |number| count(number.as_bytes()));
    Some(number * hours_of(found.name("unit")?.as_bytes()))
}

/// Several of a unit without its s, before a noun: a measure of that noun.
static SEVERAL_OF_ONE: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^(?:\d+|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:-\d+)?[ -](?:second|minute|min|hour|hr|day|night|week|month|year)$",
    )
});

/// Nouns whose length is a complaint, and words that are no noun.
static NO_NOUN: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^(?:[^a-z \n-]|[ \n-]?(?:$|[^a-z \n]|(?:long )?(?:delays?|waits?|waiting|queues?|holds?|late|later|silence|outages?|overdue|hold-?up|gaps?|calls?|battles?|saga|ordeal|struggle|nightmare|stand-?off|blackout|absence|backlog|detour|diversion|interruption|disruption|downtime|runaround|phone call|stretch|layover|stopover|lay-?over|turnaround|response|of|and|or|but|so|now|to|for|with|without|since|on|in|at|no|not|still|already|ago|back|i|my|we|our|they|you|it|he|she|nobody|nothing|before|after|until|till|because|as|just|have|has|had|was|is|were|are|gone|passed|went|trying|chasing|long|straight|more|plus|spent|wasted|lost|by|from|when|while|then|that|than|each|both|instead|rather|altogether|total|in total|non-?stop|overall|extra|again|this|the|yet|there|here|only|which|who|though|although|even|despite|due|thanks|during|under|over|above|behind|beyond|into|within|between|every|out|off|up|down|too|just|in a row|running)\b))",
    )
});

/// "A one hour massage".
static ONE: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r"^one[ -](?:minute|hour|day|night|week|month|year)$"));

/// Whether a length of time only says what kind of thing something is: "a ten minute walk".
pub(super) fn is_attribute(bytes: &[u8], from: usize, to: usize) -> bool {
    let (before, _) = around(bytes, from, to, 6, 0);
    let several = SEVERAL_OF_ONE.is_match(&bytes[from..to])
        || (ONE.is_match(&bytes[from..to])
            && [&b" a "[..], b"the ", b"your ", b"our ", b"my "]
                .iter()
                .any(|word| before.ends_with(word) || before == word.trim_ascii_start()));
    several && !NO_NOUN.is_match(&bytes[to..])
}

static SAYING: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:promis\w+|guarante\w+|assur\w+|said|says?|stat(?:es?|ed)|claim\w*|advertis\w+|told|reads?|lists?|quot\w+|swore|vowed|meant to|supposed to|described|sold)\b",
    )
});

/// Whether a length of time at `at` comes after the saying words of a promise that starts at `from`.
pub(super) fn is_promised(bytes: &[u8], from: usize, at: usize) -> bool {
    from < at && SAYING.is_match(&bytes[from..at])
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
        "half" => 0.5,
        "eleven" => 11.0,
        "fifteen" => 15.0,
        "twenty" => 20.0,
        "thirty" => 30.0,
        "forty" => 40.0,
        "fifty" => 50.0,
        "sixty" => 60.0,
        "ninety" => 90.0,
        "two" | "couple" => 2.0,
        "four" => 4.0,
        "five" => 5.0,
        "six" => 6.0,
        "seven" => 7.0,
        "eight" => 8.0,
        "nine" => 9.0,
        "ten" => 10.0,
        "twelve" => 12.0,
        "few" | "three" | "several" => 3.0,
        _ => 1.0,
    }
}

fn hours_of(unit: &[u8]) -> f64 {
    match unit.first() {
        Some(b'h') => 1.0,
        Some(b's') => 1.0 / 3600.0,
        Some(b'f') => 336.0,
        Some(b'd') if unit.starts_with(b"dec") => 87_600.0,
        Some(b'd' | b'n') => 24.0,
        Some(b'w') => 168.0,
        Some(b'y') => 8760.0,
        _ if unit.starts_with(b"min") => 1.0 / 60.0,
        _ => 730.0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use crate::scoring::findings::{MarkKind, analyse_text};

    #[test]
    fn lengths_of_time_are_found_and_terms_and_ages_are_not() {
        check(
            MarkKind::Duration,
            &[
                ("I have been waiting for 3 weeks", &["3 weeks"]),
                ("45 minutes on hold and then cut off", &["45 minutes"]),
                ("It is five days late", &["five days"]),
                ("still nothing after a month", &["a month"]),
                ("an hour and a half, all day, for weeks", &["an hour and a half", "all day", "weeks"]),
                ("a three-hour delay", &["three-hour"]),
                ("2 years warranty", &[]),
                ("my son is 5 years old", &[]),
                ("a two-hour tour, open 7 days a week", &[]),
                ("I will be there in a second", &[]),
            ],
        );
    }

    #[test]
    fn only_waiting_has_hours() {
        let hours = |text: &str| analyse_text(text).of(MarkKind::Duration).next().and_then(|mark| mark.value);
        assert_eq!(hours("waited two weeks"), Some(336.0));
        assert_eq!(hours("half an hour late"), Some(0.5));
        assert_eq!(hours("waiting for weeks"), Some(504.0));
        assert_eq!(hours("it only took 2 days, great"), None);
        assert_eq!(hours("I have been a customer for 10 years"), None);
        assert_eq!(hours("we stayed three days"), None);
    }
}
