use std::fs;
use std::path::Path;

use safetensors::SafeTensors;
use tempfile::TempDir;

use super::*;
use crate::engine::native::{Isa, Native, NativeModel, Variant};
use crate::engine::package::testing::{self, Random, Shape};
use crate::engine::reference;
use crate::engine::{Engine, TokenBatch};
use crate::scoring::heads::known;

const MAP: &str = r#"
name = "stars"
release = "1.0"
base = "somebody/stars"
licence = "MIT"

[[head]]
name = "sentiment"
[head.labels]
negative = ["1 star", "2 stars"]
neutral = ["3 stars"]
positive = ["4 stars", "5 stars"]

[[head]]
name = "complaint"
[head.labels]
no = ["3 stars", "4 stars", "5 stars"]
yes = ["1 star", "2 stars"]

[[head]]
name = "product"
[head.labels]
a = ["5 stars"]
b = ["4 stars"]
c = ["3 stars"]
d = ["2 stars"]
e = ["1 star"]
"#;

fn checkpoint() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    testing::write_checkpoint(dir.path(), Shape::default());
    dir
}

fn import_with(dir: &Path, map: &str) -> Result<ModelPackage, ImportError> {
    let out = tempfile::tempdir().unwrap();
    import(dir, &HeadMap::parse(map)?, &known(), &out.path().join("package"))
}

fn refused(dir: &Path) -> String {
    let error = import_with(dir, MAP).unwrap_err();
    format!("{error} | {}", error.hint().unwrap_or_default())
}

/// Probabilities of the classifier's own outputs, from the files of the checkpoint alone.
fn exact(dir: &Path, config: &EncoderConfig, ids: &[u32]) -> Vec<f64> {
    let bytes = fs::read(dir.join("model.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let tensor = |name: &str| -> Vec<f64> {
        let data = file.tensor(name).unwrap().data();
        data.chunks_exact(4).map(|own| f64::from(f32::from_le_bytes(own.try_into().unwrap()))).collect()
    };
    let dense = |x: &[f64], name: &str| -> Vec<f64> {
        let (weight, bias) = (tensor(&format!("{name}.weight")), tensor(&format!("{name}.bias")));
        let rows = weight.chunks(x.len()).zip(bias);
        rows.map(|(row, bias)| row.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() + bias).collect()
    };
    let states = reference::hidden_states(config, |name| tensor(&format!("bert.{name}")), ids);
    let pooled: Vec<f64> = dense(&states[0], "bert.pooler.dense").into_iter().map(f64::tanh).collect();
    let logits = dense(&pooled, "classifier");
    let sum: f64 = logits.iter().map(|logit| logit.exp()).sum();
    logits.iter().map(|logit| logit.exp() / sum).collect()
}

#[test]
fn the_package_says_what_the_classifier_says() {
    let dir = checkpoint();
    let package = import_with(dir.path(), MAP).unwrap();
    let mut engine = Native::new(NativeModel::new(&package, Variant::F32).unwrap(), Isa::detect());
    let mut random = Random(3);
    for length in [1, 4, 19] {
        let ids: Vec<u32> = (0..length).map(|_| u32::try_from(random.below(60)).unwrap()).collect();
        let mut batch = TokenBatch::default();
        batch.push(&ids);
        let embeddings = engine.embed(&batch).unwrap();
        let found = package.heads().apply(embeddings.rows().next().unwrap());
        let p = exact(dir.path(), package.config(), &ids);
        let expected = [
            ("sentiment", vec![p[0] + p[1], p[2], p[3] + p[4]]),
            ("complaint", vec![p[2] + p[3] + p[4], p[0] + p[1]]),
            ("product", vec![p[4], p[3], p[2], p[1], p[0]]),
        ];
        for (head, expected) in expected {
            for ((label, found), expected) in found[head].iter().zip(expected) {
                assert!((f64::from(*found) - expected).abs() < 1e-4, "{head} {label}: {found}, exactly {expected}");
            }
        }
    }
}

#[test]
fn the_package_names_what_it_is() {
    let dir = checkpoint();
    let package = import_with(dir.path(), MAP).unwrap();
    assert_eq!(package.manifest().pooling, Pooling::Cls);
    assert_eq!((package.manifest().name.as_str(), package.manifest().base.as_str()), ("stars", "somebody/stars"));
    let card = package.card().unwrap();
    assert!(card.contains("| sentiment | negative | 1 star, 2 stars |"), "{card}");
    let words = TextTokenizer::new(&package).unwrap().encode("The Parcel, never!").unwrap();
    // [CLS] the parcel , never ! [SEP]: known words, lower-cased.
    assert_eq!(words.ids.len(), 7, "{words:?}");
    assert!(package.heads().iter().all(|head| head.pooler));
}

#[test]
fn a_tokenizer_of_the_checkpoint_is_taken_as_it_is() {
    let dir = checkpoint();
    let own = import_with(dir.path(), MAP).unwrap();
    fs::write(dir.path().join("tokenizer.json"), own.tokenizer_json()).unwrap();
    fs::remove_file(dir.path().join("vocab.txt")).unwrap();
    fs::write(dir.path().join("tokenizer_config.json"), r#"{"model_max_length": 128}"#).unwrap();
    let package = import_with(dir.path(), MAP).unwrap();
    assert_eq!(package.tokenizer_json(), own.tokenizer_json());
    assert_eq!(package.manifest().max_tokens, 128);
    fs::write(dir.path().join("tokenizer.json"), r#"{"model": {"type": "BPE"}}"#).unwrap();
    assert!(refused(dir.path()).contains("the tokenizer is BPE"));
    fs::remove_file(dir.path().join("tokenizer.json")).unwrap();
    assert!(refused(dir.path()).contains("neither tokenizer.json nor vocab.txt"));
}

#[test]
fn what_is_not_supported_is_refused_with_the_reason() {
    let edited = |from: &str, to: &str| {
        let dir = checkpoint();
        let path = dir.path().join("config.json");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        refused(dir.path())
    };
    let roberta = edited("BertForSequenceClassification", "RobertaForSequenceClassification");
    assert!(roberta.contains("RobertaForSequenceClassification, and only") && roberta.contains("poolers"), "{roberta}");
    assert!(edited("\"architectures\"", "\"architecture\"").contains("not named"));
    assert!(edited("\"id2label\"", "\"labels\"").contains("names 0 labels"));
    assert!(edited("\"gelu\"", "\"relu\"").contains("hidden_act"));
    assert!(edited("{", "").contains("config.json is not valid"));
    let regression = edited("{", "{\"problem_type\": \"regression\",");
    assert!(regression.contains("no regression"), "{regression}");
    let several = edited("{", "{\"problem_type\": \"multi_label_classification\",");
    assert!(several.contains("exactly one output for each label"), "{several}");

    let dir = checkpoint();
    fs::rename(dir.path().join("model.safetensors"), dir.path().join("pytorch_model.bin")).unwrap();
    let pickled = refused(dir.path());
    assert!(pickled.contains("pytorch_model.bin") && pickled.contains("safe_serialization"), "{pickled}");
    fs::remove_file(dir.path().join("pytorch_model.bin")).unwrap();
    assert!(refused(dir.path()).contains("has no model.safetensors"));
    assert!(refused(Path::new("nowhere")).contains("nowhere has no config.json"));
    let encoder_alone = checkpoint();
    testing::write(encoder_alone.path(), Shape::default());
    let config = fs::read(checkpoint().path().join("config.json")).unwrap();
    fs::write(encoder_alone.path().join("config.json"), config).unwrap();
    let missing = refused(encoder_alone.path());
    assert!(
        missing.contains("tensor bert.embeddings.word_embeddings.weight of model.safetensors is missing"),
        "{missing}"
    );
}

#[test]
fn a_map_must_fit_heads_labels_and_outputs() {
    let dir = checkpoint();
    for (from, to, says) in [
        ("name = \"sentiment\"", "name = \"mood\"", "names the head \"mood\"; known heads are sentiment"),
        ("name = \"complaint\"", "name = \"sentiment\"", "has the head \"sentiment\" twice"),
        ("neutral = [\"3 stars\"]", "even = [\"3 stars\"]", "the label \"even\"; its labels are negative, neutral"),
        ("neutral = [\"3 stars\"]", "", "leaves out the label \"neutral\""),
        ("neutral = [\"3 stars\"]", "neutral = []", "the output \"3 stars\" 0 times"),
        ("neutral = [\"3 stars\"]", "neutral = [\"3 stars\", \"5 stars\"]", "the output \"5 stars\" 2 times"),
        ("neutral = [\"3 stars\"]", "neutral = [\"three\"]", "names the output \"three\"; the classifier's are 1 star"),
        ("licence = \"MIT\"", "", "the map is not valid: missing field `licence`"),
    ] {
        assert!(MAP.contains(from));
        let error = import_with(dir.path(), &MAP.replacen(from, to, 1)).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        assert!(error.hint().is_some());
    }
    // A label that nothing stands for is never predicted.
    let map = MAP.replacen("neutral = [\"3 stars\"]", "neutral = []", 1).replacen(
        "[\"1 star\", \"2 stars\"]",
        "[\"1 star\", \"2 stars\", \"3 stars\"]",
        1,
    );
    let package = import_with(dir.path(), &map).unwrap();
    let row: Vec<f32> = vec![0.3; package.heads().hidden()];
    assert!(package.heads().apply(&row)["sentiment"][1].1.abs() < f32::EPSILON);
}

#[test]
fn a_folder_that_is_there_is_not_written_over() {
    let dir = checkpoint();
    let out = tempfile::tempdir().unwrap();
    let error = import(dir.path(), &HeadMap::parse(MAP).unwrap(), &known(), out.path()).unwrap_err();
    assert!(error.to_string().contains("is there already"), "{error}");
    // Nor is anything left of a package that failed.
    let broken = MAP.replacen("neutral = [\"3 stars\"]", "", 1);
    let target = out.path().join("package");
    import(dir.path(), &HeadMap::parse(&broken).unwrap(), &known(), &target).unwrap_err();
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
}
