//! What the user says about an export, beyond its path.

use encoding_rs::Encoding;

use super::columns::ColumnMap;
use crate::message::Channel;

/// What the user says about an export; the default leaves everything to detection.
#[derive(Debug, Clone, Default)]
pub struct InputOptions {
    /// Columns by name; they override detection.
    pub columns: ColumnMap,
    /// Channel of every row. It beats what a format says; a channel column that the user named beats it.
    pub channel: Option<Channel>,
    /// Delimiter, an ASCII byte; see [`parse_delimiter`].
    pub delimiter: Option<u8>,
    /// Whether `"` quotes cells. Some tab-separated exports have no quoting at all.
    pub quoting: Option<bool>,
    /// Encoding of the file; see [`parse_encoding`].
    pub encoding: Option<&'static Encoding>,
}

/// An option whose value means nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// Not one ASCII character.
    #[error("\"{0}\" is not a delimiter; give one ASCII character, or tab, comma, semicolon, pipe")]
    Delimiter(String),
    /// Not a label of the WHATWG list.
    #[error(
        "\"{0}\" is not an encoding; known are utf-8, utf-16le, utf-16be, windows-1252, iso-8859-15, shift_jis and the other labels of the WHATWG list"
    )]
    Encoding(String),
}

/// Reads a delimiter: one ASCII character that is neither a quote nor a line end, `\t`, or its name.
///
/// # Errors
/// When the text is none of these.
pub fn parse_delimiter(text: &str) -> Result<u8, OptionError> {
    match text.to_ascii_lowercase().as_str() {
        "tab" | "\\t" => return Ok(b'\t'),
        "comma" => return Ok(b','),
        "semicolon" => return Ok(b';'),
        "pipe" => return Ok(b'|'),
        _ => {}
    }
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n' | 0) => Ok(*byte),
        _ => Err(OptionError::Delimiter(text.to_owned())),
    }
}

/// Reads an encoding label such as `windows-1252`.
///
/// # Errors
/// When no encoding has that label.
pub fn parse_encoding(text: &str) -> Result<&'static Encoding, OptionError> {
    Encoding::for_label(text.trim().as_bytes()).ok_or_else(|| OptionError::Encoding(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_and_encodings() {
        assert_eq!(parse_delimiter("tab"), Ok(b'\t'));
        assert_eq!(parse_delimiter("\\t"), Ok(b'\t'));
        assert_eq!(parse_delimiter(";"), Ok(b';'));
        assert!(parse_delimiter("ab").is_err());
        assert!(parse_delimiter("\"").is_err());
        assert!(parse_delimiter("").is_err());
        assert_eq!(parse_encoding("latin1"), Ok(encoding_rs::WINDOWS_1252));
        assert!(parse_encoding("klingon").unwrap_err().to_string().contains("klingon"));
    }
}
