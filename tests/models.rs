//! Model packages: whole ones verify, damaged ones are named.

use std::fs;
use std::path::Path;

use crate::support::{Scene, project};

const PACKAGE: &str = "models/complaint-minilm";

fn copy_package(to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(project(PACKAGE)).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn the_package_in_the_checkout_verifies_and_is_small_enough() {
    let scene = Scene::new();
    let outcome = scene.run(&["models", "verify", &project(PACKAGE)]).exits(0);
    assert!(outcome.stdout.contains("complaint-minilm"), "{}", outcome.stdout);
    let bytes: u64 =
        fs::read_dir(project(PACKAGE)).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
    assert!(bytes <= 25 * 1024 * 1024, "{bytes} bytes");
}

#[test]
fn the_built_in_package_is_listed_with_its_heads() {
    let scene = Scene::new();
    let outcome = scene.run(&["models", "list"]).exits(0);
    for word in ["complaint-minilm", "sentiment", "complaint", "reproach_tweet"] {
        assert!(outcome.stdout.contains(word), "{}", outcome.stdout);
    }
}

#[test]
fn a_truncated_model_file_is_named() {
    let scene = Scene::new();
    let dir = scene.path().join("m");
    copy_package(&dir);
    let weights = dir.join("model.safetensors");
    let bytes = fs::read(&weights).unwrap();
    fs::write(&weights, &bytes[..bytes.len() / 2]).unwrap();
    scene.run(&["models", "verify", "m"]).exits(4).says(&["model.safetensors", "hint:"]);
    scene.run(&["draft", "--text", "It broke", "--model", "m"]).exits(4).says(&["model.safetensors"]);
}

#[test]
fn a_wrong_digest_is_named() {
    let scene = Scene::new();
    let dir = scene.path().join("m");
    copy_package(&dir);
    let heads = dir.join("heads.toml");
    let text = fs::read_to_string(&heads).unwrap();
    fs::write(&heads, text + "\n# changed\n").unwrap();
    scene.run(&["models", "verify", "m"]).exits(4).says(&["heads.toml", "sha256"]);
}

#[test]
fn a_folder_that_is_no_package_is_named() {
    let scene = Scene::new();
    fs::create_dir(scene.path().join("m")).unwrap();
    scene.run(&["models", "verify", "m"]).exits(4).says(&["manifest.toml"]);
    scene.run(&["models", "verify", "nowhere"]).exits(4).says(&["nowhere"]);
}
