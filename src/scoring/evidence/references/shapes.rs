//! The shapes of numbers and codes, and what stands around them.

use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::scoring::lexicon::embedded_regex;

/// A code, perhaps after a short word that may belong to it ("BA 884213").
const CODE: &str = r"(?:[a-z]{1,5} )?[a-z0-9]*\d[a-z0-9]*(?:[-/._][a-z0-9]+)*|[a-z]{1,6}(?:[-/_][a-z0-9]+)*[-/_][a-z0-9]*\d[a-z0-9]*(?:[-/_][a-z0-9]+)*";

/// What a number may be of.
const OWNERS: &str = "lost property form|claim form|form|slip|sheet|letter|record|entry|notice|fine|citation|dispute|frequent flyer|loyalty|rewards?|prescription|warranty|certificate|referral|appeal|rental|hire|penalty charge|pcn|proposal|job sheet|job card|membership card|member card|orders?|ord|inv|imei|po|wo|purchase order|purchase|locator|waybill|baggage claim|delivery note|dispatch note|credit note|quotation|estimate|cases?|reference|ref|tickets?|case|jobs?|claims?|policy|booking|bkg|reservation|tracking|invoices?|transaction|txn|trans|confirmation|complaint|request|incident|awb|pnr|rma|crn|account|acct|a/c|membership|member|subscriber|subscription|user|customer|client|loan|agreement|tenancy|report|receipt|parcels?|package|packet|shipment|consignment|delivery|baggage tag|luggage tag|bag tag|tag|luggage|baggage|bag|suitcase|file|dossier|docket|returns?|sr|enquiry|query|quote|contract|application|voucher|patient|student|roll|permit|licence|registration|meter point|mpan|project|repair|work order|pir|statement|folio|id|number";

/// Owners whose number needs no more to be believed.
pub(super) const SURE: [&[u8]; 10] =
    [b"locator", b"ref", b"reference", b"awb", b"pnr", b"rma", b"sr", b"pir", b"tracking", b"id"];

/// Words that are also said of much else: without "number" or a sign the code itself must look like one.
pub(super) const VAGUE: [&[u8]; 43] = [
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
pub(super) const IS_NUMBER: [&[u8]; 12] = [
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
pub(super) const TAGS: [&[u8]; 8] =
    [b"baggage claim", b"baggage tag", b"luggage tag", b"bag tag", b"tag", b"bag", b"luggage", b"baggage"];

pub(super) static OWNED: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(&format!(
        r"\b(?P<owner>{OWNERS})\b(?P<said>[.,]?\s?(?:number|numbers|num|nos?|ids?|ref(?:erence)?|code|nr|tag|label)\b\.?)?(?P<between>(?:\s?(?:for you|with you|is|was|'s|says|reads|shows|number|:|-|=|#|\x7f|\(|\.|,|no|under)?\s?){{0,3}})(?P<code>{CODE})"
    ))
});

pub(super) static MARKED: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(&format!(r"(?P<owner>\b(?:no|nr|num|number|ref|id)\b\.?:?|#)\s?(?P<code>{CODE})")));

pub(super) static FILED_AS: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:logged|registered|filed|recorded|listed|quoted|given|got|issued|under|as|is|was|quote|quoting)(?: (?:it|this|me))?(?: (?:as|under|with|number|the number|the code))? (?P<code>[a-z]{1,5}[-/]\d[a-z0-9]*(?:[-/][a-z0-9]+)*)",
    )
});

/// Owners whose codes may be short, as long as they mix letters and digits ("reservation 5RT9QW").
pub(super) const MIXED: [&[u8]; 7] = [b"booking", b"bkg", b"reservation", b"ticket", b"claim", b"policy", b"case"];

/// A code that follows a word for filing, without a sign inside.
pub(super) static FILED_PLAIN: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:logged|registered|filed|recorded|under|quote|quoting|about|regarding|re:?)(?: (?:it|this|me))?(?: (?:as|under|with|number|the number|the code|please:?))? (?P<code>[a-z]{1,4}\d{5,}[a-z]{0,3})\b|\b(?:(?:logged|registered|filed|recorded|opened|raised|listed|saved|entered)(?: (?:it|this|me|my \w+))? (?:as|under|with)|quoting|quote)(?: the)?(?: number| code)? (?P<digits>\d{5,12})\b",
    )
});

/// A code that nothing introduces: letters and digits in parts, or the shape of a tracking number.
pub(super) static ALONE: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?P<code>[a-z0-9]*\d[a-z0-9]*(?:[-/][a-z0-9]+)+|[a-z]{1,6}[a-z0-9]*(?:[-/_][a-z0-9]*\d[a-z0-9]*)+(?:-[a-z]{1,3})?|[a-z]{1,3}\d{9,}[a-z]{0,3}|1z[a-z0-9]{16})\b",
    )
});

/// "DN-10477": letters, a sign, and nothing but digits.
pub(super) static PLAIN: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r"^[a-z]{2,5}[-/_]\d{5,}$"));

pub(super) static NEXT: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(&format!(r"^(?:,|,? and|,? or| &|/| \+| then) ?(?P<code>{CODE})")));

/// Numbers of something that is no case.
pub(super) static OTHER: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:phone|hotline|landline|barcode|ean|isbn|sku|upc|asin|iban|sort code|followers|views|mobile|tel|telephone|fax|call|ring|dial|text|model|version|room|flight|table|bus|route|platform|card|serial|part|gate|seat|house|flat|apartment|unit|line|train|coach|carriage|size|page|chapter|channel|track|level|floor|door|error|postcode|zip|whatsapp|helpline|pin|vat|street|road|avenue|highway|exit|junction|terminal|dock|bay|locker|lane|aisle|ward|bed|bottle|article|item|season|episode|top|ranked|rank)\W{0,3}(?:\w+\W+){0,1}$",
    )
});

pub(super) static OTHER_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(r"\b(?:model|version|error|serial|phone|card|part|room|flight|table|seat|house|train|bus)\W?$")
});

/// Dates, decimals, ordinals and measures look like codes.
pub(super) static NO_CODE: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^(?:(?:[012]?\d|3[01])[/.-](?:0?\d|1[0-2])[/.-](?:\d\d|(?:19|20)\d\d)|(?:19|20)\d\d-\d\d-\d\d|\d{1,4}[.,]\d+|\d+(?:st|nd|rd|th|x\d+(?:x\d+)?|am|pm|kg|gb|mm|cm|ml|w|hrs?|mins?|k|x|p|s))$",
    )
});

pub(super) static COUNTED: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^(?:%|:\d\d| ?(?:percent|cups|people|items?|pieces|times|days?|hours?|minutes?|weeks?|months?|years?|stars?|points|pounds|dollars|euros|quid|calories|km|miles|kg|g|gb|mb|mm|am|pm)\b)",
    )
});

/// Parts of an address on the web are no codes.
pub(super) static LINK: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"(?:https?:|www\.|[a-z0-9]\.[a-z]{2,4}/|[/@_=?&])[^ \n]*$"));

pub(super) static MONEY: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r"[$\x01-\x04] ?$"));

/// Digits in three parts or more that are neither a telephone's nor a card's: "5510-2281-9".
pub(super) static IN_PARTS: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"^[1-9]\d{2,5}-\d{2,7}-\d{1,3}$|^[1-9]\d{1,3}-\d{5,7}-\d{5,7}$"));

/// Codes that are no model's name even when they are short: "HX-2209-B", "7731/AB", "R2D-4451".
pub(super) static OF_PARTS: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^[a-z]{1,4}-\d{3,}-[a-z]{1,3}$|^[a-z]{1,4}(?:-\d{2,}){2,}$|^\d{3,}[-/][a-z]{2,4}$|^[a-z]+\d+[a-z]*-\d{4,}$|^\d+[a-z]+-\d{4,}$",
    )
});

/// So many digits count nothing and are no telephone's, which begins with 0.
pub(super) static LONG: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r"\b[1-9]\d{6,14}\b"));

/// What makes digits a part of something else, a telephone's number above all.
pub(super) static NO_START: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r"(?:[-/]|\b0\d{1,5} |\+\d{1,3} ?)$"));

pub(super) static NO_END: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"^(?:[-/.,]?\d|[a-z]|[-/_@][a-z0-9]| (?:times|followers|views))"));

/// "An order of 3000", "a claim for 5000": what follows is no code.
pub(super) static COUNTING: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(r"^(?:of|for|over|about|with|worth|in|since|cost|costs|total|from|to|at|than|only|or|and) \d+$")
});

/// The number of a telephone.
pub(super) static PHONE: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"^0\d{2,4} \d{3,4} \d{3,4}\b|^0\d{9,10}\b"));

/// "TR-1": a short code that an owner leads to.
pub(super) static SHORT: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r"^[a-z]{1,4}-\d{1,3}$"));

/// Letters, a sign, and digits among what follows: "sub-9fh2kq".
pub(super) static IS_JOINED: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"^[a-z]{2,6}[-_][a-z0-9]*\d[a-z0-9]*$"));

/// The end of a phrase.
pub(super) static ENDS: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r"^(?:[.,;:!?)]+(?: |$|\n)|$|\n)"));

/// Owners whose codes may be that short.
pub(super) const ISSUED: [&[u8]; 6] = [b"ticket", b"tickets", b"case", b"cases", b"incident", b"claim"];

/// What follows a short number that counts nothing.
pub(super) static STANDS_ALONE: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(r"^(?:[.,;:!?)]|$| (?:is|was|has|still|never|remains|got|about|again|please|pls)\b)")
});

/// Two letters before groups of digits: "RR 123 456 785".
pub(super) static LED: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"^(?:[a-z]{2}|[a-z]\d) (?:(?:\d{2,4} ){2,4}\d{1,4}|\d{4,} gb)\b"));

/// Digits in groups: "4471 220 9", and the country at the end of a tracking number.
pub(super) static GROUPS: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"^(?:(?: \d{2,4})+(?: \d{1,4})*(?: gb\b)?| gb\b)\b"));

/// "88213 is my order number"; at the start of a sentence "88213 is the ticket I mean", too.
pub(super) static NAMED_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(&format!(
        r"\b(?P<code>{CODE})(?: is| was|,| =| being|,? that is) (?:my|our|the|your|its) (?:\w+ ){{0,2}}?(?:{CASE_OF}|customer|reference) (?:number|num|no|ref|reference|code|id)\b|(?:^|[.!?\n] ?|\bit's |\bit is )(?P<first>[a-z]{{0,3}}[-_]?\d{{4,}})(?: is| was|,| =|:) (?:my|our|the|your|its) (?:\w+ )?(?:{CASE_OF}|reference)\b"
    ))
});

/// What has a number under which it is kept.
const CASE_OF: &str = "order|booking|ticket|case|job card|job sheet|invoice|tracking|account|policy|claim|confirmation|job|complaint|reservation|return|parcel|membership|subscription|contract|hire|rental|purchase|shipment|sheet|card|slip|incident|request";

/// A number that stands a few words after what it belongs to: "the order in question (551209)", "the job card is numbered 99120".
pub(super) static APART: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(&format!(
        r"\b(?:{CASE_OF}|reference)(?P<words>(?: [a-z']+){{0,6}}?),? ?(?:\((?:[a-z ]{{2,16}}\) )?|(?:is|was) |(?:is |was )?numbered |(?:has|had|bears) the (?:number|code|reference) |: ?)#?(?P<code>\d{{5,12}}|[a-z]{{1,3}}\d{{4,}})\b|\b(?:number|code|reference|ref) (?:of|for|on|to) (?:my|our|the|your|this|that) (?:\w+ ){{1,3}}?(?:is|was|reads) (?P<of>{CODE})|\b(?:re:|regarding|concerning|look up|(?:find|see|have|got|file|filed|list|listed) (?:me |us |it |this )?under) (?P<plain>\d{{6,12}}|[a-z]{{2}}-\d{{4,}})\b|\b(?:reply|replies|answer|e-?mail|letter|update|news|word) (?:on|about|regarding|to|re) (?P<topic>[a-z]{{1,4}}-\d{{3,}})\b|\b(?:closed|opened|reopened|raised|chasing|chased|escalated|regarding|re|find|see) (?P<acted>\d{{4,}}-\d{{1,4}}|[a-z]{{1,3}}\d{{5,}})\b|(?:^|[.!?\n] ?)under (?P<under>\d{{6,12}})\b|\b(?:{CASE_OF})(?: (?:of|from|dated|in|for) [a-z]+)?, (?P<dated>\d{{4,}}-\d{{2,6}}|\d{{6,12}})\b|\bnumbers?,? (?P<listed>\d{{5,12}})\b|\b(?:i mean|i meant|sorry,|correction:?|or rather|to be exact,?) (?P<mended>\d{{5,12}})\b|\b(?:full|whole|correct|right|actual|real) (?:one|number|code|reference) is (?P<full>{CODE})|\b(?P<fused>(?:ord|order|inv|tkt|ticket|req|bkg|case|claim)[-_]?\d{{4,}})\b|\b(?:{CASE_OF})'s (?P<short>\d{{5,12}})\b"
    ))
});

/// Words that make the number after them a sum or a quantity.
pub(super) static SUM: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:for|of|costs?|total|worth|value|charged|paid|pay|over|about|phone|code|postcode|holds?|balance|limit|price|fee|bill|weight|weighs?|model|size|part|serial|error|than|only)\b",
    )
});

/// Six letters that an airline or hotel gives out, and what they stand after.
pub(super) static LETTERS: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:(?P<sure>pnr|(?:record )?locator|(?:booking|confirmation|reservation|airline) (?:ref(?:erence)?|code|locator|number|no))|booking|reservation)\b(?: (?:is|was))?[ :#=.(-]{1,3}(?P<code>[a-z]{6})\b",
    )
});
