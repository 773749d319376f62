//! Where clauses, noun phrases and requests begin and end, in a [`View`](super::View).

use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::scoring::lexicon::embedded_regex;

/// Bytes in which the start of a clause is looked for.
const BACK: usize = 120;
/// Longest quotation that is followed to its closing mark.
const QUOTATION: usize = 150;
/// Most words that a noun phrase has before the word that told it.
const MOST_WORDS_BEFORE: usize = 4;

static END: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"[!?;:\n]|\.{2,}|\.(?:[ \n\x22)]|$)|, |\(|\)| - |[ \n](?:and|but|so|yet|which|whereas|while|then|otherwise|or else)[ \n](?:i|i'm|i've|i'd|we|we've|we're|you|they|he|she|it|it's|now|then|still|nobody|no|my|our|your|the|this|that|there|when|after|since|guess|had|have|has|was|were|am|is|are|not|never|want|would|please|can|could)\b|[ \n](?:yet|but|or)[ \n]",
    )
});

static START: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"[!?;:\n(]|\.(?:[ \n]|$)|, (?:and |but |yet |so |because |even though |although |though |when |while |as )?|[ \n](?:and|but|yet|because|although|though|even though|while|whereas|after)[ \n]| - ",
    )
});

static PHRASE_START: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"[!?;:\n(]|\.(?:[ \n]|$)|, (?:and |but |so )?| - "));

/// What stands before the subject of a clause without belonging to it.
static LEAD: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^(?:on|in|at|since|back in|during) (?:the )?[a-z0-9_ ]{1,22}? (?P<subject>(?:your|you|the|they|he|she|my|it|we|i|a|an)\b)|^(?:(?:yesterday|today|apparently|initially|originally|first|then|and|but|yet|so|because|although|though|while|when|honestly|also|now|especially|since|as|if|last \w+|this \w+|plus|still|well|ok|okay|hi|hello|even|that|what|is|was|not|nothing|like|than) )+(?P<rest>.)",
    )
});

/// "The lady on chat, Yuki, said": the name between the commas belongs to the subject.
static APPOSITION: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"(?:^|[.!?;:\n] ?|, )(?P<noun>[^.!?;:\n,]{3,60}), [a-z_]+(?: [a-z_]+)?$"));

static REQUEST_TAIL: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r",?[ \n](?:please|pls|plz|asap|a\.s\.a\.p|immediately|urgently|promptly|at once|right away|straight away|straightaway|without (?:further )?delay|today|tonight|tomorrow|now|then|instead|this (?:morning|afternoon|evening|week|month|weekend)|next (?:week|month)|by (?:the )?(?:end|close|noon|midnight|midday|tomorrow|today|tonight|mon|tue|wed|thu|fri|sat|sun|\d|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|christmas|easter|return|month|next|this|latest|eod|cob)\w*|before|within|in (?:the )?(?:next )?(?:\d|two|three|five|seven|ten|a (?:week|day))|no later|at the latest|at the (?:very )?(?:earliest|soonest)|on or before|on (?:mon|tues|wednes|thurs|fri|satur|sun)day|until|because|since|as (?:the|you|your|it|i|we|my|this|soon)|so (?:that|i|we|my|it)|if|when|or (?:i|we|else|i'll|let|give)|and (?:i|we|a)|for (?:once|good)|to my (?:card|account|bank)|onto my)\b",
    )
});

/// "Due to an upgrade nobody can see it": the clause after a reason in front needs no comma.
static FRONTED: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"[ \n](?:nobody|no one|no-one|i|i'm|i've|we|we've|you|they|he|she|it|my|our|your|there|the \w+ (?:is|was|are|were|has|have|had|can|could|cannot|will|never|did))\b",
    )
});

/// "A mix-up in your warehouse": what follows still belongs to the reason.
static PREPOSITION: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"\b(?:in|of|at|with|from|by|to|on|for|and|or|between|under|over)$"));

static NOUN_REASON: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"^(?:due|owing|on account|as a|because of|thanks|caused)"));

static VERB_BEFORE: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"\b(?:i|we|is|was|are|you|were|it|the app|have)\b"));

static OBJECT_TAIL: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^ (?:right here|on the back of (?:\w+ ?){1,3}|here|with me|to prove it|attached|as proof|enclosed|in writing|available|on file|to hand)\b",
    )
});

/// Returns where the clause that goes on at `from` ends.
pub(super) fn end(view: &[u8], from: usize) -> usize {
    END.find_at(view, from.min(view.len())).map_or(view.len(), |found| found.start())
}

/// Returns where the last mark of `boundary` before `from` ends.
fn last_boundary(view: &[u8], from: usize, boundary: &Regex) -> Option<usize> {
    let start = from.saturating_sub(BACK);
    boundary.find_iter(&view[start..from]).last().map(|found| start + found.end())
}

/// Returns where the clause that holds `from` starts, with its subject and without what leads to it.
pub(super) fn start(view: &[u8], from: usize) -> usize {
    let mut start = last_boundary(view, from, &START).unwrap_or(0);
    let between = &view[start..from];
    if start >= 2
        && view[..start].ends_with(b", ")
        && between.len() <= 3
        && between.iter().all(|b| b.is_ascii_lowercase() || matches!(b, b' ' | b'.'))
        && let Some(noun) = APPOSITION.captures(&view[..start - 2]).and_then(|found| found.name("noun"))
    {
        start = noun.start();
    }
    let head = &view[start..(from + 1).min(view.len())];
    let lead = LEAD.captures(head).and_then(|found| found.name("subject").or_else(|| found.name("rest")));
    (start + lead.map_or(0, |subject| subject.start())).min(from)
}

/// Returns where the noun phrase around `from` starts, or `from` where what stands before is no part of one.
pub(super) fn phrase_start(view: &[u8], from: usize) -> usize {
    let start = last_boundary(view, from, &PHRASE_START).unwrap_or_else(|| {
        let start = from.saturating_sub(60);
        if start == 0 { 0 } else { view[start..from].iter().position(|&b| b == b' ').map_or(from, |at| start + at + 1) }
    });
    let before = &view[start..from];
    let words = before.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count();
    if words <= MOST_WORDS_BEFORE && !VERB_BEFORE.is_match(before) { start } else { from }
}

/// Returns the end of a reason that starts at `from` and whose connective ends at `to`.
pub(super) fn reason_end(view: &[u8], from: usize, to: usize) -> usize {
    let end = end(view, to).max(to);
    let before = &view[..from];
    let opens =
        before.trim_ascii_end().last().is_none_or(|b| matches!(b, b'.' | b'!' | b'?')) || before.ends_with(b"\n");
    if opens
        && NOUN_REASON.is_match(&view[from..])
        && let Some(next) = FRONTED
            .find_iter(&view[to..end])
            .find(|next| next.start() > 0 && !PREPOSITION.is_match(&view[to..to + next.start()]))
    {
        return to + next.start();
    }
    end
}

/// Returns the end of what is asked for: `from..to` are the asking words.
pub(super) fn request_end(view: &[u8], from: usize, to: usize) -> usize {
    let clause = end(view, to);
    let least = from + 6;
    let searched = &view[..clause.max(to)];
    let mut at = to.saturating_sub(12).max(from + 4).min(searched.len());
    while let Some(tail) = REQUEST_TAIL.find_at(searched, at) {
        if tail.start() >= least {
            return tail.start();
        }
        at = tail.end();
    }
    clause.max(to)
}

/// Returns the end of an object with what says where it is.
pub(super) fn object_end(view: &[u8], to: usize) -> usize {
    to + OBJECT_TAIL.find(&view[to..]).map_or(0, |tail| tail.end())
}

/// Moves `to` to the closing mark of a quotation that opens inside `from..to`.
pub(super) fn close_quotation(view: &[u8], from: usize, to: usize) -> usize {
    let open = view[from..to].split(|&b| b == b'"').count() % 2 == 0;
    let close = view[to..].iter().take(QUOTATION).position(|&b| b == b'"');
    match close {
        Some(close) if open => to + close + 1,
        _ => to,
    }
}

/// Returns the range without blanks and punctuation at its ends, and without a leading "and".
pub(super) fn strip(view: &[u8], mut from: usize, mut to: usize) -> (usize, usize) {
    let outside = |b: u8| matches!(b, b' ' | b'\n' | b',' | b'.' | b';' | b':' | b'-' | b'!' | b'?');
    while from < to && outside(view[from]) {
        from += 1;
    }
    if view[from..to].starts_with(b"and ") {
        from += 4;
    }
    while to > from && outside(view[to - 1]) {
        to -= 1;
    }
    (from, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, words: &str) -> (usize, usize) {
        let from = text.find(words).unwrap();
        (from, from + words.len())
    }

    #[test]
    fn a_clause_has_its_subject_and_ends_before_the_next() {
        let text = "on 3 april your agent promised it would go, and we paid";
        let (from, to) = at(text, "promised");
        assert_eq!(&text[start(text.as_bytes(), from)..end(text.as_bytes(), to)], "your agent promised it would go");
        let text = "the lady on chat, yuki, said the upgrade was free. so why";
        let (from, to) = at(text, "said");
        assert_eq!(
            &text[start(text.as_bytes(), from)..end(text.as_bytes(), to)],
            "the lady on chat, yuki, said the upgrade was free"
        );
    }

    #[test]
    fn a_request_ends_before_its_time_limit_and_its_reasons() {
        for (text, asking, expected) in [
            ("please credit my account by the 28th", "please credit my", "please credit my account"),
            ("refund the fee please, it is £5", "refund the", "refund the fee"),
            ("i want a full refund because it broke", "i want a ", "i want a full refund"),
            ("send it back. now", "send it", "send it back"),
        ] {
            let (from, to) = at(text, asking);
            assert_eq!(&text[from..request_end(text.as_bytes(), from, to)], expected);
        }
    }

    #[test]
    fn a_reason_in_front_ends_where_the_sentence_begins() {
        let text = b"due to an upgrade nobody can see it";
        assert_eq!(&text[..reason_end(text, 0, 6)], b"due to an upgrade");
        let text = b"because of a mix-up in your warehouse i got two";
        assert_eq!(&text[..reason_end(text, 0, 10)], b"because of a mix-up in your warehouse");
        let text = b"it broke because nobody had packed it";
        assert_eq!(reason_end(text, 9, 16), text.len());
    }

    #[test]
    fn quotations_are_closed_and_ends_stripped() {
        let text = b"says \"dispatched, within 24 hours\". ok";
        assert_eq!(close_quotation(text, 0, 16), 34);
        assert_eq!(close_quotation(text, 0, 3), 3);
        let text = b"and have it. ";
        assert_eq!(strip(text, 0, text.len()), (4, 11));
    }

    #[test]
    fn a_noun_phrase_reaches_back_to_its_start() {
        let text = "we lost. before and after pictures enclosed";
        assert_eq!(phrase_start(text.as_bytes(), text.find("pictures").unwrap()), 9);
        let text = "this is how i take pictures";
        assert_eq!(phrase_start(text.as_bytes(), text.find("pictures").unwrap()), text.find("pictures").unwrap());
    }
}
