//! Builds the judge: model, engine, playbook.

use std::num::NonZero;
use std::sync::Arc;

use crate::engine::Engine;
use crate::engine::native::{Isa, Native, NativeModel, Variant};
use crate::engine::package::ModelPackage;
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
    Judge::new(package, engines, playbook, family)
        .map_err(|error| CliError::from_error(Exit::Invalid, &error).hint_if(error.hint()))
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

fn native_engines(
    variant: Option<VariantChoice>,
    package: &ModelPackage,
    threads: usize,
) -> Result<Vec<Box<dyn Engine>>, CliError> {
    let variant = match variant {
        None | Some(VariantChoice::Int8) => Variant::Int8,
        Some(VariantChoice::F32) => Variant::F32,
        Some(VariantChoice::Bf16) => {
            return Err(CliError::usage("the native engine has no variant bf16").hint("it has int8 and f32"));
        }
    };
    let model = NativeModel::new(package, variant).map_err(|error| {
        let hint = error.hint();
        CliError::from_error(Exit::Invalid, &error).hint_if(hint)
    })?;
    let isa = Isa::detect();
    Ok((0..threads).map(|_| Box::new(Native::new(Arc::clone(&model), isa)) as Box<dyn Engine>).collect())
}

#[cfg(feature = "rust-bert")]
fn libtorch_engines(
    variant: Option<VariantChoice>,
    package: &ModelPackage,
    threads: usize,
) -> Result<Vec<Box<dyn Engine>>, CliError> {
    use crate::engine::libtorch::{Libtorch, Precision};

    let precision = match variant {
        None | Some(VariantChoice::F32) => Precision::F32,
        Some(VariantChoice::Bf16) => Precision::Bf16,
        Some(VariantChoice::Int8) => {
            return Err(CliError::usage("the libtorch engine has no variant int8").hint("it has f32 and bf16"));
        }
    };
    (0..threads)
        .map(|_| {
            let engine =
                Libtorch::new(package, precision).map_err(|error| CliError::from_error(Exit::Other, &error))?;
            Ok(Box::new(engine) as Box<dyn Engine>)
        })
        .collect()
}

#[cfg(not(feature = "rust-bert"))]
fn libtorch_engines(
    _variant: Option<VariantChoice>,
    _package: &ModelPackage,
    _threads: usize,
) -> Result<Vec<Box<dyn Engine>>, CliError> {
    Err(CliError::usage("this build has no libtorch engine")
        .hint("build it with --features rust-bert (docs/training.md says how to get libtorch), or leave --engine out"))
}
