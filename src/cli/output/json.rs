//! JSON: an object a line, or one array.

use std::io::{self, Write};

use crate::pipeline::ScoredRow;

use super::row::record;
use super::{OutputOptions, RowWriter};

/// One JSON object a line.
pub(super) struct JsonlWriter<'a> {
    options: OutputOptions,
    out: &'a mut dyn Write,
}

impl<'a> JsonlWriter<'a> {
    pub(super) fn new(options: OutputOptions, out: &'a mut dyn Write) -> Self {
        Self { options, out }
    }
}

impl RowWriter for JsonlWriter<'_> {
    fn row(&mut self, row: &ScoredRow) -> io::Result<()> {
        serde_json::to_writer(&mut *self.out, &record(row, self.options.row))?;
        self.out.write_all(b"\n")
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// One JSON array, written as it comes.
pub(super) struct JsonWriter<'a> {
    options: OutputOptions,
    out: &'a mut dyn Write,
    rows: u64,
}

impl<'a> JsonWriter<'a> {
    pub(super) fn new(options: OutputOptions, out: &'a mut dyn Write) -> Self {
        Self { options, out, rows: 0 }
    }
}

impl RowWriter for JsonWriter<'_> {
    fn row(&mut self, row: &ScoredRow) -> io::Result<()> {
        self.out.write_all(if self.rows == 0 { b"[\n" } else { b",\n" })?;
        self.rows += 1;
        serde_json::to_writer(&mut *self.out, &record(row, self.options.row))?;
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.write_all(if self.rows == 0 { b"[]\n" } else { b"\n]\n" })?;
        self.out.flush()
    }
}
