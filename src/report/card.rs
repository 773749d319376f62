//! What an evaluation adds to a model card.

use serde_json::{Map, Value};

/// Returns the sections that an evaluation, as `amends eval --format json` writes it, has something to say about: name and Markdown.
///
/// A report with several models compares the first with each other; parts that were not measured make no section.
pub fn sections(report: &Value) -> Vec<(&'static str, String)> {
    let mut sections = Vec::new();
    if let Some(body) = measured(report) {
        sections.push(("Baselines", body));
    }
    sections
}

/// Every figure of the model beside those of the baselines on the same rows.
fn measured(report: &Value) -> Option<String> {
    let heads = report["heads"].as_object().filter(|heads| !heads.is_empty())?;
    let no_systems = Map::new();
    let baselines = report["baselines"].as_object().unwrap_or(&no_systems);
    let model = report["model"].as_str().unwrap_or("model");
    let titles = ["head", "metric", model].into_iter().map(cell).chain(baselines.keys().map(|name| cell(name)));
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (head, figures) in heads {
        for (metric, value) in figures.as_object().into_iter().flatten() {
            let own = [cell(head), metric.replace('_', " "), figure(value)].into_iter();
            rows.push(own.chain(baselines.values().map(|other| figure(&other[head][metric]))).collect());
        }
    }
    let notes = report["baseline_notes"].as_object().into_iter().flatten();
    let notes: Vec<String> =
        notes.map(|(name, note)| format!("- {}: {}\n", cell(name), cell(note.as_str().unwrap_or_default()))).collect();
    Some(format!(
        "Measured by `amends eval` on {} labelled rows, all systems on the same ones, with 95 % bootstrap intervals.\n\n{}\n{}{}",
        report["rows"],
        table(titles.collect(), rows),
        notes.concat(),
        compared(report["comparisons"].as_array())
    ))
}

fn compared(comparisons: Option<&Vec<Value>>) -> String {
    let Some(comparisons) = comparisons.filter(|comparisons| !comparisons.is_empty()) else { return String::new() };
    let titles = ["head", "metric", "first", "second", "second minus first", "p", "test"].map(str::to_owned);
    let rows = comparisons.iter().map(|comparison| {
        let word = |key: &str| cell(comparison[key].as_str().unwrap_or_default());
        vec![
            word("head"),
            word("metric").replace('_', " "),
            word("first"),
            word("second"),
            figure(&comparison["difference"]),
            comparison["p"].as_f64().map_or_else(String::new, |p| format!("{p:.4}")),
            word("test").replace('_', " "),
        ]
    });
    format!("\n{}", table(titles.to_vec(), rows.collect()))
}

/// A table in Markdown.
fn table(titles: Vec<String>, rows: Vec<Vec<String>>) -> String {
    let rule = vec!["---".to_owned(); titles.len()];
    let lines: Vec<String> =
        [titles, rule].into_iter().chain(rows).map(|row| format!("| {} |\n", row.join(" | "))).collect();
    lines.concat()
}

/// A value with its interval; empty where there is none.
fn figure(value: &Value) -> String {
    let Some(own) = value["value"].as_f64() else { return String::new() };
    match (value["ci95"][0].as_f64(), value["ci95"][1].as_f64()) {
        (Some(low), Some(high)) => format!("{own:.3} ({low:.3} to {high:.3})"),
        _ => format!("{own:.3}"),
    }
}

/// Text that cannot break out of a table cell.
fn cell(text: &str) -> String {
    text.replace(['\n', '\r'], " ").replace('|', "\\|").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn figures_stand_beside_those_of_the_baselines() {
        let report = json!({
            "rows": 40, "model": "m 1.0",
            "heads": {"complaint": {"macro_f1": {"value": 0.9, "ci95": [0.8, 0.95]}, "accuracy": {"value": 0.91, "ci95": null}}},
            "baselines": {"majority": {"complaint": {"macro_f1": {"value": 0.4, "ci95": [0.3, 0.5]}}}},
            "baseline_notes": {"majority": "the most frequent | label"},
            "comparisons": [{
                "head": "complaint", "metric": "accuracy", "first": "majority", "second": "m 1.0", "rows": 40,
                "difference": {"value": 0.3, "ci95": [0.1, 0.5]}, "p": 0.0123, "test": "mcnemar_exact",
            }],
        });
        let found = sections(&report);
        let [(name, body)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(*name, "Baselines");
        for line in [
            "| head | metric | m 1.0 | majority |",
            "| complaint | macro f1 | 0.900 (0.800 to 0.950) | 0.400 (0.300 to 0.500) |",
            "| complaint | accuracy | 0.910 |  |",
            "- majority: the most frequent \\| label",
            "| complaint | accuracy | majority | m 1.0 | 0.300 (0.100 to 0.500) | 0.0123 | mcnemar exact |",
        ] {
            assert!(body.contains(line), "{line}\n{body}");
        }
    }

    #[test]
    fn what_is_no_evaluation_has_nothing_to_say() {
        assert!(sections(&json!({"a": 1})).is_empty());
        assert!(sections(&json!([])).is_empty());
    }
}
