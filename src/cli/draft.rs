//! `amends draft`: a reply in four blocks, to standard output and the clipboard.

mod calm;
mod margin;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use crate::analysis::Validity;
use crate::decision::Care;
use crate::draft::{Draft, Situation, SlotKind};
use crate::drafting::{Choice, DraftError, DraftInput, Templates, draft};
use crate::edited::Edited;
use crate::gate::{Author, Gate, Reply};
use crate::message::{Channel, Visibility};
use crate::pipeline::ScoredRow;
use crate::playbook::{DecideInput, decide};

use super::args::{DraftArgs, TextOrJson, VerdictChoice};
use super::clipboard::copy_and_say;
use super::env::Environment;
use super::error::{CliError, Exit};
use super::output::style::{Style, safe_line};
use super::{clock, judge, message, warn};

/// Runs the verb.
pub(super) fn run(args: &DraftArgs, env: &Environment) -> Result<Exit, CliError> {
    let slots = slots(&args.set)?;
    let templates = templates(args.templates.as_deref())?;
    let judge = judge::build(&args.judge, env)?;
    let mut row = message::find(&args.message, &args.input, args.quiet, &judge, env)?;
    let also_public = row.message.visibility == Visibility::Public;
    let channel = place(args, &mut row)?;
    let verdict = args.verdict.map(VerdictChoice::verdict);
    let asked = DecideInput { message: &row.message, thread: &row.thread, analysis: &row.analysis, verdict };
    let decision = decide(judge.playbook(), &asked);
    let choice = Choice {
        situation: args.situation,
        language: args.lang,
        issue: args.issue,
        variety: None,
        by: args.by.clone(),
        attempts: args.attempts.unwrap_or(0),
        offers_made: args.offer_made.clone(),
        satisfied: args.satisfied,
        also_public: also_public && channel.is_some(),
    };
    let input = DraftInput {
        message: &row.message,
        thread: &row.thread,
        analysis: &row.analysis,
        decision: &decision,
        verdict,
        set: &slots,
        choice: &choice,
        now: clock::local(judge.playbook(), env)?,
    };
    let mut draft = draft(&templates, judge.playbook(), &input).map_err(|error| refused(&error))?;
    draft.notes.extend(clock::notes(&decision, &clock::schedule(judge.playbook(), &asked, &decision, env)?));
    show(&draft, args, env)?;
    if !args.copy {
        return Ok(Exit::Done);
    }
    let gate = Gate::new(judge.playbook(), templates.channels());
    copy_text(&draft, &row, decision.heated.as_ref(), &gate, args, env)
}

/// Moves the message to where the reply goes, and returns that channel where it is another. The sheet for a call is private wherever the complaint stands.
fn place(args: &DraftArgs, row: &mut ScoredRow) -> Result<Option<Channel>, CliError> {
    let sheet = (args.situation == Some(Situation::CallSheet)).then_some(Channel::Phone);
    let Some(channel) = args.on.or(sheet).filter(|&channel| channel != row.message.channel) else {
        return Ok(None);
    };
    if row.message.channel == Channel::EmployerReview {
        return Err(CliError::usage(
            "a review by an employee is answered where it stands: nobody guesses who wrote it",
        )
        .hint("leave --on out, and draft a reply, interim, take_offline or report_back"));
    }
    row.message.channel = channel;
    row.message.visibility = channel.usual_visibility();
    Ok(Some(channel))
}

fn slots(pairs: &[String]) -> Result<BTreeMap<String, String>, CliError> {
    let mut slots = BTreeMap::new();
    for pair in pairs {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(CliError::usage(format!("--set {pair}: write SLOT=VALUE")));
        };
        slots.insert(name.trim().to_owned(), value.to_owned());
    }
    Ok(slots)
}

/// Loads the templates, with those of a folder in their place.
pub(super) fn templates(overrides: Option<&Path>) -> Result<Templates, CliError> {
    let loaded = match overrides {
        None => Templates::embedded(),
        Some(dir) => Templates::with_overrides(dir),
    };
    loaded.map_err(|error| CliError::from_error(Exit::Invalid, &error).hint_if(error.hint()))
}

/// Turns a draft that cannot be made into message, hint and exit code.
pub(super) fn refused(error: &DraftError) -> CliError {
    let exit = match error {
        DraftError::UnknownSlot { .. }
        | DraftError::NotAFill { .. }
        | DraftError::NoSuchLanguage { .. }
        | DraftError::Misplaced { .. }
        | DraftError::TooSoon { .. }
        | DraftError::NotSettled { .. }
        | DraftError::TriggerStands { .. } => Exit::Usage,
        _ => Exit::Invalid,
    };
    CliError::from_error(exit, error).hint_if(error.hint())
}

fn show(draft: &Draft, args: &DraftArgs, env: &Environment) -> Result<(), CliError> {
    let (mut out, mut err) = (io::stdout(), io::stderr());
    let style = Style::new(env.color_err());
    match args.format {
        TextOrJson::Json => {
            serde_json::to_writer_pretty(&mut out, draft).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        TextOrJson::Text if args.quiet => out.write_all(draft.text.as_bytes())?,
        TextOrJson::Text if env.streams.stdout && env.streams.stderr => {
            margin::write_beside(draft, style, env.width, &mut out, &mut err)?;
            writeln!(err)?;
            margin::write_blocks(draft, style, env.width, &mut err)?;
        }
        TextOrJson::Text => {
            out.write_all(draft.text.as_bytes())?;
            margin::write_blocks(draft, style, env.width, &mut err)?;
        }
    }
    out.flush()?;
    if !args.quiet {
        for slot in &draft.slots {
            let ask = match slot.kind {
                SlotKind::Fill => format!("fill in   {}  (--set {}=...)", slot.label, slot.name),
                SlotKind::Confirm => format!("confirm   {}  (--verdict valid)", slot.label),
            };
            warn(&style.yellow(ask))?;
        }
    }
    Ok(())
}

/// Copies the text, unless something is left to settle or the gate holds it back.
fn copy_text(
    draft: &Draft,
    row: &ScoredRow,
    heated: Option<&Care>,
    gate: &Gate,
    args: &DraftArgs,
    env: &Environment,
) -> Result<Exit, CliError> {
    if draft.text.is_empty() {
        warn("not copied: the playbook asks for no reply")?;
        return Ok(Exit::Findings);
    }
    // Nothing of a sheet for our own eyes is sent, so there is nothing to hold back but what nobody filled in.
    let sheet = draft.situation == Situation::CallSheet;
    let undone = heated.filter(|_| !sheet).map(|care| calm::missing(care, args)).unwrap_or_default();
    if (!draft.slots.is_empty() || !undone.is_empty()) && !args.force {
        if !draft.slots.is_empty() {
            let count = draft.slots.len();
            warn(&format!(
                "not copied: {count} thing{} to settle; confirm with --verdict valid, fill in with --set, or --force --reason \"...\"",
                if count == 1 { "" } else { "s" }
            ))?;
        }
        if !undone.is_empty() {
            warn(&format!("not copied: the case is heated and public; {}", undone.join("; ")))?;
        }
        return Ok(Exit::Findings);
    }
    if sheet {
        return copy_and_say(&draft.text, "", env);
    }
    let reply = Reply {
        lang: draft.language.code(),
        visibility: row.message.visibility,
        validity: row.analysis.scores().map_or(Validity::Unclear, |scores| scores.validity),
        verdict: draft.verdict,
        turn: row.thread.company_turns + 1,
        author: row.message.author.as_deref().map_or(Author::Unknown, Author::Named),
        message: Some(&row.message.text),
        ..Reply::new(&draft.text, draft.channel)
    };
    let report = gate.check(&reply);
    for finding in &report.findings {
        warn(&format!(
            "{}: {} \u{201c}{}\u{201d}",
            finding.rule,
            finding.message,
            safe_line(finding.span().of(&draft.text))
        ))?;
    }
    match Edited::new(&reply, &report, args.reason.as_deref()) {
        Ok(edited) => {
            let because = match (&args.reason, draft.slots.is_empty() && undone.is_empty() && report.passes()) {
                (Some(reason), false) => format!(", in spite of what is open, because: {reason}"),
                _ => String::new(),
            };
            copy_and_say(&edited.text, &because, env)
        }
        Err(held) => {
            warn(&format!("not copied: {held}; edit the text and take it through `amends check --copy`"))?;
            Ok(Exit::Findings)
        }
    }
}
