//! Words for each issue and each trigger, so that no draft is generic.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::error::TemplateError;
use super::variety::Variety;
use super::words::Words;
use crate::analysis::{Emotion, Trigger};
use crate::playbook::Issue;

/// All phrases of one language.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Phrases {
    words: Words,
    feelings: BTreeMap<Emotion, String>,
    issue: BTreeMap<Issue, IssuePhrases>,
    trigger: BTreeMap<Trigger, TriggerPhrases>,
}

/// Words for an issue.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct IssuePhrases {
    topic: String,
    trouble: String,
    /// Several ways to say it.
    situation: Vec<String>,
    sorry: String,
    failing: String,
    #[serde(default)]
    cases: Vec<Case>,
}

/// Words for a case of an issue that certain words give away.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    words: Vec<String>,
    trouble: Option<String>,
    #[serde(default)]
    situation: Vec<String>,
    sorry: Option<String>,
    failing: Option<String>,
}

/// Words for a trigger.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TriggerPhrases {
    pub(super) situation: String,
    pub(super) short: String,
    pub(super) sorry: String,
}

/// The words for one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wording<'a> {
    pub(super) topic: &'a str,
    pub(super) trouble: &'a str,
    pub(super) situation: &'a str,
    pub(super) sorry: &'a str,
    pub(super) failing: &'a str,
}

impl Phrases {
    /// Reads phrases. `file` is what errors call them.
    ///
    /// # Errors
    /// When the text is not TOML of this shape, or an issue, trigger or emotion has no entry.
    pub(super) fn parse(file: &str, text: &str) -> Result<Self, TemplateError> {
        let phrases: Self = toml::from_str(text).map_err(|error| TemplateError::data(file, text, &error))?;
        let issue = Issue::ALL.iter().find(|issue| !phrases.issue.contains_key(issue));
        let trigger = Trigger::ALL.iter().find(|trigger| !phrases.trigger.contains_key(trigger));
        let emotion = Emotion::ALL.iter().find(|emotion| !phrases.feelings.contains_key(emotion));
        let missing = issue
            .map(|issue| format!("issue {issue}"))
            .or_else(|| trigger.map(|trigger| format!("trigger {trigger}")))
            .or_else(|| emotion.map(|emotion| format!("the feeling {emotion}")))
            .or_else(|| {
                let silent = phrases.issue.iter().find(|(_, entry)| entry.situation.is_empty());
                silent.map(|(issue, _)| format!("a situation of issue {issue}"))
            })
            .or_else(|| phrases.words.incomplete());
        match missing {
            Some(what) => Err(TemplateError::Missing { file: file.to_owned(), what }),
            None => Ok(phrases),
        }
    }

    /// Returns the words for an issue, and for the first of its cases that the message's text names.
    pub(super) fn wording(&self, issue: Issue, text: &str, variety: Variety) -> Option<Wording<'_>> {
        let entry = self.issue.get(&issue)?;
        let text = text.to_lowercase();
        let case = entry.cases.iter().find(|case| case.words.iter().any(|word| contains_words(&text, word)));
        let situations = case.map(|case| &case.situation).filter(|own| !own.is_empty()).unwrap_or(&entry.situation);
        let situation = situations.get(variety.pick("situation", situations.len())).map_or("", String::as_str);
        Some(Wording {
            topic: &entry.topic,
            trouble: case.and_then(|case| case.trouble.as_deref()).unwrap_or(&entry.trouble),
            situation,
            sorry: case.and_then(|case| case.sorry.as_deref()).unwrap_or(&entry.sorry),
            failing: case.and_then(|case| case.failing.as_deref()).unwrap_or(&entry.failing),
        })
    }

    /// Returns the words that the program puts together.
    pub(super) const fn words(&self) -> &Words {
        &self.words
    }

    /// Returns the most ways in which one thing is said.
    pub(super) fn most_situations(&self) -> usize {
        let entries = self.issue.values();
        entries
            .flat_map(|entry| entry.cases.iter().map(|case| case.situation.len()).chain([entry.situation.len()]))
            .max()
            .unwrap_or(0)
    }

    /// Returns a message's words that lead to each case of an issue, first of each.
    pub(super) fn case_words(&self, issue: Issue) -> Vec<&str> {
        let cases = self.issue.get(&issue).map(|entry| entry.cases.as_slice()).unwrap_or_default();
        cases.iter().filter_map(|case| case.words.first().map(String::as_str)).collect()
    }

    /// Returns the words for a trigger.
    pub(super) fn trigger(&self, trigger: Trigger) -> Option<&TriggerPhrases> {
        self.trigger.get(&trigger)
    }

    /// Returns the word for how they are.
    pub(super) fn feeling(&self, emotion: Emotion) -> &str {
        self.feelings.get(&emotion).map_or("", String::as_str)
    }
}

/// Whether lower-case `text` contains the lower-case words, not inside a longer word.
fn contains_words(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, found)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + found.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = include_str!("../../templates/en/phrases.toml");

    fn phrases() -> Phrases {
        Phrases::parse("phrases.toml", TEXT).unwrap()
    }

    #[test]
    fn cases_make_the_wording_concrete() {
        let phrases = phrases();
        let said = |issue, text| phrases.wording(issue, text, Variety::nth(0)).unwrap();
        let plain = said(Issue::WrongOrDamaged, "It was bad.");
        let broken = said(Issue::WrongOrDamaged, "It arrived BROKEN.");
        assert!(broken.situation.contains("damaged"));
        assert_ne!(plain.situation, broken.situation);
        assert_eq!(plain.sorry, broken.sorry);
        assert_eq!(said(Issue::Delivery, "chocolate"), said(Issue::Delivery, ""));
        assert_ne!(
            phrases.wording(Issue::Delivery, "", Variety::nth(1)).unwrap().situation,
            said(Issue::Delivery, "").situation
        );
    }

    #[test]
    fn phrases_fit_into_their_sentences() {
        for text in [TEXT, include_str!("../../templates/de/phrases.toml")] {
            let phrases = Phrases::parse("phrases.toml", text).unwrap();
            for (issue, entry) in &phrases.issue {
                for text in [&entry.topic, &entry.trouble, &entry.sorry, &entry.failing] {
                    assert!(!text.ends_with('.'), "{issue}: {text}");
                }
                assert!(entry.failing.len() <= 80 && entry.trouble.len() <= 50, "{issue}: {}", entry.failing);
                let cases = entry.cases.iter().flat_map(|case| &case.situation);
                assert!(entry.situation.iter().chain(cases).all(|text| text.ends_with('.')), "{issue}");
                for case in &entry.cases {
                    assert!(case.words.iter().all(|word| *word == word.to_lowercase()), "{issue}");
                }
            }
        }
    }

    #[test]
    fn a_missing_or_unknown_entry_is_named() {
        let missing = Phrases::parse("phrases.toml", &TEXT.replace("[issue.price]", "[issue.prize]"));
        assert!(missing.unwrap_err().to_string().contains("prize"));
        let (head, _) = TEXT.split_once("[trigger.press]").unwrap();
        let silent =
            Phrases::parse("phrases.toml", &TEXT.replace("count_more = \"{count} times\"", "count_more = \"often\""));
        assert_eq!(silent.unwrap_err().to_string(), "phrases.toml has no entry for words.count_more with {count}");
        let missing = Phrases::parse("phrases.toml", head).unwrap_err();
        assert_eq!(missing.to_string(), "phrases.toml has no entry for trigger press");
    }
}
