//! Labelled rows: what is to be judged, read from the same exports that are scored.

use std::collections::{BTreeMap, BTreeSet};

use crate::ingest::{Row, Source, did_you_mean};
use crate::message::{Message, Origin, Rating};

use super::error::EvalError;
use super::heads::JudgedHead;

/// What to read of the labelled files.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Heads with their columns.
    pub heads: Vec<JudgedHead>,
    /// Columns by whose values figures are given again.
    pub slices: Vec<String>,
    /// Column whose values are kept together when a baseline is cross-validated.
    pub group: Option<String>,
    /// Labels by column and exact cell; `-` leaves the row out.
    pub map: BTreeMap<(String, String), String>,
    /// Which rows count.
    pub only: Vec<Condition>,
}

/// A condition on a column: equal, or not equal, to a value, in which a final `*` stands for anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The column.
    pub column: String,
    /// Whether cells that match are the ones to leave out.
    pub not: bool,
    /// What a cell is compared with.
    pub value: String,
}

impl Condition {
    /// Reads `COLUMN=VALUE` or `COLUMN!=VALUE`.
    ///
    /// # Errors
    /// When there is no `=`.
    pub fn parse(text: &str) -> Result<Self, EvalError> {
        let Some((column, value)) = text.split_once('=') else {
            return Err(EvalError::Form { part: text.to_owned(), form: "COLUMN=VALUE or COLUMN!=VALUE" });
        };
        let (column, not) = column.strip_suffix('!').map_or((column, false), |column| (column, true));
        Ok(Self { column: column.trim().to_owned(), not, value: value.to_owned() })
    }

    fn holds(&self, message: &Message) -> bool {
        let cell = cell(message, &self.column).unwrap_or_default();
        let same = match self.value.strip_suffix('*') {
            Some(start) => cell.starts_with(start),
            None => cell == self.value,
        };
        same != self.not
    }
}

/// A row with at least one label.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledRow {
    /// Where it stands.
    pub origin: Origin,
    /// The text that is judged.
    pub text: String,
    /// Stars, where the export has them.
    pub rating: Option<Rating>,
    /// True labels, head by head in the order of [`Wanted::heads`]: ascending, `None` without a label.
    pub gold: Vec<Option<Vec<usize>>>,
    /// Values of [`Wanted::slices`].
    pub slices: Vec<String>,
    /// Value of [`Wanted::group`].
    pub group: Option<String>,
}

/// Labelled rows, and how many others there were.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dataset {
    /// Rows with at least one label.
    pub rows: Vec<LabelledRow>,
    /// Rows that were read, unreadable ones included.
    pub read: usize,
    /// Rows that could not be understood.
    pub unreadable: usize,
    /// Rows that `only` excludes.
    pub excluded: usize,
    /// Rows without any label.
    pub unlabelled: usize,
    /// Rows left out because text and labels stood before.
    pub repeated: usize,
    /// Rows without a label of each head, among those that have some label.
    pub without: Vec<usize>,
}

/// Returns a cell of the input by the name of its column.
fn cell<'m>(message: &'m Message, column: &str) -> Option<&'m str> {
    message.input.iter().find(|(name, _)| name == column).map(|(_, value)| value.as_str())
}

impl Dataset {
    /// Reads all labelled rows of `sources`. A row whose text and labels stood before counts once.
    ///
    /// # Errors
    /// When a file cannot be read, no file has one of the columns, or a cell is no label of its head.
    pub fn read(sources: &[Source], wanted: &Wanted) -> Result<Self, EvalError> {
        let mut found = Self { without: vec![0; wanted.heads.len()], ..Self::default() };
        let mut columns = Columns::new(wanted);
        let mut unknown: Vec<Unknown> = wanted.heads.iter().map(|_| Unknown::default()).collect();
        let mut known = BTreeSet::new();
        for source in sources {
            for row in source.messages()? {
                found.read += 1;
                let Ok(Row { message, .. }) = row else {
                    found.unreadable += 1;
                    continue;
                };
                columns.see(&message);
                if !wanted.only.iter().all(|condition| condition.holds(&message)) {
                    found.excluded += 1;
                    continue;
                }
                let gold: Vec<Option<Vec<usize>>> = wanted
                    .heads
                    .iter()
                    .zip(&mut unknown)
                    .map(|(head, unknown)| gold(head, &message, wanted, unknown))
                    .collect();
                if gold.iter().all(Option::is_none) {
                    found.unlabelled += 1;
                    continue;
                }
                if !known.insert((message.text.clone(), gold.clone())) {
                    found.repeated += 1;
                    continue;
                }
                for (without, gold) in found.without.iter_mut().zip(&gold) {
                    *without += usize::from(gold.is_none());
                }
                let text_of = |column: &String| cell(&message, column).unwrap_or_default().to_owned();
                found.rows.push(LabelledRow {
                    slices: wanted.slices.iter().map(text_of).collect(),
                    group: wanted.group.as_ref().map(text_of),
                    origin: message.origin,
                    rating: message.rating,
                    gold,
                    text: message.text,
                });
            }
        }
        columns.all_seen()?;
        for (head, unknown) in wanted.heads.iter().zip(unknown) {
            unknown.none(head)?;
        }
        Ok(found)
    }

    /// Checks that every head has labels of at least two kinds, as an evaluation needs.
    ///
    /// # Errors
    /// When a head has no labelled row, or all rows say the same.
    pub fn check(&self, heads: &[JudgedHead]) -> Result<(), EvalError> {
        for (at, head) in heads.iter().enumerate() {
            let labels: Vec<&Vec<usize>> = self.rows.iter().filter_map(|row| row.gold[at].as_ref()).collect();
            let Some(first) = labels.first() else {
                return Err(EvalError::NoLabels { head: head.name.clone(), column: head.column.clone() });
            };
            if labels.iter().all(|own| own == first) {
                let label = first.iter().map(|label| head.labels[*label].as_str()).collect::<Vec<_>>().join(";");
                return Err(EvalError::SingleClass { head: head.name.clone(), label, rows: labels.len() });
            }
        }
        Ok(())
    }
}

/// The true labels of a row; several are joined with `;`.
fn gold(head: &JudgedHead, message: &Message, wanted: &Wanted, unknown: &mut Unknown) -> Option<Vec<usize>> {
    let cell = cell(message, &head.column)?;
    let mapped = |value: &str| wanted.map.get(&(head.column.clone(), value.trim().to_owned())).map(String::as_str);
    let one = |value: &str| -> Result<Option<usize>, ()> {
        let value = mapped(value).unwrap_or(value);
        match head.label(value) {
            Some(label) => Ok(Some(label)),
            None if value == "-" || head.leaves_out(value) => Ok(None),
            None => Err(()),
        }
    };
    let whole = one(cell);
    let parts: Vec<Result<Option<usize>, ()>> = match whole {
        Err(()) if cell.contains(';') && !head.two_way => cell.split(';').map(one).collect(),
        whole => vec![whole],
    };
    let mut labels = BTreeSet::new();
    for part in parts {
        match part {
            Ok(label) => labels.extend(label),
            Err(()) => {
                unknown.add(message, cell);
                return None;
            }
        }
    }
    (!labels.is_empty()).then(|| labels.into_iter().collect())
}

/// Cells that are no label of a head.
#[derive(Debug, Default)]
struct Unknown {
    first: Option<(Origin, String)>,
    rows: usize,
    values: BTreeSet<String>,
}

impl Unknown {
    fn add(&mut self, message: &Message, cell: &str) {
        self.first.get_or_insert_with(|| (message.origin.clone(), cell.to_owned()));
        self.rows += 1;
        self.values.insert(cell.to_owned());
    }

    fn none(self, head: &JudgedHead) -> Result<(), EvalError> {
        let Some((Origin { file, row }, value)) = self.first else { return Ok(()) };
        Err(EvalError::UnknownLabel {
            file,
            row,
            column: head.column.clone(),
            value,
            head: head.name.clone(),
            known: head.labels.clone(),
            rows: self.rows,
            values: self.values.len(),
        })
    }
}

/// Which of the named columns were seen.
struct Columns {
    wanted: Vec<String>,
    seen: Vec<String>,
}

impl Columns {
    fn new(wanted: &Wanted) -> Self {
        let named = wanted.heads.iter().map(|head| &head.column).chain(&wanted.slices).chain(&wanted.group);
        Self { wanted: named.chain(wanted.only.iter().map(|only| &only.column)).cloned().collect(), seen: Vec::new() }
    }

    fn see(&mut self, message: &Message) {
        for (name, _) in &message.input {
            if !self.seen.contains(name) {
                self.seen.push(name.clone());
            }
        }
    }

    fn all_seen(self) -> Result<(), EvalError> {
        match self.wanted.into_iter().find(|name| !self.seen.contains(name)) {
            None => Ok(()),
            Some(column) => {
                let suggestion = did_you_mean(&column, self.seen.iter().map(String::as_str)).map(str::to_owned);
                Err(EvalError::NoSuchColumn { column, suggestion, known: self.seen })
            }
        }
    }
}
