//! What was written is what is read.

use encoding_rs::WINDOWS_1252;
use proptest::prelude::*;

use super::{messages, utf16};
use crate::ingest::{InputOptions, Source};

fn encoded(text: &str, how: usize) -> Vec<u8> {
    match how {
        0 => text.as_bytes().to_vec(),
        1 => [b"\xEF\xBB\xBF".as_slice(), text.as_bytes()].concat(),
        2 => utf16(text),
        3 => [0xFE, 0xFF].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect(),
        _ => WINDOWS_1252.encode(text).0.into_owned(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn what_was_written_is_read_in_any_encoding(
        texts in proptest::collection::vec("[a-zé€ ,;|\t\"\n]{0,12}", 1..10),
        delimiter in proptest::sample::select(b",;\t|".to_vec()),
        how in 0usize..5,
    ) {
        let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
        writer.write_record(["id", "text", "end"]).unwrap();
        for (at, text) in texts.iter().enumerate() {
            writer.write_record([&format!("r{at}"), text, "."]).unwrap();
        }
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        let given = (how == 4).then_some(WINDOWS_1252);
        let options = InputOptions { delimiter: Some(delimiter), quoting: Some(true), encoding: given, ..InputOptions::default() };
        let source = Source::from_reader("x.csv", encoded(&text, how).as_slice(), &options).unwrap();
        let read: Vec<_> = messages(&source).into_iter().map(|message| message.input[1].1.clone()).collect();
        prop_assert_eq!(read, texts);
    }

    #[test]
    fn an_array_and_lines_of_json_are_the_same_messages(
        texts in proptest::collection::vec("[a-zé€ \"\\\\{}\\[\\],]{0,12}", 1..10),
    ) {
        let rows: Vec<String> = texts
            .iter()
            .enumerate()
            .map(|(at, text)| serde_json::json!({ "id": at, "text": text, "deep": { "a": [text] } }).to_string())
            .collect();
        let options = InputOptions::default();
        let array = Source::from_reader("-", format!("[{}]", rows.join(",")).as_bytes(), &options).unwrap();
        let lines = Source::from_reader("-", rows.join("\n").as_bytes(), &options).unwrap();
        prop_assert_eq!(messages(&array), messages(&lines));
    }
}
