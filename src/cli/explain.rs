//! The explanation of a message: its text with the words that mattered, and a line for each score and block.

use std::io::{self, Write};

use crate::analysis::Span;
use crate::pipeline::ScoredRow;
use crate::scoring;

use super::output::RowWriter;
use super::output::style::{Style, safe_line};

/// Width of the two label columns.
const LABEL: usize = 11;
const PART: usize = 12;
/// Most characters of a message that are printed.
const MOST_TEXT: usize = 1_500;

/// Writes a block of lines for each row.
pub(super) struct ExplainWriter<'a> {
    style: Style,
    width: usize,
    out: &'a mut dyn Write,
    rows: u64,
}

impl<'a> ExplainWriter<'a> {
    pub(super) fn new(style: Style, width: usize, out: &'a mut dyn Write) -> Self {
        Self { style, width, out, rows: 0 }
    }
}

impl RowWriter for ExplainWriter<'_> {
    fn row(&mut self, row: &ScoredRow) -> io::Result<()> {
        if self.rows > 0 {
            writeln!(self.out)?;
        }
        self.rows += 1;
        let style = self.style;
        let explanation = scoring::explain(&row.message, &row.analysis, row.priority.as_ref(), Some(&row.decision));
        let message = &row.message;
        let origin = format!(
            "{} ({}), row {} of {}",
            message.channel,
            message.visibility.name(),
            message.origin.row,
            message.origin.file
        );
        writeln!(self.out, "{} {}", style.bold(safe_line(&message.id)), style.dim(safe_line(&origin)))?;
        for line in textwrap::wrap(
            &marked(&message.text, &explanation.marked, &explanation.carried, style),
            self.width.min(140),
        ) {
            writeln!(self.out, "{line}")?;
        }
        let mut last = "";
        for line in &explanation.lines {
            let label = if line.label == last { "" } else { line.label };
            last = line.label;
            let label = style.bold(format!("{label:<LABEL$}"));
            let (head, indent) = match line.part {
                None => (label, LABEL + 1),
                Some(part) => (format!("{label} {}", style.cyan(format!("{part:<PART$}"))), LABEL + PART + 2),
            };
            let room = self.width.min(140).saturating_sub(indent).max(40);
            for (index, piece) in textwrap::wrap(&safe_line(&line.text), room).iter().enumerate() {
                if index == 0 {
                    writeln!(self.out, "{head} {piece}")?;
                } else {
                    writeln!(self.out, "{:<indent$}{piece}", "")?;
                }
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        if self.rows == 0 {
            writeln!(self.out, "no rows")?;
        }
        self.out.flush()
    }
}

/// Returns the text on one line: what rules found is marked, and so is, otherwise, what carried the model's scores. A long text is cut,
/// and the cut is said.
fn marked(text: &str, found: &[Span], carried: &[Span], style: Style) -> String {
    let end = text.char_indices().nth(MOST_TEXT).map_or(text.len(), |(at, _)| at);
    let mut line = String::from("\"");
    let mut at = 0;
    for (span, by_rule) in pieces(text, found, carried).into_iter().filter(|(span, _)| span.to <= end) {
        push_safe(&mut line, &text[at..span.from]);
        let words = safe_line(span.of(text));
        line.push_str(&if by_rule { style.mark(words) } else { style.carried(words) });
        at = span.to;
    }
    push_safe(&mut line, &text[at..end]);
    line.push('"');
    if end < text.len() {
        line.push_str(" … and ");
        line.push_str(&text[end..].chars().count().to_string());
        line.push_str(" more characters");
    }
    line
}

/// Returns what is marked in the order of the text, and whether a rule found it; of words that carried a score, only what no rule found.
fn pieces(text: &str, found: &[Span], carried: &[Span]) -> Vec<(Span, bool)> {
    let mut pieces: Vec<(Span, bool)> = found.iter().map(|span| (*span, true)).collect();
    for span in carried {
        let mut at = span.from;
        for other in found.iter().filter(|other| other.from < span.to && other.to > span.from) {
            if at < other.from {
                pieces.push((Span { from: at, to: other.from }, false));
            }
            at = at.max(other.to);
        }
        if at < span.to {
            pieces.push((Span { from: at, to: span.to }, false));
        }
    }
    let mut shown: Vec<(Span, bool)> = pieces
        .into_iter()
        .filter_map(|(span, by_rule)| {
            let words = span.of(text);
            let from = span.from + (words.len() - words.trim_start().len());
            let trimmed = Span { from, to: from + words.trim().len() };
            let says_something = words.chars().any(|c| !c.is_whitespace() && !c.is_ascii_punctuation());
            (by_rule || says_something).then_some((trimmed, by_rule))
        })
        .collect();
    shown.sort_unstable();
    shown
}

/// Appends a piece made safe, with the spaces at its ends kept as one each.
fn push_safe(line: &mut String, piece: &str) {
    if piece.starts_with(|symbol: char| symbol.is_whitespace() || symbol.is_control()) && !line.ends_with(' ') {
        line.push(' ');
    }
    let safe = safe_line(piece);
    line.push_str(&safe);
    if !safe.is_empty() && piece.ends_with(|symbol: char| symbol.is_whitespace() || symbol.is_control()) {
        line.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_marked_where_they_stand() {
        let text = "You promised\nnext day delivery. It is Friday.";
        let spans = [Span { from: 13, to: 30 }, Span { from: 38, to: 44 }];
        assert_eq!(
            marked(text, &spans, &[], Style::new(false)),
            "\"You promised ▓next day delivery▓. It is ▓Friday▓.\""
        );
    }

    #[test]
    fn words_that_carried_a_score_are_set_apart_from_what_rules_found() {
        let text = "They never answered 😡 my email.";
        let (found, carried) = ([Span { from: 5, to: 19 }], [Span { from: 0, to: 24 }]);
        assert_eq!(marked(text, &found, &carried, Style::new(false)), "\"[They] ▓never answered▓ [😡] my email.\"");
        let coloured = marked(text, &found, &carried, Style::new(true));
        assert!(coloured.contains("\u{1b}[31mThey") && !coloured.contains("[They]"), "{coloured:?}");
    }

    #[test]
    fn a_long_text_is_cut_and_the_cut_is_said() {
        let line = marked(&"word ".repeat(1_000), &[], &[], Style::new(false));
        assert!(line.ends_with("… and 3500 more characters"), "{line}");
    }
}
