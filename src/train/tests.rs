//! Whole runs on a random encoder of two layers and a few rows of our own.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use tch::Tensor;

use super::model::{Padded, Weights};
use super::optimiser::State;
use super::recipe::{Recipe, Stage};
use super::sentences::{self, Lesson, Question};
use super::workshop::{self, Trained};
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
        recipe: Some(one_stage(1.5e-4, 1e-3)),
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

fn stage(name: &str, encoder_rate: f64, head_rate: f64) -> Stage {
    let passes = [("xci", 5.0), ("banking77", 5.0), ("own", 4.0)];
    let passes = passes.into_iter().map(|(corpus, passes)| (corpus.to_owned(), passes)).collect();
    Stage { name: name.into(), encoder_rate, head_rate, seed: 0, fixed_embeddings: false, fixed_layers: 0, passes }
}

fn one_stage(encoder_rate: f64, head_rate: f64) -> Recipe {
    let stage = vec![stage("only", encoder_rate, head_rate)];
    Recipe { folds: 0, cross_validated: vec!["xci".into()], soft: 0.0, stage, again: Vec::new(), domain: None }
}

/// Some steps, mostly on our own sentences.
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
    Tensor::read_safetensors(run.join("only/checkpoint.safetensors")).unwrap().into_iter().collect()
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
        recipe: Some(one_stage(3e-3, 2e-2)),
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
    let other = Settings { resume: true, recipe: Some(one_stage(1.5e-4, 2e-3)), ..settings };
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
    let mut state = State::new(Weights::from_base(&settings.base, labels, 1).unwrap());
    let found = tensors(&settings.run);
    let recipe = found["progress"].int64_value(&[1]).cast_unsigned();
    state.load(&settings.run.join("only/checkpoint.safetensors"), recipe).unwrap();
    let weights = super::export::rounded(&state.average);
    let padded = Padded::new(&[&tokens]);
    let pooled = tch::no_grad(|| weights.pooled(&padded, &weights.word_rows(&padded), Precision::F32, 0.0));
    for (at, value) in (0_i64..).zip(&embedding) {
        assert!((pooled.double_value(&[0, at]) - f64::from(*value)).abs() < 1e-4);
    }
}

/// The names of the parts that a run trains.
fn parts(settings: &Settings) -> Result<Vec<String>, TrainError> {
    let mut names = Vec::new();
    run(settings, &mut |progress| {
        if let Progress::Part { name, .. } = progress {
            names.push(name);
        }
    })?;
    Ok(names)
}

#[test]
fn parts_that_were_done_alone_are_found_by_the_whole_run() {
    let (dir, settings) = folder();
    let general = Stage { passes: [("banking77".to_owned(), 50.0)].into(), ..stage("general", 1e-4, 1e-3) };
    let recipe = Recipe {
        folds: 2,
        soft: 0.3,
        stage: vec![general, stage("complaint", 1e-4, 1e-3)],
        again: vec![Stage { seed: 7, ..stage("complaint-b", 1e-4, 1e-3) }],
        domain: Some(stage("domain", 1e-4, 1e-3)),
        ..one_stage(0.0, 0.0)
    };
    let out = dir.path().join("package");
    let settings = Settings { recipe: Some(recipe), resume: true, max_tokens: 64, ..settings };
    let part = |name: &str| parts(&Settings { part: Some(name.into()), ..settings.clone() });
    assert_eq!(part("general").unwrap(), ["general"]);
    assert_eq!(part("fold-1").unwrap(), ["general", "fold-1"]);
    assert!(matches!(part("fold-2"), Err(TrainError::Part(name)) if name == "fold-2"));
    assert_eq!(part("complaint-b").unwrap(), ["general", "fold-0", "complaint-b"]);
    let mut report = None;
    let mut names = Vec::new();
    let whole = Settings { out: Some(out.clone()), ..settings.clone() };
    report.replace(
        run(&whole, &mut |progress| {
            if let Progress::Part { name, .. } = progress {
                names.push(name);
            }
        })
        .unwrap(),
    );
    assert_eq!(names, ["general", "complaint", "complaint-b", "domain-retail"]);
    let package = report.unwrap().package.unwrap();
    let rows: usize =
        package.out_of_fold.iter().filter(|figure| figure.head == "complaint").map(|f| f.rows).max().unwrap();
    assert!(rows > 0);
    let bias = |part: &str| {
        let found = Tensor::read_safetensors(dir.path().join("run").join(part).join("checkpoint.safetensors")).unwrap();
        found.into_iter().find(|(name, _)| name == "average.heads.bias").unwrap().1
    };
    let (first, second) = (bias("complaint"), bias("complaint-b"));
    assert!((&first - &second).abs().max().double_value(&[]) > 1e-6, "another seed gives other weights");
    assert!(package.out_of_fold.iter().any(|figure| figure.rows_of == "xci, each domain left out"));
    assert!(fs::read_to_string(out.join("MODEL_CARD.md")).unwrap().contains("## Figures by cross-validation"));
}

#[test]
fn the_mean_of_runs_counts_each_once() {
    let (_dir, settings) = folder();
    let member = |seed: i64| Trained {
        weights: Weights::from_base(&settings.base, 3, seed).unwrap(),
        recipe: seed.cast_unsigned(),
        steps: 2,
        planned: 3,
        uses: vec![1, 4],
    };
    let members = [member(1), member(2), member(3)];
    let mean = workshop::mean(&members).unwrap();
    assert_eq!((mean.steps, mean.planned, mean.uses.as_slice()), (6, 9, [3, 12].as_slice()));
    for (at, (name, own)) in mean.weights.dense.iter().enumerate() {
        let [a, b, c] = [0, 1, 2].map(|member| &members[member].weights.dense[at].1);
        let expected: Tensor = (a + b + c) / 3.0;
        assert!((own - expected).abs().max().double_value(&[]) < 1e-6, "{name}");
    }
    assert_ne!(mean.recipe, workshop::mean(&members[..2]).unwrap().recipe);
    assert!(workshop::mean(&[]).is_none());
}

#[test]
fn sentences_are_judged_by_weights_that_have_not_seen_their_writer_and_the_tables_are_shared() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    fs::create_dir_all(path("base")).unwrap();
    write(&path("base"), Shape::default());
    let questions = [("reply", 3), ("promise", 2)].map(|(name, labels)| Question {
        name: name.into(),
        labels: (0..labels).map(|label| format!("label {label}")).collect(),
        taught: true,
    });
    let texts = ["the parcel is late", "refund the parcel", "never again", "late", "refund?", "the the the"];
    let lesson = |(at, text): (usize, &&str)| Lesson {
        text: (*text).to_owned(),
        question: at % 2,
        label: at / 2 % 2,
        writer: ["A", "B", "C"][at % 3].to_owned(),
    };
    let lessons: Vec<Lesson> = texts.iter().enumerate().map(lesson).collect();
    let settings = Settings {
        base: path("base"),
        run: path("run"),
        out: Some(path("out")),
        precision: Precision::F32,
        threads: 1,
        resume: true,
        ..Settings::sentences()
    };
    let train = || sentences::run(&settings, &questions, &lessons, 3, &mut |_| ()).unwrap();
    let report = train();
    for (lesson, logits) in lessons.iter().zip(&report.unseen) {
        assert_eq!(logits.len(), questions[lesson.question].labels.len());
        assert!(logits.iter().all(|logit| logit.is_finite()));
    }
    assert_eq!(report.figures.len(), 4);
    assert_eq!(report.figures.iter().map(|figure| figure.rows).max(), Some(3));

    let base = ModelPackage::load(&path("base")).unwrap();
    let manifest = fs::read_to_string(path("out/manifest.toml")).unwrap();
    assert!(manifest.contains(&format!("shares = \"{}\"", base.weights_digest())), "{manifest}");
    assert!(!path("out/tokenizer.json").exists());
    let written = Tensor::read_safetensors(path("out/model.safetensors")).unwrap();
    assert!(written.iter().all(|(name, _)| !name.starts_with("embeddings.")));
    let layers = written.iter().filter(|(name, _)| name.starts_with("encoder.layer.")).count();
    assert!(layers > 0 && written.iter().any(|(name, _)| name == "heads.promise.weight"));
    // The tables that are shared are those that were trained with.
    let checkpoint = fs::read_dir(path("run")).unwrap().map(|entry| entry.unwrap().path());
    let whole = checkpoint.into_iter().find(|part| part.to_string_lossy().ends_with("-whole")).unwrap();
    let trained = Tensor::read_safetensors(whole.join("checkpoint.safetensors")).unwrap();
    let words = "embeddings.word_embeddings.weight";
    let table =
        |name: &str| Vec::<Vec<f32>>::try_from(&trained.iter().find(|(own, _)| own == name).unwrap().1).unwrap();
    assert_eq!(table(&format!("weight.{words}")).concat(), base.f32(words).unwrap().data);
    assert_eq!(table(&format!("average.{words}")).concat(), base.f32(words).unwrap().data);
    // A second run finds everything done.
    assert_eq!(train(), report);
}

#[test]
fn a_teacher_learns_first_and_says_what_it_takes_variants_for() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    for (name, quantised) in [("base", true), ("teacher", false)] {
        fs::create_dir_all(path(name)).unwrap();
        write(&path(name), Shape { quantised, ..Shape::default() });
    }
    let two = |name: &str, taught| Question { name: name.into(), labels: vec!["no".into(), "yes".into()], taught };
    let questions = [two("rude", true), two("promise", false)];
    let texts =
        ["the parcel is late", "refund the parcel now", "never again", "late again and never", "refund?", "the the"];
    let lesson = |(at, text): (usize, &&str)| Lesson {
        text: (*text).to_owned(),
        question: usize::from(at == 5),
        label: at % 2,
        writer: ["A", "B"][at / 3].to_owned(),
    };
    let lessons: Vec<Lesson> = texts.iter().enumerate().map(lesson).collect();
    let alone = Settings {
        base: path("base"),
        run: path("run"),
        precision: Precision::F32,
        threads: 1,
        resume: true,
        // Averages follow the weights every eighth step.
        batch_rows: 1,
        ..Settings::sentences()
    };
    let taught = Settings { teacher: Some(path("teacher")), out: Some(path("out")), ..alone.clone() };
    let train = |settings: &Settings| sentences::run(settings, &questions, &lessons, 2, &mut |_| ()).unwrap();
    let (report, without) = (train(&taught), train(&alone));
    assert_ne!(report.unseen, without.unseen);
    let card = fs::read_to_string(path("out/MODEL_CARD.md")).unwrap();
    assert!(card.contains("## Teacher") && card.contains("teacher, an encoder of 2 layers"), "{card}");
    let kept: Vec<_> = fs::read_dir(path("run")).unwrap().map(|entry| entry.unwrap().path()).collect();
    let teachers: Vec<_> = kept.iter().filter(|part| part.to_string_lossy().contains("-teacher-")).collect();
    assert_eq!(teachers.len(), 3, "{kept:?}");
    for part in teachers {
        assert!(part.join("opinions.safetensors").exists() && !part.join("checkpoint.safetensors").exists());
    }
    // A second run finds everything done.
    assert_eq!(train(&taught), report);
}
