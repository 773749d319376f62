//! The first rows of a file, on which detection rests.

use std::io;

use super::error::RowError;
use super::raw::{Cells, Form, RawRow, Reading};

/// Rows that detection looks at.
const SAMPLE_ROWS: usize = 200;

/// Bytes of cells after which the sample ends.
const SAMPLE_BYTES: usize = 8 * 1024 * 1024;

/// The first rows of a file.
pub(crate) struct Sampled {
    /// Columns in their order; for JSON the keys of the sampled rows.
    pub(crate) headers: Vec<String>,
    pub(crate) rows: Vec<RawRow>,
    pub(crate) first_error: Option<RowError>,
    /// How many rows could not be read.
    pub(crate) errors: usize,
    /// Whether these are all rows of the file.
    pub(crate) all: bool,
}

/// Reads the first rows.
pub(crate) fn take_sample(reading: &Reading) -> io::Result<Sampled> {
    let mut sampled = Sampled { headers: Vec::new(), rows: Vec::new(), first_error: None, errors: 0, all: true };
    if let Form::Delimited { headers, .. } = &reading.form {
        sampled.headers.clone_from(headers);
    }
    let mut bytes = 0;
    for row in reading.rows()? {
        if sampled.rows.len() + sampled.errors >= SAMPLE_ROWS || bytes > SAMPLE_BYTES {
            sampled.all = false;
            break;
        }
        match row {
            Ok(row) => {
                bytes += weigh(&row.cells);
                if let Cells::Object(object) = &row.cells {
                    for key in object.keys() {
                        if !sampled.headers.contains(key) {
                            sampled.headers.push(key.clone());
                        }
                    }
                }
                sampled.rows.push(row);
            }
            Err(error) => {
                sampled.errors += 1;
                sampled.first_error.get_or_insert(error);
            }
        }
    }
    Ok(sampled)
}

fn weigh(cells: &Cells) -> usize {
    match cells {
        Cells::Table(_, cells) => cells.iter().map(String::len).sum(),
        Cells::Object(object) => object.values().map(|value| value.as_str().map_or(64, str::len)).sum(),
    }
}
