//! Names of our people, where the message says that they are ours.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{Mark, MarkKind, View, mark};
use crate::scoring::lexicon::embedded_regex;

static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:(?:agent|rep|representative|manager|advis[eo]r|waiter|waitress|server|clerk|driver|courier|assistant|lady|guy|gentleman|man|woman|person|employee|colleague|supervisor|cashier|nurse|receptionist|technician|engineer|salesman|saleswoman|someone|somebody|operator|executive)\s(?:was\s)?(?:named|called|by the name of)|(?:her|his|their) name (?:is|was)|(?:your|the|a) (?:agent|rep|representative|(?:store |branch |duty |general |shift )?manager|advis[eo]r|waiter|waitress|supervisor|receptionist|technician),?)\s(?P<name>[a-z]{2,})\b",
    )
});

/// Words that may follow with a capital letter and are no names.
const NO_NAMES: &[&str] = &[
    "is",
    "was",
    "i",
    "and",
    "but",
    "the",
    "then",
    "who",
    "told",
    "said",
    "they",
    "he",
    "she",
    "never",
    "even",
    "has",
    "had",
    "did",
    "does",
    "at",
    "in",
    "on",
    "to",
    "from",
    "for",
    "of",
    "with",
    "when",
    "so",
    "me",
    "my",
    "are",
    "were",
    "will",
    "would",
    "could",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

pub(super) fn find(text: &str, view: &View, marks: &mut Vec<Mark>) {
    for found in NAMED.captures_iter(view.bytes()) {
        let Some(name) = found.name("name") else {
            continue;
        };
        let words = view.span(name.start(), name.end()).of(text);
        let mut letters = words.chars();
        // "Manager PAUL" may be shouting; a capital followed by small letters is a name.
        let capital = letters.next().is_some_and(char::is_uppercase) && letters.all(char::is_lowercase);
        if capital && !NO_NAMES.contains(&words.to_lowercase().as_str()) {
            marks.push(mark(view, MarkKind::StaffName, name.start(), name.end(), None));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::*;

    #[test]
    fn names_of_staff_are_found_and_other_words_are_not() {
        check(
            MarkKind::StaffName,
            &[
                ("A man named Peter hung up on me", &["Peter"]),
                ("your agent Lisa promised it", &["Lisa"]),
                ("The manager, Paul, laughed", &["Paul"]),
                ("her name was Élodie", &["Élodie"]),
                ("the manager Was rude", &[]),
                ("your agent told me", &[]),
                ("THE MANAGER LIED", &[]),
                ("a feature called Autoplay", &[]),
                ("the person I spoke to", &[]),
            ],
        );
    }
}
