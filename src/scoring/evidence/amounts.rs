//! Sums of money, in the notations that customers use.

use std::sync::LazyLock;

use regex::bytes::{Captures, Regex};

use super::{Mark, MarkKind, View, around, mark};
use crate::scoring::lexicon::embedded_regex;

static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"(?:\b(?P<word>rs\.?|inr|usd|us|eur|gbp|aud|cad)\s?)?(?P<sign>[$\x01-\x04])?\s?(?P<number>\d[\d,.]*\d|\d)\s?(?P<scale>k|m|lakhs?|lacs?|crores?|million|thousand|grand)?\b",
    )
});

static AFTER: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?P<number>\d[\d,.]*\d|\d)\s?(?P<scale>k|lakhs?|lacs?|crores?|million|thousand|grand)?\s?(?:(?P<sign>[$\x01-\x04])|(?P<word>dollars?|bucks|usd|euros?|eur|gbp|pounds?|quid|rupees|rs|inr|cents|pence)\b)",
    )
});

/// "20 pounds" may be a weight.
static WEIGHT: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:weigh\w*|lost|lose|losing|gain\w*|heavy|heavier|lighter|dumbbells?|lift\w*|overweight|of (?:meat|beef|chicken|flour))\b",
    )
});

pub(super) fn find(view: &View, marks: &mut Vec<Mark>) {
    let bytes = view.bytes();
    let mut ends = Vec::new();
    for found in BEFORE.captures_iter(bytes) {
        if found.name("sign").is_none() && found.name("word").is_none_or(|word| word.as_bytes() == b"us") {
            continue;
        }
        if let Some((from, to, value)) = amount(&found) {
            ends.push((from, to));
            marks.push(mark(view, MarkKind::Amount, from, to, Some(value)));
        }
    }
    for found in AFTER.captures_iter(bytes) {
        let Some((from, to, value)) = amount(&found) else {
            continue;
        };
        let (before, after) = around(bytes, from, to, 30, 20);
        let weight = found.name("word").is_some_and(|word| word.as_bytes().starts_with(b"pound"))
            && (WEIGHT.is_match(before) || WEIGHT.is_match(after));
        if !weight && !ends.iter().any(|&(start, end)| from < end && to > start) {
            marks.push(mark(view, MarkKind::Amount, from, to, Some(value)));
        }
    }
}

fn amount(found: &Captures<'_>) -> Option<(usize, usize, f64)> {
    let whole = found.get(0)?;
    let number = parse_number(found.name("number")?.as_bytes())?;
    let scale = match found.name("scale").map(|s| s.as_bytes()) {
        None => 1.0,
        Some(b"m" | b"million") => 1e6,
        Some(b"crore" | b"crores") => 1e7,
        Some(s) if s.starts_with(b"la") => 1e5,
        Some(_) => 1e3,
    };
    let currency = found.name("sign").or_else(|| found.name("word")).map_or(&b""[..], |c| c.as_bytes());
    let from = whole.start() + whole.as_bytes().iter().take_while(|b| b.is_ascii_whitespace()).count();
    let to = whole.end() - whole.as_bytes().iter().rev().take_while(|b| b.is_ascii_whitespace()).count();
    Some((from, to, number * scale * dollars(currency)))
}

/// Rough worth of one unit in US dollars: orders of magnitude, good enough to rank harm and for nothing else.
fn dollars(currency: &[u8]) -> f64 {
    match currency {
        b"\x01" | b"gbp" | b"quid" => 1.3,
        b"\x02" | b"eur" => 1.1,
        b"\x03" | b"inr" => 0.012,
        b"\x04" => 0.007,
        b"aud" | b"cad" => 0.7,
        b"cents" | b"pence" => 0.01,
        c if c.starts_with(b"pound") => 1.3,
        c if c.starts_with(b"euro") => 1.1,
        c if c.starts_with(b"rs") || c.starts_with(b"rupee") => 0.012,
        _ => 1.0,
    }
}

/// Reads `1,234.50`, `1.234,50`, `1,00,000` and `12`. A last group of one or two digits after a comma or dot is a fraction.
fn parse_number(text: &[u8]) -> Option<f64> {
    let digits =
        |part: &[u8]| -> String { part.iter().filter(|b| b.is_ascii_digit()).map(|&b| char::from(b)).collect() };
    let fraction =
        text.iter().rposition(|b| matches!(b, b',' | b'.')).filter(|at| (1..=2).contains(&(text.len() - at - 1)));
    let number = match fraction {
        Some(at) => format!("{}.{}", digits(&text[..at]), digits(&text[at + 1..])),
        None => digits(text),
    };
    number.parse::<f64>().ok().filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::*;

    #[test]
    fn amounts_are_found_and_other_numbers_are_not() {
        check(
            MarkKind::Amount,
            &[
                ("You charged me $49.99 twice", &["$49.99"]),
                ("refund my £1,250 now", &["£1,250"]),
                ("Rs. 4,500 was deducted", &["Rs. 4,500"]),
                ("₹2000 gone", &["₹2000"]),
                ("I paid 30 euros and 20€", &["30 euros", "20€"]),
                ("US $5k deposit", &["US $5k"]),
                ("20 bucks for this?", &["20 bucks"]),
                ("I lost 20 pounds on this diet", &[]),
                ("it cost 20 pounds", &["20 pounds"]),
                ("tell us 5 things", &[]),
                ("order 2000 arrived in 3 days", &[]),
                ("room 12, floor 3, 100 %", &[]),
                ("$$$ expensive $ place", &[]),
            ],
        );
    }

    #[test]
    fn numbers_are_read_in_both_notations() {
        for (text, value) in [
            ("1,234.50", 1234.5),
            ("1.234,50", 1234.5),
            ("1,00,000", 100_000.0),
            ("12", 12.0),
            ("1.000", 1000.0),
            ("4.5", 4.5),
        ] {
            assert!((parse_number(text.as_bytes()).unwrap() - value).abs() < 1e-9, "{text}");
        }
    }

    #[test]
    fn worth_is_in_dollars() {
        let text = "2 lakh rupees";
        let view = View::new(text);
        let mut marks = Vec::new();
        find(&view, &mut marks);
        assert!((marks[0].value.unwrap() - 2400.0).abs() < 1.0);
    }
}
