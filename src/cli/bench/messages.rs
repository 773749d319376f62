//! The messages to measure with.

use serde::Serialize;

use crate::cli::args::BenchArgs;
use crate::cli::error::{CliError, Exit};
use crate::cli::input;
use crate::ingest::{InputOptions, Source};

/// The built-in sample, which is also in the repository.
const SAMPLES: [(&str, &[u8]); 3] = [
    ("tickets-monday.csv", include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/samples/tickets-monday.csv"))),
    ("play-reviews.csv", include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/samples/play-reviews.csv"))),
    ("tweets.csv", include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/samples/tweets.csv"))),
];

/// Texts, and how many rows gave none.
pub(super) struct Messages {
    pub texts: Vec<String>,
    pub left_out: LeftOut,
}

/// Rows that are not measured with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct LeftOut {
    pub unreadable: usize,
    /// Without text.
    pub empty: usize,
    /// Without a label, or with text and labels that stood before; only with `--labels`.
    pub unlabelled: usize,
    /// Beyond `--messages`.
    pub beyond: usize,
}

impl Messages {
    /// Adds a text, if there is any and fewer than `most` are there.
    pub(super) fn add(&mut self, text: String, most: usize) {
        if text.trim().is_empty() {
            self.left_out.empty += 1;
        } else if self.texts.len() < most {
            self.texts.push(text);
        } else {
            self.left_out.beyond += 1;
        }
    }
}

/// Reads the messages of the files, or the built-in ones.
///
/// # Errors
/// When a file cannot be read, or there is no message.
pub(super) fn read(args: &BenchArgs) -> Result<Messages, CliError> {
    let sources = if args.files.is_empty() {
        let open = |(name, bytes): &(&str, &[u8])| {
            Source::from_reader(name, *bytes, &InputOptions::default()).map_err(|error| input::refused(&error))
        };
        SAMPLES.iter().map(open).collect::<Result<Vec<_>, _>>()?
    } else {
        input::sources(&args.files, &args.input)?.0
    };
    let mut messages = Messages { texts: Vec::new(), left_out: LeftOut::default() };
    for source in &sources {
        for row in source.messages().map_err(|error| input::refused(&error))? {
            match row {
                Ok(row) => messages.add(row.message.text, args.messages as usize),
                Err(_) => messages.left_out.unreadable += 1,
            }
        }
    }
    if messages.texts.is_empty() {
        return Err(CliError::new(Exit::Input, "there is no message to measure with"));
    }
    Ok(messages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_sample_can_be_read() {
        for (name, bytes) in SAMPLES {
            let source = Source::from_reader(name, bytes, &InputOptions::default()).unwrap();
            assert!(source.messages().unwrap().flatten().count() > 10, "{name}");
        }
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let mut messages = Messages { texts: Vec::new(), left_out: LeftOut::default() };
        for text in ["a", " ", "b", "c"] {
            messages.add(text.to_owned(), 2);
        }
        assert_eq!(messages.texts, ["a", "b"]);
        assert_eq!(messages.left_out, LeftOut { empty: 1, beyond: 1, ..LeftOut::default() });
    }
}
