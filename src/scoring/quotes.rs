//! Where a message only repeats what the company wrote: quoted history of an email, and quotation marks after "your website says".

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::lexicon::embedded_regex;

/// Longest quotation in quotation marks that is believed to be one; a lost closing mark must not hide the rest.
const MAX_QUOTATION: usize = 300;

static SPEAKER: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:your|the company'?s?|their|you|they)\b[^.!?\x22\n]{0,50}\b(?:sa(?:y|ys|id)|told|wr(?:ote|ites)|repl(?:y|ied)|states?|stated|reads?|claims?|claimed|promised|promises|advertised?|answered|email|policy|terms|website|site|page|ad)\b[^.!?\x22\n]{0,25}$",
    )
});

static HISTORY: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"(?:^|\n)(?:-{2,} ?original message|on [^\n]{6,120} wrote:|begin forwarded message|from: [^\n]{3,120}\n ?(?:sent|date|to): )",
    )
});

/// Returns the ranges of `view` that are the company's words, in order; they may touch but never overlap.
pub(super) fn company_words(view: &[u8]) -> Vec<(usize, usize)> {
    let mut ranges = Vec::new();
    let history =
        if view.len() > 30 { HISTORY.find(view).map_or(view.len(), |found| found.start()) } else { view.len() };
    let own = &view[..history];
    let mut line_start = 0;
    for line in own.split_inclusive(|&b| b == b'\n') {
        if line.first() == Some(&b'>') {
            ranges.push((line_start, line_start + line.len()));
        }
        line_start += line.len();
    }
    let mut marks = own.iter().enumerate().filter(|&(_, &b)| b == b'"').map(|(at, _)| at);
    while let Some(open) = marks.next() {
        let Some(close) = marks.next() else { break };
        let before = &own[open.saturating_sub(90)..open];
        if close - open <= MAX_QUOTATION && SPEAKER.is_match(before) {
            ranges.push((open, close + 1));
        }
    }
    if history < view.len() {
        ranges.push((history, view.len()));
    }
    ranges.sort_unstable();
    ranges
}

#[cfg(test)]
mod tests {
    use crate::scoring::view::View;

    fn quoted(text: &str, part: &str) -> bool {
        let view = View::new(text);
        let needle = part.to_lowercase();
        let at = view.bytes().windows(needle.len()).position(|w| w == needle.as_bytes()).unwrap();
        view.is_quoted(at, at + needle.len())
    }

    #[test]
    fn the_companys_words_are_told_from_the_authors() {
        assert!(quoted("Your website says \"we report fraud to the police\".", "fraud"));
        assert!(quoted("Your agent told me: “we will take legal action”", "legal action"));
        assert!(!quoted("I said \"this is fraud\" to everybody", "fraud"));
        assert!(!quoted("This is a \"scam\" and you know it", "scam"));
    }

    #[test]
    fn email_history_is_quoted() {
        assert!(quoted("Nothing works.\n> Please do not call it fraud\nBye", "fraud"));
        assert!(quoted("Still waiting.\n\nOn Mon, 3 Mar 2025, Shop Support wrote:\nYour lawyer may call.", "lawyer"));
        assert!(!quoted("My lawyer will call.\n\nOn Mon, 3 Mar 2025, Shop Support wrote:\nDear Sir", "lawyer"));
    }
}
