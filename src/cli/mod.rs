//! The command line: a file for each verb, all printing, and every error turned into message, hint and exit code.
//!
//! Results go to standard output, everything else to standard error. This module alone reads the clock and the environment.

mod args;
mod bench;
mod check;
mod clipboard;
mod clock;
mod completions;
mod distil;
mod draft;
mod env;
mod error;
mod eval;
mod explain;
mod input;
mod inspect;
mod interrupt;
mod judge;
mod learn;
mod message;
mod models;
mod output;
mod playbook;
mod progress;
mod score;
mod spool;
mod templates;
#[cfg(feature = "rust-bert")]
mod train;

use std::ffi::OsString;
use std::io::Write;

use clap::Parser;

use args::{Cli, Verb};
use env::Environment;
use error::CliError;
pub use error::Exit;

/// Runs amends on command-line arguments, the program's name first, and returns how it ended.
pub fn run(args: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    match Environment::read().and_then(|env| dispatch(cli.verb, &env)) {
        Ok(exit) => exit,
        Err(error) => {
            if error.exit() != Exit::Done {
                // Nobody is left to tell when standard error is gone too.
                drop(error.write(&mut std::io::stderr()));
            }
            error.exit()
        }
    }
}

fn dispatch(verb: Verb, env: &Environment) -> Result<Exit, CliError> {
    match verb {
        Verb::Score(args) => score::run(&args, env),
        Verb::Inspect(args) => inspect::run(&args, env),
        Verb::Draft(args) => draft::run(&args, env),
        Verb::Check(args) => check::run(&args, env),
        Verb::Eval(args) => eval::run(&args, env),
        Verb::Bench(args) => bench::run(&args, env),
        Verb::BenchWorker(args) => bench::worker::run(&args, env),
        Verb::Learn(args) => learn::run(&args, env),
        Verb::Distil(args) => distil::run(&args, env),
        Verb::Playbook(verb) => playbook::run(&verb, env),
        Verb::Templates(verb) => templates::run(&verb, env),
        Verb::Models(verb) => models::run(&verb),
        #[cfg(feature = "rust-bert")]
        Verb::Train(args) => train::run(&args, env),
        Verb::Completions { shell } => completions::completions(shell),
        Verb::Man => completions::man(),
        Verb::ClipboardOwner => clipboard::own(),
    }
}

/// Prints what clap has to say: help and version are results, anything else is an error of the command line.
fn usage(error: &clap::Error) -> Exit {
    let printed = error.print();
    match (error.use_stderr(), printed) {
        (true, _) => Exit::Usage,
        (false, Err(failure)) => CliError::from(failure).exit(),
        (false, Ok(())) => Exit::Done,
    }
}

/// Writes `text` to standard error, wrapped to `width` columns with `indent` spaces before all lines but the first; `paint` colours a line.
fn warn_wrapped(text: &str, width: usize, indent: usize, paint: impl Fn(&str) -> String) -> Result<(), CliError> {
    let rest = " ".repeat(indent);
    for line in textwrap::wrap(text, textwrap::Options::new(width).subsequent_indent(&rest)) {
        warn(&paint(&line))?;
    }
    Ok(())
}

/// Returns how many rows were left out, and why; nothing when there were none.
fn left_out(parts: &[(usize, &str)]) -> Option<String> {
    let said: Vec<String> =
        parts.iter().filter(|(rows, _)| *rows > 0).map(|(rows, why)| format!("{rows} {why}")).collect();
    (!said.is_empty()).then(|| format!("left out: {}", said.join(" · ")))
}

/// Writes a line to standard error.
fn warn(text: &str) -> Result<(), CliError> {
    Ok(writeln!(std::io::stderr(), "{text}")?)
}
