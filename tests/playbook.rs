//! The playbook verbs.

use std::fs;

use crate::support::{Scene, project};

#[test]
fn init_writes_a_starter_that_checks_and_never_overwrites() {
    let scene = Scene::new();
    scene.run(&["playbook", "init"]).exits(0);
    let starter = fs::read_to_string(scene.path().join("amends.toml")).unwrap();
    assert!(starter.contains("[[offer]]") || starter.contains("[offers"), "the starter brings offers");
    scene.run(&["playbook", "check"]).exits(0);
    scene.run(&["playbook", "init"]).exits(2).says(&["amends.toml", "--force"]);
    scene.run(&["playbook", "init", "--force"]).exits(0);
}

#[test]
fn the_project_file_in_the_folder_is_used() {
    let scene = Scene::new();
    scene.run(&["playbook", "init"]).exits(0);
    let path = scene.path().join("amends.toml");
    let text = fs::read_to_string(&path).unwrap();
    let line = text.lines().find(|line| line.starts_with("name = ")).unwrap().to_owned();
    fs::write(&path, text.replacen(&line, "name = \"corner-shop\"", 1)).unwrap();
    scene.file("a.csv", "id,text\n1,The kettle never arrived\n");
    let rows = scene.run(&["score", "a.csv", "--format", "jsonl"]).exits(0).jsonl();
    assert!(rows[0]["playbook"].as_str().unwrap().starts_with("corner-shop "), "{}", rows[0]["playbook"]);
}

#[test]
fn a_syntax_error_is_shown_with_its_line() {
    let scene = Scene::new();
    scene.file("p.toml", "name = \"x\"\n[voice\n");
    scene.run(&["playbook", "check", "p.toml"]).exits(4).says(&["p.toml", "2"]);
}

#[test]
fn a_missing_playbook_is_an_error_not_the_built_in_one() {
    let scene = Scene::new();
    scene.file("a.csv", "id,text\n1,The kettle never arrived\n");
    scene.run(&["score", "a.csv", "--playbook", "gone.toml"]).exits(4).says(&["gone.toml"]);
}

const KINDS: [&str; 3] = ["shop", "service", "regulated"];

#[test]
fn a2_init_writes_each_kind_and_it_works_at_once() {
    for kind in KINDS {
        let scene = Scene::new();
        scene.run(&["playbook", "init", "--kind", kind]).exits(0);
        let checked = scene.run(&["playbook", "check"]).exits(0);
        assert!(checked.stdout.contains("0 errors, 0 warnings"), "{kind}: {}", checked.stdout);
    }
}

#[test]
fn a6_print_writes_markdown_and_html() {
    for kind in KINDS {
        let scene = Scene::new();
        scene.run(&["playbook", "init", "--kind", kind]).exits(0);
        let markdown = scene.run(&["playbook", "print"]).exits(0).stdout;
        assert!(markdown.starts_with("# How ") && markdown.contains("## What we never say"), "{kind}");
        let html = scene.run(&["playbook", "print", "--format", "html"]).exits(0).stdout;
        assert!(html.starts_with("<!doctype html>") && html.contains("What we never say"), "{kind}");
    }
}

#[test]
fn the_sample_set_is_decided_under_each_playbook() {
    let samples = ["play-reviews.csv", "reviews.jsonl", "tickets-monday.csv", "trustpilot.csv", "tweets.csv"]
        .map(|name| project(&format!("data/samples/{name}")));
    for kind in KINDS {
        let scene = Scene::new();
        scene.run(&["playbook", "init", "--kind", kind]).exits(0);
        let mut args = vec!["score", "--format", "jsonl", "--quiet"];
        args.extend(samples.iter().map(String::as_str));
        let rows = scene.run(&args).exits(0).jsonl();
        assert_eq!(rows.len(), 104);
        for row in &rows {
            let listed = |name: &str| row["dispositions"].as_array().unwrap().iter().any(|found| found == name);
            let id = &row["id"];
            assert!(!listed("stop_unsolvable") && !listed("stop_abusive"), "{kind} {id}");
            if row["complaint"] == true {
                assert_eq!(row["acknowledge"], true, "{kind} {id}");
                assert_eq!(row["closing"], true, "{kind} {id}");
            }
            if !row["triggers"].as_array().unwrap().is_empty() {
                assert!(listed("escalate"), "{kind} {id}");
                assert_eq!((&row["apology"], &row["options"]), (&"empathy".into(), &0.into()), "{kind} {id}");
            }
            if row["apology"] == "responsibility" {
                assert_eq!(row["validity"], "likely_valid", "{kind} {id}");
            }
            if row["visibility"] == "public" {
                assert_eq!(row["options"], 0, "{kind} {id}");
            }
        }
    }
}

#[test]
fn explain_shows_every_rule_and_what_it_found() {
    let scene = Scene::new();
    let tickets = project("data/samples/tickets-monday.csv");
    let text = scene.run(&["playbook", "explain", &tickets, "--id", "88213"]).exits(0).stdout;
    for words in
        ["always-acknowledge", "offers-are-private", "public asks yes, found no", "decides", "clock", "goes up to"]
    {
        assert!(text.contains(words), "{words}:\n{text}");
    }
    let json = scene.run(&["playbook", "explain", &tickets, "--id", "88213", "--format", "json"]).exits(0).stdout;
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["id"], "88213");
    assert_eq!(value["rules"].as_array().unwrap().len(), 18);
    assert_eq!(value["clock"]["state"], "running");
    assert!(value["rules"].as_array().unwrap().iter().all(|rule| rule["fits"].is_boolean()));
}

#[test]
fn explain_takes_what_is_on_record() {
    let scene = Scene::new();
    scene.file(
        "case.json",
        r#"{"owner": "ben", "attempts": 2, "offers": [{"id": "courier", "answer": "refused"}], "unreasonable": true}"#,
    );
    let args =
        ["playbook", "explain", "--text", "My order never arrived.", "--verdict", "valid", "--recorded", "case.json"];
    let text = scene.run(&args).exits(0).stdout;
    for words in ["next step", "refusal", "stop unsolvable", "stop abusive", "Ruth Adler decides"] {
        assert!(text.contains(words), "{words}:\n{text}");
    }
    scene.file("case.json", r#"{"attemps": 2}"#);
    scene.run(&args).exits(3).says(&["case.json", "attemps"]);
    scene.run(&["playbook", "explain", "--text", "x", "--recorded", "gone.json"]).exits(3).says(&["gone.json"]);
    let file = scene.file("a.csv", "id,text\n1,The kettle never arrived\n").display().to_string();
    scene.run(&["playbook", "explain", &file]).exits(2).says(&["--id"]);
    scene.run(&["playbook", "explain", &file, "--id", "9"]).exits(3).says(&["no message with the id 9"]);
}

#[test]
fn findings_are_json_with_their_place() {
    let scene = Scene::new();
    scene.run(&["playbook", "init"]).exits(0);
    let path = scene.path().join("amends.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("id = \"delivery-cost\"", "id = \"mug\"", 1)).unwrap();
    let json = scene.run(&["playbook", "check", "--format", "json"]).exits(4).stdout;
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let finding = &value["findings"][0];
    assert_eq!(finding["level"], "error");
    assert!(finding["line"].as_u64().unwrap() > 100 && finding["message"].as_str().unwrap().contains("swag"));
}

#[test]
fn item7_a_playbook_steers_no_terminal() {
    let scene = Scene::new();
    // A raw escape is no TOML, and the line that is shown for it holds none.
    scene.file("raw.toml", "name = \"\u{1b}[2Jshop\"\n");
    // An escape of TOML is a name like any other.
    scene.file("named.toml", "name = \"\\u001b[2Jshop\\u202e\"\nunknown_key = \"\\u0007\"\n");
    for file in ["raw.toml", "named.toml"] {
        for verb in ["check", "print"] {
            let outcome = scene.run(&["playbook", verb, file]);
            for text in [&outcome.stdout, &outcome.stderr] {
                assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{verb} {file}: {text:?}");
            }
        }
    }
    scene.run(&["playbook", "init", "own.toml"]).exits(0);
    let path = scene.path().join("own.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("company = \"", "company = \"\\u001b[31m\\u202e<script>", 1)).unwrap();
    for format in ["markdown", "html"] {
        let page = scene.run(&["playbook", "print", "own.toml", "--format", format]).exits(0).stdout;
        assert!(!page.contains('\u{1b}') && !page.contains("<script>"), "{format}");
    }
}
