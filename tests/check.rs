//! `amends check`: its contract, its formats, its exit codes.

use std::fmt::Write as _;
use std::fs;

use amends::gate::RuleId;
use serde_json::Value;

use crate::support::{Outcome, Scene, project};

const CLEAN: &str = "Hello Ana, a kettle that leaks on the first day is a nuisance, and we see why you are annoyed. Email care@harbourpine.example with your number and Sam will ring you tomorrow. We report back here by Friday.";

fn check(text: &str, args: &[&str]) -> Outcome {
    let mut all = vec!["check", "-"];
    all.extend_from_slice(args);
    Scene::new().run_with(&all, text.as_bytes())
}

fn json(text: &str, args: &[&str]) -> Value {
    let mut all = args.to_vec();
    all.extend_from_slice(&["--format", "json"]);
    serde_json::from_str(&check(text, &all).stdout).unwrap()
}

fn index(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

fn rules(value: &Value) -> Vec<&str> {
    value["findings"].as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap()).collect()
}

#[test]
fn a_clean_text_passes() {
    let outcome = check(CLEAN, &["--channel", "facebook"]).exits(0);
    assert!(outcome.stdout.contains("passes, 0 errors, 0 warnings"), "{}", outcome.stdout);
}

#[test]
fn json_keeps_its_contract_and_an_error_exits_with_1() {
    let text = "Hello Ana, a kettle that leaks is a nuisance. We will refund you. Sam will ring you by Friday.";
    let outcome = check(text, &["--channel", "email", "--format", "json"]).exits(1);
    let value: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let keys: Vec<&String> = value.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["findings", "skipped"]);
    let finding = value["findings"].as_array().unwrap().iter().find(|f| f["rule"] == "will_outcome").unwrap();
    let keys: Vec<&String> = finding.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["rule", "level", "from", "to", "message", "fix"]);
    assert_eq!(finding["level"], "error");
    let span = index(&finding["from"])..index(&finding["to"]);
    assert!(text[span.clone()].contains("refund"), "{}", &text[span]);
    let skipped = &value["skipped"][0];
    assert!(skipped["rule"].is_string() && skipped["needs"].as_str().unwrap().contains("--message"), "{skipped}");
}

#[test]
fn warnings_alone_exit_with_0() {
    let text = CLEAN.replace("annoyed.", "annoyed. You should have read the label.");
    let outcome = check(&text, &["--channel", "facebook"]).exits(0);
    assert!(outcome.stdout.contains("warning[blame]"), "{}", outcome.stdout);
}

#[test]
fn text_underlines_the_words_and_says_why_and_what_instead() {
    let outcome =
        check("Hi ,\na kettle that leaks is a nuisance. Sam will ring you by Friday.", &["--channel", "email"]);
    for words in ["error[unfilled_slot]", "-:1:1", "^^^^", "help: write the fact", "held back, 1 error"] {
        assert!(outcome.stdout.contains(words), "{words}: {}", outcome.stdout);
    }
}

#[test]
fn sarif_is_what_editors_expect() {
    let scene = Scene::new();
    scene.file("a reply.txt", "First line.\nWe will refund you. Sam will ring you by Friday.");
    let outcome = scene.run(&["check", "a reply.txt", "--channel", "email", "--format", "sarif"]).exits(1);
    let log: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    let result = results.iter().find(|result| result["ruleId"] == "will_outcome").unwrap();
    let rule = &run["tool"]["driver"]["rules"][index(&result["ruleIndex"])];
    assert_eq!(rule["id"], "will_outcome");
    assert_eq!(result["level"], "error");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "a%20reply.txt");
    assert_eq!((place["region"]["startLine"].as_u64(), place["region"]["startColumn"].as_u64()), (Some(2), Some(1)));
}

#[test]
fn copy_is_refused_with_an_error_and_done_without() {
    let mut scene = Scene::new();
    let tee = format!("tee {}", scene.path().join("clip.txt").display());
    scene.env("AMENDS_COPY_COMMAND", &tee).env("PATH", &std::env::var("PATH").unwrap_or_default());
    let args = ["check", "-", "--channel", "facebook", "--copy"];
    scene.run_with(&args, b"Hello Ana, we will refund you.").exits(1).says(&["not copied"]);
    assert!(!scene.path().join("clip.txt").exists());
    scene.run_with(&args, CLEAN.as_bytes()).exits(0).says(&["copied"]);
    assert_eq!(fs::read_to_string(scene.path().join("clip.txt")).unwrap(), CLEAN);
}

#[test]
fn context_changes_what_is_allowed() {
    let sorry = "A lost parcel is a nuisance. We are sorry that we lost it. Sam will ring you by Friday.";
    assert_eq!(rules(&json(sorry, &["--channel", "email"])), ["responsibility_not_valid"]);
    assert_eq!(
        rules(&json(sorry, &["--channel", "email", "--validity", "likely_valid"])),
        ["responsibility_not_valid"]
    );
    assert!(rules(&json(sorry, &["--channel", "email", "--verdict", "valid"])).is_empty());
    assert_eq!(rules(&json(CLEAN, &["--channel", "facebook", "--turn", "3"])), ["third_public_reply"]);
    let named = CLEAN.replace("Hello Ana", "Hello Ms Bell");
    assert_eq!(rules(&json(&named, &["--channel", "facebook", "--author", "Ana Bell"])), ["personal_data"]);
    assert!(rules(&json(&named, &["--channel", "facebook", "--author", "ours"])).is_empty());
    assert!(rules(&json(&named, &["--channel", "facebook", "--author", "Ana Bell", "--private"])).is_empty());
}

#[test]
fn message_and_recent_replies_are_read_from_files() {
    let scene = Scene::new();
    scene.file("message.txt", "The kettle leaks.");
    scene.file("recent.txt", CLEAN.replace("Ana", "Ben").replace("Friday", "Monday"));
    let args = [
        "check",
        "-",
        "--channel",
        "facebook",
        "--message",
        "message.txt",
        "--recent",
        "recent.txt",
        "--format",
        "json",
    ];
    let outcome = scene.run_with(&args, CLEAN.as_bytes()).exits(0);
    let value: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(rules(&value), ["copy_of_recent"]);
    let needs: Vec<_> =
        value["skipped"].as_array().unwrap().iter().map(|skip| skip["rule"].as_str().unwrap()).collect();
    assert_eq!(needs, ["personal_data"]);
}

#[test]
fn bad_input_is_named() {
    let scene = Scene::new();
    scene.file("latin.txt", b"caf\xe9");
    scene.run(&["check", "latin.txt", "--channel", "x"]).exits(3).says(&["latin.txt is not UTF-8: byte 3", "hint:"]);
    scene.run(&["check", "none.txt", "--channel", "x"]).exits(3).says(&["none.txt"]);
    scene.run_with(&["check", "-", "--channel", "x"], b" \n").exits(3).says(&["empty"]);
    scene.run_with(&["check", "-"], b"x").exits(2).says(&["--channel"]);
    scene.run_with(&["check", "-", "--channel", "x", "--turn", "0"], b"x").exits(2);
    scene.run_with(&["check", "-", "--channel", "x", "--validity", "maybe"], b"x").exits(2).says(&["likely_valid"]);
    scene.file("bad.toml", "schema = 1");
    scene.run_with(&["check", "-", "--channel", "x", "--playbook", "bad.toml"], b"x").exits(4);
}

#[test]
fn escape_sequences_of_a_text_do_not_reach_the_terminal() {
    let text = "Hello \x1b[31mAna\x1b[0m\u{202e}, we will refund you.\r\nBye";
    let outcome = check(text, &["--channel", "email"]).exits(1);
    assert!(!outcome.stdout.contains('\x1b') && !outcome.stdout.contains('\u{202e}'), "{:?}", outcome.stdout);
}

/// What a customer, or a careless edit, may put into a text: markup, a formula, terminal and direction controls.
const HOSTILE: &str = "=cmd|' /C calc'!A0 <script>alert(1)</script><img src=x onerror=alert(1)> \x1b]0;title\x07\x1b[2J\u{202e}abc\u{2066}\u{200b} [[FILL: \x1b[31mname]] \
    We will re\u{200b}fund you in \u{202e}full.\r\nBye";

#[test]
fn a_hostile_text_stays_text_in_every_format() {
    let scene = Scene::new();
    scene.file("message.txt", HOSTILE);
    for format in ["text", "json", "sarif"] {
        let args = ["check", "-", "--channel", "email", "--message", "message.txt", "--format", format];
        let outcome = scene.run_with(&args, HOSTILE.as_bytes()).exits(1);
        for control in ['\x1b', '\x07'] {
            assert!(!outcome.stdout.contains(control) && !outcome.stderr.contains(control), "{format}: {outcome:?}");
        }
        if format == "text" {
            assert!(!outcome.stdout.contains(['\u{202e}', '\u{2066}', '\u{200b}']), "{:?}", outcome.stdout);
            assert!(outcome.stdout.contains("will_outcome"), "{}", outcome.stdout);
        } else {
            let value: Value = serde_json::from_str(&outcome.stdout).unwrap();
            assert!(value.is_object(), "{value}");
        }
    }
    let value = json(HOSTILE, &["--channel", "email"]);
    let found = rules(&value);
    assert!(found.contains(&"will_outcome") && found.contains(&"unfilled_slot"), "{found:?}");
    for finding in value["findings"].as_array().unwrap() {
        let span = HOSTILE.get(index(&finding["from"])..index(&finding["to"]));
        assert!(span.is_some(), "{finding}");
        assert!(!finding["message"].as_str().unwrap().contains(['<', '\x1b']), "{finding}");
    }
}

/// The table of `docs/gate.md`, written out of the rules' cards.
fn rules_for_people() -> String {
    let cell = |text: &str| text.replace('|', "\\|");
    let mut table =
        "| rule | level | what is wrong | why | found in | mended | source |\n|---|---|---|---|---|---|---|\n"
            .to_owned();
    for rule in RuleId::ALL {
        let card = rule.card();
        let row = [&card.message, &card.why, &card.example, &card.mended, &card.source].map(|text| cell(text));
        let [message, why, example, mended, source] = row;
        let _ = writeln!(
            table,
            "| `{rule}` | {} | {message} | {why} | {example} | {mended} | {source} |",
            card.level.name()
        );
    }
    table
}

/// `AMENDS_BLESS=1 cargo test --test integration check::` writes the table.
#[test]
fn the_guide_lists_every_rule_as_it_is() {
    const BEGIN: &str = "<!-- rules: begin -->\n";
    const END: &str = "<!-- rules: end -->";
    let path = project("docs/gate.md");
    let guide = fs::read_to_string(&path).unwrap();
    let (head, rest) = guide.split_once(BEGIN).unwrap();
    let (table, tail) = rest.split_once(END).unwrap();
    let fresh = rules_for_people();
    if std::env::var_os("AMENDS_BLESS").is_some() {
        fs::write(&path, format!("{head}{BEGIN}{fresh}{END}{tail}")).unwrap();
    } else {
        assert_eq!(table, fresh, "AMENDS_BLESS=1 writes the table into docs/gate.md");
    }
}
