//! From a file's bytes to the plan by which its rows are read, and the layout that tells a person about it.

use std::io;
use std::sync::Arc;

use super::columns::Field;
use super::content::not_text;
use super::convert::Plan;
use super::date;
use super::delimited::{Dialect, Next, RecordReader};
use super::describe::layout;
use super::encoding::{self, Survey};
use super::error::IngestError;
use super::format::{Format, TABLE};
use super::json::{self, Shape};
use super::layout::Layout;
use super::mapping::{Columns, Sample};
use super::options::InputOptions;
use super::raw::{Body, Form, RawRow, Reading, head};
use super::sample::take_sample;
use super::sniff::{self, JsonForm};

/// Bytes of text from which delimiter and shape are told.
const HEAD_BYTES: usize = 256 * 1024;

/// Detects everything about a file.
pub(crate) fn detect(file: &str, body: Arc<Body>, options: &InputOptions) -> Result<(Plan, Layout), IngestError> {
    let io_error = |source: io::Error| IngestError::Io { file: file.to_owned(), source };
    let survey = survey(file, &body, options)?;
    let mut reading = Reading {
        file: file.to_owned(),
        body,
        encoding: survey.encoding,
        mark: survey.mark,
        clean: survey.clean,
        form: Form::Json(Shape::Lines),
    };
    let start = head(&mut reading.text().map_err(io_error)?, HEAD_BYTES).map_err(io_error)?;
    reading.form = if is_json(file, &start)? {
        Form::Json(json_shape(&reading, &start, options)?)
    } else {
        delimited_form(&reading, &start, options.delimiter, options.quoting)?
    };

    let mut sampled = take_sample(&reading).map_err(io_error)?;
    let json = matches!(reading.form, Form::Json(_));
    let format = TABLE.recognise(&sampled.headers, json);
    if let (Form::Delimited { dialect, .. }, Some(quoting)) = (&reading.form, format.and_then(|format| format.quoting))
        && options.quoting.is_none()
        && dialect.quoting != quoting
    {
        reading.form = delimited_form(&reading, &start, Some(dialect.delimiter), Some(quoting))?;
        sampled = take_sample(&reading).map_err(io_error)?;
    }
    if sampled.rows.is_empty() {
        match sampled.first_error {
            Some(error) if json => {
                return Err(IngestError::BadJson { file: file.to_owned(), line: error.line, reason: error.reason });
            }
            // Delimited text has a header to go by: each row then says what is wrong with it.
            Some(_) => {}
            None => {
                return Err(IngestError::NoRows { file: file.to_owned(), columns: sampled.headers });
            }
        }
    }
    let sample = Sample { file, form: &reading.form, headers: &sampled.headers, rows: &sampled.rows, all: sampled.all };
    let columns = sample.map(&options.columns, format)?;
    let plan = plan(reading, format, columns, options, &sampled.rows);
    let layout = layout(&plan, &sampled, survey.found_by).map_err(io_error)?;
    Ok((plan, layout))
}

/// Refuses what is no text and tells the encoding.
fn survey(file: &str, body: &Body, options: &InputOptions) -> Result<Survey, IngestError> {
    let io_error = |source: io::Error| IngestError::Io { file: file.to_owned(), source };
    let mut start = vec![0; 64 * 1024];
    let length = encoding::fill(&mut body.open().map_err(io_error)?, &mut start).map_err(io_error)?;
    start.truncate(length);
    let refused = |found: super::content::NotText| IngestError::NotText {
        file: file.to_owned(),
        what: found.what,
        remedy: found.remedy,
    };
    // Before the survey, which would read an archive of any size to its end; zero bytes are judged after it.
    if let Some(found) = not_text(&start, true) {
        return Err(refused(found));
    }
    let survey = encoding::survey(options.encoding, || body.open()).map_err(io_error)?;
    if survey.blank {
        return Err(IngestError::Empty { file: file.to_owned() });
    }
    let utf16 = matches!(survey.encoding.name(), "UTF-16LE" | "UTF-16BE");
    match not_text(&start, utf16) {
        Some(found) => Err(refused(found)),
        None => Ok(survey),
    }
}

fn extension(file: &str) -> Option<String> {
    let (_, extension) = file.rsplit_once('.')?;
    Some(extension.to_ascii_lowercase())
}

/// JSON by what the file begins with; only a name that says CSV or TSV is stronger.
fn is_json(file: &str, start: &str) -> Result<bool, IngestError> {
    let first = start.chars().find(|c| !c.is_whitespace());
    let looks = matches!(first, Some('{' | '['));
    match extension(file).as_deref() {
        Some("csv" | "tsv" | "tab") => Ok(false),
        Some("json" | "jsonl" | "ndjson") if !looks => Err(IngestError::BadJson {
            file: file.to_owned(),
            line: 1,
            reason: format!("it begins with \"{}\"", start.trim_start().chars().take(20).collect::<String>()),
        }),
        _ => Ok(looks),
    }
}

fn json_shape(reading: &Reading, start: &str, options: &InputOptions) -> Result<Shape, IngestError> {
    let io_error = |source: io::Error| IngestError::Io { file: reading.file.clone(), source };
    let object = start.trim_start().starts_with('{');
    let outline = if object { Some(json::outline(reading.text().map_err(io_error)?).map_err(io_error)?) } else { None };
    let by_name = matches!(extension(&reading.file).as_deref(), Some("jsonl" | "ndjson"));
    match sniff::json_form(start, by_name, outline.as_ref(), options.columns.get(Field::Text)) {
        JsonForm::Shape(shape) => Ok(shape),
        JsonForm::NoList(keys) => Err(IngestError::NoMessageList { file: reading.file.clone(), keys }),
    }
}

fn delimited_form(
    reading: &Reading,
    start: &str,
    delimiter: Option<u8>,
    quoting: Option<bool>,
) -> Result<Form, IngestError> {
    let io_error = |source: io::Error| IngestError::Io { file: reading.file.clone(), source };
    let sep = sniff::sep_line(start);
    let rest = if sep.is_some() { start.split_once('\n').map_or("", |(_, rest)| rest) } else { start };
    let cut = start.len() >= HEAD_BYTES;
    let dialect = sniff::dialect(rest, cut, delimiter.or(sep), quoting).map_err(io_error)?;
    let headers = Arc::new(header(reading, dialect, sep.is_some())?);
    Ok(Form::Delimited { dialect, sep_line: sep.is_some(), headers })
}

fn header(reading: &Reading, dialect: Dialect, sep_line: bool) -> Result<Vec<String>, IngestError> {
    let io_error = |source: io::Error| IngestError::Io { file: reading.file.clone(), source };
    let mut reader = RecordReader::new(reading.text().map_err(io_error)?, dialect);
    if sep_line {
        reader.skip_first_line().map_err(io_error)?;
    }
    match reader.next_record().map_err(io_error)? {
        Next::Record(record) => Ok(distinct(record.cells)),
        Next::OpenQuote { line, .. } => Err(IngestError::OpenHeader { file: reading.file.clone(), line }),
        Next::End => Err(IngestError::Empty { file: reading.file.clone() }),
    }
}

/// Trims the names, names the nameless, and tells repeated ones apart by `_2`, `_3`.
fn distinct(cells: Vec<String>) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(cells.len());
    for (at, cell) in cells.into_iter().enumerate() {
        let base = cell.trim();
        let base = if base.is_empty() { format!("column_{}", at + 1) } else { base.to_owned() };
        let mut name = base.clone();
        let mut copy = 2;
        while names.contains(&name) {
            name = format!("{base}_{copy}");
            copy += 1;
        }
        names.push(name);
    }
    names
}

fn plan(
    reading: Reading,
    format: Option<&'static Format>,
    columns: Columns,
    options: &InputOptions,
    rows: &[RawRow],
) -> Plan {
    let texts = |field: Field| {
        let lookup = columns.get(&field).map(|column| &column.lookup);
        rows.iter().filter_map(move |row| row.cells.get(lookup?))
    };
    let day_first = texts(Field::CreatedAt).find_map(|text| date::is_day_first(&text)).unwrap_or(false);
    let most = texts(Field::Rating).filter_map(|text| text.trim().parse::<f32>().ok()).fold(0.0_f32, f32::max);
    let guessed = if most <= 5.0 {
        5.0
    } else if most <= 10.0 {
        10.0
    } else {
        100.0
    };
    let delimiter = match &reading.form {
        Form::Delimited { dialect, .. } => char::from(dialect.delimiter),
        Form::Json(_) => ',',
    };
    Plan {
        scale: format.and_then(|format| format.scale).unwrap_or(guessed),
        channel: options.channel,
        reading,
        format,
        columns,
        day_first,
        delimiter,
    }
}
