//! What was understood of a file, for a person to check.

use serde::{Deserialize, Serialize};

use super::columns::Field;
use super::encoding::EncodingUsed;
use crate::message::Message;

/// Format version of a serialised [`Layout`].
pub const LAYOUT_VERSION: u32 = 1;

/// What was understood of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Layout {
    /// [`LAYOUT_VERSION`].
    pub version: u32,
    /// File as the user named it; `-` is standard input.
    pub file: String,
    /// How rows are written.
    pub kind: Kind,
    /// Short name of the format; `generic` for an unknown one.
    pub format: String,
    /// What a person calls the format.
    pub title: String,
    /// Layout of the format, where it has several.
    pub variant: Option<String>,
    /// Encoding, and how we know.
    pub encoding: EncodingUsed,
    /// Delimiter, for delimited text.
    pub delimiter: Option<char>,
    /// Whether `"` quotes cells, for delimited text.
    pub quoting: Option<bool>,
    /// Path of the list of rows in a JSON object (`tickets`, `feed.entry`).
    pub list: Option<String>,
    /// Columns in their order; for JSON the keys of the sampled rows.
    pub headers: Vec<String>,
    /// Which column fills which field.
    pub columns: Vec<MappedColumn>,
    /// How many rows the notes rest on.
    pub rows_sampled: u64,
    /// Whether the sample is the whole file.
    pub sampled_all: bool,
    /// What a person should know, a sentence each.
    pub notes: Vec<String>,
    /// The first messages.
    pub samples: Vec<Message>,
}

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// CSV, TSV and their kin.
    Delimited,
    /// A JSON array, or an object that holds one.
    Json,
    /// A JSON value a line, or one after another.
    JsonLines,
}

impl Kind {
    /// Returns what a person calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Delimited => "delimited text",
            Self::Json => "JSON",
            Self::JsonLines => "JSON lines",
        }
    }
}

/// A field and the column that fills it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappedColumn {
    /// The field.
    pub field: Field,
    /// The column; for JSON it may be a dotted path.
    pub column: String,
    /// Why this column.
    pub by: MappedBy,
}

/// Why a column fills a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MappedBy {
    /// The user said so.
    Given,
    /// The format is known.
    Format,
    /// Its name suggests it.
    Name,
}
