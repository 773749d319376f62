//! Which column fills which field: what the user named, what the format says, what a name suggests.

use std::collections::BTreeMap;

use super::columns::{ColumnMap, Field};
use super::convert::Column;
use super::error::IngestError;
use super::format::{Format, Rule, TABLE, plain};
use super::layout::MappedBy;
use super::near::did_you_mean;
use super::raw::{Cells, Form, Lookup, RawRow};
use super::value;

/// What a mapping is made from.
pub(crate) struct Sample<'s> {
    pub(crate) file: &'s str,
    pub(crate) form: &'s Form,
    /// Columns in their order; for JSON the keys of the sampled rows.
    pub(crate) headers: &'s [String],
    pub(crate) rows: &'s [RawRow],
    /// Whether the rows are all that the file has.
    pub(crate) all: bool,
}

pub(crate) type Columns = BTreeMap<Field, Column>;

impl Sample<'_> {
    /// Maps the columns of the file.
    ///
    /// # Errors
    /// When a named column does not exist, or no column is the text.
    pub(crate) fn map(&self, given: &ColumnMap, format: Option<&Format>) -> Result<Columns, IngestError> {
        let mut columns = Columns::new();
        for (field, name) in given.iter() {
            let lookup = self.find_named(field, name)?;
            columns.insert(field, Column { name: name.to_owned(), lookup, by: MappedBy::Given });
        }
        for &field in Field::ALL {
            // A text that the user named is that column and nothing else.
            let title_is_settled = field == Field::Title && given.get(Field::Text).is_some();
            if columns.contains_key(&field) || title_is_settled {
                continue;
            }
            let found = match format {
                Some(format) => self.of_format(field, format),
                None => self.by_name(field, &columns),
            };
            if let Some(column) = found {
                columns.insert(field, column);
            }
        }
        if !columns.contains_key(&Field::Text) {
            self.without_text(&mut columns, format)?;
        }
        Ok(columns)
    }

    /// Uses the subject where a format allows that; says what to do otherwise.
    fn without_text(&self, columns: &mut Columns, format: Option<&Format>) -> Result<(), IngestError> {
        if let Some(format) = format {
            if format.rule(Rule::SubjectIsText)
                && let Some(subject) = columns.remove(&Field::Title)
            {
                columns.insert(Field::Text, subject);
                return Ok(());
            }
            if let Some(advice) = &format.no_text {
                return Err(IngestError::NoMessageText {
                    file: self.file.to_owned(),
                    format: format.title.clone(),
                    advice: advice.clone(),
                    columns: self.headers.to_vec(),
                });
            }
        }
        Err(IngestError::NoTextColumn {
            file: self.file.to_owned(),
            columns: self.headers.to_vec(),
            likeliest: self.likeliest(),
        })
    }

    fn is_json(&self) -> bool {
        matches!(self.form, Form::Json(_))
    }

    fn find_named(&self, field: Field, name: &str) -> Result<Lookup, IngestError> {
        if let Some(at) = self.headers.iter().position(|header| header == name) {
            return Ok(self.lookup(at));
        }
        let path: Vec<String> = name.split('.').map(str::to_owned).collect();
        if self.is_json() {
            let starts = self.headers.contains(&path[0]);
            let reaches = self.rows.iter().any(|row| row.cells.get(&Lookup::Path(path.clone())).is_some());
            // A key may be rare; the text cannot be.
            if reaches || (starts && path.len() > 1 && field != Field::Text) || (!self.all && field != Field::Text) {
                return Ok(Lookup::Path(path));
            }
        }
        Err(IngestError::NoSuchColumn {
            file: self.file.to_owned(),
            field,
            column: name.to_owned(),
            columns: self.headers.to_vec(),
            suggestion: did_you_mean(name, self.headers.iter().map(String::as_str)).map(str::to_owned),
        })
    }

    fn lookup(&self, at: usize) -> Lookup {
        if self.is_json() { Lookup::Path(vec![self.headers[at].clone()]) } else { Lookup::Cell(at) }
    }

    fn of_format(&self, field: Field, format: &Format) -> Option<Column> {
        let names = format.columns.get(field.name())?;
        let by = MappedBy::Format;
        let there = names.iter().find_map(|name| {
            if let Some(at) = self.headers.iter().position(|header| plain(header) == plain(name)) {
                return Some(Column { name: self.headers[at].clone(), lookup: self.lookup(at), by });
            }
            let mut path: Vec<String> = name.split('.').map(str::to_owned).collect();
            let top = self.headers.iter().find(|header| plain(header) == plain(&path[0]))?;
            if !self.is_json() || path.len() == 1 {
                return None;
            }
            path[0].clone_from(top);
            Some(Column { name: path.join("."), lookup: Lookup::Path(path), by })
        });
        // A JSON object lacks the keys that have nothing to say, so a field may first show beyond the sample.
        there.or_else(|| {
            let name = names.first().filter(|_| self.is_json())?;
            let path = name.split('.').map(str::to_owned).collect();
            Some(Column { name: name.clone(), lookup: Lookup::Path(path), by })
        })
    }

    fn by_name(&self, field: Field, taken: &Columns) -> Option<Column> {
        let names = TABLE.guesses.get(field.name())?;
        let mut candidates = names.iter().filter_map(|name| {
            let at = self.headers.iter().position(|header| plain(header) == *name)?;
            let lookup = self.lookup(at);
            let free = taken.values().all(|column| column.lookup != lookup);
            (free && self.is_plain(&lookup)).then(|| Column {
                name: self.headers[at].clone(),
                lookup,
                by: MappedBy::Name,
            })
        });
        match field {
            Field::Text => {
                let candidates: Vec<Column> = candidates.collect();
                // A column called "reviews" may count them.
                let is_said = |text: &str| !text.trim().is_empty() && text.trim().parse::<f64>().is_err();
                let worded = candidates.iter().find(|column| self.any(column, is_said));
                let empty = || candidates.iter().find(|column| !self.any(column, |text| !text.trim().is_empty()));
                worded.or_else(empty).cloned()
            }
            Field::Channel => candidates.find(|column| self.any(column, |text| value::channel(text).is_some())),
            Field::Role => {
                candidates.find(|column| self.any(column, |text| value::role(text, &column.name, None).is_some()))
            }
            Field::Rating => candidates.find(|column| self.any(column, |text| value::rating(text, 100.0).is_some())),
            Field::Followers | Field::Helpful => {
                candidates.find(|column| self.any(column, |text| value::count(text).is_some()))
            }
            _ => candidates.next(),
        }
    }

    fn any(&self, column: &Column, fits: impl Fn(&str) -> bool) -> bool {
        self.rows.iter().any(|row| row.cells.get(&column.lookup).is_some_and(|text| fits(&text)))
    }

    /// Whether the values of a JSON key are plain, not lists or objects.
    fn is_plain(&self, lookup: &Lookup) -> bool {
        let Lookup::Path(path) = lookup else {
            return true;
        };
        self.rows.iter().all(|row| match (&row.cells, path.first()) {
            (Cells::Object(object), Some(key)) => {
                object.get(key).is_none_or(|value| !value.is_object() && !value.is_array())
            }
            _ => true,
        })
    }

    /// Returns the column with the longest cells that hold several words, else the longest.
    fn likeliest(&self) -> Option<String> {
        let weight = |at: usize| {
            let lookup = self.lookup(at);
            self.rows
                .iter()
                .filter_map(|row| row.cells.get(&lookup))
                .map(|text| if text.contains(' ') { text.len() * 4 } else { text.len() })
                .sum::<usize>()
        };
        let best = (0..self.headers.len())
            .map(|at| (weight(at), at))
            .max_by_key(|(weight, at)| (*weight, std::cmp::Reverse(*at)))?;
        (best.0 > 0).then(|| self.headers[best.1].clone())
    }
}
