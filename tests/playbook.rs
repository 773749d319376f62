//! The playbook verbs.

use std::fs;

use crate::support::Scene;

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
