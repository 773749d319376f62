//! Findings for the eye: the line, the words underlined, the rule, the mend, why.

use std::io::{self, Write};

use annotate_snippets::{AnnotationKind, Level as Title, Renderer, Snippet};

use crate::cli::output::style::{Style, safe_line};
use crate::gate::{Finding, Level, Report};

/// Writes a report.
///
/// # Errors
/// When `out` cannot be written.
pub(super) fn write(report: &Report, name: &str, text: &str, color: bool, out: &mut dyn Write) -> io::Result<()> {
    for finding in &report.findings {
        writeln!(out, "{}\n", render(finding, name, text, color))?;
    }
    let style = Style::new(color);
    for skip in &report.skipped {
        writeln!(out, "{}", style.dim(format!("skipped {}: {}", skip.rule, safe_line(&skip.needs))))?;
    }
    let (errors, warnings) = report.counts();
    let verdict = if errors > 0 { style.red("held back") } else { style.green("passes") };
    let errors = count(errors, "error");
    writeln!(out, "{}: {verdict}, {errors}, {}", safe_line(name), count(warnings, "warning"))
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn render(finding: &Finding, name: &str, text: &str, color: bool) -> String {
    let title = match finding.level {
        Level::Error => Title::ERROR,
        Level::Warning => Title::WARNING,
    };
    // A terminal obeys control characters and direction marks; one character stands for each, so that spans stay right.
    let (shown, span) = harmless(text, finding.from..finding.to);
    let path = safe_line(name);
    let snippet =
        Snippet::source(shown.as_str()).path(path.as_str()).fold(true).annotation(AnnotationKind::Primary.span(span));
    let why = format!("{} ({})", finding.rule.card().why, finding.source);
    let message = safe_line(&finding.message);
    let group = title
        .primary_title(message.as_str())
        .id(finding.rule.name())
        .element(snippet)
        .element(Title::HELP.message(finding.fix.as_str()))
        .element(Title::NOTE.message(why.as_str()));
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}

/// Returns the text with every character that could steer a terminal replaced, and where the span lies in it.
fn harmless(text: &str, span: std::ops::Range<usize>) -> (String, std::ops::Range<usize>) {
    let mut shown = String::with_capacity(text.len());
    let (mut from, mut to) = (0, 0);
    for (at, symbol) in text.char_indices() {
        if at == span.start {
            from = shown.len();
        }
        if at == span.end {
            to = shown.len();
        }
        let steers = (symbol.is_control() && symbol != '\n' && symbol != '\t')
            || matches!(symbol, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        shown.push(if steers { '\u{fffd}' } else { symbol });
    }
    if span.start >= text.len() {
        from = shown.len();
    }
    if span.end >= text.len() {
        to = shown.len();
    }
    (shown, from..to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_replaced_and_spans_stay() {
        let text = "a\x1b[31m\u{202e}b [[X]]\u{200b}";
        let at = text.find("[[").unwrap();
        let (shown, span) = harmless(text, at..at + 5);
        assert_eq!(&shown[span], "[[X]]");
        assert!(!shown.contains('\x1b') && !shown.contains('\u{202e}'), "{shown}");
        let (shown, end) = harmless("é\r", 3..3);
        assert_eq!(end, shown.len()..shown.len());
    }
}
