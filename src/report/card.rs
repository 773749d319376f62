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

type Heads = Map<String, Value>;

/// Every figure of the model beside those of the baselines on the same rows.
fn measured(report: &Value) -> Option<String> {
    let heads = report["heads"].as_object().filter(|heads| !heads.is_empty())?;
    let no_systems = Map::new();
    let baselines = report["baselines"].as_object().unwrap_or(&no_systems);
    let model = report["model"].as_str().unwrap_or("model");
    let mut text = format!(
        "Measured by `amends eval` on {} labelled rows, all systems on the same ones, with 95 % bootstrap intervals.\n\n| head | metric | {} |",
        report["rows"],
        cell(model)
    );
    for name in baselines.keys() {
        text += &format!(" {} |", cell(name));
    }
    text += &format!("\n|---|---|---|{}\n", "---|".repeat(baselines.len()));
    for (head, figures) in heads {
        for (metric, value) in figures.as_object()? {
            text += &format!("| {} | {} | {} |", cell(head), metric.replace('_', " "), figure(value));
            for own in baselines.values() {
                text += &format!(" {} |", figure(&own[head][metric]));
            }
            text.push('\n');
        }
    }
    let notes = report["baseline_notes"].as_object().into_iter().flatten();
    for (name, note) in notes {
        text += &format!("\n- {}: {}", cell(name), cell(note.as_str().unwrap_or_default()));
    }
    text += &compared(report["comparisons"].as_array());
    Some(text)
}

fn compared(comparisons: Option<&Vec<Value>>) -> String {
    let Some(comparisons) = comparisons.filter(|comparisons| !comparisons.is_empty()) else { return String::new() };
    let mut text =
        "\n\n| head | metric | first | second | second minus first | p | test |\n|---|---|---|---|---|---|---|\n"
            .to_owned();
    for comparison in comparisons {
        let word = |key: &str| cell(&comparison[key].as_str().unwrap_or_default().replace('_', " "));
        let p = comparison["p"].as_f64().map_or_else(String::new, |p| format!("{p:.4}"));
        text += &format!(
            "| {} | {} | {} | {} | {} | {p} | {} |\n",
            cell(comparison["head"].as_str().unwrap_or_default()),
            word("metric"),
            word("first"),
            word("second"),
            figure(&comparison["difference"]),
            word("test"),
        );
    }
    text
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
