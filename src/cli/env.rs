//! The clock and the environment, read once.

use std::env;
use std::io::IsTerminal;

use jiff::Zoned;
use jiff::tz::TimeZone;

use super::error::CliError;

/// Everything that a run takes from outside its arguments.
#[derive(Debug, Clone)]
pub(super) struct Environment {
    /// Now, in the user's zone; `AMENDS_NOW` (RFC 3339) sets it.
    pub now: Zoned,
    /// Where stdin, stdout and stderr lead.
    pub streams: Streams,
    /// Whether colour is allowed: `NO_COLOR` is unset and `TERM` is not `dumb`.
    pub color: bool,
    /// Columns of the terminal, or 120 when there is none.
    pub width: usize,
    /// Whether this is an SSH session.
    pub ssh: bool,
    /// Terminal multiplexer around us, whose escape sequences must be wrapped.
    pub multiplexer: Option<Multiplexer>,
    /// Program that takes text for the clipboard on its standard input (`AMENDS_COPY_COMMAND`), split at white space.
    pub copy_command: Option<Vec<String>>,
    /// Library of ONNX Runtime (`AMENDS_ONNX_LIBRARY`).
    #[cfg_attr(not(feature = "onnx"), expect(dead_code, reason = "only the onnx engine loads it"))]
    pub onnx_library: Option<std::path::PathBuf>,
}

/// Which standard streams are terminals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Streams {
    /// Standard input is a terminal.
    pub stdin: bool,
    /// Standard output is a terminal.
    pub stdout: bool,
    /// Standard error is a terminal.
    pub stderr: bool,
}

/// A terminal multiplexer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Multiplexer {
    /// tmux.
    Tmux,
    /// GNU screen.
    Screen,
}

impl Environment {
    /// Reads the clock and the environment.
    ///
    /// # Errors
    /// When `AMENDS_NOW` is set and is not an RFC 3339 time.
    pub(super) fn read() -> Result<Self, CliError> {
        let now = match set("AMENDS_NOW") {
            None => Zoned::now(),
            Some(text) => parse_now(&text)?,
        };
        let multiplexer = if set("TMUX").is_some() {
            Some(Multiplexer::Tmux)
        } else if set("STY").is_some() {
            Some(Multiplexer::Screen)
        } else {
            None
        };
        let streams = Streams {
            stdin: std::io::stdin().is_terminal(),
            stdout: std::io::stdout().is_terminal(),
            stderr: std::io::stderr().is_terminal(),
        };
        let columns = set("COLUMNS").and_then(|text| text.parse().ok());
        let terminal = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        Ok(Self {
            now,
            streams,
            color: set("NO_COLOR").is_none() && set("TERM").as_deref() != Some("dumb"),
            width: columns.or(terminal).unwrap_or(120).max(60),
            ssh: set("SSH_CONNECTION").is_some() || set("SSH_TTY").is_some(),
            multiplexer,
            onnx_library: set("AMENDS_ONNX_LIBRARY").map(Into::into),
            copy_command: set("AMENDS_COPY_COMMAND").map(|text| text.split_whitespace().map(str::to_owned).collect()),
        })
    }

    /// Returns whether results on standard output may be coloured.
    pub(super) const fn color_out(&self) -> bool {
        self.color && self.streams.stdout
    }

    /// Returns whether messages on standard error may be coloured.
    pub(super) const fn color_err(&self) -> bool {
        self.color && self.streams.stderr
    }
}

/// Returns a variable that is set and not empty.
fn set(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// Reads an RFC 3339 time. The offset that it names becomes the zone, so that drafts speak of the same hours everywhere.
fn parse_now(text: &str) -> Result<Zoned, CliError> {
    let usage = |error: jiff::Error| {
        CliError::usage(format!("AMENDS_NOW is not a time: \"{text}\""))
            .because(error)
            .hint("write it as 2026-11-23T09:00:00Z")
    };
    let timestamp: jiff::Timestamp = text.parse().map_err(usage)?;
    let pieces = jiff::fmt::temporal::Pieces::parse(text).map_err(usage)?;
    let offset = pieces.to_numeric_offset().unwrap_or(jiff::tz::Offset::UTC);
    Ok(timestamp.to_zoned(TimeZone::fixed(offset)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn now_keeps_the_offset_it_was_given() {
        let now = parse_now("2026-11-23T09:00:00+01:00").unwrap();
        assert_eq!(now.datetime().to_string(), "2026-11-23T09:00:00");
        assert_eq!(now.timestamp().to_string(), "2026-11-23T08:00:00Z");
        let error = parse_now("tomorrow").unwrap_err();
        assert!(error.to_string().contains("AMENDS_NOW"), "{error}");
    }
}
