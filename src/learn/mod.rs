//! Re-fits the heads of a model package on a company's own labelled rows.
//!
//! The encoder stays as it is: a head is a multinomial logistic regression over the embedding, and what is learned is a *correction* of its logits that
//! is pulled towards zero, so that few rows move little. [`trial`] tells by cross-validation, on the same rows, whether the new head is better than the
//! old one; without a gain that is certain to 95 %, nothing changes unless somebody insists and says why. Formulas: docs/learn.md.

pub(crate) mod calibrate;
pub mod card;
pub mod distil;
mod error;
mod fit;
mod regression;
#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;

use rayon::prelude::*;
use serde::Serialize;

pub use error::LearnError;

use crate::engine::heads::{Activation, Head};
use crate::engine::package::ModelPackage;
use crate::evaluate::folds::stratified;
use crate::evaluate::metrics::{Estimate, Metric, Pair, difference, estimate};
use fit::Material;

/// Rows that a label needs before it is learned.
pub const LEAST_ROWS: usize = 10;

/// How many parts the rows can be split into.
pub const FOLDS: RangeInclusive<usize> = 2..=LEAST_ROWS;

/// Seed of the splits.
const SEED: u64 = 7;

/// How heads are learned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Parts of the cross-validation, within [`FOLDS`].
    pub folds: usize,
    /// Take a new head although no gain is certain, for this reason.
    pub force: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { folds: 5, force: None }
    }
}

/// Labelled rows of one head.
#[derive(Debug, Clone)]
pub struct Labelled<'a> {
    /// Name of the head in the package.
    pub head: &'a str,
    /// Embeddings of the rows.
    pub embeddings: Vec<&'a [f32]>,
    /// True labels, as indices of the head's labels.
    pub gold: Vec<usize>,
}

/// What became of a head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "ruling")]
pub enum Ruling {
    /// The gain is certain: its interval lies above 0. The new head is taken.
    Gained,
    /// No gain is certain, and the new head is taken all the same.
    Forced {
        /// Why.
        reason: String,
    },
    /// No gain is certain; the head stays as it is.
    NoGain,
    /// Fewer than two labels have [`LEAST_ROWS`] rows; nothing was tried.
    TooFew,
}

impl Ruling {
    /// Whether the new head is taken.
    pub const fn is_taken(&self) -> bool {
        matches!(self, Self::Gained | Self::Forced { .. })
    }
}

/// A figure before and after, on the same rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// What was measured.
    pub metric: Metric,
    /// The head as it was.
    pub before: Estimate,
    /// The head as learned, each row judged by a fit that has not seen it.
    pub after: Estimate,
    /// After minus before, with a paired interval.
    pub gain: Estimate,
}

/// What came of one head.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// The head.
    pub head: String,
    /// Labelled rows.
    pub rows: usize,
    /// Rows by label, in label order; labels without rows included.
    pub labels: Vec<(String, usize)>,
    /// Strength of the pull towards the old head; `None` where only the calibration was fitted.
    pub strength: Option<f64>,
    /// Temperature before and after.
    pub temperature: (f32, f32),
    /// Threshold before and after, for two-way heads.
    pub threshold: Option<(f32, f32)>,
    /// Figures; the first one decides. Empty where there was too little to try.
    pub figures: Vec<Comparison>,
    /// What became of it.
    pub ruling: Ruling,
}

impl Trial {
    /// Labels that have rows, but fewer than [`LEAST_ROWS`]: they are measured and not learned.
    pub fn thin(&self) -> impl Iterator<Item = &(String, usize)> {
        self.labels.iter().filter(|(_, rows)| (1..LEAST_ROWS).contains(rows))
    }
}

/// Fits one head and compares it with the one that the package has. The new head comes with the trial when it is taken.
///
/// The figure that decides is macro-F1 over rows that the judging fit has not seen; its gain is certain when the 95 % interval of the paired
/// bootstrap lies above 0. Labels with fewer than [`LEAST_ROWS`] rows keep what they know. Results do not depend on the number of threads.
///
/// # Errors
/// When the package has no such head, the head cannot be learned, or the number of folds is outside [`FOLDS`].
///
/// # Panics
/// When rows and labels differ in number, a label is none of the head's, or an embedding is of another model (bugs of the caller).
pub fn trial(
    package: &ModelPackage,
    labelled: &Labelled<'_>,
    settings: &Settings,
) -> Result<(Trial, Option<Head>), LearnError> {
    if !FOLDS.contains(&settings.folds) {
        return Err(LearnError::Folds { folds: settings.folds });
    }
    let heads = package.heads();
    let head = learnable(package, labelled.head)?;
    let gold = labelled.gold.clone();
    assert_eq!(gold.len(), labelled.embeddings.len(), "a label for each row");
    let mut labels: Vec<(String, usize)> = head.labels.iter().map(|label| (label.clone(), 0)).collect();
    for label in &gold {
        labels[*label].1 += 1;
    }
    let mut trial = Trial {
        head: head.name.clone(),
        rows: gold.len(),
        labels,
        strength: None,
        temperature: (head.temperature, head.temperature),
        threshold: head.threshold.map(|threshold| (threshold, threshold)),
        figures: Vec::new(),
        ruling: Ruling::TooFew,
    };
    let material = Material::new(heads, head, &labelled.embeddings, gold, LEAST_ROWS);
    if material.learned.len() < 2 {
        return Ok((trial, None));
    }
    let (before, after) = cross_validated(&material, settings.folds);
    trial.figures = figures_of(head)
        .into_iter()
        .map(|metric| Comparison {
            metric,
            before: estimate(&before, metric),
            after: estimate(&after, metric),
            gain: difference(&before, &after, metric),
        })
        .collect();
    let certain = trial.figures.first().is_some_and(|figure| figure.gain.low > 0.0);
    trial.ruling = match &settings.force {
        _ if certain => Ruling::Gained,
        Some(reason) => Ruling::Forced { reason: reason.clone() },
        None => Ruling::NoGain,
    };
    if !trial.ruling.is_taken() {
        return Ok((trial, None));
    }
    let all: Vec<usize> = (0..material.gold.len()).collect();
    let fitted = material.fit(&all, SEED);
    let mut learned = material.apply(&fitted, head);
    learned.corpora.retain(|corpus| corpus != OWN_ROWS);
    learned.corpora.push(OWN_ROWS.to_owned());
    trial.strength = fitted.strength;
    trial.temperature.1 = learned.temperature;
    trial.threshold = head.threshold.zip(learned.threshold);
    Ok((trial, Some(learned)))
}

/// How a learned head names what it learned from.
const OWN_ROWS: &str = "own rows";

fn learnable<'p>(package: &'p ModelPackage, name: &str) -> Result<&'p Head, LearnError> {
    let heads = package.heads();
    let head = heads.get(name).ok_or_else(|| LearnError::NoHead {
        head: name.to_owned(),
        known: heads.iter().map(|head| head.name.clone()).collect(),
    })?;
    match head {
        Head { activation: Activation::Sigmoid, .. } => Err(LearnError::NotExclusive { head: name.to_owned() }),
        Head { outputs: Some(_), .. } => Err(LearnError::Grouped { head: name.to_owned() }),
        head => Ok(head),
    }
}

/// Macro-F1 first, which decides; agreement by level where labels are levels.
fn figures_of(head: &Head) -> Vec<Metric> {
    let mut figures = vec![Metric::MacroF1, Metric::Accuracy, Metric::CalibrationError];
    if head.ordered {
        figures.insert(2, Metric::Kappa);
    }
    figures
}

/// What the old and the new head say of every row; the new one is fitted without the part that a row is in.
fn cross_validated(material: &Material, folds: usize) -> (Vec<Pair>, Vec<Pair>) {
    let rows = material.gold.len();
    let parts = stratified(&material.gold, folds, SEED);
    let fits: Vec<_> = (0..folds)
        .into_par_iter()
        .map(|fold| {
            let outside: Vec<usize> = (0..rows).filter(|row| parts[*row] != fold).collect();
            material.fit(&outside, SEED + 1 + fold as u64)
        })
        .collect();
    let before = (0..rows).map(|row| material.before(row)).collect();
    let after = (0..rows).map(|row| material.after(row, &fits[parts[row]])).collect();
    (before, after)
}
