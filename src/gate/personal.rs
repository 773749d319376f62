//! Personal data in public text.
//!
//! Read in the text as it stands: case and digits matter. Phone numbers and IBANs are read by kept libraries, cards by their check digit, the
//! rest by shape and by the words beside it.

use std::sync::LazyLock;

use iban::Iban;
use regex::Regex;

use super::house::{House, Published, digits};
use super::patterns::each;
use super::reply::{Author, Reply};
use super::report::{Finding, Skipped};
use super::rule::RuleId;
use crate::analysis::Span;

fn regex(pattern: &str) -> Option<Regex> {
    Regex::new(pattern).ok()
}

static EMAIL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"(?i)\b[\p{L}\d._%+-]+(?:\s?(?:@|\(at\)|\[at\]|\{at\})\s?)(?:[\p{L}\d-]+\.)+[\p{L}]{2,}\b|\b[\p{L}\d._%+-]{2,} (?:\(at\)|\[at\]|at) [\p{L}\d-]+ (?:\(dot\)|\[dot\]|dot) [\p{L}]{2,}\b",
    )
});
static IBAN: LazyLock<Option<Regex>> = LazyLock::new(|| regex(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{1,4}){3,9}\b"));
static NUMBER: LazyLock<Option<Regex>> =
    LazyLock::new(|| regex(r"(?:\+|\b00)?\(?\d[\d\s().\u{00a0}\u{2010}-\u{2013}/-]{5,24}\d\b"));
static ORDER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"(?x)
        (?i:\b(?:order|booking|reservation|ticket|case|reference|ref|invoice|account|policy|tracking|parcel|membership|customer|confirmation|claim|contract|loyalty|complaint|record|file|receipt|flyer|passport|patient|licen[cs]e|national\sinsurance|insurance|social\ssecurity|return|rma|pnr|transaction|payment|delivery|consignment|shipment|meter|student|card|visa|mastercard|amex|maestro|id|user|client|subscription|serial|flight\sbooking|locator|voucher|gift\scard|code|pin|subscriber|tenancy|vin|docket|job|work\sorder|quote|prescription|enquiry|query|incident)s?)
        (?i:[\s-]*(?:number|numbers|no|nr|num|id|ref|reference|code|locator|ending(?:\sin|\swith)?|under|of|is|was|your))*
        \.? [\s:\#-]* (?:\(\s*)?
        (?P<code> \# ?[A-Z0-9][A-Z0-9-]{2,} | [A-Z]{1,5}[-/\s]?\d[\dA-Z]*(?:[-/.][\dA-Z]+)* | \d[\dA-Z]*(?:[-/.\s]\d[\dA-Z]*)* | [A-Z0-9]*\d[A-Z0-9]* | [A-Z]{6} )\b",
    )
});
static HASHED: LazyLock<Option<Regex>> = LazyLock::new(|| regex(r"#\s?[A-Z]{0,4}-?\d[\dA-Z-]{3,}"));
static CODE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"(?i:order|booking|ticket|case|invoice|parcel|reference|claim)[^.\n]{0,30}?\b(?-i:[A-Z]{2,4}-\d{4,}(?:-\d+)*)\b|\b[A-Z]{2}\d{9}[A-Z]{2}\b|\b(?-i:[A-Z]{2}\d{7,10})\b|\bJD\d{16,18}\b|\b1Z[0-9A-Z]{16}\b",
    )
});
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"(?x)
        (?: \b(?:Flat|Apartment|Apt|Unit|Suite|Room|House|Floor)\.?\s\#?\d+[A-Za-z]?,?\s )?
        \b\d{1,5}[A-Za-z]?(?:\s?[-–/]\s?\d+[A-Za-z]?)?,?\s
        (?:[A-Z][\p{L}.'’-]+\s|(?:of|the|de|la|du|des|der|am|an)\s|\d+(?:st|nd|rd|th)\s){1,4}
        (?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Close|Court|Ct|Way|Place|Pl|Square|Sq|Terrace|Crescent|Cres|Gardens|Gdns|Grove|Boulevard|Blvd|Row|Mews|Walk|Parade|Quay|Rise|Wharf|Parkway|Pkwy|Highway|Hwy|Embankment|Esplanade|Villas|Buildings|Cottages|Broadway|Croft)\b\.?
        | \b[A-Z][\p{L}-]*(?:straße|strasse|str\.|weg|platz|allee|gasse|ring|damm|ufer|laan|straat|gracht|gatan|vägen|veien)\s\d+[a-z]?\b
        | \b\d{1,4},?\s(?:rue|avenue|boulevard|place|impasse|chemin|via|viale|piazza|calle|plaza|avenida)\s(?:[\p{L}'’-]+\s?){1,4}
        | \b(?i:via|calle|rua)\s(?:[A-Z][\p{L}'’-]+\s){1,3}\d{1,4}\b
        | \b[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}\b
        | \b[A-Z][\p{L}]+(?:\s[A-Z][\p{L}]+)*,\s[A-Z]{2}\s\d{5}(?:-\d{4})?\b
        | \b(?i:P\.?\s?O\.?\sBox)\s\d+ ",
    )
});
static BIRTH: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:born on|date of birth|d\.?o\.?b\.?|birth date|birthdate)\b[^.\n]{0,20}?\b(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d{2}-\d{2}|\d{1,2}(?:st|nd|rd|th)? (?:of )?[a-z]{3,9},? \d{4}|[a-z]{3,9} \d{1,2},? \d{4}|(?:19|20)\d\d)",
    )
});
static PLATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"(?:(?i:car|van|vehicle|registration|plate|taxi|driver)[^.\n]{0,30}?\b(?-i:[A-Z]{2}\d{2} ?[A-Z]{3})\b|(?i:registration|number plate|licen[cs]e plate|reg\.?|plate)(?: (?:number|no\.?))?[ :]+[A-Z0-9]{1,4}[ -]?[A-Z0-9]{1,4}(?:[ -]?[A-Z0-9]{1,4})?\b)",
    )
});
static GREETED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"(?m)^\s*(?:Dear|Hello|Hi|Hey|To|Thank you|Thanks|Good (?:morning|afternoon|evening))[, ]+(?:(?:Mr|Mrs|Ms|Miss|Mx|Dr)\.? )?(?P<name>[A-Z][\p{Ll}'’-]+ (?:[A-Z]\. )?[A-Z][\p{L}'’-]+)[,:.! ]",
    )
});
/// What makes a digit group something else than a phone number.
static OTHER_NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"(?i)(?:\b(?:model|part|parts|serial|isbn|ean|gtin|sku|item|art|article|version|v|type|size|no|din|iso|en|build|firmware|release|page|code|driver|kit|set|file|backup|error|batch|lot|about|over|nearly|around|roughly|worth|[a-z]{1,4}-)\.?[\s:#-]*|[£€$¥₹]\s?|[A-Za-z]-?)$",
    )
});
static PHONE_WORD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:phone|phoned|telephone|tel|call|called|calling|ring|rang|ringing|mobile|cell|whatsapp|text|texted|sms|number|reach|dial|landline|contact|on file|hotline|line|fax)\b",
    )
});
static DATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"^(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}[.:]\d{2}(?:\s?[-–]\s?\d{1,2}[.:]\d{2})?|(?:19|20)\d\d\s?[-–/]\s?(?:(?:19|20)\d\d|\d\d)|[\d\s]+[.,]\d{1,2})(?:\D.*)?$",
    )
});

/// Names that platforms give to those who gave none.
const NO_NAMES: &[&str] = &[
    "a",
    "google",
    "user",
    "guest",
    "customer",
    "anonymous",
    "amazon",
    "kunde",
    "the",
    "traveler",
    "traveller",
    "reviewer",
    "client",
];

/// Returns personal data in a public text.
pub(super) fn find(reply: &Reply<'_>, house: &House) -> Vec<Finding> {
    if !reply.is_public() {
        return Vec::new();
    }
    let text = reply.text;
    let published = &house.published;
    let mut spans: Vec<(Span, &'static str)> = Vec::new();
    spans.extend(emails(text, published).map(|span| (span, "an email address")));
    spans.extend(each(&IBAN, text).filter_map(|span| iban(text, span)).map(|span| (span, "an account number")));
    spans.extend(numbers(text, published));
    spans.extend(orders(text));
    for pattern in [&HASHED, &CODE] {
        let codes = each(pattern, text).filter(|span| !is_model(text, span.from));
        spans.extend(codes.map(|span| (span, "a number that names a case")));
    }
    spans.extend(addresses(text, published).map(|span| (span, "a postal address")));
    spans.extend(each(&BIRTH, text).map(|span| (span, "a date of birth")));
    spans.extend(each(&PLATE, text).filter(|span| !is_model(text, span.from)).map(|span| (span, "a number plate")));
    spans.extend(names(reply));
    spans.sort_unstable_by_key(|(span, _)| (span.from, std::cmp::Reverse(span.to)));
    let mut end = 0;
    spans.retain(|(span, _)| {
        let fresh = span.from >= end;
        if fresh {
            end = span.to;
        }
        fresh
    });
    spans
        .into_iter()
        .map(|(span, what)| {
            Finding::new(RuleId::PersonalData, span).saying(format!("{what} where everybody can read it"))
        })
        .collect()
}

/// Says what could not be looked for: the reviewer's name, where nobody told it.
pub(super) fn skipped(reply: &Reply<'_>) -> Option<Skipped> {
    (reply.is_public() && reply.author == Author::Unknown).then(|| Skipped {
        rule: RuleId::PersonalData,
        needs: "the reviewer's name (--author) to look for it; all other personal data was looked for".to_owned(),
    })
}

/// Whether contact data of anybody stands in the text, ours included: some platforms forbid it altogether.
pub(super) fn contact_data(text: &str) -> Vec<Span> {
    let nobody = Published::default();
    let mut spans: Vec<Span> = emails(text, &nobody).collect();
    spans.extend(numbers(text, &nobody).into_iter().map(|(span, _)| span));
    spans.extend(addresses(text, &nobody));
    spans
}

fn emails<'t>(text: &'t str, published: &'t Published) -> impl Iterator<Item = Span> + 't {
    each(&EMAIL, text).filter(move |span| {
        let address = span.of(text).to_lowercase();
        let ours = |domain: &str| published.domains.iter().any(|own| own == domain);
        !published.emails.contains(&address) && !address.rsplit_once('@').is_some_and(|(_, domain)| ours(domain))
    })
}

/// The account number at the start of a range: words in capitals may stand right behind it, so groups are taken off until it is one.
fn iban(text: &str, span: Span) -> Option<Span> {
    let mut to = span.to;
    loop {
        let found = text.get(span.from..to)?;
        let compact: String = found.chars().filter(char::is_ascii_alphanumeric).collect();
        if compact.parse::<Iban>().is_ok() {
            return Some(Span { from: span.from, to });
        }
        to = span.from + found.rfind([' ', '-'])?;
    }
}

/// Cards and phone numbers.
fn numbers(text: &str, published: &Published) -> Vec<(Span, &'static str)> {
    let mut spans = Vec::new();
    for span in each(&NUMBER, text) {
        let found = span.of(text);
        let count = digits(found);
        let before = text.get(..span.from).unwrap_or_default();
        if before.ends_with('@') || before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '@') {
            continue;
        }
        if is_card(&count) && !is_model(text, span.from) {
            spans.push((span, "a card number"));
        } else if is_phone(text, span, &count) && !published.phones.iter().any(|ours| same_phone(ours, &count)) {
            spans.push((span, "a phone number"));
        }
    }
    spans
}

/// Luhn's check digit over 13 to 19 digits.
fn is_card(count: &str) -> bool {
    if !(13..=19).contains(&count.len()) || count.bytes().all(|b| b == b'0') {
        return false;
    }
    let sum: u32 = count
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit - b'0');
            let doubled = if place % 2 == 1 { value * 2 } else { value };
            doubled / 10 + doubled % 10
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Regions whose national numbers are tried.
const REGIONS: [phonenumber::country::Id; 6] = [
    phonenumber::country::GB,
    phonenumber::country::US,
    phonenumber::country::DE,
    phonenumber::country::FR,
    phonenumber::country::IE,
    phonenumber::country::AU,
];

fn is_phone(text: &str, span: Span, count: &str) -> bool {
    let found = span.of(text).trim();
    if !(7..=15).contains(&count.len())
        || DATE.as_ref().is_some_and(|date| date.is_match(found))
        || is_model(text, span.from)
    {
        return false;
    }
    let beside = beside(text, span.from, 40);
    let spoken_of = PHONE_WORD.as_ref().is_some_and(|words| words.is_match(beside));
    if found.starts_with('+') || found.starts_with("00") {
        return phonenumber::parse(None, found.replacen("00", "+", usize::from(found.starts_with("00")))).is_ok();
    }
    let groups = found.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).count();
    let national = found.starts_with('0') && count.len() >= 9
        || (found.starts_with('(') && count.len() >= 9)
        || (count.len() == 10 && groups == 3 && found.contains(['-', '.']));
    let reads = REGIONS.iter().any(|&region| phonenumber::parse(Some(region), found).is_ok());
    reads && (spoken_of || national)
}

fn same_phone(ours: &str, count: &str) -> bool {
    // +44 20 … and 020 … are one number: the last nine digits decide.
    let tail = |digits: &str| digits.get(digits.len().saturating_sub(9)..).map(str::to_owned);
    tail(ours) == tail(count)
}

/// The end of the text before `at`, at most `most` bytes, in the same line.
fn beside(text: &str, at: usize, most: usize) -> &str {
    let mut start = at.saturating_sub(most);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    let part = text.get(start..at).unwrap_or_default();
    part.rsplit('\n').next().unwrap_or_default()
}

/// Whether the words before a number say that it is a model, an amount, a page.
fn is_model(text: &str, at: usize) -> bool {
    OTHER_NUMBER.as_ref().is_some_and(|words| words.is_match(beside(text, at, 24)))
}

/// Words after which a bare number names a case; after the others it needs "number" or "ref".
const STRONG: &[&str] = &[
    "order",
    "booking",
    "reservation",
    "ticket",
    "case",
    "reference",
    "ref",
    "invoice",
    "tracking",
    "policy",
    "claim",
    "contract",
    "pnr",
    "rma",
    "consignment",
    "confirmation",
];

/// Numbers that name an order, a booking, a case.
fn orders(text: &str) -> Vec<(Span, &'static str)> {
    let Some(pattern) = ORDER.as_ref() else {
        return Vec::new();
    };
    pattern
        .captures_iter(text)
        .filter_map(|captures| {
            let code = captures.name("code")?;
            let whole = captures.get(0)?;
            let digits = code.as_str().bytes().filter(u8::is_ascii_digit).count();
            let letters = code.as_str().bytes().filter(u8::is_ascii_uppercase).count();
            let linked = text.get(whole.start()..code.start()).unwrap_or_default().to_lowercase();
            let word = linked.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
            let strong = STRONG.contains(&word.trim_end_matches('s'));
            let numbered = ["number", " no", " nr", "ref", " id", "#", "code", "locator", "ending", "under", ":"]
                .iter()
                .any(|word| linked.contains(word));
            let year =
                digits == 4 && letters == 0 && (code.as_str().starts_with("19") || code.as_str().starts_with("20"));
            let clock = DATE.as_ref().is_some_and(|date| date.is_match(code.as_str()));
            let after = text.get(code.end()..).unwrap_or_default();
            let unit = after.trim_start().split(|c: char| !c.is_alphanumeric() && c != '%').next().unwrap_or_default();
            let counted = [
                "days",
                "hours",
                "minutes",
                "weeks",
                "months",
                "years",
                "euros",
                "pounds",
                "dollars",
                "percent",
                "%",
                "items",
                "pieces",
                "people",
                "of",
                "times",
                "working",
                "business",
                "mugs",
                "chairs",
                "am",
                "pm",
                "th",
                "km",
                "kg",
                "mm",
                "cm",
                "m",
                "x",
                "w",
                "v",
                "gb",
                "ml",
                "l",
                "g",
                "inch",
                "inches",
                "miles",
                "kwh",
                "points",
                "k",
                "january",
                "february",
                "march",
                "april",
                "may",
                "june",
                "july",
                "august",
                "september",
                "october",
                "november",
                "december",
            ]
            .contains(&unit.to_lowercase().as_str());
            if !strong && !numbered {
                return None;
            }
            let named = (digits >= 4 && !year)
                || (digits >= 1 && digits + letters >= 5)
                || (numbered && (digits >= 3 || letters == 6));
            (named && !counted && !clock && (numbered || digits + letters >= 5 || digits >= 5 || !year))
                .then_some((Span { from: whole.start(), to: code.end() }, "a number that names a case"))
        })
        .filter(|(span, _)| {
            let end = span.of(text);
            !end.to_lowercase().starts_with("id ") || digits(end).len() >= 4
        })
        .collect()
}

fn addresses<'t>(text: &'t str, published: &'t Published) -> impl Iterator<Item = Span> + 't {
    each(&ADDRESS, text).filter(move |span| {
        let address = span.of(text).to_lowercase();
        let before = beside(text, span.from, 30).to_lowercase();
        let ours = [
            " shop ",
            " store ",
            " branch ",
            " office ",
            " restaurant ",
            " showroom ",
            " hotel ",
            " clinic ",
            " counter ",
        ]
        .iter()
        .any(|place| before.contains("our") && before.contains(place));
        let known = published.addresses.iter().any(|known| known.contains(address.trim_end_matches('.')));
        !ours && !known
    })
}

/// The reviewer's surname or full name; without a known author, a full name in the greeting.
fn names(reply: &Reply<'_>) -> Vec<(Span, &'static str)> {
    let text = reply.text;
    match reply.author {
        Author::Ours => Vec::new(),
        Author::Unknown => GREETED
            .as_ref()
            .map(|greeted| {
                greeted
                    .captures_iter(text)
                    .filter_map(|captures| captures.name("name"))
                    .filter(|name| !name.as_str().split(' ').any(is_common))
                    .map(|name| (Span { from: name.start(), to: name.end() }, "a full name"))
                    .collect()
            })
            .unwrap_or_default(),
        Author::Named(author) => surnames(author)
            .flat_map(|surname| {
                text.match_indices(surname)
                    .map(move |(from, found)| Span { from, to: from + found.len() })
                    .filter(|span| is_word(text, *span))
                    .map(|span| (span, "the reviewer's surname"))
            })
            .collect(),
    }
}

/// Capitalised words that greet, but name nobody.
fn is_common(word: &str) -> bool {
    [
        "Mr",
        "Mrs",
        "Ms",
        "Miss",
        "Mx",
        "Dr",
        "Team",
        "Guest",
        "Customer",
        "Sir",
        "Madam",
        "All",
        "There",
        "Reviewer",
        "Friend",
        "Traveller",
        "Traveler",
        "We",
        "Thank",
        "Thanks",
        "You",
        "Your",
        "The",
        "I",
        "It",
        "This",
        "That",
        "And",
        "For",
        "A",
        "An",
        "Two",
        "Three",
        "No",
        "Not",
        "Neighbour",
    ]
    .contains(&word)
}

/// Parts of a display name after the first that are long enough to name somebody.
pub(super) fn surnames(author: &str) -> impl Iterator<Item = &str> {
    let parts: Vec<&str> = author
        .split_whitespace()
        .filter(|part| {
            !["mr", "mrs", "ms", "miss", "mx", "dr"].contains(&part.trim_end_matches('.').to_lowercase().as_str())
        })
        .collect();
    let nameless = author.split_whitespace().any(|part| NO_NAMES.contains(&part.to_lowercase().as_str()));
    let skip = if nameless { usize::MAX } else { usize::from(parts.len() > 1) };
    let single = parts.len() == 1;
    parts.into_iter().skip(skip).filter(move |part| {
        !single
            && part.chars().count() >= 3
            && part.starts_with(char::is_uppercase)
            && part.chars().all(|c| c.is_alphabetic() || c == '-' || c == '\'' || c == '’')
    })
}

fn is_word(text: &str, span: Span) -> bool {
    let before = text.get(..span.from).and_then(|part| part.chars().next_back());
    let after = text.get(span.to..).and_then(|part| part.chars().next());
    !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
}
