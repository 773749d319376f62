//! `amends playbook`, and which playbook a run uses.

mod explain;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::drafting::{Templates, choosable};
use crate::gate::RuleId;
use crate::language::Language;
use crate::playbook::{
    Finding, Known, Level, Playbook, PlaybookErrors, REGULATED, SERVICE, STARTER, check, check_known, guide,
    render_findings,
};

use super::args::{GuideFormat, PlaybookVerb, StarterKind, TextOrJson};
use super::env::Environment;
use super::error::{CliError, Exit};

/// The playbook of the working folder.
const PROJECT_FILE: &str = "amends.toml";

/// Runs a verb.
pub(super) fn run(verb: &PlaybookVerb, env: &Environment) -> Result<Exit, CliError> {
    match verb {
        PlaybookVerb::Init { file, kind, force } => init(file, *kind, *force),
        PlaybookVerb::Check { file, format } => check_file(file.as_deref(), *format, env),
        PlaybookVerb::Explain(args) => explain::run(args, env),
        PlaybookVerb::Print { file, format } => print(file.as_deref(), *format, env),
    }
}

/// Loads the playbook that was named, else the one of the working folder, else the built-in one.
///
/// # Errors
/// When it is missing or cannot be used. A file that is there but wrong is never passed over.
pub(super) fn load(named: Option<&Path>, env: &Environment) -> Result<Playbook, CliError> {
    let (name, text) = read(named)?;
    let parsed = match &text {
        None => Playbook::embedded(),
        Some(text) => Playbook::parse(&name, text),
    };
    let playbook = parsed.map_err(|errors| refused(&errors, env))?;
    let findings: Vec<Finding> =
        outside(&playbook, &[]).into_iter().filter(|finding| finding.level == Level::Error).collect();
    if findings.is_empty() {
        return Ok(playbook);
    }
    let errors =
        PlaybookErrors { source_name: playbook.source_name().to_owned(), text: playbook.text().to_owned(), findings };
    Err(refused(&errors, env))
}

/// Returns where a playbook refers to a rule of the gate, a template or a language that is not there.
fn outside(playbook: &Playbook, languages: &[Language]) -> Vec<Finding> {
    let gate_rules: Vec<&str> = RuleId::ALL.iter().map(|rule| rule.name()).collect();
    let templates: Vec<String> = choosable().map(str::to_owned).collect();
    let languages: Vec<&str> = languages.iter().map(Language::code).collect();
    check_known(playbook, &Known { gate_rules: &gate_rules, templates: &templates, languages: &languages })
}

/// Returns the name of the playbook in force and its text; no text means the built-in one.
fn read(named: Option<&Path>) -> Result<(String, Option<String>), CliError> {
    let path = match named {
        Some(path) => path,
        None if Path::new(PROJECT_FILE).exists() => Path::new(PROJECT_FILE),
        None => return Ok(("the built-in playbook".to_owned(), None)),
    };
    let name = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| {
        CliError::new(Exit::Invalid, format!("playbook {name} cannot be read"))
            .because(error)
            .hint("`amends playbook init` writes a starter")
    })?;
    Ok((name, Some(text)))
}

fn refused(errors: &PlaybookErrors, env: &Environment) -> CliError {
    CliError::new(Exit::Invalid, format!("{errors}\n{}", errors.render(env.color_err())))
        .hint("`amends playbook check` shows all findings")
}

fn init(file: &PathBuf, kind: StarterKind, force: bool) -> Result<Exit, CliError> {
    if file.exists() && !force {
        return Err(CliError::usage(format!("{} is there already", file.display()))
            .hint("name another file, or replace it with --force"));
    }
    let starter = match kind {
        StarterKind::Shop => STARTER,
        StarterKind::Service => SERVICE,
        StarterKind::Regulated => REGULATED,
    };
    fs::write(file, starter)
        .map_err(|error| CliError::new(Exit::Other, format!("{} cannot be written", file.display())).because(error))?;
    let mut out = io::stdout();
    writeln!(
        out,
        "wrote {}: put your names, promises and offers in, then run `amends playbook check`",
        file.display()
    )?;
    Ok(Exit::Done)
}

fn print(named: Option<&Path>, format: GuideFormat, env: &Environment) -> Result<Exit, CliError> {
    let guide = guide(&load(named, env)?);
    let page = match format {
        GuideFormat::Markdown => guide.markdown(),
        GuideFormat::Html => guide.html(),
    };
    io::stdout().write_all(page.as_bytes())?;
    Ok(Exit::Done)
}

fn check_file(named: Option<&Path>, format: TextOrJson, env: &Environment) -> Result<Exit, CliError> {
    let (name, text) = read(named)?;
    let text = text.unwrap_or_else(|| STARTER.to_owned());
    let (findings, summary): (Vec<Finding>, String) = match Playbook::parse(&name, &text) {
        Ok(playbook) => {
            let templates = Templates::embedded().map_err(|error| CliError::from_error(Exit::Invalid, &error))?;
            let findings = check(&playbook).into_iter().chain(outside(&playbook, &templates.languages())).collect();
            (findings, format!("{} {}", playbook.name(), playbook.digest()))
        }
        Err(errors) => (errors.findings, "cannot be used".to_owned()),
    };
    let broken = findings.iter().any(|finding| finding.level == Level::Error);
    let mut out = io::stdout();
    match format {
        TextOrJson::Json => {
            let rows: Vec<_> = findings
                .iter()
                .map(|finding| {
                    json!({"level": finding.level.name(), "line": finding.line, "column": finding.column, "message": finding.message, "hint": finding.hint})
                })
                .collect();
            serde_json::to_writer_pretty(&mut out, &json!({"playbook": name, "findings": rows}))
                .map_err(io::Error::from)?;
            writeln!(out)?;
        }
        TextOrJson::Text => {
            if !findings.is_empty() {
                let rendered = render_findings(&name, &text, &findings, env.color_err());
                writeln!(io::stderr(), "{rendered}")?;
            }
            let warnings = findings.iter().filter(|finding| finding.level == Level::Warning).count();
            let errors = findings.len() - warnings;
            writeln!(out, "{name}: {summary}, {errors} errors, {warnings} warnings")?;
        }
    }
    Ok(if broken { Exit::Invalid } else { Exit::Done })
}
