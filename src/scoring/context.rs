//! Whether words are asserted, or negated, conditional or wished.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::lexicon::embedded_regex;

/// Bytes before a match in which a negation is looked for.
const REACH: usize = 48;

static NEGATION: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:no|not|never|nobody|none|nothing|without|neither|nor|hardly|cannot|(?:is|are|was|were|do|does|did|have|has|had|ca|wo|would|could|should|ai)n'?t)\b",
    )
});

/// "not only hurt" and "no wonder" assert what follows.
static NO_NEGATION: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:not (?:only|just|to mention)|no (?:wonder|doubt|thanks to|choice but to)|no reply|no answer|no response|no refund|not happy|can'?t believe|cannot believe)\b",
    )
});

static HYPOTHESIS: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:if|would|could|might|may|unless|in case|imagine|as if|as though|hope|hopefully|worried|afraid|fear(?:ed)?|before|avoid|prevent|wish|almost|nearly|lest|than)\b",
    )
});

/// Words with which a new clause starts: what stands before them does not negate what follows.
static CLAUSE: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"[.!?;:,\n()\x22]|\b(?:but|and|then|so|because|since|while|although|i|i'm|i've|i'll|we|we're|we've|we'll|he|she|they|it|you)\b",
    )
});

/// Whether the words at `from..to` of a view are asserted.
///
/// They are not when their own clause holds a negation before or in them, or a word that makes them a possibility.
pub(super) fn is_asserted(view: &[u8], from: usize, to: usize) -> bool {
    let before = &view[from.saturating_sub(REACH)..from];
    let words = &view[from..to];
    let own_subject = SUBJECT.find(words);
    let clause = match own_subject {
        Some(_) => before.len(),
        None => CLAUSE.find_iter(before).last().map_or(0, |found| found.end()),
    };
    let head = &before[clause..];
    if holds_negation(head) || holds_negation(words) || HYPOTHESIS.is_match(head) {
        return false;
    }
    // "if they sue": the subject has cut the clause short, so look one step further for a condition.
    if own_subject.is_some() {
        !CONDITION.is_match(before.trim_ascii_end())
    } else {
        !CONDITION_AND_SUBJECT.is_match(before[..clause].trim_ascii_end())
    }
}

/// Whether a negation stands shortly before or in the words at `from..to`, whatever the clause.
pub(super) fn negated(view: &[u8], from: usize, to: usize) -> bool {
    holds_negation(&view[from.saturating_sub(REACH)..to])
}

fn holds_negation(part: &[u8]) -> bool {
    NEGATION.find_iter(part).count() > NO_NEGATION.find_iter(part).count()
}

/// Words that bring their own subject: nothing before them negates them.
static SUBJECT: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"^(?:i|i'm|im|i've|i'll|i'd|we|we're|we've|we'll|he|she|they)\b"));

static CONDITION: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"\b(?:if|unless|in case|as if|imagine|what if|wish|hope)$"));

static CONDITION_AND_SUBJECT: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(r"\b(?:if|unless|in case|as if|imagine|what if|wish|hope)\s(?:i|we|he|she|they|it|you|someone)$")
});

#[cfg(test)]
mod tests {
    use super::*;

    fn asserted(text: &str, words: &str) -> bool {
        let at = text.find(words).unwrap();
        is_asserted(text.as_bytes(), at, at + words.len())
    }

    #[test]
    fn negation_and_condition_are_seen_in_their_own_clause() {
        for (text, expected) in [
            ("my son was injured", true),
            ("no one was injured", false),
            ("luckily nobody got injured", false),
            ("i was not injured", false),
            ("i wasn't really injured", false),
            ("without getting injured", false),
            ("if you do not answer, i was injured", true),
            ("nobody cares and i was injured", true),
            ("i don't care but she was injured", true),
            ("not only was i injured", true),
            ("i could have been injured", false),
            ("if i get injured", false),
            ("what if someone gets injured", false),
            ("no wonder people get injured", true),
        ] {
            assert_eq!(asserted(text, "injured"), expected, "{text}");
        }
    }
}
