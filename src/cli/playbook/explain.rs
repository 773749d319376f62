//! `amends playbook explain`: a message's scores with the words behind them, its path through the rules, and its clock.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde_json::json;

use crate::cli::args::{ExplainArgs, TextOrJson, VerdictChoice};
use crate::cli::env::Environment;
use crate::cli::error::{CliError, Exit};
use crate::cli::explain::ExplainWriter;
use crate::cli::output::RowWriter;
use crate::cli::output::style::{Style, safe_line};
use crate::cli::{clock, judge, message};
use crate::decision::Decision;
use crate::playbook::sla::Schedule;
use crate::playbook::{AskedCondition, DecideInput, RuleTrace, decide_with, trace};
use crate::recorded::Recorded;

/// Width of the names of rules.
const RULE: usize = 28;

/// Runs the verb.
pub(super) fn run(args: &ExplainArgs, env: &Environment) -> Result<Exit, CliError> {
    let recorded = args.recorded.as_deref().map_or_else(|| Ok(Recorded::default()), record)?;
    let judge = judge::build(&args.judge, env)?;
    let mut row = message::find(&args.message, &args.input, false, &judge, env)?;
    let verdict = args.verdict.map(VerdictChoice::verdict);
    let playbook = judge.playbook();
    let input = DecideInput { message: &row.message, thread: &row.thread, analysis: &row.analysis, verdict };
    let decision = decide_with(playbook, &input, &recorded);
    let rules = trace(playbook, &input, &recorded);
    let due = clock::schedule(playbook, &input, &decision, env)?;
    row.decision = decision;
    match args.format {
        TextOrJson::Json => {
            let mut out = io::stdout();
            let value = json!({"id": row.message.id, "rules": rules, "decision": row.decision, "clock": due});
            serde_json::to_writer_pretty(&mut out, &value).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        TextOrJson::Text => {
            let style = Style::new(env.color_out());
            let mut out = io::stdout().lock();
            let mut scores = ExplainWriter::new(style, env.width, &mut out);
            scores.row(&row)?;
            scores.finish()?;
            write_rules(&rules, style, &mut out)?;
            write_case(&row.decision, &due, style, &mut out)?;
            out.flush()?;
        }
    }
    Ok(Exit::Done)
}

/// Reads what is on record.
fn record(path: &Path) -> Result<Recorded, CliError> {
    let name = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| CliError::new(Exit::Input, format!("{name} cannot be read")).because(error))?;
    serde_json::from_str(&text).map_err(|error| {
        CliError::new(Exit::Input, format!("{name} is no record of a case")).because(error).hint(
            "for example {\"attempts\": 2, \"offers\": [{\"id\": \"courier\", \"answer\": \"refused\"}], \"conversation\": \"held\"}",
        )
    })
}

/// Writes every rule that was tried: what it decided, or which condition failed, with the value that was found.
fn write_rules(rules: &[RuleTrace], style: Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", style.bold("rules, in the order in which they are tried"))?;
    for rule in rules {
        let sign = match (rule.fired(), rule.fits) {
            (true, _) => style.green("✓"),
            (false, true) => style.yellow("-"),
            (false, false) => style.dim("·"),
        };
        writeln!(out, "  {sign} {:<RULE$} {}", rule.id, outcome(rule))?;
    }
    Ok(())
}

fn outcome(rule: &RuleTrace) -> String {
    if !rule.fits {
        let failed: Vec<String> = rule.conditions.iter().filter(|asked| !asked.holds).map(failed).collect();
        return format!("does not fit: {}", failed.join("; "));
    }
    let decides = (!rule.decides.is_empty()).then(|| {
        let blocks: Vec<&str> = rule.decides.iter().map(|block| block.name()).collect();
        format!("decides {}", blocks.join(", "))
    });
    let adds = (!rule.adds.is_empty()).then(|| {
        let added: Vec<&str> = rule.adds.iter().map(|disposition| disposition.name()).collect();
        format!("adds {}", added.join(", "))
    });
    let beaten = rule.beaten.iter().map(|(block, by)| format!("{block} is decided by {by}"));
    let parts: Vec<String> = decides.into_iter().chain(adds).chain(beaten).collect();
    format!("{}  ({})", parts.join("; "), rule.why)
}

fn failed(asked: &AskedCondition) -> String {
    format!("{} asks {}, found {}", asked.name, asked.asked, safe_line(&asked.found))
}

/// Writes what comes next and by when.
fn write_case(decision: &Decision, schedule: &Schedule, style: Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{} {}", style.bold("next step  "), decision.stage.name().replace('_', " "))?;
    writeln!(out, "{} {}", style.bold("clock      "), clock::line(schedule))?;
    for step in clock::steps(decision, schedule) {
        writeln!(out, "{} {step}", style.bold("goes up to "))?;
    }
    if let Some(care) = &decision.heated {
        writeln!(out, "{} {}", style.bold("heated     "), clock::care(care))?;
    }
    for candidate in &decision.candidates {
        let who: Vec<&str> = candidate.decided_by.iter().map(|contact| contact.name.as_str()).collect();
        writeln!(
            out,
            "{} {}: {}; {} decides",
            style.bold("candidate  "),
            candidate.letter.name().replace('_', " "),
            candidate.why,
            who.join(" or ")
        )?;
    }
    Ok(())
}
