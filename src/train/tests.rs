//! Whole runs on a random encoder of two layers and a few rows of our own.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use tch::Tensor;

use super::{Precision, Progress, Settings, TrainError, run};
use crate::engine::libtorch::{self, Libtorch};
use crate::engine::package::ModelPackage;
use crate::engine::package::testing::{Shape, write};
use crate::engine::{Engine, TokenBatch};

const TWEETS: &str = "\
text,complaint,severity,domain,sentiment,emotion,cause
@shop the parcel is late again,1,blame,retail,negative,anger,
the parcel is late!,1,disapproval,retail,negative,anger,
never again the refund is late,1,accusation,retail,negative,anger,
refund?,1,no_explicit_reproach,retail,neutral,other,
the the the,0,none,random_tweet,positive,joy,
late late,0,none,random_reply,positive,joy,
again and again the parcel,1,disapproval,retail,negative,anger,
never late never,0,none,random_tweet,positive,joy,
";

const INTENTS: &str = "\
text,intent
where is the parcel,card_arrival
refund the parcel,request_refund
late refund,Refund_not_showing_up
the refund again,request_refund
";

fn folder() -> (tempfile::TempDir, Settings) {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    fs::create_dir_all(path("data/xci")).unwrap();
    fs::create_dir_all(path("data/banking77")).unwrap();
    fs::create_dir_all(path("base")).unwrap();
    fs::write(path("data/xci/train.csv"), TWEETS).unwrap();
    fs::write(path("data/xci/dev.csv"), TWEETS).unwrap();
    fs::write(path("data/banking77/train.csv"), INTENTS).unwrap();
    write(&path("base"), Shape { quantised: false, ..Shape::default() });
    let settings = Settings {
        data: path("data"),
        base: path("base"),
        run: path("run"),
        corpora: Some(vec!["xci".into(), "banking77".into()]),
        precision: Precision::F32,
        threads: 1,
        passes: 0.02,
        batch_rows: 4,
        checkpoint_every: 1000,
        ..Settings::default()
    };
    (dir, settings)
}

/// Twenty steps, mostly on the seed sentences.
fn quiet(settings: &Settings) -> Result<Vec<f64>, TrainError> {
    let mut losses = Vec::new();
    run(settings, &mut |progress| {
        if let Progress::Step { loss, .. } = progress {
            losses.push(loss);
        }
    })?;
    Ok(losses)
}

fn tensors(run: &Path) -> HashMap<String, Tensor> {
    Tensor::read_safetensors(run.join("checkpoint.safetensors")).unwrap().into_iter().collect()
}

#[test]
fn a_resumed_run_equals_one_that_was_not_interrupted() {
    let (dir, settings) = folder();
    let whole = quiet(&settings).unwrap();
    assert!(whole.len() > 8, "{} steps", whole.len());
    let parts = Settings { run: dir.path().join("parts"), stop_after: Some(5), ..settings.clone() };
    let mut losses = quiet(&parts).unwrap();
    assert_eq!(losses.len(), 5);
    losses.extend(quiet(&Settings { stop_after: None, resume: true, ..parts.clone() }).unwrap());
    assert_eq!(losses, whole);
    let (one, two) = (tensors(&settings.run), tensors(&parts.run));
    assert_eq!(one.len(), two.len());
    for (name, tensor) in &one {
        assert!(tensor.equal(&two[name]), "{name}");
    }
}

#[test]
fn a_run_learns_its_rows() {
    let (_dir, settings) = folder();
    let losses = quiet(&Settings {
        passes: 0.3,
        encoder_rate: 3e-3,
        head_rate: 2e-2,
        dropout: 0.0,
        similarity: 0.0,
        ..settings
    })
    .unwrap();
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    let tenth = losses.len() / 10;
    let (first, last) = (mean(&losses[..tenth]), mean(&losses[losses.len() - tenth..]));
    // Most words are unknown to this tokenizer, and 32 values are few: it cannot learn much.
    assert!(last < 0.97 * first, "{first} -> {last}");
}

#[test]
fn a_checkpoint_of_other_settings_is_refused() {
    let (_dir, settings) = folder();
    quiet(&Settings { stop_after: Some(1), ..settings.clone() }).unwrap();
    let other = Settings { resume: true, head_rate: 2e-3, ..settings };
    assert!(matches!(quiet(&other), Err(TrainError::Checkpoint { .. })));
}

#[test]
fn an_unknown_label_names_its_row() {
    let (_dir, settings) = folder();
    fs::write(settings.data.join("xci/dev.csv"), "text,complaint,severity,domain\nx,1,furious,retail\n").unwrap();
    let error = quiet(&settings).unwrap_err().to_string();
    assert!(error.ends_with("dev.csv, row 2: unknown label: furious for reproach_tweet"), "{error}");
}

#[test]
fn the_package_loads_and_says_what_the_trainer_measured() {
    let (dir, settings) = folder();
    let out = dir.path().join("package");
    let settings = Settings { out: Some(out.clone()), stop_after: Some(6), max_tokens: 64, ..settings };
    let report = run(&settings, &mut |_| ()).unwrap();
    let package = ModelPackage::load(&out).unwrap();
    let written = report.package.unwrap();
    assert_eq!(package.digest(), written.digest);
    assert_eq!(
        written.size,
        fs::read_dir(&out).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum::<u64>()
    );
    assert_eq!(package.manifest().max_tokens, 64);
    assert_eq!(package.heads().iter().len(), 12);
    let card = fs::read_to_string(out.join("MODEL_CARD.md")).unwrap();
    assert!(card.contains("**an intermediate state: stopped after 6 of"), "{card}");
    assert!(card.contains("| xci | complaint | macro-F1 | 8 |"), "{card}");

    // The engine on the package computes what the rounded weights of the trainer compute.
    let tokens = [2_u32, 5, 6, 7, 3];
    let mut engine = Libtorch::new(&package, libtorch::Precision::F32).unwrap();
    let mut batch = TokenBatch::default();
    batch.push(&tokens);
    let embedding = engine.embed(&batch).unwrap().rows().next().unwrap().to_vec();
    let labels = package.heads().iter().map(|head| head.labels.len()).sum();
    let mut state = super::State::new(super::Weights::from_base(&settings.base, labels, 1).unwrap());
    let found = tensors(&settings.run);
    let recipe = found["progress"].int64_value(&[1]).cast_unsigned();
    state.load(&settings.run.join("checkpoint.safetensors"), recipe).unwrap();
    let weights = super::export::rounded(&state.average);
    let padded = super::Padded::new(&[&tokens]);
    let pooled = tch::no_grad(|| weights.pooled(&padded, &weights.word_rows(&padded), Precision::F32, 0.0));
    for (at, value) in (0_i64..).zip(&embedding) {
        assert!((pooled.double_value(&[0, at]) - f64::from(*value)).abs() < 1e-4);
    }
}
