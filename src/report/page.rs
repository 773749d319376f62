//! The evaluation as one page: tables and plots, no script, no network.

use std::fmt::{self, Write as _};

use crate::evaluate::report::{Comparison, Counts, Figures, Named, Slice};
use crate::evaluate::{Measure, Report, Value};

use super::plots::{self, PlotError, colour};
use super::suites;
use crate::markup::escape;

const STYLE: &str = include_str!("page.css");

/// Labels up to which a confusion table is drawn whole.
const MATRIX: usize = 20;

/// Writes the report as a page of HTML.
///
/// # Errors
/// When a plot cannot be drawn.
pub fn page(report: &Report) -> Result<String, PlotError> {
    let drawings = report.counts.iter().map(|(head, _)| Drawings::of(report, head)).collect::<Result<Vec<_>, _>>()?;
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut text, report, &drawings);
    Ok(text)
}

/// Makes a page of one plot with the plain text that belongs to it.
pub fn figure_page(title: &str, svg: &str, text: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title>\n<style>{STYLE}</style></head><body><main>\
         <h1>{title}</h1><figure>{svg}</figure><pre>{}</pre></main></body></html>\n",
        escape(text)
    )
}

/// Plots of one head.
struct Drawings {
    reliability: Option<String>,
    coverage: Option<String>,
    confusion: Vec<(String, String)>,
}

/// What every model has to show of one head.
fn of_head<'r, T>(models: &'r Named<Named<T>>, head: &str) -> Vec<(&'r str, &'r T)> {
    models.iter().filter_map(|(model, heads)| Some((model, heads.get(head)?))).collect()
}

impl Drawings {
    fn of(report: &Report, head: &str) -> Result<Self, PlotError> {
        let bins = of_head(&report.reliability, head);
        let bins: Vec<_> = bins.iter().map(|(model, bins)| (*model, bins.as_slice())).collect();
        let points = of_head(&report.coverage, head);
        let points: Vec<_> = points.iter().map(|(model, points)| (*model, points.as_slice())).collect();
        let matrices = of_head(&report.confusion, head);
        let small = matrices.iter().filter(|(_, counts)| counts.labels.len() <= MATRIX);
        Ok(Self {
            reliability: (!bins.is_empty()).then(|| plots::reliability(&bins)).transpose()?,
            coverage: (!points.is_empty()).then(|| plots::coverage(&points)).transpose()?,
            confusion: small
                .map(|(model, counts)| Ok(((*model).to_owned(), plots::confusion(counts)?)))
                .collect::<Result<_, PlotError>>()?,
        })
    }
}

fn write(text: &mut String, report: &Report, drawings: &[Drawings]) -> fmt::Result {
    writeln!(
        text,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>Evaluation of {}</title>\n<style>{STYLE}</style></head><body><main>",
        escape(&report.model)
    )?;
    let left = report.left_out;
    writeln!(text, "<header><p class=\"kicker\">amends eval</p><h1>{}</h1>", escape(&report.model))?;
    write!(text, "<p class=\"lead\">")?;
    if !report.counts.is_empty() {
        write!(text, "<b>{}</b> labelled rows judged", thousands(report.rows))?;
    }
    for (rows, why) in [
        (left.unlabelled, "without a label"),
        (left.excluded, "excluded"),
        (left.repeated, "repeated"),
        (left.unscored, "not scored"),
        (left.unreadable, "unreadable"),
    ] {
        if rows > 0 {
            write!(text, " · {} {why}", thousands(rows))?;
        }
    }
    writeln!(text, "</p></header>")?;
    for ((head, counts), drawings) in report.counts.iter().zip(drawings) {
        section(text, report, head, counts, drawings)?;
    }
    for (column, values) in report.slices.iter() {
        slices(text, report, column, values)?;
    }
    suites::write(text, report)?;
    writeln!(text, "<footer>")?;
    for (name, note) in &report.baseline_notes {
        writeln!(text, "<p><b>{}</b>: {}</p>", escape(name), escape(note))?;
    }
    writeln!(
        text,
        "<p>Intervals are 95 %, from 1,000 resamples of the rows. Differences are tested on the rows that both systems answered: accuracy by McNemar’s exact \
         test, other label figures by approximate randomisation, rankings by a paired bootstrap. For calibration errors less is better.</p></footer></main></body></html>"
    )
}

fn section(text: &mut String, report: &Report, head: &str, counts: &Counts, drawings: &Drawings) -> fmt::Result {
    writeln!(text, "<section><h2>{}</h2>", escape(&head.replace('_', " ")))?;
    let labels: Vec<String> = counts
        .labels
        .iter()
        .filter(|(_, rows)| **rows > 0)
        .map(|(label, rows)| format!("<span>{} <b>{}</b></span>", escape(&label.replace('_', " ")), thousands(*rows)))
        .collect();
    write!(text, "<p class=\"chips\"><span><b>{}</b> rows</span>", thousands(counts.rows))?;
    if labels.len() <= MATRIX {
        write!(text, "{}", labels.concat())?;
    } else {
        write!(text, "<span><b>{}</b> labels</span>", labels.len())?;
    }
    for (rows, what) in [(counts.several, "with several labels"), (counts.without_label, "without this label")] {
        if rows > 0 {
            write!(text, "<span class=\"quiet\"><b>{}</b> {what}</span>", thousands(rows))?;
        }
    }
    writeln!(text, "</p>")?;
    systems(text, report, head)?;
    differences(text, report, head)?;
    writeln!(text, "<div class=\"plots\">")?;
    for (title, note, svg) in [
        (
            "Reliability",
            "How often it is right, by how sure it is. On the line: as often as it says.",
            &drawings.reliability,
        ),
        ("Coverage", "Accuracy when only the surest rows are answered.", &drawings.coverage),
    ] {
        if let Some(svg) = svg {
            let models = of_head(&report.reliability, head);
            figure(text, title, note, svg, &models.iter().map(|(model, _)| *model).collect::<Vec<_>>())?;
        }
    }
    for (model, svg) in &drawings.confusion {
        let title = if drawings.confusion.len() > 1 { format!("Confusion, {model}") } else { "Confusion".to_owned() };
        figure(text, &title, "Rows by true label, down, and predicted label, across.", svg, &[])?;
    }
    writeln!(text, "</div>")?;
    classes(text, report, head)?;
    writeln!(text, "</section>")
}

fn figure(text: &mut String, title: &str, note: &str, svg: &str, models: &[&str]) -> fmt::Result {
    write!(text, "<figure><figcaption><b>{}</b> {}", escape(title), escape(note))?;
    if models.len() > 1 {
        for (at, model) in models.iter().enumerate() {
            write!(text, " <span class=\"key\"><i style=\"background:{}\"></i>{}</span>", colour(at), escape(model))?;
        }
    }
    writeln!(text, "</figcaption>{svg}</figure>")
}

fn value(value: Value) -> String {
    let interval = value.ci95.map(|(low, high)| format!("<small>{low:.3}–{high:.3}</small>")).unwrap_or_default();
    format!("{:.3}{interval}", value.value)
}

fn systems(text: &mut String, report: &Report, head: &str) -> fmt::Result {
    let systems: Vec<(&str, &Figures)> =
        of_head(&report.models, head).into_iter().chain(of_head(&report.baselines, head)).collect();
    write!(text, "<div class=\"wide\"><table><thead><tr><th></th>")?;
    for (name, _) in &systems {
        write!(text, "<th>{}</th>", escape(name))?;
    }
    writeln!(text, "</tr></thead><tbody>")?;
    for measure in Measure::ALL {
        let values: Vec<Option<Value>> = systems.iter().map(|(_, figures)| figures.get(measure)).collect();
        let rivals = values.iter().flatten().count();
        let sign = if measure.is_error() { -1.0 } else { 1.0 };
        let Some(best) = values.iter().flatten().map(|value| value.value * sign).reduce(f64::max) else { continue };
        write!(text, "<tr><th>{}</th>", measure.title())?;
        for found in values {
            match found {
                None => write!(text, "<td class=\"none\">–</td>")?,
                Some(found) => {
                    let class = if rivals > 1 && found.value * sign >= best - 1e-12 { " class=\"best\"" } else { "" };
                    write!(text, "<td{class}>{}</td>", value(found))?;
                }
            }
        }
        writeln!(text, "</tr>")?;
    }
    writeln!(text, "</tbody></table></div>")
}

fn differences(text: &mut String, report: &Report, head: &str) -> fmt::Result {
    let told: Vec<&Comparison> = report.comparisons.iter().filter(|one| one.head == head).collect();
    if told.is_empty() {
        return Ok(());
    }
    writeln!(
        text,
        "<details><summary>Are the differences real? {} paired tests</summary><div class=\"wide\"><table><thead><tr><th>second less first</th><th>figure</th>\
         <th>difference</th><th>p</th><th>rows</th><th>test</th></tr></thead><tbody>",
        told.len()
    )?;
    for one in told {
        let class = if one.p < 0.05 { " class=\"real\"" } else { "" };
        let p = if one.p < 0.001 { "&lt; .001".to_owned() } else { format!("{:.3}", one.p) };
        let interval = one.difference.ci95.map(|(low, high)| format!("<small>{low:+.3} to {high:+.3}</small>"));
        writeln!(
            text,
            "<tr{class}><th>{} − {}</th><td>{}</td><td>{:+.3}{}</td><td>{p}</td><td>{}</td><td>{}</td></tr>",
            escape(&one.second),
            escape(&one.first),
            one.metric.title(),
            one.difference.value,
            interval.unwrap_or_default(),
            thousands(one.rows),
            one.test.replace('_', " ")
        )?;
    }
    writeln!(text, "</tbody></table></div></details>")
}

fn classes(text: &mut String, report: &Report, head: &str) -> fmt::Result {
    let Some(classes) = report.per_class.get(&report.model).and_then(|heads| heads.get(head)) else { return Ok(()) };
    let open = if classes.iter().count() <= MATRIX { " open" } else { "" };
    writeln!(
        text,
        "<details{open}><summary>Label by label, {}</summary><div class=\"wide\"><table><thead><tr><th></th><th>precision</th><th>recall</th><th>F1</th><th>rows</th></tr></thead><tbody>",
        escape(&report.model)
    )?;
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"));
    for (label, class) in classes.iter().filter(|(_, class)| class.support > 0 || class.precision.is_some()) {
        writeln!(
            text,
            "<tr><th>{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(&label.replace('_', " ")),
            number(class.precision),
            number(class.recall),
            number(class.f1),
            class.support
        )?;
    }
    writeln!(text, "</tbody></table></div></details>")
}

fn slices(text: &mut String, report: &Report, column: &str, values: &Named<Slice>) -> fmt::Result {
    writeln!(text, "<section><h2>by {}</h2>", escape(column))?;
    for (head, _) in report.counts.iter() {
        let Some(own) = report.heads.get(head) else { continue };
        let measures: Vec<Measure> =
            [Measure::Accuracy, Measure::MacroF1, Measure::Qwk, Measure::Auroc, Measure::EceDebiased]
                .into_iter()
                .filter(|measure| own.get(*measure).is_some())
                .collect();
        write!(
            text,
            "<div class=\"wide\"><table><thead><tr><th>{}</th><th>rows</th>",
            escape(&head.replace('_', " "))
        )?;
        for measure in &measures {
            write!(text, "<th>{}</th>", measure.title())?;
        }
        writeln!(text, "</tr></thead><tbody>")?;
        for (name, slice) in values.iter() {
            let Some(rows) = slice.labelled.get(head) else { continue };
            let name = if name.is_empty() { "(empty)" } else { name };
            write!(text, "<tr><th>{}</th><td>{}</td>", escape(name), thousands(*rows))?;
            for measure in &measures {
                match slice.heads.get(head).and_then(|figures| figures.get(*measure)) {
                    None => write!(text, "<td class=\"none\">–</td>")?,
                    Some(found) => write!(text, "<td>{}</td>", value(found))?,
                }
            }
            writeln!(text, "</tr>")?;
        }
        writeln!(text, "</tbody></table></div>")?;
    }
    writeln!(text, "</section>")
}

fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
