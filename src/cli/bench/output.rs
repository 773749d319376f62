//! The report: a table for the eye, csv, json.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::{Measured, Report};
use crate::cli::args::BenchFormat;
use crate::cli::env::Environment;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::style::Style;

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
            "agreement",
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
            optional(row.agreement),
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
    let head = format!(
        "{:<9} {:<5} {:>7} {:>6} {:>10} {:>17} {:>9} {:>8} {:>8} {:>7} {:>7} {:>9}",
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
        "agreement"
    );
    let _ = writeln!(text, "{}", style.bold(&head));
    for row in &report.results {
        let _ = writeln!(text, "{}", line(row));
    }
    for skipped in &report.skipped {
        let _ = writeln!(text, "{}", style.dim(format!("{}: not measured: {}", skipped.engine, skipped.why)));
    }
    text
}

fn line(row: &Measured) -> String {
    let optional =
        |value: Option<f64>, digits: usize| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.digits$}"));
    format!(
        "{:<9} {:<5} {:>7} {:>6} {:>10.1} {:>17} {:>9.0} {:>8} {:>8} {:>7} {:>7} {:>9}",
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
        optional(row.agreement, 4)
    )
}
