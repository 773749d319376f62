//! Rows as they stand in a file, before they become messages.

use std::fs::File;
use std::io::{self, BufRead, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use encoding_rs::Encoding;
use serde_json::{Map, Value};

use super::delimited::{self, Dialect, RecordReader};
use super::encoding::DecodedReader;
use super::error::RowError;
use super::json::{self, ElementReader, Shape};

/// A file's bytes, which can be read any number of times.
#[derive(Debug)]
pub(crate) enum Body {
    File(PathBuf),
    /// Standard input, kept for as long as anybody reads it.
    Spooled(tempfile::NamedTempFile),
}

impl Body {
    fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Spooled(file) => file.path(),
        }
    }

    pub(crate) fn open(&self) -> io::Result<File> {
        File::open(self.path())
    }
}

/// How to read the rows of a file.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub(crate) file: String,
    pub(crate) body: Arc<Body>,
    pub(crate) encoding: &'static Encoding,
    /// Length of the byte order mark.
    pub(crate) mark: u64,
    /// Whether every byte is text in the encoding.
    pub(crate) clean: bool,
    pub(crate) form: Form,
}

#[derive(Debug, Clone)]
pub(crate) enum Form {
    Delimited {
        dialect: Dialect,
        /// Whether a line `sep=;` stands before the header.
        sep_line: bool,
        headers: Arc<Vec<String>>,
    },
    Json(Shape),
}

impl Reading {
    pub(crate) fn text(&self) -> io::Result<DecodedReader<File>> {
        let mut file = self.body.open()?;
        file.seek(SeekFrom::Start(self.mark))?;
        Ok(DecodedReader::new(file, self.encoding))
    }

    /// Starts at the first row, behind the header.
    pub(crate) fn rows(&self) -> io::Result<RawRows> {
        let text = self.text()?;
        let reader = match &self.form {
            Form::Delimited { dialect, sep_line, .. } => {
                let mut reader = RecordReader::new(text, *dialect);
                if *sep_line {
                    reader.skip_first_line()?;
                }
                reader.next_record()?;
                Reader::Delimited(Box::new(reader))
            }
            Form::Json(shape) => Reader::Json(Box::new(ElementReader::new(text, shape.clone()))),
        };
        Ok(RawRows { reading: self.clone(), reader, row: 0, ended: false })
    }
}

/// A row as it stands in the file.
#[derive(Debug)]
pub(crate) struct RawRow {
    pub(crate) row: u64,
    pub(crate) line: u64,
    pub(crate) cells: Cells,
    /// Whether text follows a closing quote in it.
    pub(crate) stray_quote: bool,
}

#[derive(Debug)]
pub(crate) enum Cells {
    /// As many cells as the row has, fewer or more than there are headers.
    Table(Arc<Vec<String>>, Vec<String>),
    Object(Map<String, Value>),
}

/// Where a field's text is found in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Lookup {
    Cell(usize),
    Path(Vec<String>),
}

impl Cells {
    /// Returns the text of a cell; none where the row has no such cell or it is null.
    pub(crate) fn get(&self, lookup: &Lookup) -> Option<String> {
        match (self, lookup) {
            (Self::Table(_, cells), Lookup::Cell(at)) => cells.get(*at).cloned(),
            (Self::Object(object), Lookup::Path(path)) => {
                let (first, rest) = path.split_first()?;
                let mut value = object.get(first)?;
                for key in rest {
                    value = match value {
                        Value::Object(object) => object.get(key)?,
                        Value::Array(array) => array.get(key.parse::<usize>().ok()?)?,
                        _ => return None,
                    };
                }
                (!value.is_null()).then(|| value_text(value))
            }
            _ => None,
        }
    }

    /// Returns every column in order. Cells beyond the header are called `extra_1` and so on.
    pub(crate) fn into_columns(self) -> Vec<(String, String)> {
        match self {
            Self::Table(headers, cells) => {
                let mut cells = cells.into_iter();
                let mut columns: Vec<_> =
                    headers.iter().map(|header| (header.clone(), cells.next().unwrap_or_default())).collect();
                columns.extend(cells.enumerate().map(|(at, cell)| (format!("extra_{}", at + 1), cell)));
                columns
            }
            Self::Object(object) => object
                .into_iter()
                .map(|(key, value)| {
                    let text = if let Value::String(text) = value { text } else { value_text(&value) };
                    (key, text)
                })
                .collect(),
        }
    }
}

/// Strings as they are, null as nothing, the rest as compact JSON.
fn value_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Rows of a file, in order.
pub(crate) struct RawRows {
    reading: Reading,
    reader: Reader,
    row: u64,
    ended: bool,
}

enum Reader {
    Delimited(Box<RecordReader<DecodedReader<File>>>),
    Json(Box<ElementReader<DecodedReader<File>>>),
}

impl RawRows {
    fn error(&self, line: u64, reason: String) -> RowError {
        RowError { file: self.reading.file.clone(), row: self.row, line, reason }
    }

    fn step(&mut self) -> io::Result<Option<Result<RawRow, RowError>>> {
        match &mut self.reader {
            Reader::Delimited(reader) => match reader.next_record()? {
                delimited::Next::End => Ok(None),
                delimited::Next::Record(record) => {
                    let Form::Delimited { headers, dialect, .. } = &self.reading.form else {
                        return Ok(None);
                    };
                    if let Some(cell) = swallowed(&record, headers.len(), *dialect) {
                        return self.after_open_quote(record.line, record.offset, cell).map(Some);
                    }
                    self.row += 1;
                    let cells = Cells::Table(Arc::clone(headers), record.cells);
                    Ok(Some(Ok(RawRow { row: self.row, line: record.line, cells, stray_quote: record.stray_quote })))
                }
                delimited::Next::OpenQuote { line, offset, cell } => {
                    self.after_open_quote(line, offset, cell).map(Some)
                }
            },
            Reader::Json(reader) => match reader.next_element()? {
                json::Next::End => Ok(None),
                json::Next::Broken { line, reason } => {
                    self.row += 1;
                    Ok(Some(Err(self.error(line, reason))))
                }
                json::Next::Element(element) => {
                    self.row += 1;
                    Ok(Some(self.object(&element)))
                }
            },
        }
    }

    fn object(&self, element: &json::Element) -> Result<RawRow, RowError> {
        match serde_json::from_str::<Value>(&element.text) {
            Ok(Value::Object(object)) => {
                Ok(RawRow { row: self.row, line: element.line, cells: Cells::Object(object), stray_quote: false })
            }
            Ok(other) => Err(self.error(element.line, format!("this entry is {}, not an object", kind_of(&other)))),
            Err(error) => Err(self.error(element.line, format!("this entry is not valid JSON: {error}"))),
        }
    }

    /// Reports a row whose quote closes nowhere, or not in its row, and goes on behind the line on which it began, so that the rows it swallowed are not lost.
    fn after_open_quote(&mut self, line: u64, offset: u64, cell: usize) -> io::Result<Result<RawRow, RowError>> {
        self.row += 1;
        let Form::Delimited { dialect, headers, .. } = &self.reading.form else {
            return Ok(Err(self.error(line, "a quote is never closed".into())));
        };
        let column = headers.get(cell - 1).map_or_else(|| format!("cell {cell}"), |name| format!("column \"{name}\""));
        let mut reader = RecordReader::new(self.reading.text()?, *dialect);
        reader.skip_line_at(offset, line)?;
        self.reader = Reader::Delimited(Box::new(reader));
        let reason = format!(
            "the quote that opens in {column} is never closed in its row; reading goes on at line {}",
            line + 1
        );
        Ok(Err(self.error(line, reason)))
    }
}

impl Iterator for RawRows {
    type Item = Result<RawRow, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.step() {
            Ok(Some(row)) => Some(row),
            Ok(None) => {
                self.ended = true;
                None
            }
            Err(error) => {
                self.ended = true;
                self.row += 1;
                Some(Err(self.error(0, format!("reading stopped here: {error}"))))
            }
        }
    }
}

/// Returns the number of the cell whose quote was closed only by a quote of a later row: text follows that quote, and a line
/// inside the cell has as many cells as a row.
fn swallowed(record: &delimited::Record, columns: usize, dialect: Dialect) -> Option<usize> {
    if !record.stray_quote || columns < 2 {
        return None;
    }
    let delimiter = char::from(dialect.delimiter);
    let holds_row = |cell: &String| cell.lines().skip(1).any(|line| line.matches(delimiter).count() + 1 == columns);
    record.cells.iter().position(holds_row).map(|at| at + 1)
}

const fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Reads the first `limit` bytes of a text.
pub(crate) fn head(text: &mut impl BufRead, limit: usize) -> io::Result<String> {
    let mut bytes = Vec::new();
    while bytes.len() < limit {
        let buffer = text.fill_buf()?;
        if buffer.is_empty() {
            break;
        }
        let length = buffer.len();
        bytes.extend_from_slice(buffer);
        text.consume(length);
    }
    Ok(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}
