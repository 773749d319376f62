//! Sentences of a text.

use crate::analysis::Span;

/// Most parts that are left out in turn; a longer text is cut into this many runs of sentences.
pub const MAX_PARTS: usize = 16;

/// Words that end in a full stop without ending a sentence.
const ABBREVIATIONS: &[&str] = &[
    "mr", "mrs", "ms", "dr", "st", "no", "nr", "vs", "e.g", "i.e", "etc", "inc", "ltd", "co", "rs", "approx", "ref",
    "tel", "a.m", "p.m", "u.s", "u.k",
];

/// Splits a text into sentences, as spans in order that hold no white space at either end. Every character that is not white space is in exactly one.
pub fn split(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let end = at + c.len_utf8();
        let ends = match c {
            '\n' => true,
            '.' | '!' | '?' | '…' => {
                let mut close = end;
                while let Some(&(next_at, next)) = chars.peek()
                    && matches!(next, '.' | '!' | '?' | '…' | '"' | '\'' | ')' | '”' | '’')
                {
                    close = next_at + next.len_utf8();
                    chars.next();
                }
                let before_space = chars.peek().is_none_or(|(_, next)| next.is_whitespace());
                if before_space && !(c == '.' && close == end && is_abbreviation(&text[start..at])) {
                    push(text, &mut spans, start, close);
                    start = close;
                }
                continue;
            }
            _ => false,
        };
        if ends {
            push(text, &mut spans, start, end);
            start = end;
        }
    }
    push(text, &mut spans, start, text.len());
    spans
}

fn is_abbreviation(before: &str) -> bool {
    let word = before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
    ABBREVIATIONS.iter().any(|known| known.eq_ignore_ascii_case(word))
        || (word.chars().count() == 1 && word.chars().all(char::is_uppercase) && word != "I")
}

fn push(text: &str, spans: &mut Vec<Span>, from: usize, to: usize) {
    let part = &text[from..to];
    let trimmed = part.trim_start();
    let from = to - trimmed.len();
    let to = from + trimmed.trim_end().len();
    if from < to {
        spans.push(Span { from, to });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sentences(text: &str) -> Vec<&str> {
        split(text).into_iter().map(|span| span.of(text)).collect()
    }

    #[test]
    fn sentences_end_where_a_reader_would_end_them() {
        assert_eq!(sentences("It broke. Why?! “Never again.” Bye"), ["It broke.", "Why?!", "“Never again.”", "Bye"]);
        assert_eq!(
            sentences("Mr. Smith paid 4.50 e.g. twice. J. R. left"),
            ["Mr. Smith paid 4.50 e.g. twice.", "J. R. left"]
        );
        assert_eq!(sentences("a title\n\nbody here... more"), ["a title", "body here...", "more"]);
        assert_eq!(sentences("see example.com/a?b=1 now"), ["see example.com/a?b=1 now"]);
        assert_eq!(sentences("  "), Vec::<&str>::new());
    }

    proptest! {
        #[test]
        fn sentences_cover_every_visible_character_once(text in "(\\PC|[.!?\\n ”é]){0,60}") {
            let spans = split(&text);
            let mut end = 0;
            let mut kept = String::new();
            for span in &spans {
                prop_assert!(span.from >= end && span.from < span.to && text.get(span.from..span.to).is_some());
                end = span.to;
                kept.push_str(span.of(&text));
            }
            let visible = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(visible(&kept), visible(&text));
        }
    }
}
