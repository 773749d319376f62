//! Errors as the user meets them: a message, its causes, a hint, and an exit code.

use std::fmt;
use std::io::{self, Write};

use super::output::style::safe_lines;

/// How a run ended. The numbers are a contract: `amends --help` and the man page list them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Done; also when the reader of our output went away.
    Done = 0,
    /// Findings: gate errors, a refused copy, something overdue.
    Findings = 1,
    /// The command line is wrong.
    Usage = 2,
    /// Input is missing or partly unreadable; the rest is done.
    Input = 3,
    /// A playbook, template or model package is invalid.
    Invalid = 4,
    /// Everything else.
    Other = 5,
    /// Interrupted from the keyboard.
    Interrupted = 130,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error that ends the run.
#[derive(Debug)]
pub(super) struct CliError {
    exit: Exit,
    message: String,
    causes: Vec<String>,
    hints: Vec<String>,
}

impl CliError {
    /// Makes an error with an exit code and a message.
    pub(super) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), causes: Vec::new(), hints: Vec::new() }
    }

    /// Makes an error of the command line.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Makes an error out of a library error, whose chain of sources becomes the causes.
    pub(super) fn from_error(exit: Exit, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut made = Self::new(exit, error.to_string());
        made.push_sources(error);
        made
    }

    /// Adds a cause and the causes behind it.
    #[must_use]
    pub(super) fn because(mut self, error: impl std::error::Error + 'static) -> Self {
        self.causes.push(error.to_string());
        self.push_sources(&error);
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds what to do about it, where somebody knows.
    #[must_use]
    pub(super) fn hint_if(self, hint: Option<impl Into<String>>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    /// Returns the exit code.
    pub(super) const fn exit(&self) -> Exit {
        self.exit
    }

    fn push_sources(&mut self, error: &(dyn std::error::Error + 'static)) {
        let mut source = error.source();
        while let Some(cause) = source {
            self.causes.push(cause.to_string());
            source = cause.source();
        }
    }

    /// Writes message, causes and hints.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        // All three may repeat what stood in a file or on the command line.
        writeln!(out, "error: {}", safe_lines(&self.message))?;
        for cause in &self.causes {
            writeln!(out, "  cause: {}", safe_lines(cause))?;
        }
        for hint in &self.hints {
            writeln!(out, "  hint: {}", safe_lines(hint))?;
        }
        Ok(())
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<io::Error> for CliError {
    /// A pipe whose reader went away is a normal end; every other failure to write is not.
    fn from(error: io::Error) -> Self {
        let exit = if error.kind() == io::ErrorKind::BrokenPipe { Exit::Done } else { Exit::Other };
        Self::from_error(exit, &error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_causes_and_hints_are_lines_of_their_own() {
        let error = CliError::new(Exit::Input, "a.csv cannot be read")
            .because(io::Error::other("the disk is on fire"))
            .hint("put it out");
        let mut out = Vec::new();
        error.write(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "error: a.csv cannot be read\n  cause: the disk is on fire\n  hint: put it out\n");
    }

    #[test]
    fn a_closed_pipe_is_a_normal_end() {
        assert_eq!(CliError::from(io::Error::from(io::ErrorKind::BrokenPipe)).exit(), Exit::Done);
        assert_eq!(CliError::from(io::Error::from(io::ErrorKind::StorageFull)).exit(), Exit::Other);
    }
}
