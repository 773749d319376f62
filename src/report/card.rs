//! What an evaluation adds to a model card.

use serde_json::{Map, Value};

/// Returns the sections that an evaluation, as `amends eval --format json` writes it, has something to say about: name and Markdown.
///
/// A report with several models compares the first with each other; parts that were not measured make no section.
pub fn sections(report: &Value) -> Vec<(&'static str, String)> {
    let suites = |kind: &str, body: fn(&str, &Value) -> String| -> Option<String> {
        let all = report["suites"].as_array()?.iter();
        let bodies: Vec<String> = all
            .filter(|suite| !suite[kind].is_null())
            .map(|suite| body(&cell(suite["file"].as_str().unwrap_or_default()), &suite[kind]))
            .collect();
        (!bodies.is_empty()).then(|| bodies.join("\n"))
    };
    let found = [
        ("Baselines", measured(report)),
        ("Regression set", suites("regression", regression)),
        ("Probes", suites("probes", probes)),
        ("Evidence fixtures", suites("evidence", evidence)),
        ("Faithfulness", faithfulness(&report["faithfulness"])),
    ];
    found.into_iter().filter_map(|(name, body)| Some((name, body?))).collect()
}

/// Right cases of a regression set, class by class, the half that nothing was tuned on first.
fn regression(file: &str, halves: &Value) -> String {
    let class = |name: &str, own: &Value| -> Vec<String> {
        let complaints = match own["complaint_cases"].as_u64() {
            None | Some(0) => String::new(),
            Some(cases) => format!("{} of {cases}", own["complaint_right"]),
        };
        let share = format!("{} ({})", number(&own["share"]), range(&own["ci95"]));
        vec![cell(name), format!("{} of {}", own["right"], own["cases"]), share, complaints]
    };
    let mut text = format!("`{file}`: sentiment as people would agree on it, with Wilson's 95 % intervals.\n");
    for (half, title) in [("held_out", "held out (nothing was tuned on it)"), ("open", "open")] {
        let part = &halves[half];
        if part["all"]["cases"].as_u64().is_none_or(|cases| cases == 0) {
            continue;
        }
        let classes = part["classes"].as_object().into_iter().flatten();
        let rows = std::iter::once(class("all", &part["all"])).chain(classes.map(|(name, own)| class(name, own)));
        let titles = ["class", "right", "share", "complaint right"].map(str::to_owned).to_vec();
        let failing: Vec<&str> = part["failing"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let failing = if failing.is_empty() { "none".to_owned() } else { cell(&failing.join(", ")) };
        text += &["\n", title, "\n\n", &table(titles, rows.collect()), "\nClasses below the target: ", &failing, ".\n"]
            .concat();
    }
    text
}

/// How much scores change between wordings that should score alike.
fn probes(file: &str, kinds: &Value) -> String {
    let mut rows = Vec::new();
    for (kind, own) in kinds.as_object().into_iter().flatten() {
        for (score, change) in own["changes"].as_object().into_iter().flatten() {
            let figures = ["median", "p95", "max"].map(|key| number(&change[key]));
            rows.push([cell(kind), own["pairs"].to_string(), cell(score)].into_iter().chain(figures).collect());
        }
        let flips = own["flips"].as_object().into_iter().flatten();
        let flips: Vec<String> = flips.map(|(label, share)| format!("{} {}", cell(label), number(share))).collect();
        rows.push(vec![
            cell(kind),
            own["pairs"].to_string(),
            format!("other label, share of pairs: {}", flips.join(", ")),
            String::new(),
            String::new(),
            String::new(),
        ]);
    }
    let titles = ["kind", "pairs", "score", "median change", "95th percentile", "largest"].map(str::to_owned).to_vec();
    format!("`{file}`: absolute changes between two wordings of one message.\n\n{}", table(titles, rows))
}

/// Precision and recall of the evidence, kind by kind.
fn evidence(file: &str, kinds: &Value) -> String {
    let figure = |own: &Value, key: &str| match own[format!("{key}_ci95")].as_array() {
        Some(_) => format!("{} ({})", number(&own[key]), range(&own[format!("{key}_ci95")])),
        None => number(&own[key]),
    };
    let rows = kinds.as_object().into_iter().flatten().map(|(kind, own)| {
        vec![
            cell(kind),
            own["labelled"].to_string(),
            own["found"].to_string(),
            figure(own, "precision"),
            figure(own, "recall"),
            number(&own["exact_precision"]),
            number(&own["exact_recall"]),
        ]
    });
    let titles = ["kind", "labelled", "found", "precision", "recall", "same bounds: precision", "same bounds: recall"];
    format!(
        "`{file}`: spans that share a byte with a labelled one count as right; Wilson's 95 % intervals.\n\n{}",
        table(titles.map(str::to_owned).to_vec(), rows.collect())
    )
}

/// Whether the evidence that is shown carries the scores.
fn faithfulness(kinds: &Value) -> Option<String> {
    let mut rows = Vec::new();
    for (kind, heads) in kinds.as_object()? {
        for (head, own) in heads.as_object().into_iter().flatten() {
            let names = [cell(kind), cell(head), own["messages"].to_string()].into_iter();
            let figures = [
                "comprehensiveness",
                "comprehensiveness_random",
                "comprehensiveness_gain",
                "sufficiency",
                "sufficiency_random",
                "sufficiency_gain",
            ];
            rows.push(names.chain(figures.map(|key| figure(&own[key]))).collect::<Vec<String>>());
        }
    }
    let titles = [
        "shown",
        "score",
        "messages",
        "comprehensiveness",
        "of random words",
        "gain",
        "sufficiency",
        "of random words",
        "gain",
    ];
    (!rows.is_empty()).then(|| {
        format!(
            "What a score loses without the evidence (comprehensiveness, more is better) and with nothing but it (sufficiency, less is better), DeYoung et al. 2020; beside as many \
             words at random, with 95 % bootstrap intervals. A gain above 0 means that the evidence carries the score.\n\n{}",
            table(titles.map(str::to_owned).to_vec(), rows)
        )
    })
}

/// Three decimals; empty where there is no number.
fn number(value: &Value) -> String {
    value.as_f64().map_or_else(String::new, |value| format!("{value:.3}"))
}

/// The ends of an interval.
fn range(value: &Value) -> String {
    format!("{} to {}", number(&value[0]), number(&value[1]))
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
    fn suites_and_faithfulness_have_sections_of_their_own() {
        let class = |cases: u32, right: u32| json!({"cases": cases, "right": right, "share": 0.857, "ci95": [0.5, 0.97], "complaint_cases": cases, "complaint_right": 1, "unscored": 0});
        let empty = json!({"all": {"cases": 0}, "classes": {}, "failing": []});
        let value = |value: f64| json!({"value": value, "ci95": [value - 0.1, value + 0.1]});
        let report = json!({
            "heads": {},
            "suites": [
                {"file": "a.toml", "regression": {"held_out": {"all": class(7, 6), "classes": {"sarcasm": class(7, 6)}, "failing": ["sarcasm"]}, "open": empty}},
                {"file": "b.toml", "probes": {"typo": {
                    "probes": 3, "pairs": 9, "unscored": 0, "changes": {"severity": {"median": 1.5, "p95": 8.25, "max": 9.0}},
                    "flips": {"sentiment": 0.1, "complaint": 0.0, "validity": 0.2},
                }}},
                {"file": "c.toml", "evidence": {"date": {"labelled": 20, "found": 19, "precision": 0.95, "recall": null, "exact_precision": 0.9, "exact_recall": 0.8, "precision_ci95": [0.7, 0.99], "recall_ci95": null}}},
            ],
            "faithfulness": {"words": {"complaint": {
                "messages": 12, "words": 4.0, "comprehensiveness": value(0.5), "comprehensiveness_random": value(0.2), "comprehensiveness_gain": value(0.3),
                "sufficiency": value(0.1), "sufficiency_random": value(0.4), "sufficiency_gain": value(0.3),
            }}},
        });
        let found = sections(&report);
        let names: Vec<&str> = found.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["Regression set", "Probes", "Evidence fixtures", "Faithfulness"]);
        for (section, line) in [
            (0, "| sarcasm | 6 of 7 | 0.857 (0.500 to 0.970) | 1 of 7 |"),
            (0, "Classes below the target: sarcasm."),
            (1, "| typo | 9 | severity | 1.500 | 8.250 | 9.000 |"),
            (
                1,
                "| typo | 9 | other label, share of pairs: sentiment 0.100, complaint 0.000, validity 0.200 |  |  |  |",
            ),
            (2, "| date | 20 | 19 | 0.950 (0.700 to 0.990) |  | 0.900 | 0.800 |"),
            (
                3,
                "| words | complaint | 12 | 0.500 (0.400 to 0.600) | 0.200 (0.100 to 0.300) | 0.300 (0.200 to 0.400) |",
            ),
        ] {
            assert!(found[section].1.contains(line), "{line}\n{}", found[section].1);
        }
        assert!(!found[0].1.contains("\nopen\n"), "a half without cases is left out");
    }

    #[test]
    fn what_is_no_evaluation_has_nothing_to_say() {
        assert!(sections(&json!({"a": 1})).is_empty());
        assert!(sections(&json!([])).is_empty());
    }
}
