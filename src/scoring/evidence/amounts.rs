//! Sums of money, in the notations that customers use.

use std::sync::LazyLock;

use regex::bytes::{Captures, Regex};

use super::{MarkKind, Raw, View, around};
use crate::scoring::lexicon::embedded_regex;

/// Letters before a sign that tell whose dollars they are; alone they mean nothing.
const COUNTRIES: [&[u8]; 9] = [b"us", b"a", b"c", b"nz", b"au", b"ca", b"hk", b"s", b"r"];

static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"(?:\b(?P<word>rs\.?|inr|usd|us|eur|gbp|aud|cad|nzd|sgd|chf|aed|zar|ngn|kes|nok|sek|dkk|pln|hkd|jpy|php|myr|nz|au|ca|hk|a|c|s|r)\s?)?(?P<sign>[$\x01-\x04])?\s?(?P<number>\d[\d,.]*\d|\d)\s?(?P<scale>k|m|lakhs?|lacs?|crores?|million|thousand|grand)?\b",
    )
});

static AFTER: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?P<number>\d[\d,.]*\d|\d|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?|(?:a|one|two|three|four|five|six|seven|eight|nine) (?:hundred|thousand|million)(?: and (?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|ten|five))?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen)\s?(?P<scale>k|lakhs?|lacs?|crores?|million|thousand|grand)?\s?(?:(?P<sign>[$\x01-\x04])|(?P<word>dollars?|bucks|usd|us dollars|euros?|eur|gbp|pounds?(?: sterling)?|quid|rupees?|rs|inr|cents|pence|p|francs|chf|kroner|kronor|krona|zloty|rand|naira|dirhams?|aed|yen|pesos|ringgit|shillings|aud|cad|nzd|fivers?|tenners?|grand)\b)",
    )
});

/// A bare number that is plainly money.
static PAID: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?P<number>\d{1,3}(?:,\d{3})*\.\d\d|\d{2,5}) (?:was |were |has been |have been |been |is )?(?:taken|charged|deducted|debited|billed|refunded|owed|withdrawn|out of my account|from my (?:account|card))\b|\b(?:paid|charged me|charged us|charged|owe me|owes me|owes us|owed|cost me|billed me|refunded|deducted|debited|refund of|fee of|deposit of|bill of|bill is|bill was|charge of) (?P<after>\d{1,3}(?:,\d{3})*\.\d\d|\d{1,3}(?:,\d{3})+|\d{2,5})\b",
    )
});

/// What follows a number that counts something else.
static COUNTED: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^ ?(?:%|percent|times|days?|weeks?|months?|years?|hours?|minutes?|stars?|kg|gb|people|items?|of|am|pm|st|nd|rd|th)\b",
    )
});

/// What stands before a number under which something is filed.
static FILED: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"(?:order|card|ticket|ref\w*|account|number|no\.?|#) ?$"));

/// "Grand" that is no thousand.
static GRAND: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"^ (?:prix|national|tour|piano|hotel|total|opening|canyon|finale|final)\b"));

/// "20 pounds" may be a weight.
static WEIGHT: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:weigh\w*|lost|lose|losing|gain\w*|heavy|heavier|lighter|dumbbells?|lift\w*|overweight|of (?:meat|beef|chicken|flour))\b",
    )
});

pub(super) fn find(text: &str, view: &View, marks: &mut Vec<Raw>) {
    let bytes = view.bytes();
    let mut found: Vec<Raw> = Vec::new();
    let mut add = |from: usize, to: usize, value: Option<f64>| {
        if !found.iter().any(|known| from < known.to && to > known.from) {
            found.push(Raw { value, ..Raw::new(MarkKind::Amount, from, to) });
        }
    };
    for captures in BEFORE.captures_iter(bytes) {
        let (word, sign) = (captures.name("word"), captures.name("sign"));
        let country = word.is_some_and(|word| COUNTRIES.contains(&word.as_bytes()));
        if sign.is_none() && (word.is_none() || country) {
            continue;
        }
        if let Some((mut from, to, value)) = amount(&captures) {
            // "A $5 fee", "charged us $5": these words are no country.
            if let (true, Some(word), Some(sign)) = (country, word, sign)
                && word.end() < sign.start()
                && (word.len() == 1 || view.span(word.start(), word.end()).of(text) != "US")
            {
                from = sign.start();
            }
            add(from, to, value);
        }
    }
    for captures in AFTER.captures_iter(bytes) {
        let Some((from, to, value)) = amount(&captures) else { continue };
        let word = captures.name("word").map_or(&b""[..], |word| word.as_bytes());
        let number = captures.name("number").map_or(&b""[..], |number| number.as_bytes());
        let (before, after) = around(bytes, from, to, 30, 20);
        let weight = word.starts_with(b"pound") && (WEIGHT.is_match(before) || WEIGHT.is_match(after));
        let pence = word == b"p" && (number.len() > 2 || !number.iter().all(u8::is_ascii_digit));
        let grand = word == b"grand" && GRAND.is_match(after);
        if !weight && !pence && !grand {
            add(from, to, value);
        }
    }
    for captures in PAID.captures_iter(bytes) {
        let Some(number) = captures.name("number").or_else(|| captures.name("after")) else { continue };
        let (before, after) = around(bytes, number.start(), number.end(), 12, 12);
        if !COUNTED.is_match(after) && !FILED.is_match(before) {
            add(number.start(), number.end(), parse_number(number.as_bytes()));
        }
    }
    marks.append(&mut found);
}

/// Returns the range of an amount without blanks around it, and its worth in dollars.
fn amount(found: &Captures<'_>) -> Option<(usize, usize, Option<f64>)> {
    let whole = found.get(0)?;
    let text = found.name("number")?.as_bytes();
    let number = if text[0].is_ascii_digit() { parse_number(text) } else { Some(in_words(text)) };
    let scale = match found.name("scale").map(|s| s.as_bytes()) {
        None => 1.0,
        Some(b"m" | b"million") => 1e6,
        Some(b"crore" | b"crores") => 1e7,
        Some(s) if s.starts_with(b"la") => 1e5,
        Some(_) => 1e3,
    };
    let currency = found.name("sign").or_else(|| found.name("word")).map_or(&b""[..], |c| c.as_bytes());
    let outside = |b: &&u8| b.is_ascii_whitespace() || matches!(**b, b'.' | b',');
    let from = whole.start() + whole.as_bytes().iter().take_while(|b| b.is_ascii_whitespace()).count();
    let to = whole.end() - whole.as_bytes().iter().rev().take_while(outside).count();
    Some((from, to, number.map(|number| number * scale * dollars(currency))))
}

/// Reads a number in words, each word a factor or a summand: "three hundred and fifty".
fn in_words(text: &[u8]) -> f64 {
    const WORDS: [(&[u8], f64); 30] = [
        (b"a", 1.0),
        (b"one", 1.0),
        (b"two", 2.0),
        (b"three", 3.0),
        (b"four", 4.0),
        (b"five", 5.0),
        (b"six", 6.0),
        (b"seven", 7.0),
        (b"eight", 8.0),
        (b"nine", 9.0),
        (b"ten", 10.0),
        (b"eleven", 11.0),
        (b"twelve", 12.0),
        (b"thirteen", 13.0),
        (b"fourteen", 14.0),
        (b"fifteen", 15.0),
        (b"sixteen", 16.0),
        (b"seventeen", 17.0),
        (b"eighteen", 18.0),
        (b"nineteen", 19.0),
        (b"twenty", 20.0),
        (b"thirty", 30.0),
        (b"forty", 40.0),
        (b"fifty", 50.0),
        (b"sixty", 60.0),
        (b"seventy", 70.0),
        (b"eighty", 80.0),
        (b"ninety", 90.0),
        (b"and", 0.0),
        (b"", 0.0),
    ];
    let mut sum = 0.0_f64;
    for word in text.split(|b| matches!(b, b' ' | b'-' | b'\n')) {
        match word {
            b"hundred" => sum = sum.max(1.0) * 100.0,
            b"thousand" => sum = sum.max(1.0) * 1e3,
            b"million" => sum = sum.max(1.0) * 1e6,
            _ => sum += WORDS.iter().find(|(known, _)| *known == word).map_or(0.0, |(_, value)| *value),
        }
    }
    sum
}

/// Rough worth of one unit in US dollars: orders of magnitude, good enough to rank harm and for nothing else.
fn dollars(currency: &[u8]) -> f64 {
    match currency {
        b"\x01" | b"gbp" | b"quid" => 1.3,
        b"\x02" | b"eur" => 1.1,
        b"\x03" | b"inr" => 0.012,
        b"\x04" | b"yen" | b"jpy" => 0.007,
        b"aud" | b"cad" => 0.7,
        b"nzd" => 0.6,
        b"grand" => 1000.0,
        b"p" => 0.013,
        c if c.starts_with(b"fiver") => 6.5,
        c if c.starts_with(b"tenner") => 13.0,
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
                ("Fifty quid for this, and 50p for a bag", &["Fifty quid", "50p"]),
                ("seven hundred dollars gone, A$219 and NZ$164 too", &["seven hundred dollars", "A$219", "NZ$164"]),
                ("49.99 taken from my account", &["49.99"]),
                ("you charged me 120 twice", &["120"]),
                ("charged 3 times, paid 20 days ago, a $5 fee", &["$5"]),
                ("the grand opening cost a fortune", &[]),
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
        find(text, &view, &mut marks);
        assert!((marks[0].value.unwrap() - 2400.0).abs() < 1.0);
        for (words, value) in
            [("a hundred", 100.0), ("three hundred and fifty", 350.0), ("twenty-one", 21.0), ("two thousand", 2000.0)]
        {
            assert!((in_words(words.as_bytes()) - value).abs() < 1e-9, "{words}");
        }
    }
}
