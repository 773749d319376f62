//! What `inspect` says about exports, the project's own samples included.

use crate::support::{Scene, project};

fn inspected(file: &str) -> serde_json::Value {
    let scene = Scene::new();
    let outcome = scene.run(&["inspect", &project(file), "--format", "json"]).exits(0);
    serde_json::from_str(&outcome.stdout).unwrap()
}

#[test]
fn the_samples_are_recognised() {
    for (file, format, encoding) in [
        ("data/samples/tickets-monday.csv", "freshdesk", "windows-1252"),
        ("data/samples/play-reviews.csv", "google_play", "utf-16le"),
        ("data/samples/tweets.csv", "twcs", "utf-8"),
        ("data/samples/reviews.jsonl", "yelp", "utf-8"),
        ("data/samples/trustpilot.csv", "trustpilot", "utf-8"),
    ] {
        let seen = inspected(file).to_string().to_lowercase();
        assert!(seen.contains(format), "{file}: {seen}");
        assert!(seen.contains(encoding), "{file}: {seen}");
    }
}

#[test]
fn text_names_every_mapped_column() {
    let scene = Scene::new();
    scene.file("a.csv", "nr;Remarks;Stars\n1;The kettle never arrived;1\n");
    let outcome = scene.run(&["inspect", "a.csv", "--columns", "text=Remarks,id=nr,rating=Stars"]).exits(0);
    for word in ["a.csv", "Remarks", "nr", "Stars", ";"] {
        assert!(outcome.stdout.contains(word), "{word}: {}", outcome.stdout);
    }
}
