//! Files that are not text exports, told by their first bytes.

/// What a file looks like, and what to do about it.
pub(crate) struct NotText {
    pub(crate) what: &'static str,
    pub(crate) remedy: &'static str,
}

const UNPACK: &str = "unpack it first, then read the export inside it";
const NOT_AN_EXPORT: &str = "give an export of messages as CSV, TSV, JSON or JSONL";
const SHEET: &str = "save the sheet as CSV (UTF-8) and read that file";

/// Signatures with the place where they stand.
const SIGNATURES: &[(usize, &[u8], &str, &str)] = &[
    (0, b"\x89PNG\r\n\x1a\n", "a PNG image", NOT_AN_EXPORT),
    (0, b"\xFF\xD8\xFF", "a JPEG image", NOT_AN_EXPORT),
    (0, b"GIF8", "a GIF image", NOT_AN_EXPORT),
    (8, b"WEBP", "a WebP image", NOT_AN_EXPORT),
    (0, b"%PDF-", "a PDF document", NOT_AN_EXPORT),
    (
        0,
        b"SQLite format 3\0",
        "a SQLite database",
        "export the table that holds the messages as CSV and read that file",
    ),
    (0, b"\x1F\x8B", "a gzip archive", UNPACK),
    (0, b"BZh", "a bzip2 archive", UNPACK),
    (0, b"\x28\xB5\x2F\xFD", "a Zstandard archive", UNPACK),
    (0, b"\xFD7zXZ\0", "an xz archive", UNPACK),
    (0, b"7z\xBC\xAF\x27\x1C", "a 7-Zip archive", UNPACK),
    (0, b"Rar!\x1A\x07", "a RAR archive", UNPACK),
    (257, b"ustar", "a tar archive", UNPACK),
    (0, b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "an old Excel or Word file", SHEET),
    (0, b"PAR1", "a Parquet file", "write it as CSV or JSONL and read that file"),
    (0, b"ARROW1", "an Arrow file", "write it as CSV or JSONL and read that file"),
    (0, b"\x7FELF", "a program", NOT_AN_EXPORT),
];

/// Tells a file that is not text from its first bytes; `utf16` says that zero bytes are part of the encoding.
pub(crate) fn not_text(head: &[u8], utf16: bool) -> Option<NotText> {
    if let Some((_, _, what, remedy)) =
        SIGNATURES.iter().find(|(at, magic, ..)| head.get(*at..).is_some_and(|rest| rest.starts_with(magic)))
    {
        return Some(NotText { what, remedy });
    }
    if head.starts_with(b"PK\x03\x04") {
        return Some(zip(head));
    }
    let start: Vec<u8> =
        head.iter().skip_while(|byte| byte.is_ascii_whitespace()).take(14).map(u8::to_ascii_lowercase).collect();
    if start.starts_with(b"<!doctype html") || start.starts_with(b"<html") {
        return Some(NotText {
            what: "a web page",
            remedy: "the download may have ended on a sign-in page: export it again",
        });
    }
    if start.starts_with(b"<?xml") {
        return Some(NotText { what: "an XML document", remedy: NOT_AN_EXPORT });
    }
    // Text has next to no control characters; a stray one is the matter of its row.
    let controls =
        head.iter().filter(|byte| **byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B)).count();
    (!utf16 && controls >= 8 && controls * 50 > head.len())
        .then_some(NotText { what: "a binary file", remedy: NOT_AN_EXPORT })
}

fn zip(head: &[u8]) -> NotText {
    let names = |needle: &[u8]| head.windows(needle.len()).any(|window| window == needle);
    if names(b"xl/") || names(b"[Content_Types].xml") {
        NotText { what: "an Excel workbook", remedy: SHEET }
    } else {
        NotText { what: "a zip archive", remedy: UNPACK }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(head: &[u8]) -> Option<&'static str> {
        not_text(head, false).map(|found| found.what)
    }

    #[test]
    fn signatures() {
        assert_eq!(what(b"\x89PNG\r\n\x1a\n\0\0"), Some("a PNG image"));
        assert_eq!(what(b"SQLite format 3\0...."), Some("a SQLite database"));
        assert_eq!(what(b"PK\x03\x04........[Content_Types].xml"), Some("an Excel workbook"));
        assert_eq!(what(b"PK\x03\x04........tweets.js"), Some("a zip archive"));
        assert_eq!(what(b"\x1F\x8B\x08"), Some("a gzip archive"));
        assert_eq!(what(b"\n<!DOCTYPE HTML><html>"), Some("a web page"));
        assert_eq!(what(b"<?xml version='1.0'?>"), Some("an XML document"));
        assert_eq!(what(&(0..=255).cycle().take(2000).collect::<Vec<u8>>()), Some("a binary file"));
    }

    #[test]
    fn text_passes_even_with_a_stray_nul() {
        assert_eq!(what(b"id,text\n1,hi\n"), None);
        assert_eq!(what(b"id,text\n1,h\0i\n"), None);
        assert_eq!(what(b"PKW,text\n"), None);
        assert!(not_text(&b"a\0,\0b\0\n\0".repeat(40), true).is_none());
    }
}
