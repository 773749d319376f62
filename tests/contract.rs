//! The output contract, which programs rely on.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Scene, project};

/// The fields of the contract, in order.
const FIELDS: [&str; 33] = [
    "id",
    "thread_id",
    "channel",
    "visibility",
    "lang",
    "sentiment",
    "sentiment_score",
    "complaint",
    "complaint_score",
    "severity",
    "harm",
    "severity_level",
    "emotion",
    "anger",
    "validity",
    "validity_score",
    "substantiation",
    "issue",
    "remedy",
    "triggers",
    "turns",
    "contacts",
    "priority",
    "dispositions",
    "acknowledge",
    "apology",
    "options",
    "closing",
    "reasons",
    "confidence",
    "answered_by",
    "model",
    "playbook",
];

const MESSAGES: &str = "id,text,Shelf Mark\n\
    1,\"Order 88213 was promised for Tuesday. It is Friday, I emailed three times and nobody answered.\",A7\n\
    2,Lovely mugs and quick delivery. Thank you!,\n\
    3,,B2\n\
    4,\"Ich warte seit drei Wochen auf meine Bestellung und niemand antwortet mir auf meine Nachrichten, das ist sehr ärgerlich.\",C1\n\
    4,The kettle burnt my hand and I had to go to hospital.,C2\n";

fn rows(format: &str, more: &[&str]) -> String {
    let scene = Scene::new();
    scene.file("m.csv", MESSAGES);
    let mut args = vec!["score", "m.csv", "--channel", "email", "--format", format];
    args.extend_from_slice(more);
    scene.run(&args).exits(0).stdout
}

fn jsonl(more: &[&str]) -> Vec<Value> {
    rows("jsonl", more).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_input_row_gives_one_row_in_input_order() {
    let ids: Vec<_> = jsonl(&[]).iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, ["1", "2", "3", "4", "4"]);
}

#[test]
fn every_field_is_there_in_order_and_within_its_range() {
    for row in jsonl(&[]) {
        let row = row.as_object().unwrap();
        let names: Vec<_> = row.keys().map(String::as_str).collect();
        assert_eq!(names[..FIELDS.len()], FIELDS);
        let within = |name: &str, low: f64, high: f64| {
            if let Some(value) = row[name].as_f64() {
                assert!((low..=high).contains(&value), "{name} = {value}");
            } else {
                assert!(row[name].is_null(), "{name} = {}", row[name]);
            }
        };
        within("sentiment_score", -1.0, 1.0);
        for name in ["complaint_score", "anger", "validity_score", "substantiation", "confidence"] {
            within(name, 0.0, 1.0);
        }
        for name in ["severity", "harm", "priority"] {
            within(name, 0.0, 100.0);
        }
        within("options", 0.0, 3.0);
        for name in ["triggers", "dispositions", "reasons"] {
            assert!(row[name].is_array(), "{name}");
        }
        for (name, known) in [
            ("visibility", &["public", "private"][..]),
            ("sentiment", &["negative", "neutral", "positive"]),
            ("severity_level", &["none", "no_explicit_reproach", "disapproval", "accusation", "blame"]),
            ("validity", &["likely_valid", "unclear", "likely_unfounded"]),
            ("apology", &["none", "empathy", "responsibility"]),
            ("answered_by", &["encoder", "fast"]),
        ] {
            assert!(row[name].is_null() || known.contains(&row[name].as_str().unwrap()), "{name} = {}", row[name]);
        }
    }
}

#[test]
fn what_is_not_scored_is_null_with_a_reason_never_zero() {
    let rows = jsonl(&[]);
    for (row, why) in [(&rows[2], "no text"), (&rows[3], "not in English")] {
        for name in [
            "sentiment",
            "sentiment_score",
            "complaint",
            "complaint_score",
            "severity",
            "harm",
            "severity_level",
            "validity",
            "anger",
            "confidence",
            "answered_by",
        ] {
            assert!(row[name].is_null(), "{name} = {}", row[name]);
        }
        assert!(row["reasons"].to_string().contains(why), "{}", row["reasons"]);
    }
    assert_eq!(rows[3]["lang"], "de");
}

#[test]
fn the_inputs_columns_come_back_apart_from_predictions() {
    let rows = jsonl(&[]);
    assert_eq!(rows[0]["input"]["Shelf Mark"], "A7");
    let csv = rows_of_csv(&self::rows("csv", &[]));
    assert_eq!(csv[0].get("input_Shelf Mark").map(String::as_str), Some("A7"));
    assert_eq!(csv[2].get("sentiment").map(String::as_str), Some(""));
}

fn rows_of_csv(text: &str) -> Vec<std::collections::BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.unwrap()).collect()
}

#[test]
fn csv_jsonl_and_json_say_the_same() {
    let lines = jsonl(&[]);
    let array: Vec<Value> = serde_json::from_str(&rows("json", &[])).unwrap();
    assert_eq!(lines, array);
    let csv = rows_of_csv(&rows("csv", &[]));
    assert_eq!(csv.len(), lines.len());
    for (cells, row) in csv.iter().zip(&lines) {
        for name in FIELDS {
            let value = match &row[name] {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                Value::Array(items) => items.iter().map(|item| item.as_str().unwrap()).collect::<Vec<_>>().join(";"),
                other => other.to_string(),
            };
            assert_eq!(cells[name], value, "{name}");
        }
    }
}

#[test]
fn all_heads_are_distributions_over_known_labels() {
    for row in jsonl(&["--heads", "all"]) {
        if row["sentiment"].is_null() {
            assert!(row["heads"].is_null());
            continue;
        }
        for (head, labels) in [("sentiment", 3), ("complaint", 2), ("reproach", 4)] {
            let labels_seen = row["heads"][head].as_object().unwrap();
            assert_eq!(labels_seen.len(), labels, "{head}");
            let sum: f64 = labels_seen.values().map(|p| p.as_f64().unwrap()).sum();
            assert!((sum - 1.0).abs() < 1e-3, "{head} sums to {sum}");
        }
        assert_ne!(row["severity_level"], "none", "the four-level head speaks on every row under --heads all");
    }
}

#[test]
fn evidence_is_byte_ranges_of_the_text() {
    let rows = jsonl(&["--explain"]);
    let text = rows[0]["input"]["text"].as_str().unwrap();
    let evidence = rows[0]["evidence"].as_array().unwrap();
    assert!(!evidence.is_empty());
    for found in evidence {
        let (from, to) = (found["from"].as_u64().unwrap(), found["to"].as_u64().unwrap());
        let words = text.get(usize::try_from(from).unwrap()..usize::try_from(to).unwrap());
        assert!(words.is_some_and(|words| !words.trim().is_empty()), "{found}");
    }
    assert!(evidence.iter().any(|found| found["shows"].as_str().unwrap().contains("order")), "{evidence:?}");
}

#[test]
fn a_hard_trigger_beats_scores() {
    let row = &jsonl(&[])[4];
    assert_eq!(row["triggers"], serde_json::json!(["injury"]));
    assert_eq!(row["apology"], "empathy");
    assert_eq!(row["options"], 0);
    assert_eq!(row["acknowledge"], true);
    assert_eq!(row["closing"], true);
    assert!(row["dispositions"].as_array().unwrap().contains(&Value::from("escalate")), "{row}");
}

#[test]
fn the_same_inputs_give_the_same_bytes_on_any_number_of_threads() {
    let one = rows("jsonl", &["--threads", "1", "--explain", "--heads", "all"]);
    let four = rows("jsonl", &["--threads", "4", "--explain", "--heads", "all"]);
    assert_eq!(one, four);
}

#[test]
fn a_row_scores_the_same_alone_and_among_others() {
    let scene = Scene::new();
    scene.file("one.csv", "id,text\n1,The kettle burnt my hand and I had to go to hospital.\n");
    let alone = scene.run(&["score", "one.csv", "--channel", "email", "--format", "jsonl"]).exits(0).jsonl();
    let among = jsonl(&[]);
    for name in ["sentiment_score", "complaint_score", "anger", "confidence"] {
        assert_eq!(alone[0][name], among[4][name], "{name}");
    }
}

#[test]
fn ids_stay_text() {
    let scene = Scene::new();
    scene.file("ids.jsonl", "{\"id\": 7, \"text\": \"It broke\"}\n{\"id\": \"007\", \"text\": \"It broke\"}\n");
    let rows = scene.run(&["score", "ids.jsonl", "--format", "jsonl"]).exits(0).jsonl();
    assert_eq!(rows[0]["id"], "7");
    assert_eq!(rows[1]["id"], "007");
}

#[test]
fn every_sample_row_comes_back_once() {
    let scene = Scene::new();
    for file in ["tickets-monday.csv", "play-reviews.csv", "tweets.csv", "reviews.jsonl", "trustpilot.csv"] {
        let path = project(&format!("data/samples/{file}"));
        let rows = scene.run(&["score", &path, "--format", "jsonl"]).exits(0).jsonl();
        let numbers: Vec<_> = rows.iter().map(|row| row["row"].as_u64().unwrap()).collect();
        let expected: Vec<_> = (1..=numbers.len() as u64).collect();
        assert_eq!(numbers, expected, "{file}");
        let scored: BTreeSet<_> = rows.iter().map(|row| row["sentiment"].to_string()).collect();
        assert!(scored.len() > 1, "{file}: {scored:?}");
    }
}
