//! A row of a file to a message.

use std::collections::BTreeMap;

use super::columns::Field;
use super::date;
use super::error::{Notice, NoticeKind, RowError};
use super::format::{Format, Rule};
use super::layout::MappedBy;
use super::raw::{Cells, Lookup, RawRow, Reading};
use super::text::{file_name, google_original, link_parameter, newest_comments, with_title};
use super::value;
use crate::message::{AuthorRole, Channel, Counted, CreatedAt, MESSAGE_VERSION, Message, Origin, Rating, Reach};

/// A message and what was noticed while reading its row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The message.
    pub message: Message,
    /// What was noticed, in the order of the columns of the documentation.
    pub notices: Vec<Notice>,
}

/// Everything that is needed to read the messages of a file.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) reading: Reading,
    pub(crate) format: Option<&'static Format>,
    pub(crate) columns: BTreeMap<Field, Column>,
    pub(crate) channel: Option<Channel>,
    pub(crate) day_first: bool,
    pub(crate) scale: f32,
    /// What joins cells that an unquoted delimiter split.
    pub(crate) delimiter: char,
}

/// The column of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) lookup: Lookup,
    pub(crate) by: MappedBy,
}

impl Plan {
    fn rule(&self, rule: Rule) -> bool {
        self.format.is_some_and(|format| format.rule(rule))
    }

    /// Reads a row.
    ///
    /// # Errors
    /// When the row has no cell for the text.
    pub(crate) fn message(&self, raw: RawRow) -> Result<Row, RowError> {
        let origin = Origin { file: self.reading.file.clone(), row: raw.row };
        let mut notes = Notes { origin: &origin, all: Vec::new() };
        let mut cells = raw.cells;
        let mut joined = String::new();
        if raw.stray_quote {
            notes.add(
                NoticeKind::StrayQuote,
                "text follows a closing quote, as by a quote that is not doubled; quotes of that cell are lost".into(),
            );
        }
        if let Cells::Table(headers, row) = &mut cells {
            while row.len() > headers.len() && row.last().is_some_and(String::is_empty) {
                row.pop();
            }
            joined = self.ragged(headers, row, raw.line, &mut notes)?;
        }
        if let Cells::Object(object) = &cells
            && self.rule(Rule::NewestComment)
        {
            let flat = Cells::Object(newest_comments(object));
            let mut row = self.fields(&flat, &joined, notes);
            row.message.input = cells.into_columns();
            return Ok(row);
        }
        let mut row = self.fields(&cells, &joined, notes);
        row.message.input = cells.into_columns();
        Ok(row)
    }

    /// Notes a row with too few or too many cells; returns what belongs to the text, its last column.
    fn ragged(&self, headers: &[String], row: &[String], line: u64, notes: &mut Notes) -> Result<String, RowError> {
        let text = self.columns.get(&Field::Text).map(|column| &column.lookup);
        let (wanted, found) = (headers.len(), row.len());
        if found < wanted {
            if let Some(Lookup::Cell(at)) = text
                && *at >= found
            {
                let reason = format!(
                    "the row ends before \"{}\", the column of the text: {found} of {wanted} cells",
                    headers[*at]
                );
                let Origin { file, row } = notes.origin.clone();
                return Err(RowError { file, row, line, reason });
            }
            notes.add(NoticeKind::Ragged, format!("{found} of {wanted} cells; the missing ones are empty"));
        }
        if found <= wanted {
            return Ok(String::new());
        }
        let more = found - wanted;
        if text == Some(&Lookup::Cell(wanted - 1)) {
            notes.add(
                NoticeKind::Ragged,
                format!("{more} more cells than the header has, as by a delimiter outside quotes; they are joined to the text, the last column"),
            );
            let delimiter = self.delimiter;
            return Ok(row[wanted..].iter().fold(String::new(), |text, cell| format!("{text}{delimiter}{cell}")));
        }
        notes.add(
            NoticeKind::Ragged,
            format!("{more} more cells than the header has, as by a delimiter outside quotes: cells may stand in the wrong column; the last ones are kept as extra_1 and so on"),
        );
        Ok(String::new())
    }

    fn fields(&self, cells: &Cells, joined: &str, mut notes: Notes) -> Row {
        let cell = |field: Field| self.columns.get(&field).and_then(|column| cells.get(&column.lookup));
        let filled = |field: Field| {
            cell(field).filter(|text| {
                let text = text.trim();
                !text.is_empty() && !self.format.is_some_and(|format| format.blank.iter().any(|blank| blank == text))
            })
        };
        self.note_undecodable(cells, &mut notes);

        let mut title = filled(Field::Title);
        let mut body = filled(Field::Text).unwrap_or_default() + joined;
        if body.contains('\0') {
            body = body.replace('\0', "\u{FFFD}");
            notes.add(NoticeKind::Undecodable, "the text holds NUL characters; they are shown as \u{FFFD}".into());
        }
        if self.rule(Rule::TitleBeforeTab)
            && let Some((before, after)) = body.split_once('\t')
        {
            title = Some(before.trim().to_owned()).filter(|title| !title.is_empty());
            body = String::from(after);
        }
        if self.rule(Rule::GoogleOriginal) {
            body = google_original(body);
        }
        if self.rule(Rule::AppEntry) && filled(Field::Rating).is_none() {
            notes.add(NoticeKind::NotAMessage, "this entry describes the app, it is no review".into());
            (title, body) = (None, String::new());
        }
        let text = with_title(title.as_deref(), body);

        let url = filled(Field::Url);
        let id = if self.rule(Rule::IdFromLink) && !self.is_given(Field::Id) {
            filled(Field::Id).and_then(|link| link_parameter(&link, "reviewId"))
        } else {
            filled(Field::Id)
        };
        let origin = notes.origin.clone();
        let channel = self.channel_of(filled(Field::Channel), &mut notes);
        let author = filled(Field::Author);
        let created_at = filled(Field::CreatedAt).map(|original| {
            let utc = date::parse(&original, self.day_first);
            if utc.is_none() {
                notes.add(NoticeKind::UnknownValue, format!("\"{original}\" is not a date that can be read"));
            }
            CreatedAt { utc, original }
        });
        let rating = filled(Field::Rating).and_then(|text| self.rating(&text, &mut notes));
        let counted = self.counted(&filled, &mut notes);
        let message = Message {
            version: MESSAGE_VERSION,
            id: id.map_or_else(|| format!("{}:{}", file_name(&origin.file), origin.row), |id| id.trim().to_owned()),
            thread_id: filled(Field::Thread).map(|id| id.trim().to_owned()),
            parent_id: filled(Field::Parent).map(|id| id.trim().to_owned()),
            visibility: channel.usual_visibility(),
            channel,
            role: self.role(filled(Field::Role), &mut notes),
            author,
            created_at,
            declared_lang: filled(Field::Lang),
            rating,
            title,
            text,
            existing_reply: filled(Field::Reply),
            url,
            reach: Reach {
                followers: filled(Field::Followers).and_then(|text| count(&text, Field::Followers, &mut notes)),
                helpful: filled(Field::Helpful).and_then(|text| count(&text, Field::Helpful, &mut notes)),
            },
            counted,
            input: Vec::new(),
            origin: origin.clone(),
        };
        Row { message, notices: notes.all }
    }

    fn is_given(&self, field: Field) -> bool {
        self.columns.get(&field).is_some_and(|column| column.by == MappedBy::Given)
    }

    fn note_undecodable(&self, cells: &Cells, notes: &mut Notes) {
        if self.reading.clean {
            return;
        }
        let Cells::Table(headers, row) = cells else {
            let text = self.columns.get(&Field::Text).and_then(|column| cells.get(&column.lookup));
            if text.is_some_and(|text| text.contains('\u{FFFD}')) {
                notes.undecodable(self, "the text");
            }
            return;
        };
        if let Some(at) = row.iter().position(|cell| cell.contains('\u{FFFD}')) {
            let column =
                headers.get(at).map_or_else(|| format!("cell {}", at + 1), |name| format!("column \"{name}\""));
            notes.undecodable(self, &column);
        }
    }

    /// A named column, else the user's word, else a detected column, else the format's.
    fn channel_of(&self, cell: Option<String>, notes: &mut Notes) -> Channel {
        let usual = self.channel.or(self.format.map(|format| format.channel)).unwrap_or(Channel::Other);
        let Some(text) = cell else { return usual };
        if !self.is_given(Field::Channel)
            && let Some(said) = self.channel
        {
            return said;
        }
        value::channel(&text).unwrap_or_else(|| {
            notes.add(NoticeKind::UnknownValue, format!("the channel \"{text}\" is not known; taken as {usual}"));
            usual
        })
    }

    fn role(&self, cell: Option<String>, notes: &mut Notes) -> AuthorRole {
        let (Some(text), Some(column)) = (cell, self.columns.get(&Field::Role)) else {
            return AuthorRole::Customer;
        };
        value::role(&text, &column.name, self.format).unwrap_or_else(|| {
            notes.add(NoticeKind::UnknownValue, format!("the role \"{text}\" is not known; taken as customer"));
            AuthorRole::Customer
        })
    }

    fn rating(&self, text: &str, notes: &mut Notes) -> Option<Rating> {
        let rating = value::rating(text, self.scale);
        if rating.is_none() {
            notes.add(NoticeKind::UnknownValue, format!("\"{text}\" is not a rating that can be read"));
        }
        rating
    }

    /// A count of the company's turns wins over the date of its reply, which exports often leave empty.
    fn counted(&self, filled: &impl Fn(Field) -> Option<String>, notes: &mut Notes) -> Counted {
        let mut turns = |field: Field| {
            let number = count(&filled(field)?, field, notes)?;
            u32::try_from(number).ok()
        };
        let customer = turns(Field::CustomerTurns);
        let company = turns(Field::CompanyTurns).or_else(|| {
            let replied = self.columns.contains_key(&Field::RepliedAt).then(|| filled(Field::RepliedAt).is_some())?;
            Some(u32::from(replied))
        });
        Counted { customer, company }
    }
}

struct Notes<'o> {
    origin: &'o Origin,
    all: Vec<Notice>,
}

impl Notes<'_> {
    fn add(&mut self, kind: NoticeKind, reason: String) {
        let Origin { file, row } = self.origin.clone();
        self.all.push(Notice { file, row, kind, reason });
    }

    fn undecodable(&mut self, plan: &Plan, place: &str) {
        let encoding = plan.reading.encoding.name();
        self.add(
            NoticeKind::Undecodable,
            format!("{place} holds bytes that are not {encoding} text, or NUL bytes; they are shown as \u{FFFD} (export it again as UTF-8, or give the encoding)"),
        );
    }
}

fn count(text: &str, field: Field, notes: &mut Notes) -> Option<u64> {
    let number = value::count(text);
    if number.is_none() {
        notes.add(NoticeKind::UnknownValue, format!("\"{text}\" is not a count for {field}"));
    }
    number
}
