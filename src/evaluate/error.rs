//! Why an evaluation cannot be done.

use crate::ingest::IngestError;

/// Why an evaluation cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// A part of `--labels`, `--map`, `--among` or `--where` is not of the right form.
    #[error("\"{part}\" is not of the form {form}")]
    Form {
        /// What was given.
        part: String,
        /// What it should look like.
        form: &'static str,
    },
    /// A head that neither the output nor the model package has.
    #[error("there is no head \"{head}\"{}; known: {}", hint(suggestion.as_deref()), known.join(", "))]
    UnknownHead {
        /// What was given.
        head: String,
        /// The nearest head.
        suggestion: Option<String>,
        /// What there is.
        known: Vec<String>,
    },
    /// The same head twice.
    #[error("the head \"{head}\" is given twice")]
    Twice {
        /// The head.
        head: String,
    },
    /// A label that is not one of the head's.
    #[error("head \"{head}\" has no label \"{label}\"; known: {}", known.join(", "))]
    NoSuchLabel {
        /// The head.
        head: String,
        /// What was given.
        label: String,
        /// Its labels.
        known: Vec<String>,
    },
    /// Labels cannot be chosen for a head that gives no probabilities.
    #[error("--among needs a head with probabilities, which \"{head}\" is not")]
    NoProbabilities {
        /// The head.
        head: String,
    },
    /// A column that no file has.
    #[error("no file has a column \"{column}\"{}; there are: {}", hint(suggestion.as_deref()), known.join(", "))]
    NoSuchColumn {
        /// What was given.
        column: String,
        /// The nearest column.
        suggestion: Option<String>,
        /// What there is.
        known: Vec<String>,
    },
    /// A cell that is no label of the head.
    #[error(
        "{file}, row {row}: \"{value}\" in column \"{column}\" is no label of {head} ({})", others(*rows, *values)
    )]
    UnknownLabel {
        /// File.
        file: String,
        /// Row.
        row: u64,
        /// Column.
        column: String,
        /// What the cell says.
        value: String,
        /// The head.
        head: String,
        /// Its labels.
        known: Vec<String>,
        /// Rows with an unknown label of this head.
        rows: usize,
        /// Different unknown labels of this head.
        values: usize,
    },
    /// No row has a label of a head.
    #[error("no row has a label of {head} in column \"{column}\"")]
    NoLabels {
        /// The head.
        head: String,
        /// The column.
        column: String,
    },
    /// All rows have the same label.
    #[error("all {rows} rows with a label of {head} say \"{label}\": there is nothing to tell apart")]
    SingleClass {
        /// The head.
        head: String,
        /// The only label.
        label: String,
        /// Number of rows.
        rows: usize,
    },
    /// A model package lacks a head.
    #[error("the model package {model} has no head \"{head}\" with the labels that are compared")]
    MissingHead {
        /// The package.
        model: String,
        /// The head.
        head: String,
    },
    /// A file cannot be read.
    #[error(transparent)]
    Ingest(#[from] IngestError),
}

impl EvalError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownLabel { column, value, known, .. } => Some(format!(
                "say which label it is with --map \"{column}:{value}=LABEL\", or leave such rows out with --map \"{column}:{value}=-\"; labels: {}",
                shortened(known)
            )),
            Self::SingleClass { .. } => {
                Some("give rows of at least two labels, or leave the head out of --labels".to_owned())
            }
            Self::NoLabels { .. } => Some("rows with an empty cell are left out; is it the right column?".to_owned()),
            Self::MissingHead { .. } => Some("`amends models list` names the heads of the built-in package".to_owned()),
            _ => None,
        }
    }
}

fn hint(suggestion: Option<&str>) -> String {
    suggestion.map(|near| format!(", did you mean \"{near}\"")).unwrap_or_default()
}

fn others(rows: usize, values: usize) -> String {
    match rows {
        1 => "the only such row".to_owned(),
        rows => format!("{rows} such rows, {values} such values"),
    }
}

fn shortened(labels: &[String]) -> String {
    match labels.len() {
        0..=20 => labels.join(", "),
        more => format!("{}, ... ({more} in all)", labels.iter().take(10).cloned().collect::<Vec<_>>().join(", ")),
    }
}
