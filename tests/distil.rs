//! `amends distil` and `score --fast`: the static model answers what it may, and says so.

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use crate::support::Scene;

/// Different texts of a few kinds, as many as it takes.
fn texts(count: usize) -> String {
    let things = ["parcel", "kettle", "refund", "invoice", "lamp", "ticket", "chair", "card", "coat", "phone"];
    let verdicts = [
        "never came and nobody answers",
        "broke on the first day, a disgrace",
        "is lovely, thank you",
        "came early and works well",
        "was charged twice",
        "is blue",
        "has two handles",
        "made my daughter smile",
        "smells of smoke, I want my money back",
        "can be ordered in June",
    ];
    let mut csv = "id,text\n".to_owned();
    for at in 0..count {
        let (thing, verdict) = (things[at % 10], verdicts[at / 10 % 10]);
        let _ = writeln!(csv, "{at},\"The {thing} {} {verdict}.\"", at / 100);
    }
    csv
}

fn count(rows: &[Value], by: &str) -> usize {
    rows.iter().filter(|row| row["answered_by"] == by).count()
}

#[test]
fn a_static_model_answers_what_it_may_and_the_encoder_the_rest() {
    let scene = Scene::new();
    scene.file("own.csv", texts(5200));
    let report = scene.run(&["distil", "own.csv", "--out", "own", "--format", "json"]).exits(0).stdout;
    let report: Value = serde_json::from_str(&report).unwrap();
    let terms = &report["terms"];
    assert!(terms["answered"].as_f64().unwrap() > 0.2, "{report:#}");
    assert!(terms["disagreement"].as_f64().unwrap() < 0.02, "{report:#}");
    assert_eq!(terms["messages"], 520);
    scene.run(&["models", "verify", "own"]).exits(0);
    let card = fs::read_to_string(scene.path().join("own/MODEL_CARD.md")).unwrap();
    assert!(card.contains("+distilled") && card.contains("## Fast path"), "{card}");

    scene.file("some.csv", texts(600));
    let scored = |more: &[&str]| {
        scene.run(&[&["score", "some.csv", "--format", "jsonl", "--model", "own"], more].concat()).exits(0)
    };
    let (plain, fast) = (scored(&[]).jsonl(), scored(&["--fast"]));
    let rows = fast.jsonl();
    assert_eq!((plain.len(), count(&plain, "encoder")), (600, 600));
    assert!(count(&rows, "fast") > 100 && count(&rows, "encoder") > 0, "{}", count(&rows, "fast"));
    assert_eq!(fast.stdout, scored(&["--fast", "--threads", "1"]).stdout, "any number of threads gives the same bytes");
    fast.says(&["the static model answered", "the encoder was asked, too", "of all labels differed"]);
    // Rows of the encoder are what they were; those of the static model give the same complaints, one in fifty apart.
    let mut other = 0;
    for (plain, fast) in plain.iter().zip(&rows) {
        if fast["answered_by"] == "encoder" {
            assert_eq!(plain, fast);
        } else {
            other += usize::from(plain["complaint"] != fast["complaint"]);
        }
    }
    assert!(other * 50 <= count(&rows, "fast"), "{other}");
}

#[test]
fn what_cannot_be_distilled_or_answered_is_told() {
    let scene = Scene::new();
    scene.file("few.csv", texts(50));
    scene.run(&["distil", "few.csv", "--out", "own"]).exits(1).says(&["50 texts; it takes 5000", "no labels"]);
    assert!(!scene.path().join("own").exists());
    scene.run(&["score", "few.csv", "--fast", "--explain"]).exits(2).says(&["--fast", "--explain"]);
    fs::create_dir(scene.path().join("own")).unwrap();
    scene.run(&["distil", "few.csv", "--out", "own"]).exits(2).says(&["own is there already"]);
}
