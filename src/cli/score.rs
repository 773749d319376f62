//! `amends score`: exports to a worklist, or to a record for every row.

mod summary;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::pipeline::{Event, RunOptions, ScoredRow};

use super::args::{Format, Heads, ScoreArgs, Sort};
use super::env::Environment;
use super::error::{CliError, Exit};
use super::output::row::RowOptions;
use super::output::style::Style;
use super::output::{OutputOptions, RowWriter, writer};
use super::spool::Spool;
use super::{explain, input, interrupt, judge, progress, warn};
use summary::Summary;

/// Runs the verb.
pub(super) fn run(args: &ScoreArgs, env: &Environment) -> Result<Exit, CliError> {
    interrupt::listen()?;
    let inputs = input::open(&args.files, &args.input, args.quiet, env)?;
    let mut judge = judge::build(&args.judge, env)?;
    if args.fast {
        judge = judge.with_fast().map_err(|error| CliError::from_error(Exit::Usage, &error).hint_if(error.hint()))?;
    }
    let mut target = Target::new(args.output.as_deref())?;
    let options = RunOptions { ids: args.id.iter().cloned().collect(), explain: args.explain };
    let ending = {
        let mut rows = Rows::new(args, env, &inputs, &mut target)?;
        let mut summary = Summary::default();
        let bar = progress::bar(inputs.survey().rows(), args.quiet, env);
        let run = inputs.run(&judge, &options, &mut |event| {
            interrupt::check()?;
            bar.inc(1);
            match event {
                Event::Scored(row) => {
                    if args.errors {
                        for notice in &row.notices {
                            bar.suspend(|| warn(&input::notice_line(notice)))?;
                        }
                    }
                    summary.add(&row);
                    rows.push(&row)
                }
                Event::Unreadable(error) => {
                    summary.unreadable += 1;
                    if args.errors { bar.suspend(|| warn(&input::row_line(&error))) } else { Ok(()) }
                }
                Event::Skipped => Ok(()),
            }
        });
        bar.finish_and_clear();
        run?;
        rows.finish()?;
        if !args.id.is_empty() && summary.rows == 0 {
            return Err(input::no_such_id(&args.id, &args.files));
        }
        if !args.quiet {
            summary.write(&judge, inputs.survey(), args.errors, env)?;
        }
        if summary.is_damaged() || inputs.some_failed { Exit::Input } else { Exit::Done }
    };
    target.keep(args.output.as_deref())?;
    Ok(ending)
}

/// Where the rows go.
enum Target {
    Standard(BufWriter<io::Stdout>),
    /// A file beside the one that was named, renamed at the end: no half-written result is ever left in its place.
    File(BufWriter<tempfile::NamedTempFile<File>>),
}

impl Target {
    fn new(path: Option<&Path>) -> Result<Self, CliError> {
        let Some(path) = path else { return Ok(Self::Standard(BufWriter::new(io::stdout()))) };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = tempfile::Builder::new().prefix(".amends-").tempfile_in(folder).map_err(|error| {
            CliError::new(Exit::Other, format!("{} cannot be written", path.display())).because(error)
        })?;
        Ok(Self::File(BufWriter::new(file)))
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::Standard(out) => out,
            Self::File(out) => out,
        }
    }

    fn keep(self, path: Option<&Path>) -> Result<(), CliError> {
        match (self, path) {
            (Self::File(out), Some(path)) => {
                let file = out.into_inner().map_err(|error| CliError::from(error.into_error()))?;
                file.persist(path).map_err(|error| CliError::from(error.error))?;
                Ok(())
            }
            (Self::File(_), None) => Ok(()),
            (Self::Standard(mut out), _) => Ok(out.flush()?),
        }
    }
}

/// Writes rows as they come, or puts them aside to sort them first.
struct Rows<'a> {
    writer: Box<dyn RowWriter + 'a>,
    spool: Option<Spool>,
    most: usize,
    written: usize,
}

impl<'a> Rows<'a> {
    fn new(
        args: &ScoreArgs,
        env: &Environment,
        inputs: &input::Inputs,
        target: &'a mut Target,
    ) -> Result<Self, CliError> {
        let to_terminal = args.output.is_none();
        let style = Style::new(to_terminal && env.color_out());
        let options = OutputOptions {
            row: RowOptions { all_heads: args.heads == Some(Heads::All), explain: args.explain },
            spreadsheet_safe: args.spreadsheet_safe,
            input_columns: inputs.survey().columns().to_vec(),
            width: env.width,
            style,
        };
        let out = target.writer();
        let writer = if args.format == Format::Table && args.explain {
            Box::new(explain::ExplainWriter::new(style, env.width, out))
        } else {
            writer(args.format, options, out)?
        };
        let usual = if args.format == Format::Table || args.top.is_some() { Sort::Priority } else { Sort::Input };
        let spool = match args.sort.unwrap_or(usual) {
            Sort::Priority => Some(Spool::new()?),
            Sort::Input => None,
        };
        Ok(Self { writer, spool, most: args.top.unwrap_or(usize::MAX), written: 0 })
    }

    fn push(&mut self, row: &ScoredRow) -> Result<(), CliError> {
        match &mut self.spool {
            Some(spool) => spool.push(row)?,
            None if self.written < self.most => {
                self.written += 1;
                self.writer.row(row)?;
            }
            None => {}
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), CliError> {
        let writer = &mut self.writer;
        if let Some(spool) = self.spool {
            spool.by_priority(self.most, |row| writer.row(row).map_err(CliError::from))?;
        }
        Ok(self.writer.finish()?)
    }
}
