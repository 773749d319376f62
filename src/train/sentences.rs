//! Trains the package that reads single sentences: the encoder of the scores once more, on labelled sentences of our own.
//!
//! Its tables of tokens and positions stay as they are and are shared with the package of the scores, so it costs the layers alone. Every sentence is also read by weights
//! that have not seen its writer: what is decided by its scores (the limits of the gate) must not be decided by what was learned by heart.
//!
//! A teacher, where there is one, is a larger encoder that learns the same sentences first. The layers then learn from what it takes them and variants of them for; neither
//! teacher nor variants have seen a writer who is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use super::corpora::{Corpus, Example, Head, Library, Origin, Part, Target};
use super::evaluate::{Calibration, Figure};
use super::export::{self, Title, Tokens as Shared};
use super::metrics::{Metric, Pair, difference, estimate};
use super::model::Weights;
use super::objective::offsets;
use super::out_of_fold::{Unseen, mixed};
use super::random::stable_hash;
use super::recipe::{Held, Stage};
use super::schedule::Tokens;
use super::teacher::Teacher;
use super::variants::{Neighbours, Variant, variants};
use super::vocabulary::Extended;
use super::workshop::{Base, Job, Trained, Workshop};
use super::{Progress, Settings, TrainError};
use crate::engine::package::ModelPackage;

/// Corpora: sentences of the questions that a teacher is asked, their variants, and sentences of the other questions.
const CORPORA: [&str; 3] = ["own fixtures", "variants", "own fixtures, without a teacher"];
const OWN: usize = 0;
const VARIANTS: usize = 1;
const OTHERS: usize = 2;
/// Variants of each sentence.
const VARIANTS_EACH: usize = 6;
/// Share of the teacher's opinion in the labels of our own sentences.
const TAUGHT: f64 = 0.5;
/// Word pieces of a sentence that training reads.
const TOKENS: usize = 128;
/// Share of a label that goes to all labels evenly: some of our labels are wrong, and a model that is never quite sure ranks better.
const SMOOTHING: f32 = 0.05;
/// Share of the averaged weights that each step replaces: a run is short.
const AVERAGE: f64 = 0.99;

/// What is asked about a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Name of the head.
    pub name: String,
    /// Its labels; what is usual comes first.
    pub labels: Vec<String>,
    /// Whether a teacher is asked, where there is one.
    pub taught: bool,
}

/// A labelled sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lesson {
    /// The sentence.
    pub text: String,
    /// Place of the question.
    pub question: usize,
    /// Place of the label.
    pub label: usize,
    /// Who wrote it; sentences of one writer are held out together.
    pub writer: String,
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq)]
pub struct SentenceReport {
    /// For each sentence the logits of its question by weights that have not seen its writer, rounded as they are shipped.
    pub unseen: Vec<Vec<f32>>,
    /// How good these are.
    pub figures: Vec<Figure>,
    /// Size in bytes and digest of the package, where one was asked for.
    pub package: Option<(u64, String)>,
}

impl Settings {
    /// The settings by which the shipped package of sentences is trained. Folders are to be filled in: `base` is that of a model package, whose layers are trained and whose
    /// tables are shared (the embedded package when left empty); `data` is not read.
    pub fn sentences() -> Self {
        Self {
            name: "sentence-minilm".into(),
            command: "cargo run --release --features rust-bert --example sentence_train -- RUN TEACHER models/sentence-minilm"
                .into(),
            batch_rows: 32,
            layer_decay: 1.0,
            similarity_every: 0,
            average: AVERAGE,
            ..Self::default()
        }
    }
}

/// The only stage, where the settings have no recipe.
fn stage(taught: bool) -> Stage {
    let passes = if taught { [3.0, 1.0, 5.0] } else { [5.0, 0.0, 5.0] };
    Stage {
        name: "whole".into(),
        encoder_rate: 1.5e-4,
        head_rate: 1e-3,
        seed: 0,
        fixed_embeddings: true,
        fixed_layers: 0,
        passes: CORPORA.map(str::to_owned).into_iter().zip(passes).filter(|(_, passes)| *passes > 0.0).collect(),
    }
}

/// The teacher's stage.
fn teaching() -> Stage {
    Stage {
        name: "teacher".into(),
        encoder_rate: 4e-5,
        head_rate: 1e-3,
        seed: 0,
        fixed_embeddings: true,
        fixed_layers: 2,
        passes: [(CORPORA[OWN].to_owned(), 3.0)].into(),
    }
}

/// Trains on all sentences and, `folds` times, on those of all writers but some; writes the package where `settings` ask for one.
///
/// # Errors
/// See [`TrainError`]. With [`Settings::resume`] a run goes on where another stopped.
pub fn run(
    settings: &Settings,
    questions: &[Question],
    lessons: &[Lesson],
    folds: usize,
    report: &mut dyn FnMut(Progress),
) -> Result<SentenceReport, TrainError> {
    let _alone = super::ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    tch::set_num_threads(settings.threads);
    let package = if settings.base.as_os_str().is_empty() {
        ModelPackage::embedded()
    } else {
        ModelPackage::load(&settings.base)
    };
    let package =
        package.map_err(|source| TrainError::Base { path: settings.base.clone(), message: source.to_string() })?;
    let of_teacher = settings.teacher.as_ref().map(|base| Settings {
        base: base.clone(),
        checkpoint_every: 1000,
        ..settings.clone()
    });
    let labels = questions.iter().map(|question| question.labels.len()).sum();
    let base = of_teacher.as_ref().map(|settings| Base::read(settings, labels)).transpose()?;
    let made = match &base {
        Some(base) => {
            let neighbours = Neighbours::new(&base.weights.words, &base.tokenizer.get_vocab(false))?;
            let mut made = variants(lessons, VARIANTS_EACH, &neighbours, settings.seed);
            made.retain(|variant| questions[lessons[variant.of].question].taught);
            made
        }
        None => Vec::new(),
    };
    let workshop = workshop(settings, &package, library(questions, lessons, &made))?;
    let teacher = base.map(|base| base.with(workshop.library.clone())).transpose()?;
    let teacher = teacher.map(|workshop| Teacher { workshop });
    let own = settings.recipe.as_ref().and_then(|recipe| recipe.stage.first().cloned());
    let course = Course { lessons, stage: own.unwrap_or_else(|| stage(teacher.is_some())), workshop, teacher };
    let writers: BTreeSet<&str> = lessons.iter().map(|lesson| lesson.writer.as_str()).collect();
    let mut unseen = vec![Vec::new(); lessons.len()];
    let mut parts = Vec::new();
    for fold in 0..folds {
        let slices: Vec<String> = writers.iter().skip(fold).step_by(folds).map(|writer| (*writer).to_owned()).collect();
        let examples = (0..lessons.len()).filter(|at| slices.contains(&lessons[*at].writer)).collect();
        let corpora = CORPORA.map(str::to_owned).into();
        let (name, trained) = course.train(&format!("fold-{fold}"), Some(&Held::Slices { corpora, slices }), report)?;
        let found = course.workshop.predict(&name, &trained, examples, report)?;
        for (example, logits) in found.examples.iter().zip(&found.shipped) {
            let question = lessons[*example].question;
            let from = course.workshop.offsets[question];
            unseen[*example] = logits[from..from + questions[question].labels.len()].to_vec();
        }
        parts.push(found);
    }
    let figures = figures(questions, lessons, &course.workshop.offsets, &parts);
    let package = match &settings.out {
        None => None,
        Some(out) => {
            let (_, trained) = course.train("whole", None, report)?;
            let card = card(settings, &course, questions, &made, &figures, &trained);
            let title = Title { name: &settings.name, release: &settings.release, max_tokens: settings.max_tokens };
            let calibration: Vec<Calibration> = questions
                .iter()
                .map(|question| Calibration {
                    temperature: 1.0,
                    threshold: (question.labels.len() == 2).then_some(0.5),
                })
                .collect();
            let shared = Shared::Shared(package.weights_digest());
            let library = &course.workshop.library;
            Some(export::package(out, shared, &trained.weights, library, &calibration, title, &card)?)
        }
    };
    Ok(SentenceReport { unseen, figures, package })
}

/// Sentences with those who learn them.
struct Course<'a> {
    lessons: &'a [Lesson],
    stage: Stage,
    workshop: Workshop<'a>,
    teacher: Option<Teacher<'a>>,
}

impl Course<'_> {
    /// Trains a part, after the teacher where there is one; also the name of its folder.
    fn train(
        &self,
        name: &str,
        held: Option<&Held>,
        report: &mut dyn FnMut(Progress),
    ) -> Result<(String, Trained), TrainError> {
        let library = &self.workshop.library;
        let key = key(self.lessons, &library.examples[self.lessons.len()..]);
        let job = |name: String| Job { name, stage: &self.stage, held: held.cloned() };
        let own = job(format!("{key:016x}-{name}"));
        let trained = match &self.teacher {
            None => self.workshop.train(&own, library, None, report)?,
            Some(teacher) => {
                let is_read = |example: &Example| {
                    example.corpus != OTHERS && held.is_none_or(|held| !held.holds(library, example))
                };
                let read: Vec<usize> =
                    (0..library.examples.len()).filter(|at| is_read(&library.examples[*at])).collect();
                let name = format!("{key:016x}-teacher-{name}");
                let opinions =
                    teacher.opinions(&Job { name, stage: &teaching(), held: held.cloned() }, &read, report)?;
                self.workshop.train(&own, &self.taught(&read, &opinions), None, report)?
            }
        };
        Ok((own.name, trained))
    }

    /// The library with what the teacher takes the given examples for, as logits of all heads.
    fn taught(&self, read: &[usize], opinions: &[Vec<f32>]) -> Library {
        let mut library = self.workshop.library.clone();
        for (at, logits) in read.iter().zip(opinions) {
            let example = &mut library.examples[*at];
            let share = if example.corpus == VARIANTS { 1.0 } else { TAUGHT };
            for target in &mut example.targets {
                let from = self.workshop.offsets[target.head];
                let own = logits[from..][..library.heads[target.head].labels.len()].iter();
                let own: Vec<f64> = own.map(|logit| f64::from(*logit)).collect();
                target.labels = mixed(&target.labels, &super::calibrate::softmax(&own, 1.0), share);
            }
        }
        library
    }
}

/// Identifies the sentences with their labels and their variants: a run on others begins anew.
fn key(lessons: &[Lesson], variants: &[Example]) -> u64 {
    let mut text = String::new();
    for Lesson { text: sentence, question, label, writer } in lessons {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{question} {label} {writer} {sentence}");
    }
    for variant in variants {
        let _ = writeln!(text, "{}", variant.text);
    }
    stable_hash(&text)
}

/// The lessons and behind them their variants.
fn library(questions: &[Question], lessons: &[Lesson], variants: &[Variant]) -> Library {
    let heads = questions.iter().map(|question| Head::plain(&question.name, &question.labels)).collect();
    let corpora = CORPORA.map(|name| Corpus {
        name: name.to_owned(),
        max_tokens: TOKENS,
        plain: 0.0,
        licence: "that of the code".to_owned(),
    });
    let example = |corpus: usize, lesson: &Lesson, text: &str| {
        let labels = questions[lesson.question].labels.len();
        let even = SMOOTHING / labels as f32;
        let share = |label| if label == lesson.label { 1.0 - SMOOTHING + even } else { even };
        let target = Target {
            head: lesson.question,
            labels: (0..labels).map(|label| (label, share(label))).collect(),
            among: None,
            weight: 1.0,
            origin: if corpus == VARIANTS { Origin::Silver } else { Origin::Gold },
        };
        Example {
            corpus,
            text: text.to_owned(),
            part: Part::Train,
            targets: vec![target],
            slice: lesson.writer.clone(),
        }
    };
    let corpus = |lesson: &Lesson| if questions[lesson.question].taught { OWN } else { OTHERS };
    let own = lessons.iter().map(|lesson| example(corpus(lesson), lesson, &lesson.text));
    let made = variants.iter().map(|variant| example(VARIANTS, &lessons[variant.of], &variant.text));
    Library { heads, corpora: corpora.into(), examples: own.chain(made).collect() }
}

fn workshop<'a>(settings: &'a Settings, package: &ModelPackage, library: Library) -> Result<Workshop<'a>, TrainError> {
    let vocabulary = Extended { json: package.tokenizer_json().to_vec(), places: Vec::new() };
    let tokens = Tokens::new(&library, &vocabulary.tokenizer()?, package.config().positions)?;
    let labels = library.heads.iter().map(|head| head.labels.len()).sum();
    let base = Weights::from_package(package, labels, settings.seed.cast_signed())?;
    let offsets = offsets(&library.heads);
    Ok(Workshop { settings, library, vocabulary, tokens, offsets, base })
}

/// Accuracy and macro-F1 of each question on writers that the weights have not seen.
fn figures(questions: &[Question], lessons: &[Lesson], offsets: &[usize], parts: &[Unseen]) -> Vec<Figure> {
    let pairs = |question: usize, shipped: bool| -> Vec<Pair> {
        let width = questions[question].labels.len();
        let rows =
            parts.iter().flat_map(|part| part.examples.iter().zip(if shipped { &part.shipped } else { &part.trained }));
        rows.filter(|(example, _)| lessons[**example].question == question)
            .map(|(example, logits)| {
                let own: Vec<f64> = logits[offsets[question]..][..width].iter().copied().map(f64::from).collect();
                let probabilities = super::calibrate::softmax(&own, 1.0);
                let best = (0..width).max_by(|a, b| probabilities[*a].total_cmp(&probabilities[*b])).unwrap_or(0);
                Pair { gold: lessons[*example].label, predicted: best, confidence: probabilities[best] }
            })
            .collect()
    };
    let figure = |(question, metric): (usize, Metric)| {
        let (trained, shipped) = (pairs(question, false), pairs(question, true));
        Figure {
            rows_of: CORPORA[OWN].to_owned(),
            head: questions[question].name.clone(),
            metric,
            rows: trained.len(),
            trained: estimate(&trained, metric),
            shipped: estimate(&shipped, metric),
            difference: difference(&trained, &shipped, metric),
        }
    };
    if parts.is_empty() {
        return Vec::new();
    }
    (0..questions.len())
        .flat_map(|question| [Metric::Accuracy, Metric::MacroF1].map(|metric| (question, metric)))
        .map(figure)
        .collect()
}

/// The card as Markdown.
fn card(
    settings: &Settings,
    course: &Course<'_>,
    questions: &[Question],
    variants: &[Variant],
    figures: &[Figure],
    trained: &Trained,
) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_card(&mut text, settings, course, questions, variants, figures, trained);
    text
}

fn write_card(
    text: &mut String,
    settings: &Settings,
    course: &Course<'_>,
    questions: &[Question],
    variants: &[Variant],
    figures: &[Figure],
    trained: &Trained,
) -> fmt::Result {
    let Course { lessons, stage, .. } = course;
    let writers: BTreeSet<&str> = lessons.iter().map(|lesson| lesson.writer.as_str()).collect();
    writeln!(text, "# {} {}\n", settings.name, settings.release)?;
    writeln!(
        text,
        "An encoder that reads one English sentence, of a reply or of a customer. Written by the trainer from the numbers of its own run.\n"
    )?;
    writeln!(
        text,
        "- base: the layers of complaint-minilm; its tokenizer and tables of tokens and positions are shared, and not held again"
    )?;
    writeln!(
        text,
        "- weights: int8 with a scale per row; heads f32; the similarity is that of the embeddings themselves"
    )?;
    if trained.steps < trained.planned {
        writeln!(text, "- **an intermediate state: stopped after {} of {} steps**", trained.steps, trained.planned)?;
    }
    writeln!(
        text,
        "\n## Figures on unseen writers\n\nEvery sentence is judged by weights that were trained without its writer ({} writers and parts of older files). \
         In brackets the 95 % bootstrap interval over sentences.\n",
        writers.len()
    )?;
    writeln!(text, "| head | metric | sentences | f32 | int8 | int8 - f32 |\n|---|---|---|---|---|---|")?;
    for figure in figures {
        let interval = super::card::interval;
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {:+.4} |",
            figure.head,
            figure.metric.name(),
            figure.rows,
            interval(figure.trained),
            interval(figure.shipped),
            figure.difference.value
        )?;
    }
    writeln!(
        text,
        "\nThe gate and the evidence use the scores beside phrases, with limits of their own: docs/gate.md and docs/scores.md have those figures.\n\n## Sentences by label\n"
    )?;
    writeln!(
        text,
        "All of them are the project's own writing (`data/fixtures`, our templates). Near misses are much more frequent than in real messages.\n"
    )?;
    for (place, question) in questions.iter().enumerate() {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for lesson in lessons.iter().filter(|lesson| lesson.question == place) {
            *counts.entry(lesson.label).or_default() += 1;
        }
        let named: Vec<String> =
            counts.iter().map(|(label, count)| format!("{} {count}", question.labels[*label])).collect();
        writeln!(text, "- {}: {}", question.name, named.join(", "))?;
    }
    if let Some(teacher) = &course.teacher {
        teacher.write_card(text, &teaching(), CORPORA[OWN])?;
        writeln!(
            text,
            "These layers learned from {} variants of the sentences by what the teacher takes them for, and from the sentences by their labels and, at a share of {TAUGHT}, the teacher's.",
            variants.len()
        )?;
    }
    writeln!(text, "\n## How to make it again\n\n    {}\n", settings.command)?;
    writeln!(
        text,
        "{} steps of up to {} rows, seed {}; AdamW, peak rates {} (layers) and {} (heads), tables fixed, linear rise over {} of the steps and fall to 0; passes: {}; dropout {}; \
         {SMOOTHING} of each label spread over all; an exponential average of the weights ({} per step).",
        trained.steps,
        settings.batch_rows,
        settings.seed,
        stage.encoder_rate,
        stage.head_rate,
        settings.warm_up,
        stage.passes.iter().map(|(corpus, passes)| format!("{passes} of {corpus}")).collect::<Vec<_>>().join(", "),
        settings.dropout,
        settings.average,
    )
}
