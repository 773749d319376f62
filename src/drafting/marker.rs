//! Markers that a human must settle, and text that must not look like one.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::error::DraftError;
use crate::draft::{Slot, SlotKind, Verdict};

/// How a marker looks.
pub const MARKER: &str = r"\[\[(FILL|CONFIRM): (.*?)\]\]";

static MARKERS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(MARKER).ok());

/// Returns the markers of a text, in order.
pub fn slots(text: &str) -> Vec<Slot> {
    let Some(markers) = MARKERS.as_ref() else {
        return Vec::new();
    };
    markers.captures_iter(text).map(|captures| slot(&captures)).collect()
}

fn slot(captures: &Captures<'_>) -> Slot {
    let label = captures.get(2).map_or("", |label| label.as_str());
    Slot {
        kind: match captures.get(1).map(|kind| kind.as_str()) {
            Some("CONFIRM") => SlotKind::Confirm,
            _ => SlotKind::Fill,
        },
        name: slug(label),
        label: label.to_owned(),
    }
}

/// Returns `text` as it is posted once every fact in it is confirmed: without the markers of those facts. Slots to fill stay.
pub fn as_posted(text: &str) -> String {
    settle(text, Some(Verdict::Valid), &BTreeMap::new())
}

/// Replaces what is settled: facts by a verdict, slots by values. A value that ends its sentence does not end it twice.
pub(super) fn settle(text: &str, verdict: Option<Verdict>, set: &BTreeMap<String, String>) -> String {
    let Some(markers) = MARKERS.as_ref() else {
        return text.to_owned();
    };
    let mut settled = String::with_capacity(text.len());
    let mut done = 0;
    for captures in markers.captures_iter(text) {
        let Some(whole) = captures.get(0) else {
            continue;
        };
        settled.push_str(text.get(done..whole.start()).unwrap_or_default());
        done = whole.end();
        let slot = slot(&captures);
        match slot.kind {
            SlotKind::Confirm if verdict == Some(Verdict::Valid) => settled.push_str(&slot.label),
            SlotKind::Fill if set.contains_key(&slot.name) => {
                let value = set.get(&slot.name).map(|value| harmless(value.trim())).unwrap_or_default();
                let ends_twice = text.get(done..).is_some_and(|rest| rest.starts_with('.'));
                settled.push_str(if ends_twice { value.trim_end_matches('.') } else { &value });
            }
            _ => settled.push_str(whole.as_str()),
        }
    }
    settled.push_str(text.get(done..).unwrap_or_default());
    settled
}

/// Checks that every value has a slot to go to.
///
/// # Errors
/// When it has none, or the slot is a fact to be confirmed.
pub(super) fn check_values(known: &[Slot], set: &BTreeMap<String, String>) -> Result<(), DraftError> {
    for name in set.keys() {
        match known.iter().find(|slot| slot.name == *name) {
            Some(slot) if slot.kind == SlotKind::Fill => {}
            Some(_) => return Err(DraftError::NotAFill { name: name.clone() }),
            None => {
                let mut fills: Vec<String> =
                    known.iter().filter(|slot| slot.kind == SlotKind::Fill).map(|slot| slot.name.clone()).collect();
                fills.dedup();
                return Err(DraftError::UnknownSlot { name: name.clone(), known: fills });
            }
        }
    }
    Ok(())
}

/// Returns a label as a name for `--set`: letters and digits, `_` between words, five words at most.
fn slug(label: &str) -> String {
    label
        .to_lowercase()
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(5)
        .collect::<Vec<_>>()
        .join("_")
}

/// Takes from a foreign text what could pass for a marker or a template expression, and control characters save line breaks.
pub(super) fn harmless(text: &str) -> String {
    const BRACKETS: [char; 4] = ['[', ']', '{', '}'];
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() && letter != '\n' {
            continue;
        }
        // At the start, too: the text around it may end with the same bracket.
        if BRACKETS.contains(&letter) && (safe.is_empty() || safe.ends_with(letter)) {
            safe.push(' ');
        }
        safe.push(letter);
    }
    if safe.ends_with(BRACKETS) {
        safe.push(' ');
    }
    safe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "See [[FILL: tracking number]]; [[CONFIRM: we were late]]. [[FILL: tracking number]]";

    fn set(name: &str, value: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn slots_are_listed_in_order() {
        let found = slots(TEXT);
        let names: Vec<_> = found.iter().map(|slot| (slot.kind, slot.name.as_str())).collect();
        assert_eq!(
            names,
            [
                (SlotKind::Fill, "tracking_number"),
                (SlotKind::Confirm, "we_were_late"),
                (SlotKind::Fill, "tracking_number"),
            ]
        );
        assert_eq!(found[0].label, "tracking number");
    }

    #[test]
    fn a_verdict_confirms_and_values_fill() {
        assert_eq!(settle(TEXT, None, &BTreeMap::new()), TEXT);
        assert_eq!(settle(TEXT, Some(Verdict::Unfounded), &BTreeMap::new()), TEXT);
        assert_eq!(
            settle(TEXT, Some(Verdict::Valid), &set("tracking_number", " JD 4 ")),
            "See JD 4; we were late. JD 4"
        );
    }

    #[test]
    fn a_value_that_ends_a_sentence_does_not_end_it_twice() {
        let text = "It stands: [[FILL: where]]. Then [[FILL: where]]";
        assert_eq!(settle(text, None, &set("where", "We found it.")), "It stands: We found it. Then We found it.");
    }

    #[test]
    fn values_need_a_slot() {
        let known = slots(TEXT);
        assert_eq!(check_values(&known, &set("tracking_number", "x")), Ok(()));
        let unknown = check_values(&known, &set("colour", "x")).unwrap_err();
        assert_eq!(unknown.hint().as_deref(), Some("its slots: tracking_number"));
        let fact = check_values(&known, &set("we_were_late", "x")).unwrap_err();
        assert!(fact.to_string().contains("admits a fact"), "{fact}");
    }

    proptest! {
        #[test]
        fn a_harmless_text_has_no_marker(text in "([\\[\\]{} ]|FILL: |CONFIRM: |x|\\PC){0,40}") {
            let safe = harmless(&text);
            prop_assert!(slots(&safe).is_empty());
            prop_assert!(!safe.contains("{{") && !safe.contains("}}") && !safe.contains("[["));
        }

        #[test]
        fn a_value_cannot_fake_a_marker(value in "([\\[\\]{} ]|FILL: a|CONFIRM: |\\PC){0,30}") {
            let text = settle("[[[FILL: a]]]", None, &set("a", &value));
            prop_assert!(slots(&text).is_empty(), "{}", text);
        }
    }
}
