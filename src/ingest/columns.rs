//! Which column of an export fills which field of a message.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::near::did_you_mean;

macro_rules! fields {
    ($($(#[$meta:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// A field of a message that a column can fill.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Field { $($(#[$meta])* $variant),+ }

        impl Field {
            /// Every field, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the key used in `--columns` and in the format table.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

fields! {
    /// The text that is analysed.
    Text = "text",
    /// Identity of the message.
    Id = "id",
    /// Platform.
    Channel = "channel",
    /// Who wrote it.
    Author = "author",
    /// When it was written.
    CreatedAt = "created_at",
    /// Thread that it belongs to.
    Thread = "thread",
    /// Message that it answers.
    Parent = "parent",
    /// Which side wrote it.
    Role = "role",
    /// Stars.
    Rating = "rating",
    /// Title or subject.
    Title = "title",
    /// Language that the export claims.
    Lang = "lang",
    /// The company's reply in the same row.
    Reply = "reply",
    /// Followers of the author.
    Followers = "followers",
    /// Helpful votes.
    Helpful = "helpful",
    /// Link to the message.
    Url = "url",
    /// Ready-made count of the customer's turns.
    CustomerTurns = "customer_turns",
    /// Ready-made count of the company's turns.
    CompanyTurns = "company_turns",
    /// When the company replied, where the reply itself is not exported: empty means that it did not.
    RepliedAt = "replied_at",
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Columns that the user named: field to column name.
///
/// Read from `text=Body,id=Ticket ID`. A column name may be quoted (`text="Body, plain"`) and, for JSON, a dotted path
/// (`author=reviewer.displayName`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnMap(BTreeMap<Field, String>);

/// Why a `--columns` value could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColumnMapError {
    /// A part without `=`.
    #[error("\"{part}\" is not of the form field=column")]
    NoEquals {
        /// The part.
        part: String,
    },
    /// A field that does not exist.
    #[error("unknown field \"{key}\" in the column map{}; known: {}", suggestion.as_ref().map(|near| format!(", did you mean \"{near}\"")).unwrap_or_default(), known())]
    UnknownField {
        /// What was given.
        key: String,
        /// The nearest field.
        suggestion: Option<String>,
    },
    /// A field without a column.
    #[error("no column is given for the field \"{field}\"")]
    NoColumn {
        /// The field.
        field: Field,
    },
    /// The same field twice.
    #[error("the field \"{field}\" is given twice in the column map")]
    Twice {
        /// The field.
        field: Field,
    },
    /// A quote that never ends.
    #[error("the quote in \"{part}\" is never closed")]
    OpenQuote {
        /// The part.
        part: String,
    },
}

fn known() -> String {
    Field::ALL.iter().map(|field| field.name()).collect::<Vec<_>>().join(", ")
}

impl ColumnMap {
    /// Returns the column that was named for a field.
    pub fn get(&self, field: Field) -> Option<&str> {
        self.0.get(&field).map(String::as_str)
    }

    /// Returns the fields and their columns, in the order of [`Field::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Field, &str)> {
        self.0.iter().map(|(field, column)| (*field, column.as_str()))
    }

    /// Whether nothing was named.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names a column for a field, in place of what was named before.
    #[must_use]
    pub fn with(mut self, field: Field, column: impl Into<String>) -> Self {
        self.0.insert(field, column.into());
        self
    }
}

impl FromStr for ColumnMap {
    type Err = ColumnMapError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut map = BTreeMap::new();
        for part in split_parts(text)? {
            let part = part.trim();
            if part.is_empty() {
                continue;
            }
            let Some((key, column)) = part.split_once('=') else {
                return Err(ColumnMapError::NoEquals { part: part.to_owned() });
            };
            let key = key.trim();
            let Some(field) = Field::ALL.iter().copied().find(|field| field.name().eq_ignore_ascii_case(key)) else {
                let suggestion = did_you_mean(key, Field::ALL.iter().map(|field| field.name())).map(str::to_owned);
                return Err(ColumnMapError::UnknownField { key: key.to_owned(), suggestion });
            };
            let column = column.trim();
            let column = column.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(column);
            if column.is_empty() {
                return Err(ColumnMapError::NoColumn { field });
            }
            if map.insert(field, column.to_owned()).is_some() {
                return Err(ColumnMapError::Twice { field });
            }
        }
        Ok(Self(map))
    }
}

/// Splits at commas that stand outside double quotes.
fn split_parts(text: &str) -> Result<Vec<&str>, ColumnMapError> {
    let mut parts = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if quoted {
        return Err(ColumnMapError::OpenQuote { part: text[start..].to_owned() });
    }
    parts.push(&text[start..]);
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_pairs_with_spaces_quotes_and_any_case() {
        let map: ColumnMap = " text=Body , ID=Ticket ID,author=\"Name, full\",".parse().unwrap();
        assert_eq!(map.get(Field::Text), Some("Body"));
        assert_eq!(map.get(Field::Id), Some("Ticket ID"));
        assert_eq!(map.get(Field::Author), Some("Name, full"));
        assert_eq!(map.get(Field::Url), None);
        assert!("".parse::<ColumnMap>().unwrap().is_empty());
    }

    #[test]
    fn every_field_name_is_a_key() {
        for field in Field::ALL {
            let map: ColumnMap = format!("{field}=c").parse().unwrap();
            assert_eq!(map.get(*field), Some("c"));
        }
    }

    #[test]
    fn an_unknown_key_names_itself_and_the_nearest_field() {
        let error = "texxt=a".parse::<ColumnMap>().unwrap_err();
        assert_eq!(error, ColumnMapError::UnknownField { key: "texxt".into(), suggestion: Some("text".into()) });
        assert!(error.to_string().contains("did you mean \"text\""), "{error}");
    }

    #[test]
    fn malformed_maps_are_errors() {
        assert!(matches!("text".parse::<ColumnMap>(), Err(ColumnMapError::NoEquals { .. })));
        assert!(matches!("text=".parse::<ColumnMap>(), Err(ColumnMapError::NoColumn { .. })));
        assert!(matches!("text=a,text=b".parse::<ColumnMap>(), Err(ColumnMapError::Twice { .. })));
        assert!(matches!("text=\"a".parse::<ColumnMap>(), Err(ColumnMapError::OpenQuote { .. })));
    }
}
