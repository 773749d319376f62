//! Words that the playbook's voice avoids, as they are written there: whole words, in any case, in any language.

use regex::Regex;

use super::house::House;
use super::read::quotations;
use super::reply::Reply;
use super::report::Finding;
use super::rule::RuleId;
use crate::analysis::Span;
use crate::scoring::view::View;

/// A word or phrase to avoid, ready to look for.
#[derive(Debug, Clone)]
pub(super) struct Avoided {
    words: String,
    pattern: Regex,
}

/// Characters without width, which must not hide a word.
const INVISIBLE: &str = r"[\u{ad}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}-\u{2064}\u{2066}-\u{2069}\u{feff}]*";

impl Avoided {
    /// Prepares a phrase; `None` for one that is blank.
    pub(super) fn new(phrase: &str) -> Option<Self> {
        let words = phrase.split_whitespace().collect::<Vec<_>>().join(" ");
        let edge = |c: Option<char>| if c.is_some_and(char::is_alphanumeric) { r"\b" } else { "" };
        let letters: Vec<String> = words
            .chars()
            .map(|c| match c {
                ' ' => r"\s+".to_owned(),
                '\'' | '\u{2019}' => "['\u{2019}]".to_owned(),
                '-' | '\u{2010}' | '\u{2011}' => "[-\u{2010}\u{2011}]".to_owned(),
                other => regex::escape(other.encode_utf8(&mut [0; 4])),
            })
            .collect();
        let pattern =
            format!("(?i){}{}{}", edge(words.chars().next()), letters.join(INVISIBLE), edge(words.chars().next_back()));
        // What is escaped compiles; a phrase of megabytes, which would not, is nothing that anybody writes.
        let pattern = Regex::new(&pattern).ok().filter(|_| !words.is_empty())?;
        Some(Self { words, pattern })
    }
}

/// Returns every avoided word that the text says; in quotation marks it is only mentioned.
pub(super) fn find(reply: &Reply<'_>, house: &House) -> Vec<Finding> {
    let mut spans: Vec<(Span, &str)> = house
        .avoided
        .iter()
        .flat_map(|avoided| {
            let found = avoided.pattern.find_iter(reply.text);
            found.map(|found| (Span { from: found.start(), to: found.end() }, avoided.words.as_str()))
        })
        .collect();
    if spans.is_empty() {
        return Vec::new();
    }
    let view = View::whole(reply.text);
    let quotes: Vec<Span> = quotations(view.bytes()).into_iter().map(|(from, to)| view.span(from, to)).collect();
    spans.retain(|(span, _)| !quotes.iter().any(|quote| quote.from <= span.from && span.to <= quote.to));
    spans
        .into_iter()
        .map(|(span, words)| {
            Finding::new(RuleId::WordsToAvoid, span).saying(format!("the playbook's voice avoids \"{words}\""))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{CLEAN, gate_with};
    use super::*;
    use crate::message::Channel;

    fn found(avoid: &str, text: &str, lang: &str) -> Vec<String> {
        let toml = format!("words_to_avoid = [{avoid}]\n");
        let gate = gate_with(&[(
            "words_to_avoid = [\"valued customer\", \"inconvenience\", \"as per our policy\", \"unfortunately\", \"kindly\"]",
            &toml,
        )]);
        let report = gate.check(&Reply { lang, ..Reply::new(text, Channel::Email) });
        report
            .findings
            .iter()
            .filter(|finding| finding.rule == RuleId::WordsToAvoid)
            .map(|finding| finding.span().of(text).to_owned())
            .collect()
    }

    #[test]
    fn whole_words_are_found_as_they_are_written_in_any_case_and_language() {
        assert_eq!(found("\"valued customer\"", "Dear VALUED\n customer, hello", "en"), ["VALUED\n customer"]);
        assert_eq!(found("\"valued customer\"", "Dear valued customers, hello", "en"), Vec::<String>::new());
        assert_eq!(found("\"kindly\"", "Please act un-kindly, unkindly or kind\u{200b}ly", "en").len(), 2);
        assert_eq!(found("\"leider\", \"größtmöglich\"", "Leider nicht GRÖSSTMÖGLICH, größtmöglich", "de").len(), 2);
        assert_eq!(found("\"that's life\", \"c++ (old)\"", "That’s life. C++ (OLD)!", "en").len(), 2);
        assert_eq!(found("\"  \"", "Nothing  here", "en"), Vec::<String>::new());
    }

    #[test]
    fn words_in_quotation_marks_are_mentioned_and_not_said() {
        assert_eq!(found("\"inconvenience\"", "You had enough of \"inconvenience\", and rightly.", "en").len(), 0);
        assert_eq!(found("\"inconvenience\"", "Sorry about the inconvenience.", "en"), ["inconvenience"]);
    }

    #[test]
    fn it_is_a_warning_and_names_the_words() {
        let text = CLEAN.replacen("Email", "Kindly email", 1);
        let report = super::super::testing::gate().check(&Reply::new(&text, Channel::Facebook));
        let finding = report.findings.iter().find(|finding| finding.rule == RuleId::WordsToAvoid).unwrap();
        assert!(report.passes() && finding.message.contains("\"kindly\""), "{finding:?}");
    }
}
