//! `amends models`, and which package a run uses.

use std::io::{self, Write};
use std::path::Path;

use crate::engine::package::{ModelPackage, PackageError};

use super::args::ModelsVerb;
use super::error::{CliError, Exit};

/// Runs a verb.
pub(super) fn run(verb: &ModelsVerb) -> Result<Exit, CliError> {
    let mut out = io::stdout();
    match verb {
        ModelsVerb::List => describe(&load(None)?, "built in", &mut out)?,
        ModelsVerb::Verify { dir } => {
            let package = load(dir.as_deref())?;
            // Loading checks every digest of a folder; those of the built-in package were checked when it was built.
            let place = dir.as_ref().map_or_else(|| "built in".to_owned(), |dir| dir.display().to_string());
            let model = package.model_ref();
            writeln!(out, "{place}: {} {} {}: every digest holds", model.name, model.release, model.digest)?;
        }
    }
    Ok(Exit::Done)
}

/// Loads a package: the folder that was named, or the built-in one.
///
/// # Errors
/// When it is missing or damaged.
pub(super) fn load(dir: Option<&Path>) -> Result<ModelPackage, CliError> {
    let loaded = match dir {
        None => ModelPackage::embedded(),
        Some(dir) => ModelPackage::load(dir),
    };
    loaded.map_err(|error| refused(&error, dir))
}

fn refused(error: &PackageError, dir: Option<&Path>) -> CliError {
    let made = CliError::from_error(Exit::Invalid, error);
    let made = match dir {
        Some(dir) if !dir.is_dir() => made.hint(format!("there is no folder {}", dir.display())),
        _ => made,
    };
    made.hint_if(error.hint())
}

fn describe(package: &ModelPackage, place: &str, out: &mut dyn Write) -> io::Result<()> {
    let model = package.model_ref();
    let (config, manifest) = (package.config(), package.manifest());
    writeln!(out, "{} {} {} ({place})", model.name, model.release, model.digest)?;
    writeln!(out, "  base      {} ({})", manifest.base, manifest.base_licence)?;
    writeln!(out, "  licence   {}", manifest.licence)?;
    writeln!(
        out,
        "  encoder   {} layers, {} wide, {} heads, {} word pieces, up to {} tokens",
        config.layers, config.hidden, config.heads, config.vocabulary, manifest.max_tokens
    )?;
    writeln!(out, "  heads")?;
    for head in package.heads().iter() {
        let labels = match head.labels.len() {
            0..=7 => head.labels.join(" "),
            more => format!("{more} labels"),
        };
        writeln!(out, "    {:<17} {:<72} {}", head.name, labels, head.corpora.join(" "))?;
    }
    Ok(())
}
