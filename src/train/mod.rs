//! Fine-tunes the encoder with all heads and writes a model package.

mod card;
mod corpora;
mod evaluate;
mod export;
mod model;
mod optimiser;
mod quantise;
mod random;
mod schedule;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tch::{Kind, Tensor};
use thiserror::Error;
use tokenizers::Tokenizer;

pub use crate::evaluate::metrics;
use crate::learn::calibrate;
use corpora::{Library, Part};
use evaluate::Predictions;
pub use evaluate::{Calibration, Figure};
use export::Title;
pub use model::Precision;
use model::{Padded, Weights, count};
use optimiser::{Plan, State};
use random::stable_hash;
use schedule::{Tokens, Use};

/// How a run is done. [`Settings::default`] is the recipe of the shipped package.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Folder of the labelled corpora, one folder each.
    pub data: PathBuf,
    /// Folder of the base encoder: `config.json`, `tokenizer.json`, `model.safetensors`.
    pub base: PathBuf,
    /// Folder for checkpoints.
    pub run: PathBuf,
    /// Folder that the package is written to; without one the run only trains.
    pub out: Option<PathBuf>,
    /// Name of the package.
    pub name: String,
    /// Release of the package.
    pub release: String,
    /// The command by which a reader makes the package again; for the card.
    pub command: String,
    /// Tokens of a message that the package reads at most.
    pub max_tokens: usize,
    /// Corpora to use; all when absent.
    pub corpora: Option<Vec<String>>,
    /// Seed of everything that is drawn.
    pub seed: u64,
    /// Arithmetic of the matrix products.
    pub precision: Precision,
    /// Threads of libtorch.
    pub threads: i32,
    /// Scales how often every corpus is seen.
    pub passes: f64,
    /// Rows of a batch at most.
    pub batch_rows: usize,
    /// Tokens of a batch at most, padding included.
    pub batch_tokens: usize,
    /// Rate of the top encoder layer at its peak.
    pub encoder_rate: f64,
    /// Rate of the heads at its peak.
    pub head_rate: f64,
    /// Factor on the rate from one layer to the one below.
    pub layer_decay: f64,
    /// Share of the run in which rates rise.
    pub warm_up: f64,
    /// Share of values zeroed in training.
    pub dropout: f64,
    /// Pull of matrices towards zero.
    pub weight_decay: f64,
    /// Decay per step of the averaged weights.
    pub average: f64,
    /// Weight of the distance between cumulated probabilities in the loss of ordered heads.
    pub ordered: f64,
    /// Every so many steps a batch also trains the similarity projection; 0 never.
    pub similarity_every: usize,
    /// Weight of the similarity loss in those steps.
    pub similarity: f64,
    /// Steps between checkpoints.
    pub checkpoint_every: usize,
    /// Stops after this many steps with a checkpoint, as if interrupted; a package is written all the same and says so.
    pub stop_after: Option<usize>,
    /// Goes on from the checkpoint in `run`.
    pub resume: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data: PathBuf::new(),
            base: PathBuf::new(),
            run: PathBuf::new(),
            out: None,
            name: "complaint-minilm".into(),
            release: env!("CARGO_PKG_VERSION").into(),
            command: "amends train --data DATA --base BASE --out models/complaint-minilm".into(),
            max_tokens: 512,
            corpora: None,
            seed: 20_240_611,
            precision: Precision::Bf16,
            threads: 2,
            passes: 1.0,
            batch_rows: 48,
            batch_tokens: 3072,
            encoder_rate: 1.5e-4,
            head_rate: 1e-3,
            layer_decay: 0.9,
            warm_up: 0.06,
            dropout: 0.1,
            weight_decay: 0.01,
            average: 0.998,
            ordered: 0.5,
            similarity_every: 3,
            similarity: 1.0,
            checkpoint_every: 250,
            stop_after: None,
            resume: false,
        }
    }
}

/// What a run tells its caller while it works.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// The corpora were read.
    Read {
        /// Rows with at least one target.
        rows: usize,
        /// Steps of the whole run.
        steps: usize,
        /// Row uses of the whole run.
        uses: usize,
        /// Tokens of the whole run, padding not counted.
        tokens: usize,
    },
    /// A step was done.
    Step {
        /// Steps done.
        step: usize,
        /// Steps of the whole run.
        steps: usize,
        /// Rows of the step.
        rows: usize,
        /// Loss of the step.
        loss: f64,
    },
    /// The figures of the package are being measured.
    Evaluate {
        /// Messages that the encoder reads for it.
        rows: usize,
    },
    /// A checkpoint was written.
    Checkpoint {
        /// Steps done.
        step: usize,
    },
}

/// Why a run failed.
#[derive(Debug, Error)]
pub enum TrainError {
    /// A file could not be read or written.
    #[error("{}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The base encoder cannot be used.
    #[error("the base encoder in {} cannot be used: {message}", path.display())]
    Base {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// A corpus cannot be read.
    #[error("the corpus {} cannot be read: {message}", path.display())]
    Corpus {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// A row has a label that no table knows.
    #[error("{}, row {row}: unknown label: {value}", path.display())]
    Label {
        /// The file.
        path: PathBuf,
        /// Row of the file, the header being 1.
        row: usize,
        /// The label and what it was meant for.
        value: String,
    },
    /// A table that is built in is wrong: a mistake of ours.
    #[error("the built-in table {name} is wrong: {message}")]
    Data {
        /// The table.
        name: &'static str,
        /// What is wrong.
        message: String,
    },
    /// The tokenizer failed.
    #[error("the tokenizer failed: {0}")]
    Tokenizer(String),
    /// A checkpoint cannot be written or used.
    #[error("the checkpoint {}: {message}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// The package cannot be written.
    #[error("the package {} cannot be written: {message}", path.display())]
    Export {
        /// The folder.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// The loss is no longer a number.
    #[error("the loss became infinite at step {step}; lower the rates")]
    Diverged {
        /// The step.
        step: usize,
    },
}

impl TrainError {
    fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.into(), source }
    }
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainReport {
    /// Steps done.
    pub steps: usize,
    /// Steps of the whole run.
    pub planned: usize,
    /// The package, where one was asked for.
    pub package: Option<PackageReport>,
}

/// A package and how good it is.
#[derive(Debug, Clone, PartialEq)]
pub struct PackageReport {
    /// Every figure of its card.
    pub figures: Vec<Figure>,
    /// Agreement of its similarity with the base encoder's.
    pub similarity: Similarity,
    /// Size of all its files in bytes.
    pub size: u64,
    /// Sha256 of its manifest, in hex.
    pub digest: String,
}

/// How well the similarity projection kept what the base encoder knew.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Similarity {
    /// Rows that were compared.
    pub rows: usize,
    /// Mean cosine between the projected embedding and the base encoder's of the same row.
    pub cosine: f64,
    /// Pearson correlation, over pairs of rows, of the two spaces' cosines.
    pub correlation: f64,
}

/// Dropout draws from libtorch's generator, of which a process has one: two runs at once would take each other's draws.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Trains as `settings` say and writes the package. A second call in the same process waits for the first.
///
/// Weights, moments and the order of rows depend on `settings` and the corpora alone; a run that was stopped and resumed
/// gives the same numbers as one that was not, on the same machine and with the same number of threads.
///
/// # Errors
/// See [`TrainError`]. What was done since the last checkpoint is lost.
pub fn run(settings: &Settings, report: &mut dyn FnMut(Progress)) -> Result<TrainReport, TrainError> {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    tch::set_num_threads(settings.threads);
    let library = corpora::read(&settings.data, settings.corpora.as_deref())?;
    let tokenizer = tokenizer(&settings.base)?;
    let labels = library.heads.iter().map(|head| head.labels.len()).sum();
    let base = Weights::from_base(&settings.base, labels, settings.seed.cast_signed())?;
    let positions = usize::try_from(base.shape.max_position_embeddings).unwrap_or(usize::MAX);
    let tokens = Tokens::new(&library, &tokenizer, positions)?;
    let batches = schedule::batches(&library, &tokens, settings);
    report(Progress::Read {
        rows: library.examples.len(),
        steps: batches.len(),
        uses: batches.iter().map(Vec::len).sum(),
        tokens: batches.iter().flatten().map(|row| tokens.of(*row).len()).sum(),
    });
    let frozen = base.detached_copy();
    let mut state = State::new(base);
    let objective = Objective::new(&library, &batches, settings);
    let recipe = recipe(settings, &batches);
    std::fs::create_dir_all(&settings.run).map_err(|source| TrainError::io(&settings.run, source))?;
    let checkpoint = settings.run.join("checkpoint.safetensors");
    if settings.resume {
        state.load(&checkpoint, recipe)?;
    }
    let plan = Plan::new(settings, &state.weights, batches.len());
    let until = settings.stop_after.unwrap_or(batches.len()).min(batches.len());
    while state.step < until {
        let step = state.step;
        let loss = train_step(&mut state, &frozen, &batches[step], &tokens, &objective, &plan);
        if !loss.is_finite() {
            return Err(TrainError::Diverged { step });
        }
        report(Progress::Step { step: step + 1, steps: batches.len(), rows: batches[step].len(), loss });
        if state.step.is_multiple_of(settings.checkpoint_every) || state.step == until {
            state.save(&checkpoint, recipe)?;
            report(Progress::Checkpoint { step: state.step });
        }
    }
    let package = match &settings.out {
        None => None,
        Some(out) => {
            let finished = Finished {
                settings,
                library: &library,
                tokens: &tokens,
                batches: &batches,
                offsets: &objective.offsets,
            };
            Some(finished.package(out, &state, &frozen, report)?)
        }
    };
    Ok(TrainReport { steps: state.step, planned: batches.len(), package })
}

/// A run whose weights are to be shipped.
struct Finished<'a> {
    settings: &'a Settings,
    library: &'a Library,
    tokens: &'a Tokens,
    batches: &'a [Vec<Use>],
    offsets: &'a [usize],
}

impl Finished<'_> {
    fn package(
        &self,
        out: &Path,
        state: &State,
        frozen: &Weights,
        report: &mut dyn FnMut(Progress),
    ) -> Result<PackageReport, TrainError> {
        let limit = self.settings.max_tokens;
        let rows = evaluate::held_out(self.library, &[Part::Calibration, Part::Dev]);
        let shipped = export::rounded(&state.average);
        report(Progress::Evaluate { rows: 2 * rows.len() });
        let logits = [&state.average, &shipped].map(|weights| evaluate::logits(weights, self.tokens, &rows, limit));
        let [trained, int8] = logits.each_ref().map(|logits| Predictions {
            library: self.library,
            offsets: self.offsets,
            examples: &rows,
            logits,
        });
        let (of_trained, calibration) = (trained.calibrate(), int8.calibrate());
        let figures = evaluate::figures((&trained, &of_trained), (&int8, &calibration));
        let similarity =
            evaluate::similarity(&shipped, frozen, self.tokens, &evaluate::held_out(self.library, &[Part::Dev]));
        let mut uses = vec![0; self.library.corpora.len() + 1];
        for row in self.batches[..state.step].iter().flatten() {
            uses[self.library.examples[row.example].corpus] += 1;
        }
        let card = card::markdown(&card::Facts {
            settings: self.settings,
            library: self.library,
            calibration: &calibration,
            figures: &figures,
            similarity,
            steps: (state.step, self.batches.len()),
            uses: &uses,
        });
        let title = Title { name: &self.settings.name, release: &self.settings.release, max_tokens: limit };
        // The scales of the rounded weights would differ in the last bit: rounding is done once, from the trained ones.
        let (size, digest) =
            export::package(out, &self.settings.base, &state.average, self.library, &calibration, title, &card)?;
        Ok(PackageReport { figures, similarity, size, digest })
    }
}

fn tokenizer(base: &Path) -> Result<Tokenizer, TrainError> {
    let mut tokenizer = Tokenizer::from_file(base.join("tokenizer.json"))
        .map_err(|source| TrainError::Tokenizer(source.to_string()))?;
    tokenizer.with_padding(None);
    tokenizer.with_truncation(None).map_err(|source| TrainError::Tokenizer(source.to_string()))?;
    Ok(tokenizer)
}

/// What a checkpoint must agree with: settings that change the weights, and the rows in their order.
fn recipe(settings: &Settings, batches: &[Vec<Use>]) -> u64 {
    let s = settings;
    let numbers = [
        s.encoder_rate,
        s.head_rate,
        s.layer_decay,
        s.warm_up,
        s.dropout,
        s.weight_decay,
        s.average,
        s.ordered,
        s.similarity,
    ];
    let mut text = format!("{} {:?} {numbers:?} {} {}", s.seed, s.precision, s.similarity_every, s.batch_rows);
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
    tch::manual_seed(settings.seed.wrapping_add(state.step as u64).cast_signed());
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

/// The loss of all heads.
struct Objective<'a> {
    settings: &'a Settings,
    library: &'a Library,
    /// Column of each head's first label in the logits.
    offsets: Vec<usize>,
    /// Weight of each label of each head.
    balance: Vec<Vec<f64>>,
}

impl<'a> Objective<'a> {
    fn new(library: &'a Library, batches: &[Vec<Use>], settings: &'a Settings) -> Self {
        let mut offsets = Vec::new();
        let mut seen: Vec<Vec<f64>> = Vec::new();
        let mut next = 0;
        for head in &library.heads {
            offsets.push(next);
            next += head.labels.len();
            seen.push(vec![0.0; head.labels.len()]);
        }
        for row in batches.iter().flatten() {
            for target in &library.examples[row.example].targets {
                for (label, share) in &target.labels {
                    seen[target.head][*label] += f64::from(*share) * target.weight;
                }
            }
        }
        let balance = library.heads.iter().zip(seen).map(|(head, seen)| balance(&seen, head.balance)).collect();
        Self { settings, library, offsets, balance }
    }

    /// The weighted sum over rows and heads; a scalar.
    fn loss(&self, logits: &Tensor, rows: &[Use]) -> Tensor {
        let mut total = Tensor::from(0_f32);
        for (index, head) in self.library.heads.iter().enumerate() {
            let width = head.labels.len();
            let mut places: Vec<i64> = Vec::new();
            let (mut wanted, mut barred, mut weights) = (Vec::new(), Vec::new(), Vec::new());
            for (place, row) in rows.iter().enumerate() {
                for target in self.library.examples[row.example].targets.iter().filter(|target| target.head == index) {
                    places.push(count(place));
                    let mut goal = vec![0_f32; width];
                    let mut weight = 0.0;
                    for (label, share) in &target.labels {
                        goal[*label] += share;
                        weight += f64::from(*share) * self.balance[index][*label];
                    }
                    wanted.extend(goal);
                    let out = |label: usize| target.among.as_ref().is_some_and(|among| !among.contains(&label));
                    barred.extend((0..width).map(|label| if out(label) { -1e4_f32 } else { 0.0 }));
                    weights.push(weight * target.weight * head.weight);
                }
            }
            if places.is_empty() {
                continue;
            }
            let shape = [count(places.len()), count(width)];
            let wanted = Tensor::from_slice(&wanted).view(shape);
            let weights = Tensor::from_slice(&weights).to_kind(Kind::Float);
            let own = logits
                .narrow(1, count(self.offsets[index]), count(width))
                .index_select(0, &Tensor::from_slice(&places));
            let log_p = (own + Tensor::from_slice(&barred).view(shape)).log_softmax(1, Kind::Float);
            let mut each = -(&wanted * &log_p).sum_dim_intlist([1_i64].as_slice(), false, Kind::Float);
            if head.ordered {
                let apart = (log_p.exp() - &wanted).cumsum(1, Kind::Float).square();
                each += apart.sum_dim_intlist([1_i64].as_slice(), false, Kind::Float) * self.settings.ordered;
            }
            total += (each * weights).sum(Kind::Float);
        }
        total
    }
}

/// Weights of labels by inverse frequency to the given power, 1 on average over rows.
fn balance(seen: &[f64], power: f64) -> Vec<f64> {
    let total: f64 = seen.iter().sum();
    if total <= 0.0 {
        return vec![1.0; seen.len()];
    }
    let raw: Vec<f64> = seen.iter().map(|n| if *n > 0.0 { (total / n).powf(power) } else { 0.0 }).collect();
    let mean: f64 = raw.iter().zip(seen).map(|(weight, n)| weight * n / total).sum();
    raw.into_iter().map(|weight| weight / mean).collect()
}
