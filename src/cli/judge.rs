//! Builds the judge: model, engine, playbook.

use std::num::NonZero;
use std::sync::Arc;

use crate::engine::package::ModelPackage;
use crate::engine::{Engine, native};
use crate::pipeline::Judge;
use crate::scoring::ReproachFamily;

use super::args::{EngineChoice, JudgeArgs, SeverityHead, VariantChoice};
use super::env::Environment;
use super::error::{CliError, Exit};
use super::{models, playbook};

/// Builds the judge that the arguments describe.
///
/// # Errors
/// When the package or the playbook cannot be used, or the engine is not part of this build. No other one is tried.
pub(super) fn build(args: &JudgeArgs, env: &Environment) -> Result<Judge, CliError> {
    let playbook = playbook::load(args.playbook.as_deref(), env)?;
    let package = Arc::new(models::load(args.model.as_deref())?);
    let threads = args.threads.map_or_else(cores, usize::from);
    let family = args.severity_head.map(|head| match head {
        SeverityHead::Tweet => ReproachFamily::Tweet,
        SeverityHead::Review => ReproachFamily::Review,
        SeverityHead::Finance => ReproachFamily::Finance,
    });
    let engines = engines(args, &package, threads)?;
    Judge::new(package, engines, playbook, family).map_err(|error| {
        CliError::from_error(Exit::Invalid, &error).hint_if(error.hint())
    })
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

fn engines(args: &JudgeArgs, package: &ModelPackage, threads: usize) -> Result<Vec<Box<dyn Engine>>, CliError> {
    match args.engine {
        EngineChoice::Native => native_engines(args.variant, package, threads),
        EngineChoice::Libtorch => libtorch_engines(args.variant, package, threads),
    }
}
