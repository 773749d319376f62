//! Numbers and codes under which a case can be looked up: of an order, a ticket, a booking, an account, a parcel.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{MarkKind, Raw, View, around};
use crate::scoring::lexicon::embedded_regex;

/// A code, perhaps after a short word that may belong to it ("BA 884213").
const CODE: &str = r"(?:[a-z]{1,5} )?[a-z0-9]*\d[a-z0-9]*(?:[-/.][a-z0-9]+)*|[a-z]{1,6}(?:[-/][a-z0-9]+)*[-/][a-z0-9]*\d[a-z0-9]*(?:[-/][a-z0-9]+)*";

/// What a number may be of.
const OWNERS: &str = "orders?|ord|inv|imei|po|wo|purchase order|delivery note|dispatch note|credit note|quotation|estimate|cases?|reference|ref|tickets?|case|jobs?|claims?|policy|booking|bkg|reservation|tracking|invoices?|transaction|txn|trans|confirmation|complaint|request|incident|awb|pnr|rma|crn|account|acct|a/c|membership|member|subscriber|subscription|user|customer|client|loan|agreement|tenancy|report|receipt|parcels?|package|packet|shipment|consignment|delivery|baggage tag|luggage tag|bag tag|tag|luggage|baggage|bag|suitcase|file|dossier|docket|returns?|sr|enquiry|query|quote|contract|application|voucher|patient|student|roll|permit|licence|registration|meter point|mpan|project|repair|work order|pir|statement|folio|id|number";

/// Owners whose number needs no more to be believed.
const SURE: [&[u8]; 9] = [b"ref", b"reference", b"awb", b"pnr", b"rma", b"sr", b"pir", b"tracking", b"id"];
/// Words that are also said of much else: without "number" or a sign the code itself must look like one.
const VAGUE: [&[u8]; 20] = [
    b"bag",
    b"delivery",
    b"user",
    b"client",
    b"customer",
    b"quote",
    b"id",
    b"tag",
    b"return",
    b"returns",
    b"report",
    b"repair",
    b"project",
    b"query",
    b"application",
    b"voucher",
    b"packet",
    b"suitcase",
    b"patient",
    b"student",
];
/// Owners after which "is" leads to the number itself.
const IS_NUMBER: [&[u8]; 8] =
    [b"reference", b"ref", b"tracking", b"id", b"number", b"membership", b"account", b"order"];
/// Owners whose codes begin with a word of two letters.
const TAGS: [&[u8]; 7] = [b"baggage tag", b"luggage tag", b"bag tag", b"tag", b"bag", b"luggage", b"baggage"];

static OWNED: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(&format!(
        r"\b(?P<owner>{OWNERS})\b(?P<said>\.?\s?(?:number|numbers|num|nos?|ids?|ref(?:erence)?|code|nr|tag|label)\b\.?)?(?P<between>(?:\s?(?:for you|with you|is|was|:|-|=|#|\(|\.|,|no|under)?\s?){{0,3}})(?P<code>{CODE})"
    ))
});

static MARKED: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(&format!(r"(?P<owner>\b(?:no|nr|num|number|ref|id)\b\.?:?|#)\s?(?P<code>{CODE})")));

static FILED_AS: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:logged|registered|filed|recorded|listed|quoted|given|got|issued|under|as|is|was|quote|quoting)(?: (?:it|this|me))?(?: (?:as|under|with|number|the number|the code))? (?P<code>[a-z]{1,5}[-/]\d[a-z0-9]*(?:[-/][a-z0-9]+)*)",
    )
});

/// Owners whose codes may be short, as long as they mix letters and digits ("reservation 5RT9QW").
const MIXED: [&[u8]; 7] = [b"booking", b"bkg", b"reservation", b"ticket", b"claim", b"policy", b"case"];

/// A code that follows a word for filing, without a sign inside.
static FILED_PLAIN: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:logged|registered|filed|recorded|under|quote|quoting|about|regarding|re:?)(?: (?:it|this|me))?(?: (?:as|under|with|number|the number|the code|please:?))? (?P<code>[a-z]{1,4}\d{5,}[a-z]{0,3})\b|\b(?:(?:logged|registered|filed|recorded|opened|raised|listed|saved|entered)(?: (?:it|this|me|my \w+))? (?:as|under|with)|quoting|quote)(?: the)?(?: number| code)? (?P<digits>\d{5,12})\b",
    )
});

/// A code that nothing introduces: letters and digits in parts, or the shape of a tracking number.
static ALONE: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?P<code>[a-z0-9]*\d[a-z0-9]*(?:[-/][a-z0-9]+)+|[a-z]{1,6}[a-z0-9]*(?:[-/][a-z0-9]*\d[a-z0-9]*)+|[a-z]{1,3}\d{9,}[a-z]{0,3}|1z[a-z0-9]{16})\b",
    )
});

/// "DN-10477": letters, a sign, and nothing but digits.
static PLAIN: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r"^[a-z]{2,5}[-/]\d{5,}$"));

static NEXT: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(&format!(r"^(?:,|,? and|,? or| &|/| \+| then) ?(?P<code>{CODE})")));

/// Numbers of something that is no case.
static OTHER: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:phone|mobile|tel|telephone|fax|call|ring|dial|text|model|version|room|flight|table|bus|route|platform|card|serial|part|gate|seat|house|flat|apartment|unit|line|train|coach|carriage|size|page|chapter|channel|track|level|floor|door|error|postcode|zip|whatsapp|helpline|pin|vat|street|road|avenue|highway|exit|junction|terminal|dock|bay|locker|lane|aisle|ward|bed|bottle|article|item|season|episode|top|ranked|rank)\W{0,3}(?:\w+\W+){0,1}$",
    )
});

static OTHER_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(r"\b(?:model|version|error|serial|phone|card|part|room|flight|table|seat|house|train|bus)\W?$")
});

/// Dates, decimals, ordinals and measures look like codes.
static NO_CODE: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^(?:(?:[012]?\d|3[01])[/.-](?:0?\d|1[0-2])[/.-](?:\d\d|(?:19|20)\d\d)|(?:19|20)\d\d-\d\d-\d\d|\d{1,4}[.,]\d+|\d+(?:st|nd|rd|th|am|pm|kg|gb|mm|cm|ml|w|hrs?|mins?|k|x|p|s))$",
    )
});

static COUNTED: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^(?:%|:\d\d| ?(?:percent|cups|people|items?|pieces|times|days?|hours?|minutes?|weeks?|months?|years?|stars?|points|pounds|dollars|euros|quid|calories|km|miles|kg|g|gb|mb|mm|am|pm)\b)",
    )
});

/// Parts of an address on the web are no codes.
static LINK: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"(?:https?:|www\.|[a-z0-9]\.[a-z]{2,4}/|[/@_=?&])[^ \n]*$"));

static MONEY: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r"[$\x01-\x04] ?$"));

fn digits(code: &[u8]) -> usize {
    code.iter().filter(|b| b.is_ascii_digit()).count()
}

fn has_letters(code: &[u8]) -> bool {
    code.iter().any(u8::is_ascii_lowercase)
}

/// Whether a code can be looked up; `said` when the text says that it is a number.
fn is_code(code: &[u8], said: bool) -> bool {
    let count = digits(code);
    let year = code.len() == 4 && count == 4 && (code.starts_with(b"19") || code.starts_with(b"20"));
    let joined = code.iter().any(|b| matches!(b, b'-' | b'/'));
    if NO_CODE.is_match(code) {
        return false;
    }
    // "KXM7Q2": what the text calls a number may have few digits.
    if has_letters(code) && !joined && count < 3 {
        return said && (5..=8).contains(&code.len());
    }
    match count {
        5.. => true,
        4 => said || !year,
        3 => said || has_letters(code),
        2 => said && code.len() >= 5,
        _ => false,
    }
}

pub(super) fn find(view: &View, marks: &mut Vec<Raw>) {
    let bytes = view.bytes();
    let mut found: Vec<(usize, usize)> = Vec::new();
    for captures in OWNED.captures_iter(bytes) {
        let (Some(owner), Some(code)) = (captures.name("owner"), captures.name("code")) else { continue };
        let between = captures.name("between").map_or(&b""[..], |between| between.as_bytes());
        let named = captures.name("said").is_some();
        let key = owner.as_bytes();
        let bare = key == b"number" || key == b"id";
        let said = named || between.iter().any(|b| matches!(b, b'#' | b':')) || SURE.contains(&key) || key == b"number";
        let last = code.as_bytes().rsplit(|&b| b == b' ').next().unwrap_or_default();
        let (before, _) = around(bytes, owner.start(), owner.end(), 22, 0);
        let near = &before[before.len().saturating_sub(14)..];
        let plain = !has_letters(last) && !last.contains(&b'-') && digits(last) < 5;
        let is = between.trim_ascii_start().starts_with(b"is ") || between.trim_ascii_start().starts_with(b"was ");
        if (bare && OTHER.is_match(before))
            || (OTHER_BEFORE.is_match(near) && key != b"reference" && key != b"ref")
            || (key == b"case" && (near.ends_with(b"in ") || near.ends_with(b"just in ")) && !said)
            || (bare && !named && !has_letters(last) && digits(last) < 5)
            || (VAGUE.contains(&key) && !said && plain)
            || (is && !named && !IS_NUMBER.contains(&key))
        {
            continue;
        }
        let mixed = MIXED.contains(&key) && has_letters(last) && digits(last) >= 2 && last.len() >= 5;
        add(bytes, (code.start(), code.end()), said || mixed, TAGS.contains(&key), &mut found);
    }
    for captures in MARKED.captures_iter(bytes) {
        let (Some(owner), Some(code)) = (captures.name("owner"), captures.name("code")) else { continue };
        let count = digits(code.as_bytes());
        let sign = owner.as_bytes() == b"#";
        let (before, _) = around(bytes, owner.start(), owner.end(), 24, 0);
        let alone = !code.as_bytes().contains(&b' ') || sign;
        if alone
            && !OTHER.is_match(before)
            && ((has_letters(code.as_bytes()) && count >= 3) || count >= 5 || (sign && count >= 4))
        {
            add(bytes, (code.start(), code.end()), true, false, &mut found);
        }
    }
    for captures in FILED_AS.captures_iter(bytes) {
        let Some(code) = captures.name("code") else { continue };
        let (before, _) = around(bytes, code.start(), code.end(), 24, 0);
        if digits(code.as_bytes()) >= 3 && !OTHER.is_match(before) {
            add(bytes, (code.start(), code.end()), true, false, &mut found);
        }
    }
    for captures in FILED_PLAIN.captures_iter(bytes) {
        let Some(code) = captures.name("code").or_else(|| captures.name("digits")) else { continue };
        let (before, _) = around(bytes, code.start(), code.end(), 24, 0);
        if !OTHER.is_match(before) {
            add(bytes, (code.start(), code.end()), true, false, &mut found);
        }
    }
    for captures in ALONE.captures_iter(bytes) {
        let Some(code) = captures.name("code") else { continue };
        let (before, _) = around(bytes, code.start(), code.end(), 24, 0);
        if has_letters(code.as_bytes())
            && (digits(code.as_bytes()) >= 6 || PLAIN.is_match(code.as_bytes()))
            && !OTHER.is_match(before)
            && !LINK.is_match(before)
        {
            add(bytes, (code.start(), code.end()), true, false, &mut found);
        }
    }
    marks.extend(found.into_iter().map(|(from, to)| Raw::new(MarkKind::Reference, from, to)));
}

/// Adds a code, and the codes that are listed after it.
fn add(bytes: &[u8], code: (usize, usize), said: bool, tag: bool, found: &mut Vec<(usize, usize)>) {
    let mut next = Some(code);
    while let Some((mut from, mut to)) = next.take() {
        if let Some(space) = bytes[from..to].iter().position(|&b| b == b' ')
            && !(tag && space == 2)
        {
            from += space + 1;
        }
        while to > from && matches!(bytes[to - 1], b'.' | b'-' | b'/') {
            to -= 1;
        }
        let (before, after) = around(bytes, from, to, 2, 14);
        let taken = found.iter().any(|&(start, end)| from < end && to > start);
        if taken || !is_code(&bytes[from..to], said) || COUNTED.is_match(after) || MONEY.is_match(before) {
            return;
        }
        found.push((from, to));
        next = NEXT.captures(&bytes[to..]).and_then(|captures| captures.name("code")).and_then(|code| {
            let alike = has_letters(code.as_bytes()) == has_letters(&bytes[from..to]);
            (alike && !code.as_bytes().contains(&b' ')).then_some((to + code.start(), to + code.end()))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::*;

    #[test]
    fn numbers_of_cases_are_found_and_quantities_are_not() {
        check(
            MarkKind::Reference,
            &[
                ("Order 88213 never came", &["88213"]),
                ("order no. AB-102938 please", &["AB-102938"]),
                ("Ticket #4411 is open", &["4411"]),
                ("my reference number is XK12345", &["XK12345"]),
                ("see #123456", &["123456"]),
                ("Booking reference: 9F3K2231", &["9F3K2231"]),
                ("three tickets, Q-101, Q-117 and Q-133", &["Q-101", "Q-117", "Q-133"]),
                ("she logged it as CX-5540", &["CX-5540"]),
                ("it was opened as 0077123, quoting 5567120", &["0077123", "5567120"]),
                ("they quote 12000 pounds for it", &[]),
                ("my booking reference is KXM7Q2", &["KXM7Q2"]),
                ("baggage tag KL 884210", &["KL 884210"]),
                ("policy 44-19-882 and claim CL/55/2093", &["44-19-882", "CL/55/2093"]),
                ("I want to order 2 pizzas", &[]),
                ("in case 2019 comes back", &[]),
                ("order 500 cups", &[]),
                ("#1 worst company", &[]),
                ("I requested 3 times", &[]),
                ("a customer since 2015", &[]),
                ("model WH-1000XM4, room 1204, flight BA2490", &[]),
                ("the order of 12/03/2025 and the invoice of $40000", &[]),
                ("phone number 0207946000", &[]),
            ],
        );
    }
}
