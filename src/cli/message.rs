//! The one message that `draft` and `playbook explain` are about.

use std::io::{self, Read};
use std::path::Path;

use crate::message::{Channel, Message};
use crate::pipeline::{Judge, ScoredRow};

use super::args::{InputArgs, MessageArgs};
use super::env::Environment;
use super::error::{CliError, Exit};
use super::{input, warn};

/// Returns the message, judged in its thread; a text that stands in no file is a thread of its own.
///
/// # Errors
/// When no message is named, or it is empty (exit 2 and 3), when its file cannot be read or has no such id (exit 3), or when it cannot be
/// scored (exit 5).
pub(super) fn find(
    args: &MessageArgs,
    input: &InputArgs,
    quiet: bool,
    judge: &Judge,
    env: &Environment,
) -> Result<ScoredRow, CliError> {
    let text = match (&args.text, args.file.as_deref()) {
        (Some(text), _) => text.clone(),
        (None, Some(path)) if path == Path::new("-") && args.id.is_none() => {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text).map_err(|error| {
                CliError::new(Exit::Input, "standard input is not a text").because(error).hint("pipe UTF-8 text in")
            })?;
            text
        }
        (None, Some(path)) => {
            let Some(id) = &args.id else {
                return Err(CliError::usage(format!("which message of {}? name it with --id", path.display()))
                    .hint("`amends score` lists the ids; - alone takes a text on standard input"));
            };
            return one_of_file(path, id, input, quiet, judge, env);
        }
        (None, None) => return Err(CliError::usage("no message: give FILE --id ID, --text TEXT, or -")),
    };
    if text.trim().is_empty() {
        return Err(CliError::new(Exit::Input, "the message is empty").hint("there is nothing to answer"));
    }
    let message = Message::alone(input.channel.unwrap_or(Channel::Other), text);
    judge.judge_one(message).map_err(|error| CliError::from_error(Exit::Other, &error))
}

fn one_of_file(
    path: &Path,
    id: &str,
    input: &InputArgs,
    quiet: bool,
    judge: &Judge,
    env: &Environment,
) -> Result<ScoredRow, CliError> {
    let files = [path.to_owned()];
    let ids = [id.to_owned()];
    let mut found: Vec<ScoredRow> = Vec::new();
    input::open(&files, input, true, env)?.judge(judge, &ids, &mut |row| {
        found.push(row);
        Ok(())
    })?;
    if found.len() > 1 && !quiet {
        warn(&format!("note: {} rows have the id {id}; this is the last one", found.len()))?;
    }
    found.pop().ok_or_else(|| input::no_such_id(&ids, &files))
}
