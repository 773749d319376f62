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
        r"\byou(?:r (?:review|message|post|email|letter|note|comment|tweet|account|report))?(?:'ve| have| had| also| rightly| clearly)? (?:say|says|said|write|writes|wrote|written|tell|tells|told|report|reports|reported|describe|describes|described|mention|mentions|mentioned|feel|felt|believe|think|thought|claim|suspect|point out|pointed out|explain|explained|ask|asked|note|noted|state|stated|fear|found|ask us)\b(?: [\w'-]+){0,9} ?$",
    )
});

/// Whether words are asserted, given the sentence before them.
pub(super) fn asserted(before: &[u8]) -> bool {
    !told_back(before) && !SUPPOSED.is_match(clause(before)) && !denied(before)
}

/// Whether words are denied by what stands before them in their clause.
pub(super) fn denied(before: &[u8]) -> bool {
    let clause = clause(before);
    DENIED.is_match(clause) && !NO_DENIAL.is_match(clause)
}

fn clause(before: &[u8]) -> &[u8] {
    let start = before.iter().rposition(|&b| matches!(b, b';' | b':' | b',' | b'(' | b')')).map_or(0, |at| at + 1);
    &before[start..]
}

/// Whether words only repeat what the customer said.
pub(super) fn told_back(before: &[u8]) -> bool {
    TOLD_BACK.is_match(before)
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
