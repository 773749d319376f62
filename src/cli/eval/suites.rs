//! Suites and the check of the evidence, for the eye.

use std::io::{self, Write};

use crate::evaluate::faithfulness::Faithfulness;
use crate::evaluate::report::Named;
use crate::evaluate::suite::{ClassResult, EvidenceKind, Part, ProbeKind, SuiteResult};
use crate::evaluate::{Report, Value};

use super::super::env::Environment;
use super::super::output::style::{Style, safe_line};

/// Writes the tables that there are.
pub(super) fn write(report: &Report, env: &Environment, out: &mut dyn Write) -> io::Result<()> {
    let style = Style::new(env.color_out());
    for suite in &report.suites {
        writeln!(out, "{}", style.bold(safe_line(&suite.file)))?;
        match &suite.result {
            SuiteResult::Regression(found) => {
                part("held out", &found.held_out, style, out)?;
                part("open", &found.open, style, out)?;
            }
            SuiteResult::Probes(kinds) => probes(kinds, style, out)?,
            SuiteResult::Evidence(kinds) => evidence(kinds, style, out)?,
        }
        writeln!(out)?;
    }
    for (kind, heads) in report.faithfulness.iter().filter(|(_, heads)| !heads.is_empty()) {
        faithfulness(kind, heads, style, out)?;
    }
    Ok(())
}

fn part(name: &str, part: &Part, style: Style, out: &mut dyn Write) -> io::Result<()> {
    if part.all.cases == 0 {
        return Ok(());
    }
    writeln!(out, "{}", style.dim(format!("  {name:<22} right   of  share                complaint told right")))?;
    for (class, result) in part.classes.iter().chain([("all", &part.all)]) {
        writeln!(out, "  {}", class_line(class, result))?;
    }
    let failing = if part.failing.is_empty() { "none".to_owned() } else { part.failing.join(", ") };
    let line = safe_line(&format!("below .90: {failing}"));
    for line in textwrap::wrap(&line, textwrap::Options::new(100).initial_indent("  ").subsequent_indent("    ")) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn class_line(class: &str, result: &ClassResult) -> String {
    let unscored = if result.unscored > 0 { format!("  ({} not scored)", result.unscored) } else { String::new() };
    format!(
        "{:<22} {:>5} {:>4}  {:.3} ({:.2}-{:.2})    {} of {}{unscored}",
        safe_line(class),
        result.right,
        result.cases,
        result.share,
        result.ci95[0],
        result.ci95[1],
        result.complaint_right,
        result.complaint_cases
    )
}

fn probes(kinds: &Named<ProbeKind>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", style.dim("  change between wordings: median / 95th percentile; other label: share of pairs"))?;
    writeln!(
        out,
        "{}",
        style.dim(
            "  kind       pairs sentiment   complaint   severity    validity      other: sent. complaint validity"
        )
    )?;
    for (kind, found) in kinds.iter() {
        let change = |name: &str, digits: usize| {
            found.changes.get(name).map_or_else(
                || "-".to_owned(),
                |change| format!("{:.digits$} / {:.digits$}", change.median, change.p95),
            )
        };
        writeln!(
            out,
            "  {:<10} {:>5} {:<11} {:<11} {:<11} {:<11} {:>14.3} {:>9.3} {:>8.3}",
            safe_line(kind),
            found.pairs,
            change("sentiment_score", 2),
            change("complaint_score", 2),
            change("severity", 1),
            change("validity_score", 2),
            found.flips.sentiment,
            found.flips.complaint,
            found.flips.validity
        )?;
    }
    Ok(())
}

fn evidence(kinds: &Named<EvidenceKind>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "{}",
        style.dim("  kind             labelled found  precision          recall             exact bounds")
    )?;
    let share = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"));
    for (kind, found) in kinds.iter() {
        let with = |value: Option<f64>, interval: Option<[f64; 2]>| match (value, interval) {
            (Some(value), Some([low, high])) => format!("{value:.3} ({low:.2}-{high:.2})"),
            (value, _) => share(value),
        };
        writeln!(
            out,
            "  {:<16} {:>8} {:>5}  {:<18} {:<18} {} / {}",
            kind.replace('_', " "),
            found.labelled,
            found.found,
            with(found.precision, found.precision_ci95),
            with(found.recall, found.recall_ci95),
            share(found.exact_precision),
            share(found.exact_recall)
        )?;
    }
    Ok(())
}

fn faithfulness(kind: &str, heads: &Named<Faithfulness>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", style.bold(format!("evidence: {kind}")))?;
    writeln!(
        out,
        "{}",
        style.dim("  head        messages  taken away: evidence / random, gain       alone: evidence / random, gain")
    )?;
    let gain = |value: Value| {
        let interval = value.ci95.map(|(low, high)| format!(" ({low:+.2} to {high:+.2})")).unwrap_or_default();
        format!("{:+.3}{interval}", value.value)
    };
    for (head, found) in heads.iter() {
        writeln!(
            out,
            "  {head:<11} {:>8}  {:.2} / {:.2}  {:<26} {:.2} / {:.2}  {}",
            found.messages,
            found.comprehensiveness.value,
            found.comprehensiveness_random.value,
            gain(found.comprehensiveness_gain),
            found.sufficiency.value,
            found.sufficiency_random.value,
            gain(found.sufficiency_gain)
        )?;
    }
    writeln!(out, "{}", style.dim("  gain above 0: the evidence that is shown matters more than words taken at random"))
}
