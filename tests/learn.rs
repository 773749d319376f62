//! `amends learn`: heads follow the rows where that helps, and stay as they are where it does not.

use std::fmt::Write as _;

use std::fs;

use crate::support::Scene;

const OPENINGS: [&str; 6] =
    ["I wanted to say that", "For what it is worth,", "Since last week", "Just so you know,", "As of today", "Again"];

/// Sentences about coffee (yes) and about parcels (no): what no head knows, and every embedding shows.
fn topics() -> String {
    let coffee = ["the espresso was bitter", "the beans taste stale", "your roast is too dark", "the crema is thin"];
    let parcels = ["the courier came late", "the box was dented", "the tracking page is stuck", "the depot was closed"];
    let mut csv = "Id,Text,Label\n".to_owned();
    for (at, opening) in OPENINGS.iter().enumerate() {
        for (topic, label) in [(coffee, "yes"), (parcels, "no")] {
            for (number, what) in topic.iter().enumerate() {
                let _ = writeln!(csv, "{label}{at}{number},\"{opening} {what}.\",{label}");
            }
        }
    }
    csv
}

#[test]
fn a_head_learns_what_the_rows_show_and_the_package_is_whole() {
    let scene = Scene::new();
    scene.file("topics.csv", topics());
    let labels = ["--labels", "anger=Label", "--columns", "text=Text,id=Id"];
    let run =
        |out: &str, more: &[&str]| scene.run(&[&["learn", "topics.csv", "--out", out], &labels[..], more].concat());
    let outcome = run("own", &["--format", "json"]).exits(0);
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let anger = &report["heads"]["anger"];
    assert_eq!(anger["ruling"], "gained", "{report:#}");
    assert_eq!(anger["rows"], 48);
    assert!(anger["figures"]["macro_f1"]["gain"]["ci95"][0].as_f64().unwrap() > 0.0, "{report:#}");
    scene.run(&["models", "verify", "own"]).exits(0);
    let card = fs::read_to_string(scene.path().join("own/MODEL_CARD.md")).unwrap();
    for words in ["+learned", "| anger | 48 | macro-F1 |", "rows by label: no 24, yes 24"] {
        assert!(card.contains(words), "{card}");
    }

    // The new head is used, the others say what they said.
    let scored = |model: &[&str]| {
        let args =
            [&["score", "topics.csv", "--format", "jsonl", "--heads", "all", "--columns", "text=Text,id=Id"], model];
        scene.run(&args.concat()).exits(0).jsonl()
    };
    let (before, after) = (scored(&[]), scored(&["--model", "own"]));
    let right = after.iter().filter(|row| (row["anger"].as_f64().unwrap() > 0.5) == (row["input"]["Label"] == "yes"));
    assert!(right.count() >= 46);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before["heads"]["sentiment"], after["heads"]["sentiment"]);
    }

    // Once more gives the same bytes, and does not write over what is there.
    run("again", &["--threads", "1"]).exits(0);
    for file in ["model.safetensors", "heads.toml", "manifest.toml", "MODEL_CARD.md"] {
        let read = |dir: &str| fs::read(scene.path().join(dir).join(file)).unwrap();
        assert!(read("own") == read("again"), "{file} differs");
    }
    run("own", &[]).exits(2).says(&["own is there already"]);

    // The static model of the old heads is gone with them.
    let fast = ["score", "topics.csv", "--columns", "text=Text,id=Id", "--model", "own", "--fast"];
    scene.run(&fast).exits(2).says(&["no static model", "amends distil"]);

    // And a second learning builds on the first.
    run("twice", &["--model", "own", "--force", "--reason", "to see"]).exits(0).says(&["+learned.2"]);
    let card = fs::read_to_string(scene.path().join("twice/MODEL_CARD.md")).unwrap();
    assert_eq!(card.matches("## Learned from own rows, after").count(), 2, "{card}");
    assert!(card.contains("taken without a certain gain: to see"), "{card}");
}

#[test]
fn rows_that_the_head_gets_right_already_teach_it_nothing() {
    let scene = Scene::new();
    let bad =
        ["the parcel never came and nobody answers", "this is broken and I want my money back", "you charged me twice"];
    let good = [
        "lovely service and thank you so much",
        "great quality and will buy again",
        "arrived early and works perfectly",
    ];
    let mut csv = "Id,Text\n".to_owned();
    for (at, opening) in OPENINGS.iter().enumerate() {
        for (number, what) in bad.iter().chain(&good).enumerate() {
            let _ = writeln!(csv, "{at}-{number},{} {what}", opening.replace(',', ""));
        }
    }
    scene.file("rows.csv", &csv);
    let rows = scene.run(&["score", "rows.csv", "--format", "jsonl", "--columns", "text=Text,id=Id"]).exits(0).jsonl();
    let mut labelled = "Id,Text,Label\n".to_owned();
    for row in &rows {
        let (id, text) = (row["id"].as_str().unwrap(), row["input"]["Text"].as_str().unwrap());
        let _ = writeln!(labelled, "{id},{text},{}", row["complaint"]);
    }
    scene.file("labelled.csv", &labelled);
    let args = ["learn", "labelled.csv", "--labels", "complaint=Label", "--columns", "text=Text,id=Id", "--out", "own"];
    let outcome = scene.run(&args).exits(1).says(&["nothing was learned", "--force"]);
    assert!(outcome.stdout.contains("left as it was: the interval of the gain"), "{}", outcome.stdout);
    assert!(!scene.path().join("own").exists());
    scene.run(&[&args[..], &["--force", "--reason", "a trial"]].concat()).exits(0);
    assert!(fs::read_to_string(scene.path().join("own/MODEL_CARD.md")).unwrap().contains("a trial"));
}

#[test]
fn too_few_rows_are_refused_with_the_number_that_is_needed() {
    let scene = Scene::new();
    let few: Vec<String> = topics().lines().take(15).map(str::to_owned).collect();
    scene.file("few.csv", few.join("\n"));
    let args = ["learn", "few.csv", "--labels", "anger=Label", "--columns", "text=Text,id=Id", "--out", "own"];
    let outcome = scene.run(&args).exits(1).says(&["nothing was learned", "with 10 rows each"]);
    assert!(outcome.stdout.contains("fewer than two labels have 10 rows"), "{}", outcome.stdout);
    assert!(!scene.path().join("own").exists());
}

#[test]
fn what_is_asked_wrongly_is_told() {
    let scene = Scene::new();
    scene.file("topics.csv", topics());
    let run = |labels: &str, more: &[&str]| {
        let args = ["learn", "topics.csv", "--columns", "text=Text,id=Id", "--out", "own", "--labels", labels];
        scene.run(&[&args[..], more].concat())
    };
    run("moods=Label", &[]).exits(2).says(&["moods", "sentiment"]);
    run("severity=Label", &[]).exits(2).says(&["no head \"severity\""]);
    run("anger=Lable", &[]).exits(2).says(&["Lable", "Label"]);
    run("anger", &[]).exits(2).says(&["HEAD=COLUMN"]);
    run("sentiment=Label", &[]).exits(3).says(&["topics.csv", "row", "\"yes\""]);
    run("anger=Label", &["--folds", "1"]).exits(2);
    run("anger=Label", &["--force"]).exits(2).says(&["--reason"]);
    run("anger=Label", &["--model", "nowhere"]).exits(4).says(&["nowhere"]);
    assert!(!scene.path().join("own").exists());
}
