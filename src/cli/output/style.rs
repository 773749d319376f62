//! Colours, and text made safe for a terminal.

use std::fmt::Display;

use anstyle::{AnsiColor, Effects};

/// Colours, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    on: bool,
}

impl Style {
    pub(crate) const fn new(on: bool) -> Self {
        Self { on }
    }

    fn paint(self, style: anstyle::Style, text: impl Display) -> String {
        if self.on { format!("{style}{text}{style:#}") } else { text.to_string() }
    }

    pub(crate) fn bold(self, text: impl Display) -> String {
        self.paint(anstyle::Style::new().effects(Effects::BOLD), text)
    }

    pub(crate) fn dim(self, text: impl Display) -> String {
        self.paint(anstyle::Style::new().effects(Effects::DIMMED), text)
    }

    pub(crate) fn red(self, text: impl Display) -> String {
        self.paint(AnsiColor::Red.on_default().effects(Effects::BOLD), text)
    }

    pub(crate) fn yellow(self, text: impl Display) -> String {
        self.paint(AnsiColor::Yellow.on_default(), text)
    }

    pub(crate) fn green(self, text: impl Display) -> String {
        self.paint(AnsiColor::Green.on_default(), text)
    }

    pub(crate) fn cyan(self, text: impl Display) -> String {
        self.paint(AnsiColor::Cyan.on_default(), text)
    }

    /// Marks words of a message as evidence; without colour by `▓`, as nothing else would show them.
    pub(crate) fn mark(self, text: impl Display) -> String {
        if self.on {
            self.paint(AnsiColor::Yellow.on_default().effects(Effects::BOLD.insert(Effects::UNDERLINE)), text)
        } else {
            format!("▓{text}▓")
        }
    }

    /// Marks words of a message that carried what the model said; without colour by brackets.
    pub(crate) fn carried(self, text: impl Display) -> String {
        if self.on { self.paint(AnsiColor::Red.on_default(), text) } else { format!("[{text}]") }
    }
}

/// Returns one line that cannot steer a terminal: control characters (escape sequences begin with one) become spaces, runs of
/// white space one space, and marks that reverse the reading direction are dropped.
pub(crate) fn safe_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for symbol in text.chars() {
        match symbol {
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            symbol if symbol.is_control() || symbol.is_whitespace() => {
                if !line.ends_with(' ') && !line.is_empty() {
                    line.push(' ');
                }
            }
            symbol => line.push(symbol),
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// Returns `text`, lines and indents kept, without what could steer a terminal.
pub(crate) fn safe_lines(text: &str) -> String {
    let steers = |symbol: char| {
        matches!(symbol, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            || (symbol.is_control() && symbol != '\n')
    };
    text.chars().filter(|&symbol| !steers(symbol)).collect()
}

/// Returns `text` cut to `width` columns, with `…` where something was cut.
pub(crate) fn fit(text: &str, width: usize) -> String {
    use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
    if text.width() <= width {
        return text.to_owned();
    }
    let mut line = String::new();
    let mut used = 0;
    for symbol in text.chars() {
        let wide = symbol.width().unwrap_or(0);
        if used + wide + 1 > width {
            break;
        }
        used += wide;
        line.push(symbol);
    }
    line.push('…');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_cannot_reach_the_terminal() {
        let line = safe_line("a\x1b[31mred\x07\r\nb\u{202e}c  d\n");
        assert_eq!(line, "a [31mred bc d");
        assert!(!line.chars().any(char::is_control));
    }

    #[test]
    fn cutting_counts_columns_and_says_so() {
        assert_eq!(fit("short", 10), "short");
        assert_eq!(fit("a longer line", 8), "a longe…");
        assert_eq!(fit("日本語テキスト", 6), "日本…");
    }
}
