//! Places that nobody filled in, and admissions that nobody confirmed.
//!
//! Read in the text as it stands, not in its plain form: brackets, case and doubled spaces are what gives a slot away.

use std::sync::LazyLock;

use regex::Regex;

use super::report::Finding;
use super::rule::RuleId;
use crate::analysis::Span;

/// Words that name what a slot is for.
const NOUN: &str = r"(?:first|last|full|sur)?[ _-]?names?|dates?|days?|weekdays?|times?|hours?|months?|years?|numbers?|ref|reference|amounts?|sums?|prices?|customers?|guests?|clients?|patients?|members?|reviewers?|users?|agents?|managers?|staff|employees?|reps?|drivers?|compan(?:y|ies)|brands?|products?|items?|orders?|bookings?|invoices?|address(?:es)?|phones?|e?-?mails?|links?|urls?|websites?|cit(?:y|ies)|locations?|branch(?:es)?|stores?|shops?|hotels?|restaurants?|rooms?|titles?|issues?|problems?|topics?|reasons?|complaints?|details?|signatures?|departments?|teams?|carriers?|tracking|deadlines?|offers?|options?|figures?|percentages?|placeholders?|blank|country|street";

fn regex(pattern: &str) -> Option<Regex> {
    Regex::new(pattern).ok()
}

static CONFIRM: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"(?ix) \[\[ \s* confirm \b .*? (?:\]\]|$) | [\[({<]+ \s* (?:to\s+be\s+|please\s+|pls\s+|needs?\s+|still\s+to\s+)? (?:re-?)? (?: confirm(?:ed|ation)?\s*[:?\])}>] | confirm\s+(?:that|whether|if|with|this|before)\b | (?:verify|check)\s+(?:that|whether|if|with|this)\b | verify\s*: | unconfirmed\b | unverified\b ) [^\])}>\n]{0,200} [\])}>]*",
    )
});

static SLOTS: LazyLock<Vec<Regex>> = LazyLock::new(|| patterns().iter().filter_map(|pattern| regex(pattern)).collect());

fn patterns() -> Vec<String> {
    vec![
        // Double brackets of any make, closed or not.
        r"\[\[[^\[\]\n]{0,200}(?:\]\]|$)|\{\{[^{}\n]{0,200}\}{0,2}|\{%[^%\n]{0,100}%\}|<<[^<>\n]{1,60}>>|\$\{[^}\n]{0,60}\}".to_owned(),
        // [NAME], [ORDER_NUMBER], but not [UPDATE].
        r"\[[A-Z]{3,}[A-Z0-9 _/'-]*\]".to_owned(),
        // [customer name], <first name>, (insert date), {name}.
        format!(r"(?i)(?:[\[<]\s*(?:add|put|type|your|our|the)|[\[<(]\s*(?:insert|enter|fill(?: in)?))\s[^\]>)\n]{{0,40}}\b(?:{NOUN}|here)(?: here)?\s*[\]>)]"),
        format!(r"(?i)[\[<]\s*(?:[\w'/-]+[ _]){{0,2}}(?:{NOUN})\s*[\]>]"),
        r"\{[A-Za-z_][\w. -]{0,40}\}".to_owned(),
        r"\((?i:date|day|time|name|first name|customer name|amount|number|order number|link)\)".to_owned(),
        r"\[[xX?. _…-]{1,}\]|\[(?:FILL|TODO|TBC|TBD)[^\]\n]{0,60}\]?".to_owned(),
        // %NAME%, %first_name, *|FNAME|*, ##NAME##, @@name@@, $NAME.
        r"%[A-Za-z][A-Za-z_.]{1,30}%|%\([a-z_]+\)s|%s\b|\*\|[^|\n]{1,40}\|\*|##+ ?[A-Za-z_ ]{2,30} ?##+|@@[A-Za-z_]{2,30}@@|\$[A-Z][A-Z_]{3,}\b|\|[A-Z][A-Z_]{2,}\|".to_owned(),
        // ____, ......, XX days, £XX, TBC.
        r"(?:^|[\s(£€$])_{2,}|\.{6,}|…{3,}|(?:^|\s)#{2,}(?:\s|$)".to_owned(),
        r"\bX{2,}(?:[.,:/-]X+)*\b|\b[xX]{2}[:./-][xX]{2}\b|[£€$][XN]{1,}(?:[.,][XN]+)?\b|(?i:\b(?:x{2,}|y{2,}|n{2,}|[xn])\b)[ -](?i:(?:working|business|calendar)[ -])?(?i:days?|hours?|hrs|weeks?|minutes?|months?|pounds|euros|dollars|percent|%|per cent|am\b|pm\b|o'clock)".to_owned(),
        r"(?i:\b(?:order|invoice|ticket|case|reference|number|within|by|at|on|of|extension|room|table|flight|in)) x{2,}\b|\b[xX]{2,}(?:th|%)|(?-i:\bX %)".to_owned(),
        r"\b(?:TBD|TBC|TBA|TODO|FIXME|PLACEHOLDER|FNAME|LNAME|FIRSTNAME|LASTNAME|FIRST_NAME|LAST_NAME|CUSTOMER_NAME|XXXX+)\b|(?i:\blorem ipsum\b|\bplaceholder text\b)".to_owned(),
        r"\b(?:DD|MM|dd|mm)[./-](?:MM|DD|mm|dd)(?:[./-](?:YYYY|YY|yyyy|yy))?\b|\b(?:HH|hh):(?:MM|mm)\b|\b(?:DD|dd) (?:Month|MONTH|MMM|month)\b|\?{2,}(?:[:./]\?+|\s?(?i:days?|hours?|pounds|euros|am|pm|%))".to_owned(),
        r"\b(?i:first|last|customer|client|guest|patient|agent|company|product|store|manager|employee)[ ](?-i:Name)\b".to_owned(),
        r"(?i)\binsert(?:ed)? (?:[\w']+ ){0,4}(?:here|names?|dates?|numbers?|links?|times?|amounts?|reasons?|details)\b".to_owned(),
        // "Hi ,", "Dear Mr ,", "Dear Mr/Ms,", "Hello null,".
        r"(?im)^[ \t]*(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings)(?:[ \t]+(?:there|mr|mrs|ms|mx|dr|sir or madam))?\.?[ \t]+[,!:]".to_owned(),
        r"(?im)^[ \t]*(?:hi|hello|hey|dear)[ \t]+(?:mr|mrs|ms|miss|mx|dr)\.?(?:[ \t]*/[ \t]*(?:mr|mrs|ms|miss|mx|dr)\.?)*[ \t]*[,!:]".to_owned(),
        r"(?im)^[ \t]*(?:hi|hello|hey|dear|thanks|thank you)[, ]+(?:null|undefined|none|nan|n/a|#n/a|#name\?|#value!|#ref!|nil|name|first ?name|last ?name|full ?name|user ?name|unknown|test|username|customer ?name|client ?name|guest ?name|your ?name|recipient)\b".to_owned(),
        r"(?:#N/A|#REF!|#VALUE!|#NAME\?)|\b(?:on|by|at|until) (?:null|undefined|NaN|Invalid [dD]ate)\b|\[object Object\]".to_owned(),
        // A preposition that leads nowhere: "by .", "order number ,", "a refund of £ to".
        r"(?i)\b(?:by|on|at|until|within|your|the|number|before|between|of)[ \t]+[.,;](?:\s|$)".to_owned(),
        r"(?i)\b(?:by|on|at|until|within|dear|between)[ ]{2,}\S".to_owned(),
        r"(?i)\bwithin[ ]+(?:working |business )(?:days|hours)\b".to_owned(),
        r"[£€$](?:[ ]+[A-Za-z]|[ ]*[.,;)](?:\s|$)|$)".to_owned(),
        r"(?im)^[ \t]*(?:your|agent|staff|manager|employee|company|sender)(?:'s)? (?:full |first )?name(?: here)?[ \t]*$".to_owned(),
        r"\([ ]*\)|\[[ ]*\]".to_owned(),
    ]
}

/// Tags in square brackets that people write on purpose.
const TAGS: &[&str] = &[
    "UPDATE", "EDIT", "EDITED", "RESOLVED", "SOLVED", "CLOSED", "URGENT", "EXTERNAL", "OFFICIAL", "PINNED", "SIC",
    "OK", "UPDATED", "NEW", "FAQ", "STAFF", "TEAM",
];

/// Returns what is unfilled or unconfirmed, without overlaps; an unconfirmed admission is no unfilled slot as well.
pub(super) fn find(text: &str) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    if let Some(confirm) = CONFIRM.as_ref() {
        findings.extend(
            confirm.find_iter(text).map(|found| Finding::new(RuleId::UnconfirmedAdmission, span(text, found.range()))),
        );
    }
    for slots in SLOTS.iter() {
        for found in slots.find_iter(text) {
            let span = span(text, found.range());
            if quoted(text, span) && !span.of(text).starts_with(['[', '{', '<', '%', '$']) {
                continue;
            }
            let tag = TAGS.contains(&span.of(text).trim_matches(['[', ']']).trim());
            if tag || span.from == span.to || overlaps(&findings, span) {
                continue;
            }
            findings.push(Finding::new(RuleId::UnfilledSlot, span));
        }
    }
    findings
}

fn span(text: &str, range: std::ops::Range<usize>) -> Span {
    let found = text.get(range.clone()).unwrap_or_default();
    let trimmed = found.trim_start();
    let from = range.end - trimmed.len();
    Span { from, to: from + trimmed.trim_end().len() }
}

/// Whether quotation marks stand around a range in its line: a label that is spoken of.
fn quoted(text: &str, span: Span) -> bool {
    let before = text.get(..span.from).and_then(|part| part.rsplit('\n').next()).unwrap_or_default();
    let after = text.get(span.to..).and_then(|part| part.split('\n').next()).unwrap_or_default();
    ['"', '“', '‘', '\''].iter().any(|mark| {
        let close = match mark {
            '“' => '”',
            '‘' => '’',
            same => *same,
        };
        let open = before.matches(*mark).count();
        let shut = if close == *mark { 0 } else { before.matches(close).count() };
        let inside = if close == *mark { open % 2 == 1 } else { open > shut };
        inside && after.contains(close)
    })
}

fn overlaps(findings: &[Finding], span: Span) -> bool {
    findings.iter().any(|known| known.from < span.to && span.from < known.to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> Vec<&'static str> {
        find(text).iter().map(|finding| finding.rule.name()).collect()
    }

    #[test]
    fn every_pattern_compiles() {
        assert!(CONFIRM.is_some());
        assert_eq!(SLOTS.len(), patterns().len());
    }

    #[test]
    fn slots_of_every_make_are_found_once() {
        for text in [
            "Dear [[FILL: name]], thanks",
            "Hi {{first_name}}, thanks",
            "Hi {name}, thanks",
            "Dear [NAME], thanks",
            "Dear [Customer Name], thanks",
            "Dear <customer>, thanks",
            "Dear <first name>, thanks",
            "Hello %FIRSTNAME%, thanks",
            "Hello ${customer}, thanks",
            "Hi ,\nthanks",
            "Hello Mr ,\nthanks",
            "Dear Mr/Mrs,\nthanks",
            "Dear null,\nthanks",
            "It comes in XX days.",
            "It comes within X working days.",
            "It comes by DD/MM.",
            "We credit £XX to your card.",
            "We credit £ to your card.",
            "We call you on .",
            "We call you at  today.",
            "Your order number ____ is here.",
            "Nora will call you on (date).",
            "Nora will call you on (insert day here) at noon.",
            "Nora will call you at xx:xx.",
            "Best wishes\nYour Name",
            "Ticket TBC, by Friday.",
            "See [[FILL: what happened",
            "Dear Customer Name, thanks",
            "It arrives within working days.",
        ] {
            assert_eq!(rules(text), ["unfilled_slot"], "{text}: {:?}", find(text));
        }
    }

    #[test]
    fn unconfirmed_admissions_are_their_own_rule() {
        for text in [
            "I am sorry that [[CONFIRM: we broke our promise]].",
            "Sorry that [CONFIRM: we were late].",
            "Sorry, we charged you twice (to be confirmed).",
            "Sorry [confirm with Ben: we lost it].",
            "Sorry [[CONFIRM: we lost",
        ] {
            assert_eq!(rules(text), ["unconfirmed_admission"], "{text}");
        }
    }

    #[test]
    fn brackets_and_capitals_of_normal_prose_are_left_alone() {
        for text in [
            "We have moved (see the map at the door) [yes, again].",
            "[UPDATE] Your parcel is here.",
            "Your order (the blue kettle) is here. Hello, and thanks!",
            "A size XXL costs £20, $ 5 less than XL.",
            "Hi there, thank you. Love, Sam xx",
            "The price on the page was 5 < 6 and 7 > 6.",
            "Write to care@harbourpine.example by 17:00, or call. Well... yes.",
            "Dear Lee,\n\nThank you. Who is it for? For you.",
            "We call on Friday (at 10:00) or Monday.",
            "Did that happen?? We hope not!!",
        ] {
            assert_eq!(rules(text), Vec::<&str>::new(), "{text}: {:?}", find(text));
        }
    }
}
