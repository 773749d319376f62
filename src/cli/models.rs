//! `amends models`, and which package a run uses.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::engine::package::card::with_section;
use crate::engine::package::import::{self, HeadMap, ImportError};
use crate::engine::package::{ModelPackage, PackageError, WriteError, replace_card};
use crate::engine::tokenizer::TextTokenizer;
use crate::scoring::heads::{check_labels, known};

use super::args::ModelsVerb;
use super::error::{CliError, Exit};
use super::output::style::safe_line;
use super::warn;

/// Runs a verb.
pub(super) fn run(verb: &ModelsVerb) -> Result<Exit, CliError> {
    let mut out = io::stdout();
    match verb {
        ModelsVerb::List { dir } => describe(&load(dir.as_deref())?, &place(dir.as_deref()), &mut out)?,
        ModelsVerb::Verify { dir } => {
            let package = load(dir.as_deref())?;
            check(&package)?;
            // Loading checks every digest of a folder; those of the built-in package were checked when it was built.
            let model = package.model_ref();
            let heads = package.heads().iter().len();
            writeln!(
                out,
                "{}: {} {} {}: every digest holds, and {heads} heads, weights and tokenizer fit together",
                place(dir.as_deref()),
                model.name,
                model.release,
                model.digest
            )?;
        }
        #[cfg(feature = "onnx")]
        ModelsVerb::Onnx { dir, out: target, variant } => write_onnx(dir.as_deref(), target, *variant)?,
        ModelsVerb::Import { dir, out: target, map } => {
            let package = imported(dir, map, target)?;
            describe(&package, &place(Some(target)), &mut out)?;
            let lacks = lacks(&package);
            if !lacks.is_empty() {
                warn(&format!("`amends score` needs more heads than it has: {}", lacks.join(", ")))?;
            }
        }
        ModelsVerb::Card { dir, add } => {
            let sections = sections(add)?;
            let package = load(Some(dir))?;
            let mut card = package.card().unwrap_or_default().to_owned();
            for (name, body) in &sections {
                card = with_section(&card, name, body);
            }
            let package = replace_card(dir, &card).map_err(|error| unwritten(&error))?;
            let names: Vec<&str> = sections.iter().map(|(name, _)| *name).collect();
            writeln!(out, "{}: {} (digest now {})", place(Some(dir)), names.join(", "), package.model_ref().digest)?;
        }
    }
    Ok(Exit::Done)
}

#[cfg(feature = "onnx")]
fn write_onnx(dir: Option<&Path>, target: &Path, variant: super::args::VariantChoice) -> Result<(), CliError> {
    use super::args::VariantChoice;
    use crate::engine::onnx::{OnnxVariant, export};

    let variant = match variant {
        VariantChoice::F32 => OnnxVariant::F32,
        VariantChoice::Int8 => OnnxVariant::Int8,
        VariantChoice::Bf16 => {
            return Err(CliError::usage("there is no bf16 graph").hint("--variant takes f32 and int8"));
        }
    };
    let package = load(dir)?;
    let graph = export(&package, variant).map_err(|error| {
        let hint = error.hint();
        CliError::from_error(Exit::Invalid, &error).hint_if(hint)
    })?;
    std::fs::write(target, graph)
        .map_err(|error| CliError::new(Exit::Other, format!("{} cannot be written", target.display())).because(error))
}

fn place(dir: Option<&Path>) -> String {
    dir.map_or_else(|| "built in".to_owned(), |dir| safe_line(&dir.display().to_string()))
}

/// Checks what loading does not: tokenizer and labels.
fn check(package: &ModelPackage) -> Result<(), CliError> {
    TextTokenizer::new(package).map_err(|error| CliError::from_error(Exit::Invalid, &error).hint_if(error.hint()))?;
    for head in package.heads().iter() {
        check_labels(&head.name, &head.labels)
            .map_err(|error| CliError::from_error(Exit::Invalid, &error).hint(error.hint()))?;
    }
    Ok(())
}

/// Heads without which messages are not scored, as far as the package has none that would do.
fn lacks(package: &ModelPackage) -> Vec<&'static str> {
    let has = |name: &str| package.heads().get(name).is_some();
    let any = |names: &[&str]| names.iter().any(|name| has(name));
    let needed = [
        ("sentiment", has("sentiment")),
        ("complaint", has("complaint")),
        ("a reproach head", any(&["reproach", "reproach_tweet", "reproach_review", "reproach_finance"])),
        ("emotion or anger", any(&["emotion", "emotion_tweet", "anger"])),
    ];
    needed.into_iter().filter(|(_, has)| !has).map(|(name, _)| name).collect()
}

fn imported(dir: &Path, map: &Path, out: &Path) -> Result<ModelPackage, CliError> {
    let text = read(map)?;
    let refused = |error: ImportError| {
        let exit = match &error {
            ImportError::NoConfig { .. } | ImportError::Read { .. } => Exit::Input,
            ImportError::Write(WriteError::Exists { .. }) => Exit::Usage,
            ImportError::Write(_) => Exit::Other,
            _ => Exit::Invalid,
        };
        CliError::from_error(exit, &error).hint_if(error.hint())
    };
    let map = HeadMap::parse(&text).map_err(refused)?;
    import::import(dir, &map, &known(), out).map_err(refused)
}

fn read(file: &Path) -> Result<String, CliError> {
    std::fs::read_to_string(file).map_err(|error| {
        CliError::new(Exit::Input, format!("{} cannot be read", safe_line(&file.display().to_string()))).because(error)
    })
}

/// The sections that evaluations fill; where several fill the same one, each stands under the name of its file.
fn sections(files: &[PathBuf]) -> Result<Vec<(&'static str, String)>, CliError> {
    let mut sections: Vec<(&'static str, String)> = Vec::new();
    for file in files {
        let name = safe_line(&file.display().to_string());
        let report: serde_json::Value = serde_json::from_str(&read(file)?)
            .map_err(|error| CliError::new(Exit::Input, format!("{name} is no JSON")).because(error))?;
        let found = crate::report::card::sections(&report);
        if found.is_empty() {
            return Err(CliError::new(Exit::Input, format!("{name} holds no evaluation"))
                .hint("give what `amends eval --format json` wrote"));
        }
        let title = file.file_stem().map(|stem| safe_line(&stem.to_string_lossy())).unwrap_or_default();
        for (section, body) in found {
            let body = format!("### {title}\n\n{}\n", body.trim_end());
            match sections.iter_mut().find(|(own, _)| *own == section) {
                Some((_, own)) => own.extend(["\n", body.as_str()]),
                None => sections.push((section, body)),
            }
        }
    }
    Ok(sections)
}

/// Turns an error of writing into message, hint and exit code.
pub(super) fn unwritten(error: &WriteError) -> CliError {
    let exit = match error {
        WriteError::Exists { .. } => Exit::Usage,
        WriteError::Package(_) => Exit::Invalid,
        _ => Exit::Other,
    };
    CliError::from_error(exit, error).hint_if(error.hint())
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
    writeln!(out, "  pooling   {}", manifest.pooling.name())?;
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
