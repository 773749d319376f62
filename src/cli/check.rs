//! `amends check`: the send gate on a text that somebody is about to paste.

mod sarif;
mod text;

use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;

use super::args::{CheckArgs, CheckFormat, VerdictChoice};
use super::clipboard::copy_and_say;
use super::env::Environment;
use super::error::{CliError, Exit};
use super::{playbook, warn};
use crate::analysis::Validity;
use crate::drafting::Templates;
use crate::edited::Edited;
use crate::gate::{Author, Gate, Reply, Report};
use crate::message::Visibility;

/// Word that says that the text answers nobody.
const OURS: &str = "ours";

/// Runs the verb.
pub(super) fn run(args: &CheckArgs, env: &Environment) -> Result<Exit, CliError> {
    let text = read(&args.file)?;
    if text.trim().is_empty() {
        return Err(CliError::new(Exit::Input, format!("{} is empty", args.file.display()))
            .hint("the gate checks the text that is about to be pasted"));
    }
    let message = args.message.as_deref().map(read).transpose()?;
    let recent = args.recent.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    let playbook = playbook::load(args.playbook.as_deref(), env)?;
    let templates =
        Templates::embedded().map_err(|error| CliError::from_error(Exit::Invalid, &error).hint_if(error.hint()))?;
    let lang = args.lang.clone().unwrap_or_else(|| playbook.policy().language.get_ref().clone());
    let reply = Reply {
        visibility: if args.private { Visibility::Private } else { args.channel.usual_visibility() },
        validity: args.validity.unwrap_or(Validity::Unclear),
        verdict: args.verdict.map(VerdictChoice::verdict),
        turn: args.turn,
        author: match args.author.as_deref().map(str::trim) {
            None | Some("") => Author::Unknown,
            Some(OURS) => Author::Ours,
            Some(name) => Author::Named(name),
        },
        message: message.as_deref(),
        recent: &recent,
        lang: &lang,
        ..Reply::new(&text, args.channel)
    };
    let report = Gate::new(&playbook, templates.channels()).check(&reply);
    show(&report, &text, args, env)?;
    match Edited::new(&reply, &report, None) {
        Ok(edited) if args.copy => copy_and_say(&edited.text, "", env),
        Ok(_) => Ok(Exit::Done),
        Err(held) => {
            if args.copy {
                warn(&format!("not copied: {held}"))?;
            }
            Ok(Exit::Findings)
        }
    }
}

/// Reads a text; `-` is standard input.
fn read(path: &Path) -> Result<String, CliError> {
    let name = path.display().to_string();
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(path)
    };
    let bytes = bytes.map_err(|error| CliError::new(Exit::Input, format!("{name} cannot be read")).because(error))?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        CliError::new(Exit::Input, format!("{name} is not UTF-8: byte {at} fits no character"))
            .hint("save it as UTF-8; spans of findings are counted in its bytes")
    })
}

fn show(report: &Report, checked: &str, args: &CheckArgs, env: &Environment) -> Result<(), CliError> {
    let mut out = io::stdout();
    let name = args.file.display().to_string();
    match args.format {
        CheckFormat::Json => {
            serde_json::to_writer_pretty(&mut out, report).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        CheckFormat::Sarif => {
            serde_json::to_writer_pretty(&mut out, &sarif::document(report, &name, checked))
                .map_err(io::Error::from)?;
            writeln!(out)?;
        }
        CheckFormat::Text => text::write(report, &name, checked, env.color_out(), &mut out)?,
    }
    out.flush()?;
    Ok(())
}
