//! What bad input gets: a clear error (what, where, what to do), the documented exit code, and nothing lost.

use crate::support::Scene;

/// Scores `name` as jsonl.
fn score(scene: &Scene, name: &str) -> crate::support::Outcome {
    scene.run(&["score", name, "--format", "jsonl"])
}

#[test]
fn a_missing_file_is_named_with_its_near_miss() {
    let scene = Scene::new();
    scene.file("tickets.csv", "id,text\n1,hello\n");
    let outcome = score(&scene, "tikets.csv").exits(3).says(&["error:", "tikets.csv", "hint:"]);
    assert_eq!(outcome.stdout, "");
}

#[test]
fn a_folder_is_no_export() {
    let scene = Scene::new();
    scene.file("exports/a.csv", "id,text\n1,hello\n");
    score(&scene, "exports").exits(3).says(&["exports", "folder", "hint:"]);
}

#[test]
fn a_binary_file_is_refused_by_name() {
    let scene = Scene::new();
    scene.file("photo.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01");
    score(&scene, "photo.csv").exits(3).says(&["photo.csv", "hint:"]);
}

#[test]
fn nul_bytes_are_refused_or_reported_never_swallowed() {
    let scene = Scene::new();
    scene.file("nul.csv", b"id,text\n1,my order\0 never came\n2,fine\n");
    let outcome = score(&scene, "nul.csv");
    assert!(outcome.code == 3 || outcome.stderr.contains("NUL"), "{outcome:?}");
}

#[test]
fn an_empty_file_is_an_error() {
    let scene = Scene::new();
    scene.file("empty.csv", "");
    score(&scene, "empty.csv").exits(3).says(&["empty.csv", "empty"]);
}

#[test]
fn a_ragged_row_is_reported_and_the_others_are_scored() {
    let scene = Scene::new();
    scene.file(
        "ragged.csv",
        "id,text,stars\n1,The kettle never arrived,1\n2\n3,Lovely mugs,5,extra,cells\n4,All fine,5\n",
    );
    let outcome = scene.run(&["score", "ragged.csv", "--format", "jsonl", "--errors"]);
    let rows = outcome.jsonl();
    assert!(rows.iter().any(|row| row["id"] == "1") && rows.iter().any(|row| row["id"] == "4"), "{outcome:?}");
    outcome.says(&["ragged.csv", "row 2", "row 3"]);
}

#[test]
fn an_unclosed_quote_names_its_row_and_loses_nothing_before_it() {
    let scene = Scene::new();
    scene.file("quote.csv", "id,text\n1,The kettle never arrived\n2,\"it broke\n3,and then\n");
    let outcome = scene.run(&["score", "quote.csv", "--format", "jsonl", "--errors"]).says(&["quote.csv", "row 2"]);
    assert!(outcome.jsonl().iter().any(|row| row["id"] == "1"), "{outcome:?}");
}

#[test]
fn broken_json_lines_are_reported_and_the_rest_is_scored() {
    let scene = Scene::new();
    scene.file(
        "a.jsonl",
        "{\"id\":\"1\",\"text\":\"The kettle never arrived\"}\n{oops\n{\"id\":\"3\",\"text\":\"Lovely\"}\n",
    );
    let outcome =
        scene.run(&["score", "a.jsonl", "--format", "jsonl", "--errors"]).exits(3).says(&["a.jsonl", "row 2"]);
    let ids: Vec<_> = outcome.jsonl().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, ["1", "3"]);
}

#[test]
fn windows_1252_is_read_as_what_it_is_and_said() {
    let scene = Scene::new();
    scene.file("old.csv", b"id,text\n1,It cost \x80 40 and the caf\xe9 was closed \x96 very sad\n");
    let outcome = score(&scene, "old.csv").exits(0);
    assert_eq!(outcome.jsonl()[0]["input"]["text"], "It cost € 40 and the café was closed – very sad");
    let seen = scene.run(&["inspect", "old.csv"]).exits(0);
    assert!(seen.stdout.contains("windows-1252"), "{}", seen.stdout);
}

#[test]
fn a_wrong_forced_encoding_is_said() {
    let scene = Scene::new();
    scene.file("old.csv", b"id,text\n1,caf\xe9 closed\n");
    let outcome = scene.run(&["score", "old.csv", "--encoding", "utf-8", "--format", "jsonl", "--errors"]);
    assert!(outcome.stderr.contains("utf-8") || outcome.stderr.contains("UTF-8"), "{outcome:?}");
    scene.run(&["score", "old.csv", "--encoding", "klingon", "--format", "jsonl"]).exits(2).says(&["klingon"]);
}

#[test]
fn a_cell_of_five_megabytes_is_scored_and_the_cut_is_said() {
    let scene = Scene::new();
    let long = "The kettle never arrived and nobody answers. ".repeat(5_000_000 / 45);
    scene.file("big.csv", format!("id,text\n1,{long}\n2,Lovely mugs\n"));
    let outcome = score(&scene, "big.csv").exits(0);
    let rows = outcome.jsonl();
    assert_eq!(rows.len(), 2);
    assert!(rows[0]["truncated_tokens"].as_u64().unwrap() > 0);
    assert!(rows[0]["reasons"].to_string().contains("tokens"), "{}", rows[0]["reasons"]);
    assert_eq!(rows[0]["input"]["text"].as_str().unwrap().len(), long.len());
}

#[test]
fn duplicate_ids_are_both_scored_and_reported() {
    let scene = Scene::new();
    scene.file("twice.csv", "id,text\n7,The kettle never arrived\n7,Lovely mugs\n");
    let outcome = scene.run(&["score", "twice.csv", "--format", "jsonl", "--errors"]);
    assert_eq!(outcome.jsonl().len(), 2);
    outcome.says(&["twice.csv", "row 2", "7"]);
}

#[test]
fn a_layout_without_text_is_answered_with_what_to_export() {
    let scene = Scene::new();
    scene.file(
        "zendesk.csv",
        "Summation column,Id,Requester,Requester id,Requester external id,Requester email,Requester domain,Submitter,Assignee,Group,Subject,Tags,Status,Priority,Via,Ticket type,Created at,Updated at\n\
         1,42,Lee,7,,lee@example.com,example.com,Lee,Sam,Support,Order,,Open,High,Mail,Incident,2026-11-20 10:00,2026-11-20 10:00\n",
    );
    score(&scene, "zendesk.csv").exits(3).says(&["zendesk.csv", "JSON"]);
}

#[test]
fn a_file_without_a_text_column_says_which_columns_it_has() {
    let scene = Scene::new();
    scene.file("odd.csv", "nr,colour\n1,red\n2,blue\n");
    score(&scene, "odd.csv").exits(3).says(&["odd.csv", "colour", "--columns"]);
}

#[test]
fn a_column_that_does_not_exist_is_named_with_its_near_miss() {
    let scene = Scene::new();
    scene.file("a.csv", "nr,Remarks\n1,The kettle never arrived\n");
    scene.run(&["score", "a.csv", "--columns", "text=Remark"]).exits(2).says(&["Remark", "Remarks"]);
    scene.run(&["score", "a.csv", "--columns", "txt=Remarks"]).exits(2).says(&["txt", "text"]);
}

#[test]
fn one_bad_file_does_not_stop_the_others() {
    let scene = Scene::new();
    scene.file("good.csv", "id,text\n1,The kettle never arrived\n");
    let outcome = scene.run(&["score", "good.csv", "missing.csv", "--format", "jsonl"]).exits(3).says(&["missing.csv"]);
    assert_eq!(outcome.jsonl().len(), 1);
}

#[test]
fn a_playbook_with_an_unknown_key_names_line_and_near_miss() {
    let scene = Scene::new();
    scene.run(&["playbook", "init", "p.toml"]).exits(0);
    let text = std::fs::read_to_string(scene.path().join("p.toml")).unwrap();
    let broken = text.replacen("sign_off", "sing_off", 1);
    assert_ne!(text, broken, "the starter has a sign_off");
    let line = broken.lines().position(|line| line.contains("sing_off")).unwrap() + 1;
    scene.file("p.toml", broken);
    scene.file("a.csv", "id,text\n1,The kettle never arrived\n");
    scene.run(&["score", "a.csv", "--playbook", "p.toml"]).exits(4).says(&["p.toml", &format!("{line}"), "sing_off"]);
}

#[test]
fn a_template_with_an_unknown_variable_names_it() {
    let scene = Scene::new();
    scene.file("t/acknowledge/issue.hbs", "Hello {{nonsense_variable}}\n");
    scene
        .run(&["draft", "--text", "The kettle never arrived", "--channel", "email", "--templates", "t"])
        .exits(4)
        .says(&["acknowledge", "nonsense_variable"]);
}

#[test]
fn a_template_file_of_an_unknown_name_is_not_ignored() {
    let scene = Scene::new();
    scene.file("t/acknowledge/isue.hbs", "Hello\n");
    scene
        .run(&["draft", "--text", "The kettle never arrived", "--channel", "email", "--templates", "t"])
        .exits(4)
        .says(&["isue.hbs", "hint:"]);
}
