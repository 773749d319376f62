//! Writers of scored rows: table, csv, jsonl, json.

mod csv;
mod json;
pub(super) mod row;
pub(super) mod style;
mod table;

use std::io::{self, Write};

use crate::pipeline::ScoredRow;

use super::args::Format;
use row::RowOptions;
use style::Style;

/// How rows are written.
#[derive(Debug, Clone)]
pub(super) struct OutputOptions {
    /// What a record holds.
    pub(super) row: RowOptions,
    /// Guard cells against formulas (csv).
    pub(super) spreadsheet_safe: bool,
    /// Columns of the input over all files, in the order in which they were first seen (csv).
    pub(super) input_columns: Vec<String>,
    /// Columns of the terminal (table).
    pub(super) width: usize,
    /// Colours (table).
    pub(super) style: Style,
}

/// Writes rows, one after the other.
pub(super) trait RowWriter {
    /// Writes one row.
    fn row(&mut self, row: &ScoredRow) -> io::Result<()>;

    /// Writes what comes after the last row.
    fn finish(&mut self) -> io::Result<()>;
}

/// Returns the writer of a format.
pub(super) fn writer<'a>(
    format: Format,
    options: OutputOptions,
    out: &'a mut dyn Write,
) -> io::Result<Box<dyn RowWriter + 'a>> {
    Ok(match format {
        Format::Table => Box::new(table::TableWriter::new(options, out)),
        Format::Csv => Box::new(csv::CsvWriter::new(options, out)?),
        Format::Jsonl => Box::new(json::JsonlWriter::new(options, out)),
        Format::Json => Box::new(json::JsonWriter::new(options, out)),
    })
}
