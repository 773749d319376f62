//! How a file's rows are written: the delimiter and quoting of delimited text, the shape of JSON.

use std::io;

use super::delimited::{Dialect, Next, RecordReader};
use super::format::{TABLE, plain};
use super::json::{Outline, Shape};

/// Delimiters that are tried, the likeliest first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How many records of the head are compared.
const RECORDS: usize = 50;

/// Reads Excel's first line `sep=;`.
pub(crate) fn sep_line(head: &str) -> Option<u8> {
    let line = head.lines().next()?.trim().trim_matches('"');
    let rest = line.get(..4).filter(|start| start.eq_ignore_ascii_case("sep=")).map(|_| &line[4..])?;
    match rest.as_bytes() {
        [byte] if byte.is_ascii() && *byte != b'"' => Some(*byte),
        b"\\t" | b"" => Some(b'\t'),
        _ => None,
    }
}

/// Chooses delimiter and quoting from the head of a file, without its `sep=` line. `cut` says that the head is not the
/// whole file.
pub(crate) fn dialect(head: &str, cut: bool, delimiter: Option<u8>, quoting: Option<bool>) -> io::Result<Dialect> {
    let mut best: Option<(bool, usize, usize, Dialect)> = None;
    for delimiter in delimiter.map_or_else(|| DELIMITERS.to_vec(), |given| vec![given]) {
        // Only tab-separated files are written without quoting; there a lone quote is a letter.
        let ways: &[bool] = match quoting {
            Some(false) => &[false],
            None if delimiter == b'\t' => &[true, false],
            Some(true) | None => &[true],
        };
        for &quoting in ways {
            let dialect = Dialect { delimiter, quoting };
            let (columns, same, all) = shape(head, cut, dialect)?;
            let steady = columns > 1 && same * 5 >= all * 4;
            let share = (same * 1000).checked_div(all).unwrap_or(1000);
            let score = (steady, columns, share, dialect);
            if best.is_none_or(|(was_steady, was_columns, was_share, _)| {
                (steady, columns, share) > (was_steady, was_columns, was_share)
            }) {
                best = Some(score);
            }
        }
    }
    let fallback = Dialect { delimiter: delimiter.unwrap_or(b','), quoting: quoting.unwrap_or(true) };
    Ok(best.filter(|(_, columns, ..)| *columns > 1).map_or(fallback, |(.., dialect)| dialect))
}

/// Returns the columns of the header, and how many of the records below have as many cells.
fn shape(head: &str, cut: bool, dialect: Dialect) -> io::Result<(usize, usize, usize)> {
    let mut reader = RecordReader::new(head.as_bytes(), dialect);
    let mut counts = Vec::new();
    while counts.len() <= RECORDS {
        match reader.next_record()? {
            Next::Record(record) => counts.push(if record.stray_quote { 0 } else { record.cells.len() }),
            Next::OpenQuote { .. } => {
                counts.push(0);
                break;
            }
            Next::End => break,
        }
    }
    if cut && counts.len() > 2 && counts.len() <= RECORDS {
        counts.pop();
    }
    let Some((&columns, rows)) = counts.split_first() else {
        return Ok((0, 0, 0));
    };
    Ok((columns, rows.iter().filter(|count| **count == columns).count(), rows.len()))
}

/// What a file that begins with `{` or `[` holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum JsonForm {
    Shape(Shape),
    /// An object without a list that could be the rows; its keys.
    NoList(Vec<String>),
}

/// Tells the shape of a JSON file from its head and, for one that begins with an object, the outline of that object.
/// `text` is the column that the user named for the text.
pub(crate) fn json_form(head: &str, lines_by_name: bool, outline: Option<&Outline>, text: Option<&str>) -> JsonForm {
    let Some(outline) = outline else {
        return JsonForm::Shape(Shape::Array(Vec::new()));
    };
    let whole_line = |line: &str| serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(line).is_ok();
    let by_lines = head.lines().filter(|line| !line.trim().is_empty()).take(5).any(whole_line);
    if outline.more_values || lines_by_name {
        return JsonForm::Shape(if by_lines || lines_by_name { Shape::Lines } else { Shape::Values });
    }
    let keys: Vec<String> = outline.keys.iter().map(|key| key.name.clone()).collect();
    let is_text = |name: &String| TABLE.guesses.get("text").is_some_and(|names| names.contains(&plain(name)));
    let named = text.is_some_and(|text| keys.iter().any(|key| key == text || text.split('.').next() == Some(key)));
    let lists: Vec<&String> = outline.keys.iter().filter(|key| key.list).map(|key| &key.name).collect();
    let known = TABLE.lists.names.iter().find_map(|name| lists.iter().find(|list| plain(list) == *name));
    let single = named || (outline.keys.iter().any(|key| !key.list && key.nested.is_empty() && is_text(&key.name)));
    if single && outline.whole {
        return JsonForm::Shape(Shape::Values);
    }
    if let Some(list) = known {
        return JsonForm::Shape(Shape::Array(vec![(*list).clone()]));
    }
    let nested = TABLE.format.iter().find(|format| {
        matches!(format.list.as_slice(), [outer, inner] if outline.keys.iter().any(|key| key.name == *outer && key.nested.contains(inner)))
    });
    if let Some(format) = nested {
        return JsonForm::Shape(Shape::Array(format.list.clone()));
    }
    match lists.as_slice() {
        [only] => JsonForm::Shape(Shape::Array(vec![(*only).clone()])),
        _ => JsonForm::NoList(keys),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::json::outline;

    fn of(head: &str) -> (char, bool) {
        let dialect = dialect(head, false, None, None).unwrap();
        (char::from(dialect.delimiter), dialect.quoting)
    }

    #[test]
    fn delimiters() {
        assert_eq!(of("id,text\n1,\"a; b; c\"\n"), (',', true));
        assert_eq!(of("id;text\n1;a, b, c\n2;d, e\n"), (';', true));
        assert_eq!(of("id\ttext\n1\ta, b\n"), ('\t', true));
        assert_eq!(of("id|text|x\n1|a, b|2\n"), ('|', true));
        assert_eq!(of("text\nhello, you\n"), (',', true));
        assert_eq!(of("id;text, long\n1;yes, no\n2;maybe\n"), (';', true));
    }

    #[test]
    fn tabs_without_quoting_are_seen_by_their_lone_quotes() {
        assert_eq!(of("id\ttext\n1\t\"so called\n2\tservice\" ha\n3\tfine\n"), ('\t', false));
        assert_eq!(of("id\ttext\n1\t\"a\nb\"\n2\t\"c\td\"\n"), ('\t', true));
    }

    #[test]
    fn what_is_given_is_not_guessed() {
        let dialect = dialect("id,text\n1,a;b\n", false, Some(b';'), Some(false)).unwrap();
        assert_eq!(dialect, Dialect { delimiter: b';', quoting: false });
    }

    #[test]
    fn the_first_line_of_excel() {
        assert_eq!(sep_line("sep=;\nid;text\n"), Some(b';'));
        assert_eq!(sep_line("\"sep=,\"\r\n"), Some(b','));
        assert_eq!(sep_line("SEP=\t\nid"), Some(b'\t'));
        assert_eq!(sep_line("separate,text\n"), None);
        assert_eq!(sep_line("é"), None);
    }

    fn json(text: &str) -> JsonForm {
        let outline = text.starts_with('{').then(|| outline(text.as_bytes()).unwrap());
        json_form(text, false, outline.as_ref(), None)
    }

    fn array(path: &[&str]) -> JsonForm {
        JsonForm::Shape(Shape::Array(path.iter().map(|key| (*key).to_owned()).collect()))
    }

    #[test]
    fn shapes_of_json() {
        assert_eq!(json("[{}]"), array(&[]));
        assert_eq!(json("{\"count\":1,\"tickets\":[{\"id\":1}]}"), array(&["tickets"]));
        assert_eq!(json("{\"feed\":{\"entry\":[{}]}}"), array(&["feed", "entry"]));
        assert_eq!(json("{\"odd\":[{\"id\":1}],\"n\":1}"), array(&["odd"]));
        assert_eq!(json("{\"a\":1}\n{\"a\":2}"), JsonForm::Shape(Shape::Lines));
        assert_eq!(json("{\"a\": oops}\n{\"a\":2}"), JsonForm::Shape(Shape::Lines));
        assert_eq!(json("{\n\"a\":1}\n{\n\"a\":2}"), JsonForm::Shape(Shape::Values));
        assert_eq!(json("{\"text\":\"hi\",\"comments\":[{}]}"), JsonForm::Shape(Shape::Values));
        assert_eq!(json("{\"x\":[{}],\"y\":[{}]}"), JsonForm::NoList(vec!["x".into(), "y".into()]));
        assert_eq!(json("{\"a\":1}"), JsonForm::NoList(vec!["a".into()]));
    }
}
