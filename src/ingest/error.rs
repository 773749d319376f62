//! What can go wrong with a file, and what can go wrong with a row.

use std::io;

use serde::{Deserialize, Serialize};

use super::columns::Field;
use crate::message::{Message, Origin};
use crate::thread::EarlierRow;

/// Why a file cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// There is no such file.
    #[error("{file}: there is no such file")]
    Missing {
        /// The file as the user named it.
        file: String,
    },
    /// It is a folder.
    #[error("{file}: this is a folder, not a file")]
    Directory {
        /// The folder as the user named it.
        file: String,
    },
    /// Reading failed.
    #[error("{file}: cannot be read: {source}")]
    Io {
        /// The file as the user named it.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// There is nothing in it.
    #[error("{file}: the file is empty")]
    Empty {
        /// The file as the user named it.
        file: String,
    },
    /// A header, or an empty list, and no row.
    #[error("{file}: there are no rows{}", if columns.is_empty() { String::new() } else { format!(" below the header {}", list(columns)) })]
    NoRows {
        /// The file as the user named it.
        file: String,
        /// Columns of the header.
        columns: Vec<String>,
    },
    /// Not text.
    #[error("{file}: this is {what}, not text")]
    NotText {
        /// The file as the user named it.
        file: String,
        /// What it looks like, with its article.
        what: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// Recognised, and known to hold no message text.
    #[error("{file}: this is a {format}, which holds no message text")]
    NoMessageText {
        /// The file as the user named it.
        file: String,
        /// Name of the format.
        format: String,
        /// What to export instead.
        advice: String,
        /// Columns of the file.
        columns: Vec<String>,
    },
    /// A file of no known format, in which no column looks like the text.
    #[error("{file}: no column looks like the text of a message; its columns are {}", list(columns))]
    NoTextColumn {
        /// The file as the user named it.
        file: String,
        /// Columns of the file.
        columns: Vec<String>,
        /// The column that is likeliest by its cells.
        likeliest: Option<String>,
    },
    /// The user named a column that does not exist.
    #[error("{file}: there is no column \"{column}\" for {field}; its columns are {}", list(columns))]
    NoSuchColumn {
        /// The file as the user named it.
        file: String,
        /// The field.
        field: Field,
        /// What was given.
        column: String,
        /// Columns of the file.
        columns: Vec<String>,
        /// The nearest column.
        suggestion: Option<String>,
    },
    /// Broken JSON from the start.
    #[error("{file}: line {line}: this is not JSON that can be read: {reason}")]
    BadJson {
        /// The file as the user named it.
        file: String,
        /// Line, from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// A quote in the header line that never closes.
    #[error("{file}: line {line}: a quote in the header is never closed")]
    OpenHeader {
        /// The file as the user named it.
        file: String,
        /// Line of the header, from 1.
        line: u64,
    },
    /// A JSON object in which no list can be told to be the messages.
    #[error("{file}: no list of messages in this JSON object; it holds {}", list(keys))]
    NoMessageList {
        /// The file as the user named it.
        file: String,
        /// Keys of the object.
        keys: Vec<String>,
    },
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

impl IngestError {
    /// Returns what the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { .. } => Some("check the path; `-` reads standard input".into()),
            Self::Directory { .. } => Some("name the files in it, for example FOLDER/*.csv".into()),
            Self::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                Some("you may not read this file: check its permissions".into())
            }
            Self::Io { .. } => None,
            Self::Empty { .. } => Some("export it again; the export may have been interrupted".into()),
            Self::NoRows { .. } => Some("export it again with a wider date range or another filter".into()),
            Self::NotText { remedy, .. } => Some((*remedy).to_owned()),
            Self::NoMessageText { advice, .. } => Some(advice.clone()),
            Self::NoTextColumn { columns, likeliest, .. } => {
                let column = likeliest.as_ref().or_else(|| columns.first()).map_or("COLUMN", String::as_str);
                Some(format!("name it: --columns text={}", quoted(column)))
            }
            Self::NoSuchColumn { field, suggestion, .. } => {
                suggestion.as_ref().map(|near| format!("did you mean --columns {field}={}", quoted(near)))
            }
            Self::BadJson { .. } => {
                Some("a JSON export is one list, one object that holds a list, or one object a line".into())
            }
            Self::OpenHeader { .. } => Some("the first line must name the columns; repair its quotes".into()),
            Self::NoMessageList { .. } => Some("save the list alone, as [ {...}, {...} ]".into()),
        }
    }
}

/// Quotes a column name for a shell and for `--columns` when it needs it.
fn quoted(column: &str) -> String {
    if column.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | ':')) {
        column.to_owned()
    } else if column.contains(',') {
        format!("'\"{column}\"'")
    } else {
        format!("'{column}'")
    }
}

/// A row that cannot be understood. It has no message; the rows after it are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{file}: row {row} (line {line}): {reason}")]
pub struct RowError {
    /// The file as the user named it.
    pub file: String,
    /// Row, from 1, the header not counted.
    pub row: u64,
    /// Line of the decoded file on which the row begins, from 1.
    pub line: u64,
    /// What is wrong, and where in the row.
    pub reason: String,
}

/// Something about a row that was read all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{file}: row {row}: {reason}")]
pub struct Notice {
    /// The file as the user named it.
    pub file: String,
    /// Row, from 1, the header not counted.
    pub row: u64,
    /// Which kind it is.
    pub kind: NoticeKind,
    /// What it is.
    pub reason: String,
}

impl Notice {
    /// Says that a message has the id of an earlier row. Both rows are messages; where they differ, the later one is the
    /// newer version.
    pub fn of_repeat(message: &Message, earlier: &EarlierRow) -> Self {
        let Origin { file, row } = message.origin.clone();
        let place = if earlier.file == file {
            format!("row {}", earlier.row)
        } else {
            format!("{}, row {}", earlier.file, earlier.row)
        };
        let (kind, reason) = if earlier.identical {
            (
                NoticeKind::RepeatedRow,
                format!("the same row as {place}, as overlapping pages bring it; it is not counted again"),
            )
        } else {
            (
                NoticeKind::DuplicateId,
                format!("the id \"{}\" stood in {place} with other content; this is the later version", message.id),
            )
        };
        Self { file, row, kind, reason }
    }
}

/// Kinds of notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// Fewer or more cells than the header has.
    Ragged,
    /// Bytes that are not text in the file's encoding; they are shown as U+FFFD.
    Undecodable,
    /// Text follows a closing quote, as by a quote that is not doubled; the quotes of that cell are lost.
    StrayQuote,
    /// A cell whose value could not be used (a date, a rating, a channel); the text of the cell is kept.
    UnknownValue,
    /// The id stood in an earlier row, with other content.
    DuplicateId,
    /// The same row again, as overlapping pages of an API bring it.
    RepeatedRow,
    /// An entry that is not a message.
    NotAMessage,
}

impl NoticeKind {
    /// Whether part of the row was lost or may stand in the wrong column, so that the input counts as partly unreadable.
    pub const fn is_damage(self) -> bool {
        matches!(self, Self::Ragged | Self::Undecodable | Self::StrayQuote)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_carry_the_facts_and_hints_say_what_to_do() {
        let error = IngestError::NoTextColumn {
            file: "a.csv".into(),
            columns: vec!["nr".into(), "was, genau".into()],
            likeliest: Some("was, genau".into()),
        };
        assert_eq!(
            error.to_string(),
            "a.csv: no column looks like the text of a message; its columns are \"nr\", \"was, genau\""
        );
        assert_eq!(error.hint().unwrap(), "name it: --columns text='\"was, genau\"'");

        let error = IngestError::NoSuchColumn {
            file: "a.csv".into(),
            field: Field::Text,
            column: "bdy".into(),
            columns: vec!["body".into()],
            suggestion: Some("body".into()),
        };
        assert!(error.to_string().contains("no column \"bdy\" for text"), "{error}");
        assert_eq!(error.hint().unwrap(), "did you mean --columns text=body");

        let denied = IngestError::Io { file: "a".into(), source: io::ErrorKind::PermissionDenied.into() };
        assert!(denied.hint().unwrap().contains("permissions"));
        let error = RowError { file: "a".into(), row: 2, line: 5, reason: "why".into() };
        assert_eq!(error.to_string(), "a: row 2 (line 5): why");
    }

    #[test]
    fn only_losses_are_damage() {
        assert!(NoticeKind::Ragged.is_damage() && NoticeKind::Undecodable.is_damage());
        assert!(!NoticeKind::DuplicateId.is_damage() && !NoticeKind::RepeatedRow.is_damage());
    }
}
