//! Text of strangers inside HTML, SVG, Markdown and terminals.

/// Returns `text` so that it cannot be taken for markup: the five signs of HTML become entities, control characters spaces. Line breaks stay.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for symbol in text.chars() {
        match symbol {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            symbol if symbol.is_control() && symbol != '\n' => safe.push(' '),
            symbol => safe.push(symbol),
        }
    }
    safe
}

/// Whether a character steers a terminal or turns the direction of the text around it, line breaks included.
pub(crate) fn steers(symbol: char) -> bool {
    symbol.is_control() || matches!(symbol, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_no_markup() {
        assert_eq!(escape("<b onclick='x'>\u{1b}&\n\"</b>"), "&lt;b onclick=&#39;x&#39;&gt; &amp;\n&quot;&lt;/b&gt;");
    }
}
