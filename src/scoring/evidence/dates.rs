//! Days that a text names.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{Mark, MarkKind, View, mark};
use crate::scoring::lexicon::embedded_regex;

static DATE: LazyLock<Regex> = LazyLock::new(|| {
    let month = "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";
    let day = "(?:mon|tues|wednes|thurs|fri|satur|sun)day";
    let number = "(?:[12]?\\d|3[01])";
    let digits = "(?:[0-2]?\\d|3[01])";
    embedded_regex(&format!(
        r"\b(?:(?:19|20)\d\d-\d\d-\d\d|{digits}[/.]{digits}[/.](?:20)?\d\d|{number}(?:st|nd|rd|th)?\s(?:of\s)?{month}\b(?:,?\s20\d\d)?|{month}\s{number}(?:st|nd|rd|th)?\b(?:,?\s20\d\d)?|(?:on|last|since|by|until|till|from|this past|was|is(?: now)?|placed|ordered|arrived|delivered|came|promised|today)\s{day}|{day}\s(?:morning|afternoon|evening|last week|this week|the\s\d)|yesterday|(?:\d+|two|three|four|five|six|seven|a few|several)\s(?:days|weeks|months)\sago|last (?:week|month|night)|(?:a|one)\s(?:week|month)\sago)\b"
    ))
});

/// Days that are no particular day.
static NO_DATE: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"(?:\b24/7|\b(?:was|is|on|this|last|from|by|since)\s(?:black|cyber|good)\s(?:friday|monday)|\bmay\s\d+\s[a-z]+s\b|\bmarch\s\d+\s(?:miles|km)|\b\d\s(?:mar|may|dec)\s[a-z]+)",
    )
});

pub(super) fn find(view: &View, marks: &mut Vec<Mark>) {
    for found in DATE.find_iter(view.bytes()) {
        let from = found.start();
        let end = (found.end() + 14).min(view.bytes().len());
        if NO_DATE.find(&view.bytes()[from..end]).is_none_or(|no| no.start() > 0) {
            marks.push(mark(view, MarkKind::Date, from, found.end(), None));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::*;

    #[test]
    fn days_are_found_and_numbers_are_not() {
        check(
            MarkKind::Date,
            &[
                ("ordered on 12/03/2025, said 2025-03-14", &["12/03/2025", "2025-03-14"]),
                ("on March 3rd, 2025 I called", &["March 3rd, 2025"]),
                ("the 14th of June", &["14th of June"]),
                ("Order was placed Monday, it is now Friday", &["placed Monday", "is now Friday"]),
                ("I wrote yesterday and two weeks ago", &["yesterday", "two weeks ago"]),
                ("open 24/7", &[]),
                ("you may 5 times try", &[]),
                ("a Friday feeling", &[]),
                ("rated 4.5 out of 5, version 10.2.1", &[]),
                ("sun day cream, mon ami", &[]),
            ],
        );
    }
}
