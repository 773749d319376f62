//! Exports to messages.
//!
//! [`Source::open`] tells encoding, delimiter and format of a file by its bytes and the names of its columns, never by
//! their position, and [`Source::messages`] streams its rows as [`Message`](crate::message::Message)s in the memory of
//! the largest one. What is known about formats and what is guessed for unknown ones is data: `formats.toml`.
//!
//! ```
//! use amends::ingest::{InputOptions, Source};
//!
//! let export = "Ticket,Message\n7,My parcel never came\n";
//! let options = InputOptions { columns: "id=Ticket".parse()?, ..InputOptions::default() };
//! let source = Source::from_reader("-", export.as_bytes(), &options)?;
//! for row in source.messages()? {
//!     let message = row?.message;
//!     assert_eq!((message.id.as_str(), message.text.as_str()), ("7", "My parcel never came"));
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A row that is odd but readable comes with [`Notice`]s, one that cannot be understood is a [`RowError`]; neither stops
//! the reading. Only a file that cannot be read at all is an [`IngestError`].

mod columns;
mod content;
mod convert;
mod date;
mod delimited;
mod describe;
mod detect;
mod encoding;
mod error;
mod format;
mod json;
mod layout;
mod mapping;
mod near;
mod options;
mod raw;
mod sample;
mod sniff;
mod source;
mod text;
mod value;

#[cfg(test)]
mod tests;

pub use columns::{ColumnMap, ColumnMapError, Field};
pub use convert::Row;
pub use encoding::{EncodingEvidence, EncodingUsed};
pub use error::{IngestError, Notice, NoticeKind, RowError};
pub use layout::{Kind, LAYOUT_VERSION, Layout, MappedBy, MappedColumn};
pub(crate) use near::did_you_mean;
pub use options::{InputOptions, OptionError, parse_delimiter, parse_encoding};
pub use source::{Messages, Source};
