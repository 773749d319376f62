//! What the playbook asks of the writer of a heated public reply before it is copied: a second reader, a pause.

use super::super::args::DraftArgs;
use crate::decision::Care;

/// Returns what is still missing, each with the flag that says it was done; nothing when the copy may go ahead.
pub(super) fn missing(care: &Care, args: &DraftArgs) -> Vec<String> {
    let read = args.second_reader.as_deref().is_some_and(|name| !name.trim().is_empty());
    let reader =
        care.second_reader.as_ref().filter(|_| !read).map(|reader| {
            format!("{} (or a deputy) reads it first: --second-reader NAME says who read it", reader.name)
        });
    let pause = care
        .pause_minutes
        .filter(|&minutes| minutes > 0 && !args.after_pause)
        .map(|minutes| format!("it rests for {minutes} minutes, and is read again: --after-pause says that it did"));
    reader.into_iter().chain(pause).collect()
}
