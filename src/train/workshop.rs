//! Everything that the parts of a run share, and the training of one part.

use std::fmt::Write as _;
use std::path::PathBuf;

use tch::Kind;
use tch::Tensor;
use tokenizers::Tokenizer;

use super::corpora::{self, Library, Part};
use super::model::{Padded, Weights};
use super::objective::{Objective, offsets};
use super::optimiser::{Plan, State};
use super::out_of_fold::Unseen;
use super::random::stable_hash;
use super::recipe::{Held, Stage};
use super::schedule::{self, Tokens, Use};
use super::vocabulary::{self, Extended};
use super::{Progress, Settings, TrainError};

/// Where a part keeps what it predicted.
const PREDICTIONS: &str = "predictions.safetensors";

/// Where a part keeps its state.
pub(crate) const CHECKPOINT: &str = "checkpoint.safetensors";

/// What is read once for all parts.
pub(crate) struct Workshop<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) library: Library,
    pub(crate) vocabulary: Extended,
    pub(crate) tokens: Tokens,
    /// First column of each head in the logits.
    pub(crate) offsets: Vec<usize>,
    /// The base encoder with fresh heads.
    pub(crate) base: Weights,
}

/// A part of the run.
pub(crate) struct Job<'a> {
    /// Its name, and that of its folder.
    pub(crate) name: String,
    pub(crate) stage: &'a Stage,
    /// Rows that it must not see.
    pub(crate) held: Option<Held>,
}

/// Weights that a part came to.
#[derive(Debug)]
pub(crate) struct Trained {
    /// The averaged weights.
    pub(crate) weights: Weights,
    /// Identifies everything that they depend on.
    pub(crate) recipe: u64,
    pub(crate) steps: usize,
    pub(crate) planned: usize,
    /// Uses of rows in the steps that were done, corpus by corpus, our own sentences last.
    pub(crate) uses: Vec<usize>,
}

/// The encoder in [`Settings::base`], before it is known what it shall read.
pub(crate) struct Base<'a> {
    settings: &'a Settings,
    vocabulary: Extended,
    pub(crate) tokenizer: Tokenizer,
    pub(crate) weights: Weights,
}

impl<'a> Base<'a> {
    /// Reads it and gives it fresh heads of `labels` in all.
    pub(crate) fn read(settings: &'a Settings, labels: usize) -> Result<Self, TrainError> {
        let path = settings.base.join("tokenizer.json");
        let text = std::fs::read_to_string(&path).map_err(|source| TrainError::io(&path, source))?;
        let vocabulary = vocabulary::extend(&text)?;
        let tokenizer = vocabulary.tokenizer()?;
        let mut weights = Weights::from_base(&settings.base, labels, settings.seed.cast_signed())?;
        vocabulary.initialise(&mut weights, tokenizer.token_to_id("[UNK]"))?;
        Ok(Self { settings, vocabulary, tokenizer, weights })
    }

    /// The workshop in which it reads `library`, whose heads have as many labels as it was read with.
    pub(crate) fn with(self, library: Library) -> Result<Workshop<'a>, TrainError> {
        let Self { settings, vocabulary, tokenizer, weights: base } = self;
        let positions = usize::try_from(base.shape.max_position_embeddings).unwrap_or(usize::MAX);
        let tokens = Tokens::new(&library, &tokenizer, positions)?;
        let offsets = offsets(&library.heads);
        Ok(Workshop { settings, library, vocabulary, tokens, offsets, base })
    }
}

impl<'a> Workshop<'a> {
    /// Reads corpora, base and vocabulary.
    pub(crate) fn open(settings: &'a Settings) -> Result<Self, TrainError> {
        let library = corpora::read(&settings.data, settings.corpora.as_deref())?;
        let labels = library.heads.iter().map(|head| head.labels.len()).sum();
        Base::read(settings, labels)?.with(library)
    }

    /// Folder of a part.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.settings.run.join(name)
    }

    /// Trains one part from `start`; with `resume`, from its checkpoint where there is one.
    ///
    /// `library` is that of the workshop, or the same with other labels.
    pub(crate) fn train(
        &self,
        job: &Job<'_>,
        library: &Library,
        start: Option<&Trained>,
        report: &mut dyn FnMut(Progress),
    ) -> Result<Trained, TrainError> {
        let settings = self.settings;
        let batches = schedule::batches(library, &self.tokens, settings, job.stage, job.held.as_ref());
        report(Progress::Part {
            name: job.name.clone(),
            rows: library.examples.len(),
            steps: batches.len(),
            uses: batches.iter().map(Vec::len).sum(),
            tokens: batches.iter().flatten().map(|row| self.tokens.of(*row).len()).sum(),
        });
        let objective = Objective::new(library, &batches, settings);
        let mut recipe = recipe(settings, job.stage, &batches, start.map(|start| start.recipe));
        if !std::ptr::eq(library, &raw const self.library) {
            recipe ^= labels(library);
        }
        let mut state = State::new(start.map_or(&self.base, |start| &start.weights).detached_copy());
        let folder = self.folder(&job.name);
        std::fs::create_dir_all(&folder).map_err(|source| TrainError::io(&folder, source))?;
        let checkpoint = folder.join(CHECKPOINT);
        if settings.resume && checkpoint.exists() {
            state.load(&checkpoint, recipe)?;
        }
        let plan = Plan::new(settings, job.stage, &state.weights, batches.len());
        let until = settings.stop_after.unwrap_or(batches.len()).min(batches.len());
        while state.step < until {
            let step = state.step;
            let loss = train_step(&mut state, &self.base, &batches[step], &self.tokens, &objective, &plan);
            if !loss.is_finite() {
                return Err(TrainError::Diverged { step });
            }
            report(Progress::Step { step: step + 1, steps: batches.len(), rows: batches[step].len(), loss });
            if state.step.is_multiple_of(settings.checkpoint_every) || state.step == until {
                state.save(&checkpoint, recipe)?;
                report(Progress::Checkpoint { step: state.step });
            }
        }
        let mut uses = vec![0; library.corpora.len() + 1];
        for row in batches[..state.step].iter().flatten() {
            uses[library.examples[row.example].corpus] += 1;
        }
        Ok(Trained { weights: state.average, recipe, steps: state.step, planned: batches.len(), uses })
    }
}

impl Workshop<'_> {
    /// Identifies everything that the weights of a part depend on, where it begins from the base and from the library's own labels.
    pub(crate) fn recipe(&self, job: &Job<'_>) -> u64 {
        let batches = schedule::batches(&self.library, &self.tokens, self.settings, job.stage, job.held.as_ref());
        recipe(self.settings, job.stage, &batches, None)
    }

    /// Trains a part that holds rows out and predicts them; with `resume`, predictions that are there are read.
    pub(crate) fn unseen(
        &self,
        job: &Job<'_>,
        start: Option<&Trained>,
        report: &mut dyn FnMut(Progress),
    ) -> Result<Unseen, TrainError> {
        let Some(held) = &job.held else { return Err(TrainError::Part(job.name.clone())) };
        let batches = schedule::batches(&self.library, &self.tokens, self.settings, job.stage, job.held.as_ref());
        let recipe = recipe(self.settings, job.stage, &batches, start.map(|start| start.recipe));
        if let Some(found) = self.predicted(&job.name, recipe)? {
            return Ok(found);
        }
        let trained = self.train(job, &self.library, start, report)?;
        let examples = (0..self.library.examples.len())
            .filter(|at| held.holds(&self.library, &self.library.examples[*at]))
            .collect();
        self.predict(&job.name, &trained, examples, report)
    }

    /// Predictions of a part that an earlier run left, with `resume`.
    fn predicted(&self, name: &str, recipe: u64) -> Result<Option<Unseen>, TrainError> {
        let path = self.folder(name).join(PREDICTIONS);
        if self.settings.resume && path.exists() { Unseen::load(&path, recipe).map(Some) } else { Ok(None) }
    }

    /// Predicts rows by the weights of a part and keeps that for a later run if the part is whole; with `resume`, reads what is there.
    pub(crate) fn predict(
        &self,
        name: &str,
        trained: &Trained,
        examples: Vec<usize>,
        report: &mut dyn FnMut(Progress),
    ) -> Result<Unseen, TrainError> {
        if let Some(found) = self.predicted(name, trained.recipe)? {
            return Ok(found);
        }
        report(Progress::Evaluate { rows: 2 * examples.len() });
        let unseen = Unseen::predict(&trained.weights, &self.tokens, examples, self.settings.max_tokens);
        if trained.steps == trained.planned {
            let folder = self.folder(name);
            std::fs::create_dir_all(&folder).map_err(|source| TrainError::io(&folder, source))?;
            unseen.save(&folder.join(PREDICTIONS), trained.recipe)?;
        }
        Ok(unseen)
    }
}

/// The mean of what several runs from the same weights came to.
pub(crate) fn mean(members: &[Trained]) -> Option<Trained> {
    let (first, others) = members.split_first()?;
    let mut weights = first.weights.detached_copy();
    let mut mean = Trained { weights: first.weights.detached_copy(), uses: first.uses.clone(), ..*first };
    for (other, seen) in others.iter().zip(2_u32..) {
        weights = weights.mixed(&other.weights, 1.0 / f64::from(seen));
        mean.recipe = stable_hash(&format!("mean {:016x} {:016x}", mean.recipe, other.recipe));
        mean.uses.iter_mut().zip(&other.uses).for_each(|(all, own)| *all += own);
        mean.steps += other.steps;
        mean.planned += other.planned;
    }
    Some(Trained { weights, ..mean })
}

/// Identifies the labels of the training rows.
fn labels(library: &Library) -> u64 {
    let mut text = String::new();
    for example in library.examples.iter().filter(|example| example.part == Part::Train) {
        for target in &example.targets {
            // Writing to a string cannot fail.
            let _ = write!(text, "{} {:?};", target.head, target.labels);
        }
    }
    stable_hash(&text)
}

/// What a checkpoint must agree with: settings that change the weights, the rows in their order, and the weights it began from.
fn recipe(settings: &Settings, stage: &Stage, batches: &[Vec<Use>], origin: Option<u64>) -> u64 {
    let s = settings;
    let numbers = [
        stage.encoder_rate,
        stage.head_rate,
        s.layer_decay,
        s.warm_up,
        s.dropout,
        s.weight_decay,
        s.average,
        s.ordered,
        s.similarity,
    ];
    let seed = stage.seed(settings);
    let mut text = format!("{seed} {:?} {numbers:?} {} {}", s.precision, s.similarity_every, s.batch_rows);
    if let Some(origin) = origin {
        // Writing to a string cannot fail.
        let _ = write!(text, " from {origin:016x}");
    }
    if stage.fixed_embeddings {
        text.push_str(" fixed");
    }
    if stage.fixed_layers > 0 {
        // Writing to a string cannot fail.
        let _ = write!(text, " fixed {}", stage.fixed_layers);
    }
    for batch in batches {
        text.push('/');
        for row in batch {
            text.push_str(if row.plain { " p" } else { " " });
            text.push_str(&row.example.to_string());
        }
    }
    stable_hash(&text)
}

fn train_step(
    state: &mut State,
    frozen: &Weights,
    rows: &[Use],
    tokens: &Tokens,
    objective: &Objective<'_>,
    plan: &Plan<'_>,
) -> f64 {
    let settings = objective.settings;
    // Dropout draws from libtorch's generator: seeded by the step, a resumed run draws the same.
    tch::manual_seed(plan.seed.wrapping_add(state.step as u64).cast_signed());
    let ids: Vec<Vec<u32>> = rows.iter().map(|row| tokens.of(*row)).collect();
    let batch = Padded::new(&ids.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let words = state.weights.word_rows(&batch).detach().set_requires_grad(true);
    let pooled = state.weights.pooled(&batch, &words, settings.precision, settings.dropout);
    let logits = state.weights.logits(&pooled.dropout(settings.dropout, true));
    let mut loss = objective.loss(&logits, rows) / settings.batch_rows as f64;
    let with_similarity = settings.similarity_every > 0 && state.step.is_multiple_of(settings.similarity_every);
    if with_similarity {
        let goal = tch::no_grad(|| frozen.pooled(&batch, &frozen.word_rows(&batch), settings.precision, 0.0));
        let cosine = Tensor::cosine_similarity(&state.weights.similarity(&pooled), &goal, 1, 1e-8);
        let apart: Tensor = 1.0 - cosine;
        loss += apart.sum(Kind::Float) * (settings.similarity / settings.batch_rows as f64);
    }
    state.step(&loss, &batch, &words, with_similarity, plan);
    loss.double_value(&[])
}
