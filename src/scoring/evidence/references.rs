//! Numbers and codes under which a case can be looked up: of an order, a ticket, a booking, an account, a parcel.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{MarkKind, Raw, View, around};
use crate::scoring::lexicon::embedded_regex;

/// A code, perhaps after a short word that may belong to it ("BA 884213").
const CODE: &str = r"(?:[a-z]{1,5} )?[a-z0-9]*\d[a-z0-9]*(?:[-/._][a-z0-9]+)*|[a-z]{1,6}(?:[-/_][a-z0-9]+)*[-/_][a-z0-9]*\d[a-z0-9]*(?:[-/_][a-z0-9]+)*";

/// What a number may be of.
const OWNERS: &str = "lost property form|claim form|form|slip|sheet|letter|record|entry|notice|fine|citation|dispute|frequent flyer|loyalty|rewards?|prescription|warranty|certificate|referral|appeal|rental|hire|penalty charge|pcn|proposal|job sheet|job card|membership card|member card|orders?|ord|inv|imei|po|wo|purchase order|purchase|locator|waybill|baggage claim|delivery note|dispatch note|credit note|quotation|estimate|cases?|reference|ref|tickets?|case|jobs?|claims?|policy|booking|bkg|reservation|tracking|invoices?|transaction|txn|trans|confirmation|complaint|request|incident|awb|pnr|rma|crn|account|acct|a/c|membership|member|subscriber|subscription|user|customer|client|loan|agreement|tenancy|report|receipt|parcels?|package|packet|shipment|consignment|delivery|baggage tag|luggage tag|bag tag|tag|luggage|baggage|bag|suitcase|file|dossier|docket|returns?|sr|enquiry|query|quote|contract|application|voucher|patient|student|roll|permit|licence|registration|meter point|mpan|project|repair|work order|pir|statement|folio|id|number";

/// Owners whose number needs no more to be believed.
const SURE: [&[u8]; 10] = [b"locator", b"ref", b"reference", b"awb", b"pnr", b"rma", b"sr", b"pir", b"tracking", b"id"];
/// Words that are also said of much else: without "number" or a sign the code itself must look like one.
const VAGUE: [&[u8]; 43] = [
    b"form",
    b"slip",
    b"sheet",
    b"letter",
    b"record",
    b"entry",
    b"notice",
    b"fine",
    b"citation",
    b"dispute",
    b"frequent flyer",
    b"loyalty",
    b"reward",
    b"rewards",
    b"prescription",
    b"warranty",
    b"certificate",
    b"referral",
    b"appeal",
    b"rental",
    b"hire",
    b"proposal",
    b"purchase",
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
const IS_NUMBER: [&[u8]; 12] = [
    b"locator",
    b"pnr",
    b"waybill",
    b"membership card",
    b"reference",
    b"ref",
    b"tracking",
    b"id",
    b"number",
    b"membership",
    b"account",
    b"order",
];
/// Owners whose codes begin with a word of two letters.
const TAGS: [&[u8]; 8] =
    [b"baggage claim", b"baggage tag", b"luggage tag", b"bag tag", b"tag", b"bag", b"luggage", b"baggage"];

static OWNED: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(&format!(
        r"\b(?P<owner>{OWNERS})\b(?P<said>[.,]?\s?(?:number|numbers|num|nos?|ids?|ref(?:erence)?|code|nr|tag|label)\b\.?)?(?P<between>(?:\s?(?:for you|with you|is|was|'s|says|reads|shows|number|:|-|=|#|\x7f|\(|\.|,|no|under)?\s?){{0,3}})(?P<code>{CODE})"
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
        r"\b(?P<code>[a-z0-9]*\d[a-z0-9]*(?:[-/][a-z0-9]+)+|[a-z]{1,6}[a-z0-9]*(?:[-/_][a-z0-9]*\d[a-z0-9]*)+(?:-[a-z]{1,3})?|[a-z]{1,3}\d{9,}[a-z]{0,3}|1z[a-z0-9]{16})\b",
    )
});

/// "DN-10477": letters, a sign, and nothing but digits.
static PLAIN: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r"^[a-z]{2,5}[-/_]\d{5,}$"));

static NEXT: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(&format!(r"^(?:,|,? and|,? or| &|/| \+| then) ?(?P<code>{CODE})")));

/// Numbers of something that is no case.
static OTHER: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:phone|hotline|landline|barcode|ean|isbn|sku|upc|asin|iban|sort code|followers|views|mobile|tel|telephone|fax|call|ring|dial|text|model|version|room|flight|table|bus|route|platform|card|serial|part|gate|seat|house|flat|apartment|unit|line|train|coach|carriage|size|page|chapter|channel|track|level|floor|door|error|postcode|zip|whatsapp|helpline|pin|vat|street|road|avenue|highway|exit|junction|terminal|dock|bay|locker|lane|aisle|ward|bed|bottle|article|item|season|episode|top|ranked|rank)\W{0,3}(?:\w+\W+){0,1}$",
    )
});

static OTHER_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(r"\b(?:model|version|error|serial|phone|card|part|room|flight|table|seat|house|train|bus)\W?$")
});

/// Dates, decimals, ordinals and measures look like codes.
static NO_CODE: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^(?:(?:[012]?\d|3[01])[/.-](?:0?\d|1[0-2])[/.-](?:\d\d|(?:19|20)\d\d)|(?:19|20)\d\d-\d\d-\d\d|\d{1,4}[.,]\d+|\d+(?:st|nd|rd|th|x\d+(?:x\d+)?|am|pm|kg|gb|mm|cm|ml|w|hrs?|mins?|k|x|p|s))$",
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
    let joined = code.iter().any(|b| matches!(b, b'-' | b'/' | b'_'));
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
        2 if said && code.len() >= 5 => true,
        1 | 2 => said && SHORT.is_match(code),
        _ => false,
    }
}

pub(super) fn find(text: &str, view: &View, marks: &mut Vec<Raw>) {
    let bytes = view.bytes();
    let mut found: Vec<(usize, usize)> = Vec::new();
    if !bytes.iter().any(u8::is_ascii_digit) {
        find_letters(text, view, &mut found);
        marks.extend(found.into_iter().map(|(from, to)| Raw::new(MarkKind::Reference, from, to)));
        return;
    }
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
        // "Form 3381, one umbrella": four digits at the end of a phrase count nothing.
        let is_alone = between == b" " && digits(last) == 4 && ENDS.is_match(&bytes[code.end()..]);
        // "An order of 3000 leaflets" counts the leaflets.
        let counts = !named && COUNTING.is_match(code.as_bytes());
        let grouped = GROUPS.is_match(&bytes[code.end()..]) && digits(last) > 1;
        let is = between.trim_ascii_start().starts_with(b"is ") || between.trim_ascii_start().starts_with(b"was ");
        if (bare && OTHER.is_match(before))
            || (OTHER_BEFORE.is_match(near) && key != b"reference" && key != b"ref")
            || (key == b"case" && (near.ends_with(b"in ") || near.ends_with(b"just in ")) && !said)
            || (bare && !named && !has_letters(last) && digits(last) < 5 && !grouped)
            || (VAGUE.contains(&key) && !said && plain && !is_alone)
            || counts
            || (key == b"number" && !named && PHONE.is_match(&bytes[code.start()..]))
            || (is && !named && !between.ends_with(b"number ") && !IS_NUMBER.contains(&key) && !mixed_code(last))
        {
            continue;
        }
        let capitals = || is_written_as_code(view.span(code.end() - last.len(), code.end()).of(text));
        let mixed = MIXED.contains(&key)
            && has_letters(last)
            && last.len() >= 5
            && (digits(last) >= 2 || (digits(last) == 1 && last.len() == 6 && capitals()))
            || (last.len() >= 8 && digits(last) >= 2 && IS_JOINED.is_match(last))
            || (ISSUED.contains(&key) && (SHORT.is_match(last) || STANDS_ALONE.is_match(&bytes[code.end()..])));
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
        let capitals = || !view.span(code.start(), code.end()).of(text).bytes().any(|b| b.is_ascii_lowercase());
        let alone = has_letters(code.as_bytes())
            && (digits(code.as_bytes()) >= 6
                || PLAIN.is_match(code.as_bytes())
                || (digits(code.as_bytes()) >= 4 && OF_PARTS.is_match(code.as_bytes()) && capitals()));
        if (alone || IN_PARTS.is_match(code.as_bytes())) && !OTHER.is_match(before) && !LINK.is_match(before) {
            add(bytes, (code.start(), code.end()), true, false, &mut found);
        }
    }
    for digits in LONG.find_iter(bytes) {
        let (before, after) = around(bytes, digits.start(), digits.end(), 24, 14);
        let apart = !NO_START.is_match(before) && !NO_END.is_match(after);
        if apart && !OTHER.is_match(before) && !LINK.is_match(before) && !MONEY.is_match(before) {
            add(bytes, (digits.start(), digits.end()), true, false, &mut found);
        }
    }
    find_apart(bytes, &mut found);
    find_letters(text, view, &mut found);
    marks.extend(found.into_iter().map(|(from, to)| Raw::new(MarkKind::Reference, from, to)));
}

/// Digits in three parts or more that are neither a telephone's nor a card's: "5510-2281-9".
static IN_PARTS: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"^[1-9]\d{2,5}-\d{2,7}-\d{1,3}$|^[1-9]\d{1,3}-\d{5,7}-\d{5,7}$"));

/// Codes that are no model's name even when they are short: "HX-2209-B", "7731/AB", "R2D-4451".
static OF_PARTS: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^[a-z]{1,4}-\d{3,}-[a-z]{1,3}$|^[a-z]{1,4}(?:-\d{2,}){2,}$|^\d{3,}[-/][a-z]{2,4}$|^[a-z]+\d+[a-z]*-\d{4,}$|^\d+[a-z]+-\d{4,}$",
    )
});

/// So many digits count nothing and are no telephone's, which begins with 0.
static LONG: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r"\b[1-9]\d{6,14}\b"));

/// What makes digits a part of something else, a telephone's number above all.
static NO_START: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r"(?:[-/]|\b0\d{1,5} |\+\d{1,3} ?)$"));

static NO_END: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"^(?:[-/.,]?\d|[a-z]|[-/_@][a-z0-9]| (?:times|followers|views))"));

/// "An order of 3000", "a claim for 5000": what follows is no code.
static COUNTING: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(r"^(?:of|for|over|about|with|worth|in|since|cost|costs|total|from|to|at|than|only|or|and) \d+$")
});

/// The number of a telephone.
static PHONE: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r"^0\d{2,4} \d{3,4} \d{3,4}\b|^0\d{9,10}\b"));

/// "TR-1": a short code that an owner leads to.
static SHORT: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r"^[a-z]{1,4}-\d{1,3}$"));

/// Letters, a sign, and digits among what follows: "sub-9fh2kq".
static IS_JOINED: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r"^[a-z]{2,6}[-_][a-z0-9]*\d[a-z0-9]*$"));

/// The end of a phrase.
static ENDS: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r"^(?:[.,;:!?)]+(?: |$|\n)|$|\n)"));

/// Owners whose codes may be that short.
const ISSUED: [&[u8]; 6] = [b"ticket", b"tickets", b"case", b"cases", b"incident", b"claim"];

/// What follows a short number that counts nothing.
static STANDS_ALONE: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(r"^(?:[.,;:!?)]|$| (?:is|was|has|still|never|remains|got|about|again|please|pls)\b)")
});

/// Two letters before groups of digits: "RR 123 456 785".
static LED: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"^(?:[a-z]{2}|[a-z]\d) (?:(?:\d{2,4} ){2,4}\d{1,4}|\d{4,} gb)\b"));

/// Digits in groups: "4471 220 9", and the country at the end of a tracking number.
static GROUPS: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r"^(?:(?: \d{2,4})+(?: \d{1,4})*(?: gb\b)?| gb\b)\b"));

/// "88213 is my order number"; at the start of a sentence "88213 is the ticket I mean", too.
static NAMED_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(&format!(
        r"\b(?P<code>{CODE})(?: is| was|,| =| being|,? that is) (?:my|our|the|your|its) (?:\w+ ){{0,2}}?(?:{CASE_OF}|customer|reference) (?:number|num|no|ref|reference|code|id)\b|(?:^|[.!?\n] ?|\bit's |\bit is )(?P<first>[a-z]{{0,3}}[-_]?\d{{4,}})(?: is| was|,| =|:) (?:my|our|the|your|its) (?:\w+ )?(?:{CASE_OF}|reference)\b"
    ))
});

/// What has a number under which it is kept.
const CASE_OF: &str = "order|booking|ticket|case|job card|job sheet|invoice|tracking|account|policy|claim|confirmation|job|complaint|reservation|return|parcel|membership|subscription|contract|hire|rental|purchase|shipment|sheet|card|slip|incident|request";

/// A number that stands a few words after what it belongs to: "the order in question (551209)", "the job card is numbered 99120".
static APART: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(&format!(
        r"\b(?:{CASE_OF}|reference)(?P<words>(?: [a-z']+){{0,6}}?),? ?(?:\((?:[a-z ]{{2,16}}\) )?|(?:is|was) |(?:is |was )?numbered |(?:has|had|bears) the (?:number|code|reference) |: ?)#?(?P<code>\d{{5,12}}|[a-z]{{1,3}}\d{{4,}})\b|\b(?:number|code|reference|ref) (?:of|for|on|to) (?:my|our|the|your|this|that) (?:\w+ ){{1,3}}?(?:is|was|reads) (?P<of>{CODE})|\b(?:re:|regarding|concerning|look up|(?:find|see|have|got|file|filed|list|listed) (?:me |us |it |this )?under) (?P<plain>\d{{6,12}}|[a-z]{{2}}-\d{{4,}})\b|\b(?:reply|replies|answer|e-?mail|letter|update|news|word) (?:on|about|regarding|to|re) (?P<topic>[a-z]{{1,4}}-\d{{3,}})\b|\b(?:closed|opened|reopened|raised|chasing|chased|escalated|regarding|re|find|see) (?P<acted>\d{{4,}}-\d{{1,4}}|[a-z]{{1,3}}\d{{5,}})\b|(?:^|[.!?\n] ?)under (?P<under>\d{{6,12}})\b|\b(?:{CASE_OF})(?: (?:of|from|dated|in|for) [a-z]+)?, (?P<dated>\d{{4,}}-\d{{2,6}}|\d{{6,12}})\b|\bnumbers?,? (?P<listed>\d{{5,12}})\b|\b(?:i mean|i meant|sorry,|correction:?|or rather|to be exact,?) (?P<mended>\d{{5,12}})\b|\b(?:full|whole|correct|right|actual|real) (?:one|number|code|reference) is (?P<full>{CODE})|\b(?P<fused>(?:ord|order|inv|tkt|ticket|req|bkg|case|claim)[-_]?\d{{4,}})\b|\b(?:{CASE_OF})'s (?P<short>\d{{5,12}})\b"
    ))
});

/// Words that make the number after them a sum or a quantity.
static SUM: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:for|of|costs?|total|worth|value|charged|paid|pay|over|about|phone|code|postcode|holds?|balance|limit|price|fee|bill|weight|weighs?|model|size|part|serial|error|than|only)\b",
    )
});

/// Six letters that an airline or hotel gives out, and what they stand after.
static LETTERS: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:(?P<sure>pnr|(?:record )?locator|(?:booking|confirmation|reservation|airline) (?:ref(?:erence)?|code|locator|number|no))|booking|reservation)\b(?: (?:is|was))?[ :#=.(-]{1,3}(?P<code>[a-z]{6})\b",
    )
});

/// Whether letters and digits mix as in a code: "W88120".
fn mixed_code(code: &[u8]) -> bool {
    has_letters(code) && digits(code) >= 4
}

/// Whether the customer wrote it in capitals and digits alone.
fn is_written_as_code(written: &str) -> bool {
    written.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

fn find_apart(bytes: &[u8], found: &mut Vec<(usize, usize)>) {
    for captures in NAMED_AFTER.captures_iter(bytes) {
        if let Some(code) = captures.name("code").or_else(|| captures.name("first")) {
            add(bytes, (code.start(), code.end()), captures.name("code").is_some(), false, found);
        }
    }
    for captures in APART.captures_iter(bytes) {
        let names =
            ["code", "of", "plain", "topic", "short", "acted", "under", "fused", "dated", "listed", "mended", "full"];
        let Some(code) = names.into_iter().find_map(|name| captures.name(name)) else { continue };
        let words = captures.name("words").map_or(&b""[..], |words| words.as_bytes());
        let whole = captures.get(0).map_or(0, |whole| whole.start());
        if !SUM.is_match(words)
            && !OTHER.is_match(words)
            && !OTHER_BEFORE.is_match(&bytes[whole.saturating_sub(14)..whole])
        {
            add(bytes, (code.start(), code.end()), true, false, found);
        }
    }
}

/// Codes without a digit are told from shouted words by capitals and by how few vowels they have.
fn find_letters(text: &str, view: &View, found: &mut Vec<(usize, usize)>) {
    let bytes = view.bytes();
    for captures in LETTERS.captures_iter(bytes) {
        let Some(code) = captures.name("code") else { continue };
        let vowels = code.as_bytes().iter().filter(|b| matches!(b, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')).count();
        let most = usize::from(captures.name("sure").is_some());
        let taken = found.iter().any(|&(from, to)| code.start() < to && code.end() > from);
        if !taken && vowels <= most && is_written_as_code(view.span(code.start(), code.end()).of(text)) {
            found.push((code.start(), code.end()));
        }
    }
}

/// Adds a code, and the codes that are listed after it.
fn add(bytes: &[u8], code: (usize, usize), said: bool, tag: bool, found: &mut Vec<(usize, usize)>) {
    let mut next = Some(code);
    while let Some((mut from, mut to)) = next.take() {
        if let Some(space) = bytes[from..to].iter().position(|&b| b == b' ')
            && !((tag || LED.is_match(&bytes[from..])) && space == 2)
        {
            from += space + 1;
        }
        while to > from && matches!(bytes[to - 1], b'.' | b'-' | b'/') {
            to -= 1;
        }
        if let Some(groups) = GROUPS.find(&bytes[to..])
            && bytes[to - 1].is_ascii_digit()
            && (bytes[to + 1] != b'g' || LED.is_match(&bytes[from..]))
            && !COUNTED.is_match(&bytes[to + groups.end()..])
        {
            to += groups.end();
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
