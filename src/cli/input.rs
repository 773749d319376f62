//! Opens exports, surveys them, and reports what could not be read.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use crate::ingest::{IngestError, InputOptions, Layout, Notice, RowError, Source, parse_delimiter, parse_encoding};
use crate::pipeline::{Event, Judge, RunError, RunOptions, ScoredRow, Survey};

use super::args::InputArgs;
use super::env::Environment;
use super::error::{CliError, Exit};
use super::output::style::safe_line;
use super::warn;

/// Exports that could be opened, and whether some could not.
pub(super) struct Inputs {
    sources: Vec<Source>,
    survey: Survey,
    /// Whether a file could not be opened; it was reported.
    pub(super) some_failed: bool,
}

/// Turns arguments into options.
///
/// # Errors
/// When one means nothing.
pub(super) fn options(args: &InputArgs) -> Result<InputOptions, CliError> {
    let usage = |error: &(dyn std::error::Error + 'static)| CliError::from_error(Exit::Usage, error);
    let mut options = InputOptions { channel: args.channel, ..InputOptions::default() };
    if let Some(columns) = &args.columns {
        options.columns =
            columns.parse().map_err(|error| usage(&error).hint("for example --columns text=Body,id=Nr"))?;
    }
    if let Some(delimiter) = &args.delimiter {
        options.delimiter = Some(parse_delimiter(delimiter).map_err(|error| usage(&error))?);
    }
    if let Some(encoding) = &args.encoding {
        options.encoding = Some(parse_encoding(encoding).map_err(|error| usage(&error))?);
    }
    Ok(options)
}

/// Opens every file that can be opened and reports the others.
///
/// # Errors
/// When none can be opened: then with the error of the first. When the arguments do not fit a file: at once.
pub(super) fn sources(files: &[PathBuf], args: &InputArgs) -> Result<(Vec<Source>, bool), CliError> {
    let options = options(args)?;
    if files.iter().filter(|file| file.as_path() == Path::new("-")).count() > 1 {
        return Err(CliError::usage("standard input can be read once: - is there twice"));
    }
    let mut opened = Vec::new();
    let mut failed: Vec<CliError> = Vec::new();
    for file in files {
        let source = if file == Path::new("-") {
            Source::from_reader("-", io::stdin().lock(), &options)
        } else {
            Source::open(file, &options)
        };
        match source {
            Ok(source) => opened.push(source),
            Err(error) => {
                let error = refused(&error);
                if error.exit() == Exit::Usage {
                    return Err(error);
                }
                failed.push(error);
            }
        }
    }
    let some_failed = !failed.is_empty();
    let last = if opened.is_empty() { failed.pop() } else { None };
    for error in failed {
        error.write(&mut io::stderr())?;
    }
    last.map_or(Ok((opened, some_failed)), Err)
}

/// Opens and surveys files; says what is being read unless `quiet`.
///
/// # Errors
/// See [`sources`].
pub(super) fn open(files: &[PathBuf], args: &InputArgs, quiet: bool, env: &Environment) -> Result<Inputs, CliError> {
    let (sources, some_failed) = sources(files, args)?;
    if !quiet {
        announce(&sources, env)?;
    }
    let survey = Survey::of(&sources).map_err(|error| refused(&error))?;
    Ok(Inputs { sources, survey, some_failed })
}

fn announce(sources: &[Source], env: &Environment) -> Result<(), CliError> {
    let style = super::output::style::Style::new(env.color_err());
    let widest = sources.iter().map(|source| source.layout().file.len()).max().unwrap_or(0);
    for (index, source) in sources.iter().enumerate() {
        let verb = if index == 0 { "reading" } else { "" };
        let layout = source.layout();
        let file = format!("{:<widest$}", layout.file);
        warn(&format!("{verb:<8} {}  {}", style.bold(safe_line(&file)), style.dim(summary(layout))))?;
    }
    Ok(())
}

/// Returns format, encoding and rows in a few words.
fn summary(layout: &Layout) -> String {
    let rows = if layout.sampled_all { format!(", {} rows", layout.rows_sampled) } else { String::new() };
    safe_line(&format!("{}, {}{rows}", layout.title, layout.encoding.name))
}

impl Inputs {
    /// Returns what the first pass found.
    pub(super) const fn survey(&self) -> &Survey {
        &self.survey
    }

    /// Returns the opened files.
    pub(super) fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Judges the rows with one of `ids` and hands them to `sink`.
    pub(super) fn judge(
        &self,
        judge: &Judge,
        ids: &[String],
        sink: &mut dyn FnMut(ScoredRow) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        let options = RunOptions { ids: ids.iter().cloned().collect::<BTreeSet<_>>(), explain: true };
        self.run(judge, &options, &mut |event| match event {
            Event::Scored(row) => sink(*row),
            Event::Unreadable(_) | Event::Skipped => Ok(()),
        })
    }

    /// Runs the judge over everything.
    pub(super) fn run(
        &self,
        judge: &Judge,
        options: &RunOptions,
        sink: &mut dyn FnMut(Event) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        judge.run(&self.sources, &self.survey, options, sink).map_err(|error| match error {
            RunError::Ingest(error) => refused(&error),
            RunError::Judge(error) => CliError::from_error(Exit::Other, &error),
            RunError::Sink(error) => error,
        })
    }
}

/// Turns an error of a file into message, hint and exit code.
pub(super) fn refused(error: &IngestError) -> CliError {
    let exit = if matches!(error, IngestError::NoSuchColumn { .. }) { Exit::Usage } else { Exit::Input };
    CliError::from_error(exit, error).hint_if(error.hint())
}

/// Returns the line that reports an unreadable row.
pub(super) fn row_line(error: &RowError) -> String {
    safe_line(&error.to_string())
}

/// Returns the line that reports a remark on a row.
pub(super) fn notice_line(notice: &Notice) -> String {
    safe_line(&notice.to_string())
}

/// No row has one of the ids that were asked for.
pub(super) fn no_such_id(ids: &[String], files: &[PathBuf]) -> CliError {
    let files: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
    CliError::new(Exit::Input, format!("no message with the id {} in {}", ids.join(", "), files.join(", ")))
        .hint("ids are text and must match exactly; `amends score FILE --format csv` lists them")
}
