//! What bad input gets.

use encoding_rs::WINDOWS_1252;

use super::{messages, open, open_as, rows};
use crate::ingest::{IngestError, InputOptions, Layout, NoticeKind, Row, RowError, Source};

#[test]
fn excels_sep_line_and_windows_1252() {
    let (bytes, _, _) = WINDOWS_1252.encode("sep=;\r\nid;text\r\n1;Das Gerät läuft nicht, 20 € weg\r\n2;Très déçu\r\n");
    let source = open_as("a.csv", &bytes, &InputOptions::default()).unwrap();
    assert_eq!(source.layout().encoding.name, "windows-1252");
    assert!(source.layout().notes[0].contains("windows-1252 is a guess"));
    let all = messages(&source);
    assert_eq!((all.len(), all[0].text.as_str()), (2, "Das Gerät läuft nicht, 20 € weg"));
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_name() {
    let source = open("a.csv", "\u{FEFF}id,text\n1,x\n");
    assert_eq!(source.layout().headers, ["id", "text"]);
}

#[test]
fn duplicate_and_empty_headers_are_told_apart() {
    let source = open("a.csv", "id,text,text,,text_2\n1,a,b,c,d\n");
    assert_eq!(source.layout().headers, ["id", "text", "text_2", "column_4", "text_2_2"]);
    assert_eq!(messages(&source)[0].text, "a");
}

#[test]
fn ragged_rows_are_read_where_they_have_a_text() {
    let source = open("a.csv", "id,text,note\n1,a\n2\n3,b,c,d\n4,e,f,,\n");
    let all = rows(&source);
    let (short, long) = (all[0].as_ref().unwrap(), all[2].as_ref().unwrap());
    assert_eq!((short.message.text.as_str(), short.notices[0].kind), ("a", NoticeKind::Ragged));
    assert!(short.notices[0].reason.contains("2 of 3 cells"));
    let error = all[1].as_ref().unwrap_err();
    assert_eq!((error.row, error.line), (2, 3));
    assert!(error.reason.contains("\"text\""), "{error}");
    assert_eq!(long.message.input.last(), Some(&("extra_1".into(), "d".into())));
    assert!(all[3].as_ref().unwrap().notices.is_empty());
    // A text that holds an unquoted delimiter and is the last column is whole again.
    let source = open("b.csv", "id,text\n1,late, wet, and broken\n2,fine\n");
    assert_eq!(messages(&source)[0].text, "late, wet, and broken");
}

#[test]
fn an_open_quote_names_its_row_and_loses_no_other() {
    let source = open("a.csv", "id,text\n1,a\n2,\"never closed\n3,c\n4,\"d\"\n5,e\n");
    let all = rows(&source);
    let error = all[1].as_ref().unwrap_err();
    assert_eq!((error.row, error.line), (2, 3));
    assert!(error.reason.contains("\"text\""), "{error}");
    let texts = |all: &[Result<Row, RowError>]| -> Vec<String> {
        all.iter().flatten().map(|row| row.message.text.clone()).collect()
    };
    assert_eq!(texts(&all), ["a", "c", "d", "e"]);
    let source = open("b.csv", "id,text\n1,a\n2,\"never closed\n3,c\n");
    assert_eq!(texts(&rows(&source)), ["a", "c"]);
    assert_eq!(rows(&source).len(), 3);
    let source = open("d.csv", "id,text\n1,\"only this\n");
    assert!(rows(&source)[0].is_err());
    // A quote that is not doubled is no open quote.
    let source = open("c.csv", "id,text\n1,\"He said \"no\" to me\"\n2,c\n");
    let all = rows(&source);
    assert_eq!(all[0].as_ref().unwrap().notices[0].kind, NoticeKind::StrayQuote);
    assert_eq!(all.len(), 2);
}

#[test]
fn a_replacement_character_that_was_written_is_no_damage() {
    let source = open("a.csv", "id,text\n1,so \u{FFFD} it was\n");
    assert!(rows(&source)[0].as_ref().unwrap().notices.is_empty());
}

#[test]
fn a_nul_byte_is_the_matter_of_its_row() {
    let source = open("a.csv", "id,text\n1,br\0ken\n2,fine\n");
    let all = rows(&source);
    let first = all[0].as_ref().unwrap();
    assert_eq!(first.message.text, "br\u{FFFD}ken");
    assert_eq!(first.notices[0].kind, NoticeKind::Undecodable);
    assert!(first.notices[0].kind.is_damage());
    assert!(all[1].as_ref().unwrap().notices.is_empty());
    let source = open("a.json", "[{\"text\":\"br\\u0000ken\"}]");
    assert_eq!(rows(&source)[0].as_ref().unwrap().notices[0].kind, NoticeKind::Undecodable);
}

#[test]
fn a_cell_of_five_megabytes_and_newlines_in_cells() {
    let big = "All is lost. ".repeat(400_000);
    let source = open("a.csv", &format!("id,text\n1,\"{big}\"\n2,\"two\r\nlines\"\n"));
    let all = messages(&source);
    assert_eq!((all[0].text.len(), all[1].text.as_str()), (big.len(), "two\r\nlines"));
    let source = open("a.json", &format!("[{{\"text\":\"{big}\"}}]"));
    assert_eq!(messages(&source)[0].text.len(), big.len());
}

#[test]
fn files_that_are_no_exports() {
    let of = |name: &str, bytes: &[u8]| open_as(name, bytes, &InputOptions::default()).unwrap_err();
    assert!(matches!(of("a.csv", b""), IngestError::Empty { .. }));
    assert!(matches!(of("a.csv", b"\n \n"), IngestError::Empty { .. }));
    assert!(matches!(of("a.csv", b"id,text\n"), IngestError::NoRows { .. }));
    assert!(matches!(of("a.json", b"[]"), IngestError::NoRows { .. }));
    assert!(matches!(of("a.json", b"{\"tickets\":[]}"), IngestError::NoRows { .. }));
    assert!(matches!(of("a.csv", b"\"id,text\n1,x\n"), IngestError::OpenHeader { line: 1, .. }));
    assert!(matches!(of("a.json", b"text\nhi\n"), IngestError::BadJson { .. }));
    assert!(matches!(of("a.json", b"{\"a\":1}"), IngestError::NoMessageList { .. }));
    let png = of("a.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    assert!(png.to_string().ends_with("a.csv: this is a PNG image, not text"), "{png}");
    assert!(png.hint().is_some());

    let options = InputOptions::default();
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Source::open(folder.path(), &options), Err(IngestError::Directory { .. })));
    let missing = Source::open(&folder.path().join("no.csv"), &options).unwrap_err();
    assert!(matches!(missing, IngestError::Missing { .. }));
    assert!(missing.hint().is_some());
}

#[test]
fn broken_json_entries_do_not_stop_the_rest() {
    let source = open("a.jsonl", "{\"text\":\"a\"}\n{\"text\":\n[1]\n{\"text\":\"b\"}\n");
    let all = rows(&source);
    assert_eq!(all.len(), 4);
    assert_eq!((all[1].as_ref().unwrap_err().row, all[1].as_ref().unwrap_err().line), (2, 2));
    assert!(all[2].as_ref().unwrap_err().reason.contains("a list, not an object"));
    assert_eq!(all[3].as_ref().unwrap().message.text, "b");
    let source = open("a.json", "[{\"text\":\"a\"},{\"text\":oops},{\"text\":\"b\"},{\"text\":\"cut");
    let all = rows(&source);
    assert_eq!(all.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true, false]);
    assert!(all[3].as_ref().unwrap_err().reason.contains("ends in the middle"));
}

#[test]
fn a_layout_can_be_kept_as_json() {
    let source = open("a.csv", "id,text\n1,x\n");
    let json = serde_json::to_string(source.layout()).unwrap();
    assert_eq!(&serde_json::from_str::<Layout>(&json).unwrap(), source.layout());
}

#[test]
fn standard_input_can_be_read_twice_and_outlives_its_source() {
    let source = Source::from_reader("-", b"id,text\n1,x\n".as_slice(), &InputOptions::default()).unwrap();
    assert_eq!(messages(&source), messages(&source));
    let late = source.messages().unwrap();
    drop(source);
    assert_eq!(late.count(), 1);
}
