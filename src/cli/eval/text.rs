//! The report for the eye: tables that fit 100 columns.

use std::io::{self, Write};

use crate::evaluate::report::{Comparison, Counts, Figures, Named, PerClass};
use crate::evaluate::{Measure, Report, Value};

use super::super::env::Environment;
use super::super::output::style::{Style, fit, safe_line};

/// Systems side by side.
const ACROSS: usize = 3;

/// Width of the names, and of a figure with its interval.
const NAME: usize = 23;
const CELL: usize = 22;

/// Columns that every table fits in.
const WIDTH: usize = 100;

/// Labels that are listed one by one.
const LABELS: usize = 20;

/// Figures that differences are told of.
const TOLD: [Measure; 4] = [Measure::Accuracy, Measure::MacroF1, Measure::Qwk, Measure::Auroc];

/// Writes all tables.
pub(super) fn write(report: &Report, env: &Environment, out: &mut dyn Write) -> io::Result<()> {
    let style = Style::new(env.color_out());
    for (name, counts) in report.counts.iter() {
        head(report, name, counts, style, out)?;
    }
    for (column, values) in report.slices.iter() {
        slices(report, column, values, style, out)?;
    }
    for (name, note) in &report.baseline_notes {
        writeln!(out, "{}", style.dim(format!("{name}: {note}")))?;
    }
    if report.counts.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "{}",
        style.dim("intervals: 95 %, from 1000 resamples of the rows; docs/evaluation.md explains every figure")
    )
}

fn head(report: &Report, name: &str, counts: &Counts, style: Style, out: &mut dyn Write) -> io::Result<()> {
    for line in textwrap::wrap(&heading(name, counts), textwrap::Options::new(WIDTH).subsequent_indent("  ")) {
        writeln!(out, "{}", style.bold(line))?;
    }
    let systems: Vec<(&str, &Figures)> = report
        .models
        .iter()
        .chain(report.baselines.iter())
        .filter_map(|(system, heads)| Some((system, heads.get(name)?)))
        .collect();
    for systems in systems.chunks(ACROSS) {
        let names = joined(systems.iter().map(|(system, _)| fit(&safe_line(system), CELL)));
        writeln!(out, "{}", style.dim(format!("{:<NAME$} {names}", "").trim_end()))?;
        for measure in Measure::ALL {
            let values: Vec<Option<Value>> = systems.iter().map(|(_, figures)| figures.get(measure)).collect();
            if values.iter().all(Option::is_none) {
                continue;
            }
            let cells = joined(values.into_iter().map(cell));
            writeln!(out, "  {:<width$} {}", measure.title(), cells, width = NAME - 2)?;
        }
    }
    differences(report, name, style, out)?;
    if let Some(classes) = report.per_class.get(&report.model).and_then(|heads| heads.get(name)) {
        labels(classes, style, out)?;
    }
    writeln!(out)
}

fn heading(name: &str, counts: &Counts) -> String {
    let labels: Vec<String> =
        counts.labels.iter().filter(|(_, rows)| **rows > 0).map(|(label, rows)| format!("{label} {rows}")).collect();
    let labels = if labels.len() <= 7 { labels.join(", ") } else { format!("{} labels", labels.len()) };
    let mut parts = vec![format!("{name}  {} rows: {labels}", counts.rows)];
    if counts.several > 0 {
        parts.push(format!("{} with several, any of which is right", counts.several));
    }
    if counts.without_label > 0 {
        parts.push(format!("{} rows without a label", counts.without_label));
    }
    parts.join("; ")
}

/// Cells of equal width in a line.
fn joined(cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.map(|cell| format!("{cell:<CELL$}")).collect();
    cells.join(" ").trim_end().to_owned()
}

fn cell(value: Option<Value>) -> String {
    match value {
        None => "-".to_owned(),
        Some(Value { value, ci95: None }) => format!("{value:.3}"),
        Some(Value { value, ci95: Some((low, high)) }) => format!("{value:.3} ({low:.2}-{high:.2})"),
    }
}

/// The first model against every other system.
fn differences(report: &Report, name: &str, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let told: Vec<&Comparison> = report
        .comparisons
        .iter()
        .filter(|one| one.head == name && one.first == report.model && TOLD.contains(&one.metric))
        .collect();
    if told.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", style.dim(format!("  differences from {}", safe_line(&report.model))))?;
    for one in told {
        let interval = one.difference.ci95.map(|(low, high)| format!(" ({low:+.3} to {high:+.3})")).unwrap_or_default();
        let p = if one.p < 0.001 { "p < .001".to_owned() } else { format!("p = {:.3}", one.p) };
        let verdict = if one.p < 0.05 { "real at 5 %" } else { "may be chance" };
        let line = format!(
            "  {:<width$} {:<10} {:+.3}{interval}  {p}  {verdict}",
            fit(&safe_line(&one.second), NAME - 2),
            one.metric.title(),
            one.difference.value,
            width = NAME - 2
        );
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn labels(classes: &Named<PerClass>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let shown: Vec<(&str, &PerClass)> = classes.iter().filter(|(_, class)| class.support > 0).collect();
    if shown.len() > LABELS {
        return Ok(());
    }
    writeln!(out, "{}", style.dim(format!("  {:<30} precision  recall   F1      rows", "label")))?;
    let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"));
    for (label, class) in shown {
        writeln!(
            out,
            "  {:<30} {:<10} {:<8} {:<7} {}",
            fit(&safe_line(label), 30),
            number(class.precision),
            number(class.recall),
            number(class.f1),
            class.support
        )?;
    }
    Ok(())
}

/// Accuracy and macro-F1, or AUROC, for every value of a column.
fn slices(
    report: &Report,
    column: &str,
    values: &Named<crate::evaluate::report::Slice>,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "{}", style.bold(format!("by {}", safe_line(column))))?;
    for (head, _) in report.counts.iter() {
        let measures: Vec<Measure> = [Measure::Accuracy, Measure::MacroF1, Measure::Auroc]
            .into_iter()
            .filter(|measure| report.heads.get(head).is_some_and(|figures| figures.get(*measure).is_some()))
            .collect();
        let titles = joined(measures.iter().map(|measure| measure.title().to_owned()));
        writeln!(out, "{}", style.dim(format!("  {head:<width$} {}", titles, width = NAME - 2)))?;
        for (value, slice) in values.iter() {
            let Some(rows) = slice.labelled.get(head) else { continue };
            let name = if value.is_empty() { "(empty)".to_owned() } else { safe_line(value) };
            let name = fit(&format!("{name} {rows}"), NAME - 3);
            match slice.heads.get(head) {
                None => writeln!(out, "  {name:<width$} too few rows", width = NAME - 2)?,
                Some(figures) => {
                    let cells = joined(measures.iter().map(|measure| cell(figures.get(*measure))));
                    writeln!(out, "  {name:<width$} {}", cells, width = NAME - 2)?;
                }
            }
        }
    }
    writeln!(out)
}
