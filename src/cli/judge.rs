//! Builds the judge: model, engine, playbook.

use std::num::NonZero;
use std::sync::Arc;

use crate::engine::Engine;
use crate::engine::native::{Isa, Native, NativeModel, Variant};
use crate::engine::package::ModelPackage;
use crate::pipeline::Judge;
use crate::scoring::ReproachFamily;

use super::args::{EngineChoice, JudgeArgs, RuntimeArgs, SeverityHead, VariantChoice};
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
    let request = Request { engine: args.engine, variant: args.variant, threads, runtime: &args.runtime };
    let engines = engines(&request, &package, env)?;
    Judge::new(package, engines, playbook, family)
        .map_err(|error| CliError::from_error(Exit::Invalid, &error).hint_if(error.hint()))
}

/// Cores of this machine that we may use.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// Engines that are asked for, one a thread.
pub(super) struct Request<'a> {
    /// What runs the encoder.
    pub engine: EngineChoice,
    /// Its arithmetic; none for the engine's usual one.
    pub variant: Option<VariantChoice>,
    /// How many engines.
    pub threads: usize,
    /// What an engine needs to know beyond its name.
    pub runtime: &'a RuntimeArgs,
}

/// Makes engines; no other one is tried where they cannot be made.
///
/// # Errors
/// When this build, machine or package cannot run them.
pub(super) fn engines(
    request: &Request,
    package: &ModelPackage,
    env: &Environment,
) -> Result<Vec<Box<dyn Engine>>, CliError> {
    match request.engine {
        EngineChoice::Native => native_engines(request, package),
        EngineChoice::Libtorch => libtorch_engines(request, package),
        EngineChoice::Onnx => onnx_engines(request, package, env),
    }
}

fn native_engines(request: &Request, package: &ModelPackage) -> Result<Vec<Box<dyn Engine>>, CliError> {
    let variant = match request.variant {
        None | Some(VariantChoice::Int8) => Variant::Int8,
        Some(VariantChoice::F32) => Variant::F32,
        Some(VariantChoice::Bf16) => {
            return Err(CliError::usage("the native engine has no variant bf16").hint("it has int8 and f32"));
        }
    };
    let isa = match &request.runtime.isa {
        None => Isa::detect(),
        Some(name) => Isa::parse(name).map_err(|error| CliError::from_error(Exit::Usage, &error))?,
    };
    let model = NativeModel::new(package, variant).map_err(|error| {
        let hint = error.hint();
        CliError::from_error(Exit::Invalid, &error).hint_if(hint)
    })?;
    Ok((0..request.threads).map(|_| Box::new(Native::new(Arc::clone(&model), isa)) as Box<dyn Engine>).collect())
}

#[cfg(feature = "rust-bert")]
fn libtorch_engines(request: &Request, package: &ModelPackage) -> Result<Vec<Box<dyn Engine>>, CliError> {
    use crate::engine::libtorch::{Libtorch, Precision};

    let precision = match request.variant {
        None | Some(VariantChoice::F32) => Precision::F32,
        Some(VariantChoice::Bf16) => Precision::Bf16,
        Some(VariantChoice::Int8) => {
            return Err(CliError::usage("the libtorch engine has no variant int8").hint("it has f32 and bf16"));
        }
    };
    (0..request.threads)
        .map(|_| {
            let engine =
                Libtorch::new(package, precision).map_err(|error| CliError::from_error(Exit::Other, &error))?;
            Ok(Box::new(engine) as Box<dyn Engine>)
        })
        .collect()
}

#[cfg(not(feature = "rust-bert"))]
fn libtorch_engines(_request: &Request, _package: &ModelPackage) -> Result<Vec<Box<dyn Engine>>, CliError> {
    Err(CliError::usage("this build has no libtorch engine")
        .hint("build it with --features rust-bert (docs/training.md says how to get libtorch), or leave --engine out"))
}

#[cfg(feature = "onnx")]
fn onnx_engines(
    request: &Request,
    package: &ModelPackage,
    env: &Environment,
) -> Result<Vec<Box<dyn Engine>>, CliError> {
    use crate::engine::onnx::{GraphFile, Onnx, OnnxError, OnnxLibrary, OnnxVariant};

    let variant = match request.variant {
        None | Some(VariantChoice::Int8) => OnnxVariant::Int8,
        Some(VariantChoice::F32) => OnnxVariant::F32,
        Some(VariantChoice::Bf16) => {
            return Err(CliError::usage("the onnx engine has no variant bf16").hint("it has int8 and f32"));
        }
    };
    let failed = |error: OnnxError| CliError::from_error(Exit::Other, &error).hint_if(error.hint());
    let Some(path) = request.runtime.onnx_library.as_ref().or(env.onnx_library.as_ref()) else {
        return Err(CliError::usage("the onnx engine needs the library of ONNX Runtime, and none is named")
            .hint("scripts/native-libs.sh lays it out; name it with --onnx-library or AMENDS_ONNX_LIBRARY"));
    };
    let library = OnnxLibrary::load(path).map_err(failed)?;
    let graph = request.runtime.onnx_graph.as_deref().map_or(GraphFile::Export, GraphFile::File);
    (0..request.threads)
        .map(|_| Ok(Box::new(Onnx::new(&library, package, variant, graph).map_err(failed)?) as Box<dyn Engine>))
        .collect()
}

#[cfg(not(feature = "onnx"))]
fn onnx_engines(
    _request: &Request,
    _package: &ModelPackage,
    _env: &Environment,
) -> Result<Vec<Box<dyn Engine>>, CliError> {
    Err(CliError::usage("this build has no onnx engine").hint("build it with --features onnx, or leave --engine out"))
}
