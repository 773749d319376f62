//! Whether words are said by us as a fact, or denied, supposed, or only told back to the customer.

use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::scoring::lexicon::embedded_regex;

static DENIED: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:not|never|nobody|no one|none|neither|nor|without|cannot|rather than|instead of|far from|nothing|no|(?:is|are|was|were|do|does|did|have|has|had|ca|wo|would|could|should)n't)(?: [\w'-]+){0,5} ?$",
    )
});

/// "no wonder" and their like deny nothing.
static NO_DENIAL: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:not only|no wonder|no doubt|no other way|not just|not to mention|no question|no excuse|nothing but|not on|no more|nobody rang|no longer|not again)\b(?: [\w'-]+){0,5} ?$",
    )
});

static SUPPOSED: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(r"\b(?:if|whether|in case|unless|suppose|assuming|should it turn out)(?: that)?(?: [\w'-]+){0,5} ?$")
});

static TOLD_BACK: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\byou(?:r (?:review|message|post|email|letter|note|comment|tweet|account|report))?(?:'ve| have| had| also| rightly| clearly| may be| might be| are)? (?:say|says|said|write|writes|wrote|written|tell|tells|told|report|reports|reported|describe|describes|described|mention|mentions|mentioned|feel|felt|believe|think|thought|claim|suspect|point out|pointed out|explain|explained|wonder|wondering|ask|asked|note|noted|state|stated|fear|found|ask us)\b(?: [\w'-]+){0,9} ?$",
    )
});

/// What others told us or the customer, up to the words.
static HEARSAY: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:(?:we|i)(?: now| also)? (?:hear|heard|read|understand|gather|learn|learned)(?: from (?:you|this|your \w+))? that|you were (?:told|promised|assured)(?: that)?|according to you|as you (?:say|write|put it|describe it)|in your (?:words|account))\b(?:,? [\w'-]+){0,9},? ?$",
    )
});

/// Words with which we say that we do not say something.
static NOT_SAID: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:(?:nobody|no one|none of us)(?: here| at \w+)?(?: can| could| would| will| should)?|(?:we|i)(?: do| would| could| can| will| are| am| have)? ?(?:not|never|n't|cannot|can't|don't|won't|wouldn't|couldn't)(?: honestly| here)?|without|far from) (?:say|says|saying|said|claim|claims|claiming|claimed|promise|promises|promising|promised|guarantee|guaranteeing|think|thinks|thinking|believe|believes|suggest|suggests|suggesting|doubt|doubts|mean|means|assume|assumes|assuming|imply|implies|implying|know)(?: you| that| whether| if)*(?: [\w'-]+){0,3} ?$",
    )
});

/// What we are sorry about, or thank for, holds nothing against anybody: "sorry about the fees and the call with your bank".
static REGRETTED: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(r"\b(?:sorry (?:about|for) (?:the|your|this|these|all)|thank you for|thanks for)\b[^.;:!?,]{0,60}$")
});

/// The customer is named as the speaker after the words: ", you write."
static TOLD_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^[^.;!?\n]{0,80}?, (?:as |so |or so )?(?:you|he|she|they) (?:(?:also|rightly|were) )?(?:say|says|said|write|writes|wrote|tell us|told us|told|report|reported|describe|described|add|added|call it|put it|feel|felt|ask|asked)\b(?: us)?(?:,| and|[.;:!?]|\s*$)",
    )
});

/// A question about ourselves: what it asks is not said.
static ASKED: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"(?:^|[,:;] |^\W+)(?:did|have|had|was|were|is|are|could) (?:we|i|our \w+|it|somebody|someone)\b(?: [\w'-]+){0,6} ?$",
    )
});

/// Whether words are asserted, given the sentence before them.
pub(super) fn asserted(before: &[u8]) -> bool {
    !told_back(before) && !SUPPOSED.is_match(clause(before)) && !denied(before)
}

/// Whether words belong to what we are sorry about, or thank for.
pub(super) fn regretted(before: &[u8]) -> bool {
    REGRETTED.is_match(before)
}

/// Whether we say that we do not say the words: "nobody can promise that ..", "we do not think that ..".
pub(super) fn not_said(before: &[u8]) -> bool {
    NOT_SAID.is_match(before)
}

/// Whether words stand in a question that we ask about ourselves ("did we forget your booking?").
pub(super) fn asked(before: &[u8], after: &[u8]) -> bool {
    let ends = after.iter().position(|b| matches!(b, b'.' | b'!' | b'?' | b';'));
    ends.is_some_and(|at| after[at] == b'?') && ASKED.is_match(before)
}

/// Whether the speaker of words is named after them ("the fitters broke it, you write").
pub(super) fn told_after(after: &[u8]) -> bool {
    TOLD_AFTER.is_match(after)
}

/// Where the clause begins in which a text ends. The colon of an hour ends no clause.
pub(super) fn clause_start(before: &[u8], marks: &[u8]) -> usize {
    before
        .iter()
        .enumerate()
        .rposition(|(at, b)| marks.contains(b) && !(before.get(at + 1).is_some_and(u8::is_ascii_digit)))
        .map_or(0, |at| at + 1)
}

/// Whether words are denied by what stands before them in their clause.
pub(super) fn denied(before: &[u8]) -> bool {
    let clause = clause(before);
    DENIED.is_match(clause) && !NO_DENIAL.is_match(clause)
}

fn clause(before: &[u8]) -> &[u8] {
    &before[clause_start(before, b";:,()")..]
}

/// Whether words only repeat what the customer said.
pub(super) fn told_back(before: &[u8]) -> bool {
    TOLD_BACK.is_match(before) || HEARSAY.is_match(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denied_supposed_and_repeated_words_are_not_asserted() {
        for (before, expected) in [
            (&b"it is clear that "[..], true),
            (b"whether ", false),
            (b"we do not yet know if ", false),
            (b"you write that the split seam is ", false),
            (b"we would never ", false),
            (b"you told us so, and ", true),
            (b"nobody answered; ", true),
            (b"no wonder that ", true),
            (b"there is no other way to say it: ", true),
        ] {
            assert_eq!(asserted(before), expected, "{}", String::from_utf8_lossy(before));
        }
    }
}
