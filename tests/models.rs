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

#[test]
fn a_folder_is_listed_as_the_built_in_package_is() {
    let scene = Scene::new();
    let outcome = scene.run(&["models", "list", &project(PACKAGE)]).exits(0);
    for word in ["complaint-minilm", "pooling   mean", "reproach_tweet"] {
        assert!(outcome.stdout.contains(word), "{}", outcome.stdout);
    }
}

/// Replaces text in a file of a package, and its digest in the manifest.
fn edit(dir: &Path, file: &str, from: &str, to: &str) {
    use sha2::{Digest, Sha256};
    let hex = |bytes: &[u8]| Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let path = dir.join(file);
    let old = fs::read(&path).unwrap();
    let text = String::from_utf8(old.clone()).unwrap();
    assert!(text.contains(from), "{file} has no {from}");
    let new = text.replacen(from, to, 1);
    fs::write(&path, &new).unwrap();
    let manifest = fs::read_to_string(dir.join("manifest.toml")).unwrap();
    fs::write(dir.join("manifest.toml"), manifest.replace(&hex(&old), &hex(new.as_bytes()))).unwrap();
}

#[test]
fn labels_and_tokenizer_are_verified_with_the_digests() {
    let scene = Scene::new();
    let dir = scene.path().join("m");
    copy_package(&dir);
    scene.run(&["models", "verify", "m"]).exits(0);
    edit(&dir, "heads.toml", "\"neutral\"", "\"middling\"");
    scene.run(&["models", "verify", "m"]).exits(4).says(&["fast.toml", "the labels of sentiment"]);
    edit(&dir, "fast.toml", "\"neutral\"", "\"middling\"");
    scene.run(&["models", "verify", "m"]).exits(4).says(&["head \"sentiment\" has no label \"neutral\"", "hint:"]);
    edit(&dir, "heads.toml", "\"middling\"", "\"neutral\"");
    edit(&dir, "fast.toml", "\"middling\"", "\"neutral\"");
    edit(&dir, "tokenizer.json", "BertPreTokenizer", "WhitespaceSplit");
    scene.run(&["models", "verify", "m"]).exits(4).says(&["tokenizer.json"]);
}

const EVALUATION: &str = r#"{"rows": 40, "model": "complaint-minilm", "heads": {"complaint": {"macro_f1": {"value": 0.9, "ci95": [0.8, 0.95]}}}, "baselines": {}}"#;

#[test]
fn the_card_takes_an_evaluation_once_and_stays_whole() {
    let scene = Scene::new();
    let dir = scene.path().join("m");
    copy_package(&dir);
    scene.file("eval.json", EVALUATION);
    let card = || fs::read_to_string(dir.join("MODEL_CARD.md")).unwrap();
    let before = card();
    scene.run(&["models", "card", "m", "--add", "eval.json"]).exits(0);
    let once = card();
    // What the built-in card says of baselines is replaced; all else stays.
    let rest = |card: &str| -> Vec<String> {
        let section = ["<!-- generated: Baselines -->", "<!-- end: Baselines -->"].map(|mark| card.find(mark));
        let [Some(from), Some(to)] = section else { return card.lines().map(str::to_owned).collect() };
        card[..from].lines().chain(card[to..].lines().skip(1)).map(str::to_owned).collect()
    };
    assert_ne!(once, before);
    assert_eq!(rest(&once), rest(&before));
    assert!(once.contains("| complaint | macro f1 | 0.900 (0.800 to 0.950) |"), "{once}");
    scene.run(&["models", "verify", "m"]).exits(0);
    scene.run(&["models", "card", "m", "--add", "eval.json"]).exits(0);
    assert_eq!(card(), once);
}

#[test]
fn what_is_no_evaluation_leaves_the_card_alone() {
    let scene = Scene::new();
    let dir = scene.path().join("m");
    copy_package(&dir);
    let before = fs::read(dir.join("MODEL_CARD.md")).unwrap();
    scene.file("other.json", "{}");
    scene.file("broken.json", "{");
    scene.run(&["models", "card", "m", "--add", "other.json"]).exits(3).says(&["other.json", "amends eval"]);
    scene.run(&["models", "card", "m", "--add", "broken.json"]).exits(3).says(&["broken.json"]);
    scene.run(&["models", "card", "m", "--add", "nowhere.json"]).exits(3).says(&["nowhere.json"]);
    assert_eq!(fs::read(dir.join("MODEL_CARD.md")).unwrap(), before);
}

const MAP: &str = "name = \"m\"\nrelease = \"1\"\nbase = \"b\"\nlicence = \"MIT\"\n\n[[head]]\nname = \"complaint\"\nlabels = { no = [\"0\"], yes = [\"1\"] }\n";

#[test]
fn what_cannot_be_imported_is_refused_with_the_reason() {
    let scene = Scene::new();
    scene.file("map.toml", MAP);
    scene.file("roberta/config.json", r#"{"architectures": ["RobertaForSequenceClassification"]}"#);
    let import = |dir: &str, map: &str, out: &str| scene.run(&["models", "import", dir, "--map", map, "--out", out]);
    import("nowhere", "map.toml", "new").exits(3).says(&["nowhere", "config.json", "hint:"]);
    import("roberta", "map.toml", "new").exits(4).says(&["RobertaForSequenceClassification", "hint:"]);
    import("roberta", "lost.toml", "new").exits(3).says(&["lost.toml"]);
    scene.file("bad.toml", "name = 3");
    import("roberta", "bad.toml", "new").exits(4).says(&["the map is not valid"]);
    assert!(!scene.path().join("new").exists());
}
