//! An export, opened.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use super::convert::{Plan, Row};
use super::detect::detect;
use super::error::{IngestError, RowError};
use super::layout::Layout;
use super::options::InputOptions;
use super::raw::{Body, RawRows};

/// An export whose messages can be read any number of times, each time streamed.
#[derive(Debug)]
pub struct Source {
    plan: Arc<Plan>,
    layout: Layout,
}

impl Source {
    /// Opens a file and detects its layout. The name in messages and errors is the path as given.
    ///
    /// # Errors
    /// When the file is missing, unreadable, empty, not text, or when no column is the text of a message.
    pub fn open(path: &Path, options: &InputOptions) -> Result<Self, IngestError> {
        let file = path.display().to_string();
        match path.metadata() {
            Ok(meta) if meta.is_dir() => return Err(IngestError::Directory { file }),
            // A pipe can be read only once, and an export is read twice.
            Ok(meta) if !meta.is_file() => {
                let input =
                    std::fs::File::open(path).map_err(|source| IngestError::Io { file: file.clone(), source })?;
                return Self::from_reader(&file, input, options);
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(IngestError::Missing { file });
            }
            Err(source) => return Err(IngestError::Io { file, source }),
        }
        Self::detected(&file, Body::File(path.to_owned()), options)
    }

    /// Copies a stream into a temporary file, which is deleted with the source and its last iterator, and opens that.
    /// `name` is what messages and errors call it (`-` for standard input).
    ///
    /// # Errors
    /// As [`open`](Self::open), and when the temporary file cannot be written.
    pub fn from_reader(name: &str, mut input: impl Read, options: &InputOptions) -> Result<Self, IngestError> {
        let io_error = |source: io::Error| IngestError::Io { file: name.to_owned(), source };
        let mut spooled = tempfile::NamedTempFile::new().map_err(io_error)?;
        io::copy(&mut input, &mut spooled).map_err(io_error)?;
        Self::detected(name, Body::Spooled(spooled), options)
    }

    fn detected(file: &str, body: Body, options: &InputOptions) -> Result<Self, IngestError> {
        let (plan, layout) = detect(file, Arc::new(body), options)?;
        Ok(Self { plan: Arc::new(plan), layout })
    }

    /// Returns what was understood of the file.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Reads the messages from the start, in the order of the rows. The memory is that of the largest row.
    ///
    /// # Errors
    /// When the file can no longer be opened. What goes wrong later comes as a [`RowError`], and reading goes on.
    pub fn messages(&self) -> Result<Messages, IngestError> {
        let io_error = |source: io::Error| IngestError::Io { file: self.plan.reading.file.clone(), source };
        let rows = self.plan.reading.rows().map_err(io_error)?;
        Ok(Messages { plan: Arc::clone(&self.plan), rows })
    }
}

/// The messages of an export, one item an input row.
pub struct Messages {
    plan: Arc<Plan>,
    rows: RawRows,
}

impl Iterator for Messages {
    type Item = Result<Row, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.rows.next()?.and_then(|raw| self.plan.message(raw)))
    }
}
