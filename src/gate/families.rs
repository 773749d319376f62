//! Word families: every form of a verb, and gaps between the words of a pattern.
//!
//! A pattern names a family (`{promise}`), not its forms; `data/gate/families.toml` lists verbs by their lemma and the forms of irregular ones,
//! and the forms of the others are written here. `A <3> B` in a pattern lets up to three words stand between A and B.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

/// The families as they stand in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Families {
    /// Verbs by family; a lemma may have more words after the verb (`turn up`).
    verbs: BTreeMap<String, Vec<String>>,
    /// Forms of irregular verbs beside the lemma and the forms in -s and -ing.
    irregular: BTreeMap<String, Vec<String>>,
}

impl Families {
    /// Returns each family as an expression that holds all forms of its verbs.
    pub(super) fn expressions(&self) -> BTreeMap<String, String> {
        self.verbs
            .iter()
            .map(|(name, lemmas)| {
                let mut forms: Vec<String> = lemmas.iter().flat_map(|lemma| self.forms(lemma)).collect();
                // A longer form first, so that "turn up" is not left at "turn".
                forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
                forms.dedup();
                (name.clone(), format!("(?:{})", forms.join("|")))
            })
            .collect()
    }

    fn forms(&self, lemma: &str) -> Vec<String> {
        let (verb, rest) =
            lemma.split_once(' ').map_or((lemma, String::new()), |(verb, rest)| (verb, format!(" {rest}")));
        let irregular = self.irregular.get(verb);
        let mut forms = vec![verb.to_owned(), third_person(verb), joined(verb, "ing")];
        match irregular {
            Some(others) => forms.extend(others.iter().cloned()),
            None => forms.push(joined(verb, "ed")),
        }
        forms.into_iter().map(|form| form + &rest).collect()
    }
}

/// he checks, he tries, he pushes
fn third_person(verb: &str) -> String {
    if let Some(stem) = verb.strip_suffix('y')
        && !stem.ends_with(is_vowel)
    {
        return format!("{stem}ies");
    }
    let hisses = ["s", "x", "z", "ch", "sh", "o"].iter().any(|end| verb.ends_with(end));
    format!("{verb}{}", if hisses { "es" } else { "s" })
}

/// checking, taking, planning, trying; checked, taken apart, planned, tried
fn joined(verb: &str, ending: &str) -> String {
    if let Some(stem) = verb.strip_suffix("ie")
        && ending == "ing"
    {
        return format!("{stem}ying");
    }
    if let Some(stem) = verb.strip_suffix('e')
        && !(verb.ends_with("ee") && ending == "ing")
    {
        return format!("{stem}{ending}");
    }
    if let Some(stem) = verb.strip_suffix('y')
        && !stem.ends_with(is_vowel)
        && ending == "ed"
    {
        return format!("{stem}ied");
    }
    let last: Vec<char> = verb.chars().rev().take(3).collect();
    let doubles = matches!(last.as_slice(), [end, middle, before] if !is_vowel(*end) && !matches!(end, 'w' | 'x' | 'y') && is_vowel(*middle) && !is_vowel(*before));
    match last.first() {
        // One syllable, or stressed at the end; the others keep one consonant.
        Some(end) if doubles && (verb.len() <= 4 || DOUBLED.contains(&verb)) => format!("{verb}{end}{ending}"),
        _ => format!("{verb}{ending}"),
    }
}

/// Longer verbs that double their last consonant.
const DOUBLED: &[&str] = &[
    "admit", "commit", "forget", "omit", "permit", "prefer", "refer", "regret", "submit", "transfer", "unplug",
    "cancel", "compel",
];

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u')
}

static GAP: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r" <(\d)> ").ok());

/// Writes gaps out: `A <3> B` is A, at most three words, B.
pub(super) fn gaps(pattern: &str) -> String {
    GAP.as_ref().map_or_else(
        || pattern.to_owned(),
        |gap| gap.replace_all(pattern, r"(?:,? [\w'-]+){0,$1}?,? (?:- )?").into_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_get_their_forms() {
        let families: Families =
            toml::from_str("[verbs]\nv = ['check', 'turn up', 'try', 'plan', 'take', 'lie', 'free']\n[irregular]\ntake = ['took', 'taken']").unwrap();
        for (lemma, expected) in [
            ("check", "check checks checking checked"),
            ("turn up", "turn up turns up turning up turned up"),
            ("try", "try tries trying tried"),
            ("plan", "plan plans planning planned"),
            ("take", "take takes taking took taken"),
            ("lie", "lie lies lying lied"),
            ("push", "push pushes pushing pushed"),
            ("free", "free frees freeing freed"),
            ("visit", "visit visits visiting visited"),
            ("omit", "omit omits omitting omitted"),
        ] {
            assert_eq!(families.forms(lemma).join(" "), expected);
        }
        assert!(families.expressions()["v"].starts_with("(?:turning up|"), "{:?}", families.expressions());
    }

    #[test]
    fn a_gap_lets_words_stand_between() {
        let pattern = Regex::new(&format!("^{}$", gaps("a <2> b"))).unwrap();
        for (text, fits) in [("a b", true), ("a one b", true), ("a, one two b", true), ("a one two three b", false)] {
            assert_eq!(pattern.is_match(text), fits, "{text}");
        }
    }
}
