//! What a time in a text is: a day, a length of time, or a deadline.
//!
//! The same words can be any of the three: "by Friday" is a deadline in a request or a promise, and a day where it only says what happened.
//! So times are found by phrases first, and told apart by what stands around them: the preposition before them, and whether a
//! request or a promise reaches them. A deadline beats a day, a day beats a length of time.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{MarkKind, Raw, What};
use crate::scoring::lexicon::embedded_regex;

/// Bytes before a time in which its preposition, or a word of duty, is looked for.
const BACK: usize = 45;
/// Most bytes between a request and a time that still belongs to it.
const NEAR: usize = 14;
/// The same for the prepositions that hardly mean anything else.
const FAR: usize = 60;

static PREPOSITION: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"(?:\b(?P<word>by|before|within|until|till|on or before|no later than|not later than|by no later than|latest by|in|on|after|between)(?: the| my| our| this| that| end of| the end of| close of business on| cob| eod)?(?: next)?(?: \w+ (?:on|of))?) $",
    )
});

static DUTY: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:due|supposed to|meant to|should (?:have|be|arrive|come|get)|was to|were to|scheduled|expected|expecting|need(?:ed|s)?|must|promised|guaranteed|quoted|estimated|delivery date|eta|booked (?:for|in)|agreed|confirmed for|arranged|(?:will|would) (?:be|arrive|come|call|get|have|reply|respond|answer|ship|refund|send|deliver)|or (?:i|we)(?:'ll| will)?|otherwise|deadline|want(?:ed)? it|expect|otherwise i|else i|hear from you|if [^.,;]{4,40}|look forward|you have|give you|(?:i|we)(?:'ll| will) wait)\b",
    )
});

/// "Due on Thursday".
static DUE: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:(?:due|promised|scheduled|guaranteed|expected|booked(?: in)? for)(?: \w+){0,2} |(?:(?:supposed|meant|expected|scheduled|booked|was|were) to|should have) (?:\w+ ){1,3})$",
    )
});

/// "Should be there in two days".
static FORETOLD: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(r"\b(?:promised|guaranteed|supposed|will|would|should|due|expected|quoted|estimated)\b")
});

/// What came to pass: "by Friday I had given up".
static HAPPENED: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"^[,]? (?:i|we|it|they|he|she|the \w+|my \w+) (?:had|was|were|have|gave|did)\b"));

/// A demand that follows its time limit.
static DEMAND_AFTER: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"^,? (?:please|pls|i want|i expect|or|otherwise|at the latest|latest)\b"));

/// "You have 48 hours".
static GIVEN: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"\b(?:you have|you've got|give you|giving you)(?: exactly| only| just)? $"));

static PAST: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r"^(?:yesterday|last|this morning)"));

static POSSESSED: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r"^'s \w+"));

/// Hours without a date: deadlines in promises and requests only.
static HOURS: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\bbetween (?:noon|midnight|\d{1,2}(?:[:.]\d\d)?(?: ?[ap]m)?) and (?:noon|midnight|\d{1,2}(?:[:.]\d\d)?(?: ?[ap]m)?)\b|\bby (?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?:[:.]\d\d)?\b",
    )
});

type Range = (usize, usize);

fn overlap(a: Range, b: Range) -> bool {
    a.0 < b.1 && b.0 < a.1
}

/// What is known of a text when its times are told apart.
struct Around<'a> {
    bytes: &'a [u8],
    promises: Vec<Range>,
    requests: Vec<Range>,
}

impl Around<'_> {
    /// The sentence that holds a position.
    fn sentence(&self, at: usize) -> Range {
        let ends = |i: usize| match self.bytes[i] {
            b'!' | b'?' | b'\n' => true,
            b'.' => self.bytes.get(i + 1).is_none_or(u8::is_ascii_whitespace),
            _ => false,
        };
        let start = (0..at).rev().find(|&i| ends(i)).map_or(0, |i| i + 1);
        let end = (at..self.bytes.len()).find(|&i| ends(i)).map_or(self.bytes.len(), |i| i + 1);
        (start, end)
    }

    /// Returns the deadline that a time is, with its preposition, or `None`.
    fn deadline(&self, what: What, time: Range) -> Option<Range> {
        let sentence = self.sentence(time.0);
        let window = time.0.saturating_sub(BACK).max(sentence.0);
        let found = PREPOSITION.captures(&self.bytes[window..time.0]);
        let word = found.as_ref().and_then(|found| found.name("word")).map(|word| word.as_bytes());
        let start = found.as_ref().and_then(|found| found.get(0)).map_or(time.0, |all| window + all.start());
        let mut end = time.1;
        if matches!(word, Some(b"by" | b"before"))
            && let Some(event) = POSSESSED.find(&self.bytes[time.1..])
        {
            end += event.end();
        }
        let in_promise = self.promises.iter().any(|&(from, to)| from <= time.0 && time.0 < to);
        let promised = in_promise || self.promises.iter().any(|&(from, _)| from < time.0 && from >= sentence.0);
        let before = &self.bytes[start.saturating_sub(BACK).max(sentence.0)..start];
        let same_clause = !before.iter().any(|b| matches!(b, b';' | b':'));
        let duty = same_clause && DUTY.is_match(before);
        let after = &self.bytes[end..];
        let follows =
            self.requests.iter().any(|&(from, _)| from >= time.1 && from - time.1 <= NEAR && from < sentence.1);
        let opens = start <= sentence.0 + 1;
        let asked_after = (matches!(word, Some(b"by" | b"within" | b"before")) && follows)
            || (matches!(word, Some(b"by" | b"within"))
                && DEMAND_AFTER.is_match(after)
                && (opens || !after.starts_with(b" please")));
        let happened = HAPPENED.is_match(after);
        let strict = matches!(
            word,
            Some(
                b"by"
                    | b"before"
                    | b"within"
                    | b"on or before"
                    | b"no later than"
                    | b"not later than"
                    | b"by no later than"
                    | b"latest by"
            )
        );
        let asked = self.requests.iter().any(|&(from, to)| {
            let gap = start.saturating_sub(to);
            from < start
                && from >= sentence.0
                && (gap <= NEAR || (strict && gap < FAR))
                && !self.bytes[to.min(start)..start].contains(&b';')
        });
        let directly = self.requests.iter().any(|&(from, to)| from < start && start.saturating_sub(to) <= 2);
        let yes = match (what, word) {
            (_, Some(b"after")) => false,
            (What::Mark(MarkKind::Date) | What::Time, Some(word @ (b"on" | b"in"))) => {
                (directly && what != What::Time) || in_promise || (word == b"on" && DUE.is_match(before))
            }
            (What::Mark(MarkKind::Date) | What::Time, Some(_)) => {
                (promised || asked || asked_after || duty) && (asked_after || !happened)
            }
            (What::Mark(MarkKind::Date), None) => {
                (in_promise && !PAST.is_match(&self.bytes[time.0..]) && !self.promises.iter().any(|p| p.0 == time.0))
                    || self.requests.iter().any(|&(_, to)| (0..=2).contains(&time.0.wrapping_sub(to)))
            }
            (What::Mark(MarkKind::Duration), Some(b"within")) => {
                (promised || asked || asked_after || duty) && (in_promise || asked_after || !happened)
            }
            (What::Mark(MarkKind::Duration), Some(b"in")) => {
                in_promise || (duty && FORETOLD.is_match(before) && !happened)
            }
            (What::Mark(MarkKind::Duration), Some(b"between")) => in_promise,
            (What::Mark(MarkKind::Duration), None) => GIVEN.is_match(before),
            _ => false,
        };
        yes.then_some((start, end))
    }
}

/// Turns times into deadlines where they are, drops the others that no date holds, and cuts requests before their deadline.
pub(super) fn tell_apart(bytes: &[u8], found: Vec<Raw>) -> Vec<Raw> {
    let ranges = |kind: MarkKind| -> Vec<Range> {
        found.iter().filter(|raw| raw.what == What::Mark(kind)).map(|raw| (raw.from, raw.to)).collect()
    };
    let around = Around { bytes, promises: ranges(MarkKind::QuotedPromise), requests: ranges(MarkKind::RemedyAsked) };
    let mut deadlines: Vec<Range> = found
        .iter()
        .filter(|raw| matches!(raw.what, What::Time | What::Mark(MarkKind::Date | MarkKind::Duration)))
        .filter_map(|raw| around.deadline(raw.what, (raw.from, raw.to)))
        .collect();
    for hours in HOURS.find_iter(bytes) {
        let promised = around.promises.iter().any(|&(from, to)| from <= hours.start() && hours.start() < to);
        let asked = around.requests.iter().any(|&(_, to)| hours.start() >= to && hours.start() - to <= 2);
        if promised || (asked && hours.as_bytes().starts_with(b"between")) {
            deadlines.push((hours.start(), hours.end()));
        }
    }
    deadlines.sort_by_key(|&(from, to)| (from, std::cmp::Reverse(to)));
    let mut kept: Vec<Range> = Vec::with_capacity(deadlines.len());
    for deadline in deadlines {
        if kept.last().is_none_or(|last| deadline.0 >= last.1) {
            kept.push(deadline);
        }
    }
    let references = ranges(MarkKind::Reference);
    let dates: Vec<Range> = ranges(MarkKind::Date)
        .into_iter()
        .filter(|&date| !kept.iter().chain(&references).any(|&other| overlap(date, other)))
        .collect();
    let mut result: Vec<Raw> = found
        .into_iter()
        .filter_map(|raw| {
            let range = (raw.from, raw.to);
            match raw.what {
                What::Time => None,
                What::Mark(MarkKind::Date) => dates.contains(&range).then_some(raw),
                What::Mark(MarkKind::Duration) => {
                    (!kept.iter().chain(&dates).any(|&other| overlap(range, other))).then_some(raw)
                }
                What::Mark(MarkKind::RemedyAsked) => {
                    let cut = kept
                        .iter()
                        .filter(|&&(from, _)| from >= raw.from + 6 && from < raw.to)
                        .map(|&(from, _)| from)
                        .min();
                    let (from, to) = super::clause::strip(bytes, raw.from, cut.unwrap_or(raw.to));
                    (from < to).then_some(Raw { from, to, ..raw })
                }
                What::Mark(_) => Some(raw),
            }
        })
        .collect();
    result.extend(kept.into_iter().map(|(from, to)| Raw::new(MarkKind::Deadline, from, to)));
    result
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
                ("Order was placed Monday, it is now Friday", &["Monday", "Friday"]),
                ("I wrote yesterday and two weeks ago", &["yesterday", "two weeks ago"]),
                ("It came last Tuesday evening, on the 3rd", &["last Tuesday evening", "the 3rd"]),
                ("by Friday I had given up", &["Friday"]),
                ("open 24/7", &[]),
                ("you may 5 times try", &[]),
                ("a Friday feeling, the Black Friday sale, every Monday, on Sundays", &[]),
                ("rated 4.5 out of 5, version 10.2.1, 8.5/10", &[]),
                ("sun day cream, mon ami", &[]),
            ],
        );
    }

    #[test]
    fn deadlines_are_demanded_or_promised() {
        check(
            MarkKind::Deadline,
            &[
                ("Please refund me by Friday.", &["by Friday"]),
                ("Within 7 days, please, or I go to court.", &["Within 7 days"]),
                ("You promised it would be here in 3 days", &["in 3 days"]),
                ("It was due on Thursday and came on Monday.", &["on Thursday"]),
                ("If this is not mended by Monday I will sue. You have 48 hours.", &["by Monday", "48 hours"]),
                ("It was meant to be here on Tuesday.", &["on Tuesday"]),
                ("Your site says dispatched within 24 hours.", &["within 24 hours"]),
                ("Send someone this afternoon.", &["this afternoon"]),
                ("by Friday I had given up", &[]),
                ("within two hours it was dead", &[]),
                ("Bread is gone by ten", &[]),
            ],
        );
    }

    #[test]
    fn a_request_ends_before_its_deadline() {
        check(
            MarkKind::RemedyAsked,
            &[(
                "Please send the missing parts to my office by 6 pm on Friday.",
                &["Please send the missing parts to my office"],
            )],
        );
    }
}
