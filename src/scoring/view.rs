//! The text as the rules read it: lower case, plain ASCII, one byte a character, with the way back to the original bytes.

use crate::analysis::Span;

/// Characters of a message that the rules read; what lies beyond is left to the model and reported as unread.
///
/// Messages have a few hundred characters; a cell of five megabytes must not hold up the run.
pub const MAX_CHARS: usize = 20_000;

/// Stands for `£` in a view.
pub(crate) const POUND: u8 = 0x01;
/// Stands for `€` in a view.
pub(crate) const EURO: u8 = 0x02;
/// Stands for `₹` in a view.
pub(crate) const RUPEE: u8 = 0x03;
/// Stands for `¥` in a view.
pub(crate) const YEN: u8 = 0x04;
/// Stands for any other sign that is no letter: an emoji, a control character.
const SIGN: u8 = 0x7f;
/// Stands for a letter or digit outside ASCII that has no plain counterpart. A word character, so `\b` stays right.
const LETTER: u8 = b'_';

/// A prefix of a text, normalised for matching.
///
/// Letters are lower case, accents are dropped, curly quotes and apostrophes straightened, and runs of white space
/// collapsed: to a newline where a paragraph or a line ends, to a space elsewhere (a line that goes on in lower case was
/// only wrapped). Every byte knows the character of the original that it stands for.
#[derive(Debug, Clone)]
pub struct View {
    bytes: Vec<u8>,
    /// Original offset of each byte, and the end of the part that was read as the last entry.
    offsets: Vec<u32>,
    unread: usize,
    quotes: Vec<(usize, usize)>,
}

impl View {
    /// Reads the first [`MAX_CHARS`] characters of `text`.
    pub fn new(text: &str) -> Self {
        let end = text.char_indices().nth(MAX_CHARS).map_or(text.len(), |(at, _)| at);
        Self::read(text, end)
    }

    /// Reads all of `text`, up to 4 GiB. Characters that nobody sees (zero-width and direction marks) are passed over, so that they hide no word.
    pub fn whole(text: &str) -> Self {
        Self::read(text, text.len())
    }

    fn read(text: &str, end: usize) -> Self {
        let read = &text[..end];
        let mut view = Self {
            bytes: Vec::with_capacity(read.len()),
            offsets: Vec::with_capacity(read.len() + 1),
            unread: if end == text.len() { 0 } else { text[end..].chars().count() },
            quotes: Vec::new(),
        };
        let mut chars = read.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            if is_invisible(c) {
                continue;
            }
            let byte = if c.is_whitespace() {
                let mut breaks = u32::from(c == '\n');
                while let Some((_, next)) = chars.next_if(|(_, next)| next.is_whitespace()) {
                    breaks += u32::from(next == '\n');
                }
                let wrapped = chars.peek().is_some_and(|(_, next)| next.is_lowercase());
                if breaks > 1 || (breaks == 1 && !wrapped) { b'\n' } else { b' ' }
            } else {
                plain(c)
            };
            view.bytes.push(byte);
            // At most 4 * MAX_CHARS, far below u32::MAX.
            view.offsets.push(u32::try_from(at).unwrap_or(u32::MAX));
        }
        view.offsets.push(u32::try_from(end).unwrap_or(u32::MAX));
        view.quotes = super::quotes::company_words(&view.bytes);
        view
    }

    /// The normalised text.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Characters beyond the part that was read; 0 when all of the text was read.
    pub fn unread_chars(&self) -> usize {
        self.unread
    }

    /// Returns the span of the original text for the range `from..to` of [`bytes`](Self::bytes).
    pub fn span(&self, from: usize, to: usize) -> Span {
        let last = self.offsets.len() - 1;
        Span { from: self.offsets[from.min(last)] as usize, to: self.offsets[to.min(last)] as usize }
    }

    /// Whether the range lies in words of the company that the author only quotes.
    pub fn is_quoted(&self, from: usize, to: usize) -> bool {
        self.quotes.iter().any(|&(start, end)| start <= from && to <= end)
    }
}

/// Characters without width: joiners, soft hyphens, direction marks, the byte order mark.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{00ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
    )
}

fn plain(c: char) -> u8 {
    if let Ok(byte) = u8::try_from(c)
        && byte.is_ascii()
    {
        return if byte.is_ascii_control() { SIGN } else { byte.to_ascii_lowercase() };
    }
    match c {
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{02bc}' | '\u{00b4}' | '\u{2032}' | '\u{ff07}' => b'\'',
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{201f}' | '\u{00ab}' | '\u{00bb}' | '\u{2033}' => b'"',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => b'-',
        '\u{2026}' => b'.',
        '£' => POUND,
        '€' => EURO,
        '₹' => RUPEE,
        '¥' => YEN,
        'à'..='å' | 'À'..='Å' => b'a',
        'ç' | 'Ç' => b'c',
        'è'..='ë' | 'È'..='Ë' => b'e',
        'ì'..='ï' | 'Ì'..='Ï' => b'i',
        'ñ' | 'Ñ' => b'n',
        'ò'..='ö' | 'Ò'..='Ö' | 'ø' | 'Ø' => b'o',
        'ù'..='ü' | 'Ù'..='Ü' => b'u',
        c if c.is_alphanumeric() => LETTER,
        _ => SIGN,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn curly_apostrophes_are_straightened_and_offsets_lead_back() {
        let text = "It’s 5 £ – “café”";
        let view = View::new(text);
        assert_eq!(view.bytes(), b"it's 5 \x01 - \"cafe\"");
        let at = view.bytes().iter().position(|&b| b == b'c').unwrap();
        assert_eq!(view.span(at, at + 4).of(text), "café");
    }

    #[test]
    fn wrapped_lines_are_joined_and_paragraphs_are_not() {
        assert_eq!(View::new("no one\nwas hurt\nThanks\n\nbye").bytes(), b"no one was hurt\nthanks\nbye");
    }

    #[test]
    fn a_long_text_is_read_in_part_and_says_so() {
        let text = "é".repeat(MAX_CHARS + 7);
        let view = View::new(&text);
        assert_eq!((view.bytes().len(), view.unread_chars()), (MAX_CHARS, 7));
        assert_eq!(view.span(0, MAX_CHARS).of(&text).chars().count(), MAX_CHARS);
        assert_eq!(View::new("short").unread_chars(), 0);
    }

    proptest! {
        #[test]
        fn every_range_maps_to_whole_characters(text in "\\PC{0,60}|[ -~’“£\\n😀é]{0,60}", a in 0usize..80, b in 0usize..80) {
            let view = View::new(&text);
            let (from, to) = (a.min(b), a.max(b));
            let span = view.span(from, to);
            prop_assert!(span.from <= span.to && text.get(span.from..span.to).is_some());
        }
    }
}
