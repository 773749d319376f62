//! `amends train`: fine-tunes a model package (feature `rust-bert`).

use std::io::{self, Write};
use std::num::NonZero;

use crate::train::{self, Figure, Progress, Settings, TrainError};

use super::args::TrainArgs;
use super::env::Environment;
use super::error::{CliError, Exit};
use super::{progress, warn};

/// Trains and prints the figures of the package.
///
/// # Errors
/// When a corpus or the base encoder cannot be read (exit 3), or anything else fails (exit 5).
pub(super) fn run(args: &TrainArgs, env: &Environment) -> Result<Exit, CliError> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let settings = Settings {
        data: args.data.clone(),
        base: args.base.clone(),
        out: Some(args.out.clone()),
        run: args.runs.clone(),
        resume: args.resume,
        part: args.part.clone(),
        threads: i32::try_from(threads).unwrap_or(1),
        ..Settings::default()
    };
    let bar = progress::bar(0, false, env);
    let mut warned = Ok(());
    let report = train::run(&settings, &mut |progress| match progress {
        Progress::Part { name, steps, uses, tokens, .. } => {
            bar.set_length(steps as u64);
            bar.set_position(0);
            warned = warn(&format!("{name}: {steps} steps over {uses} rows and {tokens} tokens"));
        }
        Progress::Step { step, .. } => bar.set_position(step as u64),
        Progress::Evaluate { rows } => {
            warned = warn(&format!("measuring on {rows} messages"));
        }
        Progress::Checkpoint { .. } => (),
    });
    bar.finish_and_clear();
    warned?;
    let report = report.map_err(|error| refused(&error, &settings))?;
    if let Some(package) = report.package {
        table(&package.figures, &mut io::stdout())?;
        table(&package.out_of_fold, &mut io::stdout())?;
        warn(&format!("{}: {} bytes, digest {}", args.out.display(), package.size, package.digest))?;
    }
    Ok(Exit::Done)
}

fn refused(error: &TrainError, settings: &Settings) -> CliError {
    let (exit, hint) = match error {
        TrainError::Corpus { .. } | TrainError::Label { .. } => {
            (Exit::Input, Some("docs/training.md says what the folder of the corpora holds".to_owned()))
        }
        TrainError::Base { .. } | TrainError::Io { .. } => {
            (Exit::Input, Some("scripts/native-libs.sh lays out the base encoder".to_owned()))
        }
        TrainError::Part(_) => (Exit::Usage, Some("parts are the stages by name, fold-N and domain-NAME".to_owned())),
        TrainError::Checkpoint { .. } if settings.resume => {
            (Exit::Input, Some("leave --resume out to begin anew".to_owned()))
        }
        _ => (Exit::Other, None),
    };
    CliError::from_error(exit, error).hint_if(hint)
}

fn table(figures: &[Figure], out: &mut dyn Write) -> io::Result<()> {
    for figure in figures {
        writeln!(
            out,
            "{:<26} {:<17} {:<12} {:>5}  {:.3} ({:.3} to {:.3})  int8 {:+.3}",
            figure.rows_of,
            figure.head,
            figure.metric.name(),
            figure.rows,
            figure.shipped.value,
            figure.shipped.low,
            figure.shipped.high,
            figure.difference.value,
        )?;
    }
    Ok(())
}
