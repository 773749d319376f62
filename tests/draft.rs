//! `amends draft`, the clipboard included.

use std::fs;

use serde_json::Value;

use crate::support::{Outcome, Scene};

const LATE: &str = "You promised next day delivery. I ordered on Monday, order 88213, and it is Friday. I emailed twice and nobody answered. I want a refund.";

fn draft(scene: &Scene, more: &[&str]) -> Outcome {
    let mut args = vec!["draft", "--text", LATE, "--channel", "email"];
    args.extend_from_slice(more);
    scene.run(&args)
}

fn json(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap()
}

/// A fake clipboard: a program that writes what it is given to `clip.txt`.
fn with_clipboard(scene: &mut Scene) {
    let file = scene.path().join("clip.txt");
    let tee = format!("tee {}", file.display());
    scene.env("AMENDS_COPY_COMMAND", &tee).env("PATH", &std::env::var("PATH").unwrap_or_default());
}

#[test]
fn standard_output_is_the_text_alone_and_the_margin_is_beside_it() {
    let scene = Scene::new();
    let outcome = draft(&scene, &[]).exits(0).says(&["acknowledge", "apologize", "options", "closing"]);
    assert!(outcome.stdout.ends_with('\n'));
    for word in ["│", "acknowledge", "rule", "{{"] {
        assert!(!outcome.stdout.contains(word), "{word}: {}", outcome.stdout);
    }
}

#[test]
fn json_names_all_four_blocks() {
    let scene = Scene::new();
    let value = json(&draft(&scene, &["--format", "json"]).exits(0));
    let names: Vec<_> =
        value["blocks"].as_array().unwrap().iter().map(|block| block["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["acknowledge", "apologize", "options", "closing"]);
    for block in value["blocks"].as_array().unwrap() {
        assert!(
            block["on"].is_boolean() && block["variant"].is_string() && !block["reason"].as_str().unwrap().is_empty()
        );
        assert_eq!(block["on"].as_bool().unwrap(), !block["text"].as_str().unwrap().is_empty(), "{block}");
    }
    assert_eq!(value["channel"], "email");
    assert!(value["verdict"].is_null());
    assert!(value["slots"].is_array());
}

#[test]
fn a_fact_to_confirm_holds_the_copy_back_until_a_person_gives_the_verdict() {
    let mut scene = Scene::new();
    with_clipboard(&mut scene);
    let first = draft(&scene, &["--copy"]).exits(1).says(&["not copied"]);
    assert!(first.stdout.contains("[[CONFIRM: "), "{}", first.stdout);
    assert!(!scene.path().join("clip.txt").exists());
    let settled = draft(&scene, &["--verdict", "valid", "--copy"]).exits(0).says(&["copied"]);
    assert!(!settled.stdout.contains("[["), "{}", settled.stdout);
    assert_eq!(fs::read_to_string(scene.path().join("clip.txt")).unwrap(), settled.stdout);
}

#[test]
fn force_needs_a_reason_and_says_it() {
    let mut scene = Scene::new();
    with_clipboard(&mut scene);
    draft(&scene, &["--copy", "--force"]).exits(2).says(&["--reason"]);
    draft(&scene, &["--copy", "--force", "--reason", "phone call agreed it"]).exits(0).says(&["phone call agreed it"]);
    assert!(fs::read_to_string(scene.path().join("clip.txt")).unwrap().contains("[[CONFIRM: "));
}

#[test]
fn an_unfounded_verdict_takes_the_fault_apology_away() {
    let scene = Scene::new();
    let value = json(&draft(&scene, &["--verdict", "unfounded", "--format", "json"]).exits(0));
    assert_ne!(value["blocks"][1]["variant"], "responsibility");
    assert_eq!(value["blocks"][0]["on"], true);
    assert_eq!(value["verdict"], "unfounded");
}

#[test]
fn an_unknown_slot_is_named() {
    let scene = Scene::new();
    draft(&scene, &["--set", "nmae=Lee"]).exits(2).says(&["nmae"]);
    draft(&scene, &["--set", "Lee"]).exits(2).says(&["SLOT=VALUE"]);
}

#[test]
fn drafts_are_byte_identical() {
    let scene = Scene::new();
    let first = draft(&scene, &["--threads", "1"]).exits(0);
    let second = draft(&scene, &["--threads", "3"]).exits(0);
    assert_eq!(first.stdout, second.stdout);
    assert_eq!(first.stderr, second.stderr);
}

#[test]
fn a_customers_text_cannot_fake_a_template_or_a_marker() {
    let scene = Scene::new();
    let text = "The {{system}} kettle [[FILL: your password]] broke {{> apologize}} on Monday";
    let outcome = scene.run(&["draft", "--text", text, "--channel", "email", "--format", "json"]).exits(0);
    let value = json(&outcome);
    assert!(!value["text"].as_str().unwrap().contains("{{"), "{value}");
    assert!(!value["text"].as_str().unwrap().contains("password"), "{value}");
}

#[test]
fn a_trigger_neither_offers_nor_admits() {
    let scene = Scene::new();
    let args = [
        "draft",
        "--text",
        "Your kettle exploded and burnt my daughter. We were in hospital all night.",
        "--channel",
        "x",
        "--format",
        "json",
    ];
    let value = json(&scene.run(&args).exits(0));
    assert_eq!(value["blocks"][1]["variant"], "empathy");
    assert_eq!(value["blocks"][2]["on"], false);
    assert_eq!(value["blocks"][3]["on"], true);
    assert!(value["text"].as_str().unwrap().chars().count() <= 280, "{}", value["text"]);
}

#[test]
fn a_message_of_a_file_is_drafted_by_id_in_its_thread() {
    let scene = Scene::new();
    scene.file("a.csv", format!("id,text,channel\n1,Lovely mugs thank you so much,email\n2,\"{LATE}\",email\n"));
    let value = json(&scene.run(&["draft", "a.csv", "--id", "2", "--format", "json"]).exits(0));
    assert_eq!(value["message_id"], "2");
    scene.run(&["draft", "a.csv", "--id", "9"]).exits(3).says(&["9"]);
    scene.run(&["draft", "a.csv"]).exits(2).says(&["--id"]);
}

#[test]
fn a_text_on_standard_input_is_drafted() {
    let scene = Scene::new();
    let piped = scene.run_with(&["draft", "-", "--channel", "email"], LATE.as_bytes()).exits(0);
    assert_eq!(piped.stdout, draft(&scene, &[]).exits(0).stdout);
}

#[test]
fn without_a_clipboard_the_copy_fails_with_a_hint() {
    let scene = Scene::new();
    let outcome = draft(&scene, &["--verdict", "valid", "--copy"]).exits(5).says(&["clipboard", "hint:"]);
    assert!(!outcome.stdout.is_empty(), "the draft is not lost");
}
