//! The report: a table for the eye, csv, json.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use super::{Measured, Report};
use crate::cli::args::BenchFormat;
use crate::cli::env::Environment;
use crate::cli::error::{CliError, Exit};
use crate::cli::left_out;
use crate::cli::output::style::Style;
use crate::report::{self, Bar};

/// Writes the report to standard output.
pub(super) fn write(report: &Report, format: BenchFormat, env: &Environment) -> Result<(), CliError> {
    let mut out = io::stdout();
    match format {
        BenchFormat::Json => {
            let text =
                serde_json::to_string_pretty(report).map_err(|error| CliError::from_error(Exit::Other, &error))?;
            writeln!(out, "{text}")?;
        }
        BenchFormat::Csv => csv(report, &mut out)?,
        BenchFormat::Table => write!(out, "{}", table(report, Style::new(env.color_out())))?,
    }
    Ok(())
}

fn csv(report: &Report, out: &mut dyn Write) -> Result<(), CliError> {
    let failed = |error: csv::Error| CliError::from_error(Exit::Other, &error);
    let mut writer = csv::Writer::from_writer(out);
    writer
        .write_record([
            "engine",
            "variant",
            "isa",
            "threads",
            "batch",
            "messages_per_second",
            "ci95_low",
            "ci95_high",
            "tokens_per_second",
            "latency_p50_ms",
            "latency_p95_ms",
            "cold_start_ms",
            "peak_rss_mb",
            "share_of_peak",
            "agreement",
            "equal_labels",
            "accuracy",
        ])
        .map_err(failed)?;
    let optional = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    for row in &report.results {
        let record = [
            row.engine.to_owned(),
            row.variant.to_owned(),
            row.isa.clone(),
            row.threads.to_string(),
            row.batch.to_string(),
            row.messages_per_second.to_string(),
            row.ci95[0].to_string(),
            row.ci95[1].to_string(),
            row.tokens_per_second.to_string(),
            optional(row.latency_p50_ms),
            optional(row.latency_p95_ms),
            optional(row.cold_start_ms),
            optional(row.peak_rss_mb),
            optional(row.share_of_peak),
            optional(row.agreement),
            optional(row.equal_labels),
            row.accuracy.iter().map(|(head, share)| format!("{head}={share}")).collect::<Vec<_>>().join(" "),
        ];
        writer.write_record(record).map_err(failed)?;
    }
    Ok(writer.flush()?)
}

fn table(report: &Report, style: Style) -> String {
    let mut text = String::new();
    let machine = &report.machine;
    let cpu = machine.cpu.as_deref().unwrap_or("unknown processor");
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "{cpu}, {} cores; {} messages of {:.1} tokens; medians of {} interleaved runs\n",
        machine.cores,
        machine.messages,
        machine.tokens as f64 / machine.messages as f64,
        machine.repetitions
    );
    let left = machine.left_out;
    let parts = [
        (left.unreadable, "unreadable"),
        (left.empty, "without text"),
        (left.unlabelled, "without a label of their own"),
        (left.beyond, "beyond --messages"),
    ];
    if let Some(line) = left_out(&parts) {
        let _ = writeln!(text, "{line}\n");
    }
    let head = format!(
        "{:<9} {:<5} {:>7} {:>6} {:>10} {:>17} {:>9} {:>8} {:>8} {:>7} {:>7} {:>6} {:>9} {:>6}",
        "engine",
        "",
        "threads",
        "batch",
        "messages/s",
        "95 % interval",
        "tokens/s",
        "p50 ms",
        "p95 ms",
        "cold ms",
        "MB",
        "peak",
        "agreement",
        "equal"
    );
    let _ = writeln!(text, "{}", style.bold(&head));
    for row in &report.results {
        let _ = writeln!(text, "{}", line(row));
    }
    for row in report.results.iter().filter(|row| !row.accuracy.is_empty()) {
        let shares = row.accuracy.iter().map(|(head, share)| format!("{head} {:.1} %", share * 100.0));
        let shares: Vec<String> = shares.collect();
        let _ = writeln!(
            text,
            "{:<9} {:<5} {:>7} {:>6} right: {}",
            row.engine,
            row.variant,
            row.threads,
            row.batch,
            shares.join(" · ")
        );
    }
    if let Some(path) = &report.end_to_end {
        let parts = path.seconds;
        let share = |part: f64| format!("{:.0} %", 100.0 * part / parts.whole);
        let _ = writeln!(
            text,
            "\nfile to records on {} threads: {:.1} messages/s, {:.0} % of the encoder alone ({:.1})\nread {} · tokenise {} · encode {} · heads {} · rules {} · write {}",
            path.threads,
            path.messages_per_second,
            100.0 * path.share_of_encoder,
            path.encoder_messages_per_second,
            share(parts.read),
            share(parts.tokenise),
            share(parts.encode),
            share(parts.heads),
            share(parts.rules),
            share(parts.write),
        );
        if let Some(fast) = path.fast {
            let _ = writeln!(
                text,
                "with --fast: {:.1} messages/s, {:.2} times as many; the static model answered {:.0} %",
                fast.messages_per_second,
                fast.ratio,
                100.0 * fast.answered
            );
        }
    }
    for peak in &machine.peaks {
        let rate = peak.operations_per_second / 1e9;
        let _ = writeln!(
            text,
            "{}",
            style.dim(format!(
                "peak {} on {} threads: {rate:.0} billion operations a second",
                peak.variant, peak.threads
            ))
        );
    }
    for skipped in &report.skipped {
        let _ = writeln!(text, "{}", style.dim(format!("{}: not measured: {}", skipped.engine, skipped.why)));
    }
    text
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{:.1}%", share * 100.0))
}

/// Refuses a name that no plot can have, before anything is measured.
///
/// # Errors
/// When the file's name has another ending than .svg and .html.
pub(super) fn check_plot(file: &Path) -> Result<(), CliError> {
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("svg" | "html") => Ok(()),
        _ => Err(CliError::usage(format!("{} is neither .svg nor .html", file.display()))
            .hint("the ending of --plot says what is written")),
    }
}

/// Draws messages per second.
///
/// # Errors
/// When the file's name has another ending than .svg and .html, or it cannot be written.
pub(super) fn plot(report: &Report, file: &Path) -> Result<(), CliError> {
    let bars: Vec<Bar> = report
        .results
        .iter()
        .map(|row| Bar {
            label: format!("{} {}, {} x {}", row.engine, row.variant, row.threads, row.batch),
            value: row.messages_per_second,
            ci95: row.ci95,
            series: usize::from(row.engine != "native"),
        })
        .collect();
    let svg = report::bars(&bars, "messages per second (engine, threads x batch)")
        .map_err(|error| CliError::from_error(Exit::Other, &error))?;
    let content = match file.extension().and_then(|ending| ending.to_str()) {
        Some("svg") => report::standalone(&svg),
        _ => report::figure_page("amends bench", &svg, &table(report, Style::new(false))),
    };
    std::fs::write(file, content)
        .map_err(|error| CliError::new(Exit::Other, format!("{} cannot be written", file.display())).because(error))
}

fn line(row: &Measured) -> String {
    let optional =
        |value: Option<f64>, digits: usize| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.digits$}"));
    format!(
        "{:<9} {:<5} {:>7} {:>6} {:>10.1} {:>17} {:>9.0} {:>8} {:>8} {:>7} {:>7} {:>6} {:>9} {:>6}",
        row.engine,
        row.variant,
        row.threads,
        row.batch,
        row.messages_per_second,
        format!("{:.1} - {:.1}", row.ci95[0], row.ci95[1]),
        row.tokens_per_second,
        optional(row.latency_p50_ms, 2),
        optional(row.latency_p95_ms, 2),
        optional(row.cold_start_ms, 0),
        optional(row.peak_rss_mb, 0),
        percent(row.share_of_peak),
        optional(row.agreement, 4),
        percent(row.equal_labels),
    )
}
