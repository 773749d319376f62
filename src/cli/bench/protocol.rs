//! What the parent and its measuring processes say to each other: a JSON value a line.

use std::io::{BufRead, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::cli::error::{CliError, Exit};

/// What a measuring process is asked for.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Ask {
    /// Score this one text, as a program that was just started would.
    First(String),
    /// Tokenise these; the following runs are over them.
    Texts(Vec<String>),
    /// Embed all of them once.
    Run,
    /// Embed the first so many one by one.
    Latency(usize),
    /// The embeddings of the first so many.
    Answers(usize),
    /// Every head's word on all of them.
    Labels,
    /// The most memory that was in use so far.
    Memory,
}

/// What it answers.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    /// The first text is scored; this is who did it.
    Ready {
        /// Instruction set.
        isa: String,
    },
    /// What the texts amount to.
    Tokens {
        /// Tokens, special ones included.
        tokens: u64,
        /// Operations in the matrix products of the encoder, two for each multiplication.
        operations: u64,
    },
    /// Seconds.
    Took(f64),
    /// Milliseconds of each text.
    Latency(Vec<f64>),
    /// Embeddings.
    Embeddings(Vec<Vec<f32>>),
    /// The label of every head, text by text; heads come in the order of their names.
    Labels(Vec<Vec<u16>>),
    /// Megabytes, where the system tells.
    Memory(Option<f64>),
    /// It cannot go on.
    Failed {
        /// Why.
        message: String,
    },
}

/// Writes a value as a line.
pub(super) fn send(out: &mut dyn Write, value: &impl Serialize) -> Result<(), CliError> {
    let mut line = serde_json::to_vec(value).map_err(|error| CliError::from_error(Exit::Other, &error))?;
    line.push(b'\n');
    out.write_all(&line)?;
    Ok(out.flush()?)
}

/// Reads a value from a line; `None` at the end.
pub(super) fn receive<T: DeserializeOwned>(from: &mut dyn BufRead) -> Result<Option<T>, CliError> {
    let mut line = String::new();
    if from.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    serde_json::from_str(&line).map(Some).map_err(|error| CliError::from_error(Exit::Other, &error))
}
