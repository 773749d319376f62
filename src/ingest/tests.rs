//! Whole exports, each in its own words.

mod columns;
mod damage;
mod formats;
mod properties;

use std::ops::Deref;

use super::{IngestError, InputOptions, Row, RowError, Source};
use crate::message::Message;

/// A source and the folder of its file.
#[derive(Debug)]
struct Opened {
    source: Source,
    _folder: tempfile::TempDir,
}

impl Deref for Opened {
    type Target = Source;

    fn deref(&self) -> &Source {
        &self.source
    }
}

fn open_as(name: &str, bytes: &[u8], options: &InputOptions) -> Result<Opened, IngestError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let source = Source::open(&path, options)?;
    Ok(Opened { source, _folder: folder })
}

fn open(name: &str, text: &str) -> Opened {
    open_as(name, text.as_bytes(), &InputOptions::default()).unwrap()
}

fn named(map: &str) -> InputOptions {
    InputOptions { columns: map.parse().unwrap(), ..InputOptions::default() }
}

fn rows(source: &Source) -> Vec<Result<Row, RowError>> {
    source.messages().unwrap().collect()
}

fn messages(source: &Source) -> Vec<Message> {
    rows(source).into_iter().map(|row| row.unwrap().message).collect()
}

fn format_of(source: &Source) -> &str {
    &source.layout().format
}

fn utc(message: &Message) -> String {
    message.created_at.as_ref().unwrap().utc.unwrap().to_string()
}

fn utf16(text: &str) -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xFE];
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    bytes
}
