//! Fine-tunes the encoder with all heads and writes a model package.

mod card;
mod corpora;
mod evaluate;
mod export;
mod model;
mod objective;
mod optimiser;
mod out_of_fold;
mod random;
mod recipe;
mod schedule;
pub mod sentences;
mod teacher;
#[cfg(test)]
mod tests;
mod variants;
mod vocabulary;
mod workshop;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use thiserror::Error;

pub use crate::evaluate::metrics;
use crate::learn::calibrate;
use corpora::Part;
use evaluate::Predictions;
pub use evaluate::{Calibration, Figure};
use export::{Title, Tokens};
pub use model::Precision;
use out_of_fold::OutOfFold;
use recipe::Held;
pub use recipe::{Recipe, Stage};
use workshop::{Job, Trained, Workshop};

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
    /// The stages; those of the shipped package when absent.
    pub recipe: Option<Recipe>,
    /// Does one part of the run only: a stage by its name, `fold-N`, or `domain-NAME` (which need the stages before the last; the
    /// last, in each of its forms, needs the folds).
    /// Several processes can do several parts; the whole run then finds them done when it resumes.
    pub part: Option<String>,
    /// Measures by leaving domains out, where the recipe has a stage for it; the weights do not depend on it.
    pub domains: bool,
    /// Corpora to use; all when absent.
    pub corpora: Option<Vec<String>>,
    /// Folder of a larger encoder that learns the same sentences first and says what it takes more of them for; none when absent. Read by [`sentences::run`] alone.
    pub teacher: Option<PathBuf>,
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
    /// Stops every part after this many steps with a checkpoint, as if interrupted; a package is written all the same and says so.
    pub stop_after: Option<usize>,
    /// Goes on from the checkpoints in `run`; a part without one begins anew.
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
            recipe: None,
            part: None,
            domains: true,
            corpora: None,
            teacher: None,
            seed: 20_240_611,
            precision: Precision::Bf16,
            threads: 2,
            passes: 1.0,
            batch_rows: 48,
            batch_tokens: 3072,
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
    /// A part of the run begins.
    Part {
        /// Its name.
        name: String,
        /// Rows with at least one target.
        rows: usize,
        /// Steps of the part.
        steps: usize,
        /// Row uses of the part.
        uses: usize,
        /// Tokens of the part, padding not counted.
        tokens: usize,
    },
    /// A step was done.
    Step {
        /// Steps done.
        step: usize,
        /// Steps of the part.
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
    /// A part was asked for that the recipe does not have.
    #[error("the recipe has no such part: {0}")]
    Part(String),
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

    fn checkpoint(path: &Path, source: &tch::TchError) -> Self {
        Self::Checkpoint { path: path.into(), message: source.to_string() }
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
    /// Figures on rows that were held out.
    pub figures: Vec<Figure>,
    /// The same figures on the training rows that were held back: recipes are to be compared by these, not by `figures`.
    /// Temperatures and thresholds were fitted on the same rows.
    pub held_back: Vec<Figure>,
    /// Figures by cross-validation; empty where the recipe has none.
    pub out_of_fold: Vec<Figure>,
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
    let recipe = settings.recipe.clone().map_or_else(Recipe::built_in, Ok)?;
    let workshop = Workshop::open(settings)?;
    let (last, first) = recipe.stage.split_last().ok_or_else(|| TrainError::Part("a recipe without stages".into()))?;
    let mut start: Option<Trained> = None;
    let mut uses = vec![0; workshop.library.corpora.len() + 1];
    let (mut steps, mut planned) = (0, 0);
    let mut add = |trained: &Trained| {
        uses.iter_mut().zip(&trained.uses).for_each(|(all, own)| *all += own);
        steps += trained.steps;
        planned += trained.planned;
    };
    for stage in first {
        let job = Job { name: stage.name.clone(), stage, held: None };
        let trained = workshop.train(&job, &workshop.library, start.as_ref(), report)?;
        add(&trained);
        start = Some(trained);
        if settings.part.as_ref() == Some(&stage.name) {
            return Ok(TrainReport { steps, planned, package: None });
        }
    }
    let folds = (0..recipe.folds).map(|fold| Job {
        name: format!("fold-{fold}"),
        stage: last,
        held: Some(Held::Fold { fold, of: recipe.folds, corpora: recipe.cross_validated.clone() }),
    });
    let domains = recipe.domain.iter().filter(|_| settings.domains).flat_map(|stage| {
        let job = |domain| Job { name: format!("domain-{domain}"), stage, held: Some(Held::domain(domain)) };
        recipe::domains(&workshop.library).into_iter().map(job)
    });
    let member = settings.part.as_ref().filter(|part| recipe.last().any(|stage| stage.name == **part));
    if let Some(part) = settings.part.as_ref().filter(|_| member.is_none()) {
        let job = folds.chain(domains).find(|job| job.name == *part);
        workshop.unseen(&job.ok_or_else(|| TrainError::Part(part.clone()))?, start.as_ref(), report)?;
        return Ok(TrainReport { steps, planned, package: None });
    }
    let folds = folds.map(|job| workshop.unseen(&job, start.as_ref(), report)).collect::<Result<Vec<_>, _>>()?;
    let cross = OutOfFold { library: &workshop.library, offsets: &workshop.offsets, parts: &folds };
    let softened = (recipe.soft > 0.0 && !folds.is_empty()).then(|| cross.soften(recipe.soft));
    let library = softened.as_ref().unwrap_or(&workshop.library);
    let mut members = Vec::new();
    for stage in recipe.last() {
        if member.is_some_and(|member| *member != stage.name) {
            continue;
        }
        let job = Job { name: stage.name.clone(), stage, held: None };
        members.push(workshop.train(&job, library, start.as_ref(), report)?);
    }
    if member.is_some() {
        return Ok(TrainReport { steps, planned, package: None });
    }
    let trained = workshop::mean(&members).ok_or_else(|| TrainError::Part(last.name.clone()))?;
    add(&trained);
    let domains = domains.map(|job| workshop.unseen(&job, start.as_ref(), report)).collect::<Result<Vec<_>, _>>()?;
    let mut out_of_fold = if folds.is_empty() { Vec::new() } else { cross.figures() };
    out_of_fold.extend(out_of_fold::left_out_domains(&workshop.library, &workshop.offsets, &domains));
    let package = match &settings.out {
        None => None,
        Some(out) => {
            let finished = Finished {
                name: if recipe.again.is_empty() { last.name.clone() } else { "mean".into() },
                workshop: &workshop,
                recipe: &recipe,
                trained: &trained,
                steps: (steps, planned),
                uses: &uses,
            };
            Some(finished.package(out, out_of_fold, report)?)
        }
    };
    Ok(TrainReport { steps, planned, package })
}

/// A run whose weights are to be shipped.
struct Finished<'a> {
    /// Folder of its predictions.
    name: String,
    workshop: &'a Workshop<'a>,
    recipe: &'a Recipe,
    trained: &'a Trained,
    /// Steps done and planned.
    steps: (usize, usize),
    uses: &'a [usize],
}

impl Finished<'_> {
    fn package(
        &self,
        out: &Path,
        out_of_fold: Vec<Figure>,
        report: &mut dyn FnMut(Progress),
    ) -> Result<PackageReport, TrainError> {
        let Workshop { settings, library, tokens, offsets, base, vocabulary } = self.workshop;
        let limit = settings.max_tokens;
        let rows = evaluate::held_out(library, &[Part::Calibration, Part::Dev]);
        let shipped = export::rounded(&self.trained.weights);
        let found = self.workshop.predict(&self.name, self.trained, rows, report)?;
        let predictions = |logits| Predictions { library, offsets, examples: &found.examples, logits };
        let (trained, int8) = (predictions(&found.trained), predictions(&found.shipped));
        let (of_trained, calibration) = (trained.calibrate(), int8.calibrate());
        let measured = |part| evaluate::figures(part, (&trained, &of_trained), (&int8, &calibration));
        let (figures, held_back) = (measured(Part::Dev), measured(Part::Calibration));
        let similarity = evaluate::similarity(&shipped, base, tokens, &evaluate::held_out(library, &[Part::Dev]));
        let card = card::markdown(&card::Facts {
            settings,
            recipe: self.recipe,
            library,
            calibration: &calibration,
            figures: &figures,
            out_of_fold: &out_of_fold,
            similarity,
            steps: self.steps,
            uses: self.uses,
            emoji: vocabulary.places.len() / 2,
        });
        let title = Title { name: &settings.name, release: &settings.release, max_tokens: limit };
        // The scales of the rounded weights would differ in the last bit: rounding is done once, from the trained ones.
        let (size, digest) = export::package(
            out,
            Tokens::Own(&vocabulary.json),
            &self.trained.weights,
            library,
            &calibration,
            title,
            &card,
        )?;
        Ok(PackageReport { figures, held_back, out_of_fold, similarity, size, digest })
    }
}
