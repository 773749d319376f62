//! Fits one head on some rows: strength, correction, temperature, threshold.

use std::collections::BTreeMap;

use super::calibrate::{self, Sample};
use super::regression::{Correction, Problem, log_loss};
use crate::engine::heads::{Head, HeadSet};
use crate::evaluate::folds::stratified;
use crate::evaluate::metrics::Pair;
use crate::evaluate::minimise::add;

/// Strengths of the pull towards the head as it is, strongest first; before all of them stands the head unchanged.
const STRENGTHS: [f64; 8] = [100.0, 30.0, 10.0, 3.0, 1.0, 0.3, 0.1, 0.03];

/// Parts in which the strength is chosen and the temperature fitted.
const INNER_FOLDS: usize = 4;

/// Labelled rows of one head, ready to be fitted on.
#[derive(Debug)]
pub(super) struct Material {
    /// Calibrated logits of the head as it is.
    offsets: Vec<Vec<f64>>,
    features: Vec<Vec<f64>>,
    pub(super) gold: Vec<usize>,
    /// Labels with enough rows to learn from.
    pub(super) learned: Vec<usize>,
    threshold: Option<f64>,
    /// Mean and spread that the features were scaled by.
    mean: Vec<f64>,
    spread: f64,
}

impl Material {
    /// Describes `embeddings`, each with the index of its true label. Labels with at least `least` rows are learned.
    pub(super) fn new(heads: &HeadSet, head: &Head, embeddings: &[&[f32]], gold: Vec<usize>, least: usize) -> Self {
        let inputs: Vec<Vec<f64>> = embeddings
            .iter()
            .map(|embedding| heads.input(head, embedding).iter().map(|value| f64::from(*value)).collect())
            .collect();
        let (weight, bias) = head.weights();
        let offsets = inputs
            .iter()
            .map(|input| {
                let rows = weight.chunks_exact(input.len()).zip(bias);
                let logit = |row: &[f32]| row.iter().zip(input).map(|(w, x)| f64::from(*w) * x).sum::<f64>();
                rows.map(|(row, bias)| (logit(row) + f64::from(*bias)) / f64::from(head.temperature)).collect()
            })
            .collect();
        let count = inputs.len().max(1) as f64;
        let mut mean = vec![0.0; heads.hidden()];
        for input in &inputs {
            add(&mut mean, input, 1.0 / count);
        }
        let centred = |input: &Vec<f64>| -> Vec<f64> { input.iter().zip(&mean).map(|(x, m)| x - m).collect() };
        let squares: f64 = inputs.iter().map(|input| centred(input).iter().map(|x| x * x).sum::<f64>()).sum();
        // Rows that are all alike have no spread; the correction is then a matter of the constant alone.
        let spread = if squares > 0.0 { (squares / count).sqrt() } else { 1.0 };
        let features =
            inputs.iter().map(|input| centred(input).into_iter().map(|x| x / spread).chain([1.0]).collect()).collect();
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for label in &gold {
            *counts.entry(*label).or_default() += 1;
        }
        let learned = counts.iter().filter(|(_, rows)| **rows >= least).map(|(label, _)| *label).collect();
        Self { offsets, features, gold, learned, threshold: head.threshold.map(f64::from), mean, spread }
    }

    /// What the head as it is says of a row.
    pub(super) fn before(&self, row: usize) -> Pair {
        pair(self.gold[row], &self.offsets[row], 1.0, self.threshold)
    }

    /// What a fitted head says of a row.
    pub(super) fn after(&self, row: usize, fitted: &Fitted) -> Pair {
        pair(self.gold[row], &self.corrected(row, &fitted.correction), fitted.temperature, fitted.threshold)
    }

    fn corrected(&self, row: usize, correction: &Correction) -> Vec<f64> {
        correction.logits(&self.offsets[row], &self.features[row], &self.learned)
    }

    fn problem<'a>(&'a self, rows: &'a [usize], strength: f64) -> Problem<'a> {
        let Self { offsets, features, gold, learned, .. } = self;
        Problem { offsets, features, gold, rows, learned, strength }
    }

    /// Fits on `rows`. Strength, temperature and threshold are chosen by cross-validation inside these rows, by log-loss.
    pub(super) fn fit(&self, rows: &[usize], seed: u64) -> Fitted {
        let labels: Vec<usize> = rows.iter().map(|row| self.gold[*row]).collect();
        let parts = stratified(&labels, INNER_FOLDS, seed);
        let none = Correction::none(self.learned.len(), self.features.first().map_or(0, Vec::len));
        // One correction for each part, which has seen the other parts only.
        let mut corrections = vec![none.clone(); INNER_FOLDS];
        let outside: Vec<Vec<usize>> = (0..INNER_FOLDS)
            .map(|part| rows.iter().zip(&parts).filter(|(_, own)| **own != part).map(|(row, _)| *row).collect())
            .collect();
        let mut best = Choice::new(self, rows, &parts, None, &corrections);
        let mut worse = 0;
        for strength in STRENGTHS {
            for (correction, outside) in corrections.iter_mut().zip(&outside) {
                *correction = self.problem(outside, strength).fit(correction);
            }
            let choice = Choice::new(self, rows, &parts, Some(strength), &corrections);
            // Weaker pulls only overfit further once two in a row were worse.
            worse = if choice.loss < best.loss { 0 } else { worse + 1 };
            if choice.loss < best.loss {
                best = choice;
            }
            if worse == 2 {
                break;
            }
        }
        let correction = match best.strength {
            None => none,
            Some(strength) => self.problem(rows, strength).fit(&none),
        };
        let (temperature, threshold) = self.calibrated(rows, &best.logits);
        Fitted { strength: best.strength, correction, temperature, threshold }
    }

    /// Temperature and threshold from logits that were made without the rows they are of.
    fn calibrated(&self, rows: &[usize], logits: &[Vec<f64>]) -> (f64, Option<f64>) {
        let labels = self.learned.len() as f64;
        let goal = |gold: usize| -> Vec<f64> {
            // Rows that are all told right would ask for a certainty that so few cannot give: as Platt (1999), one row more of every label is
            // thought to stand among those of a label.
            let own = rows.iter().filter(|row| self.gold[**row] == gold).count() as f64;
            let share = |label: &usize| (f64::from(u8::from(*label == gold)) * own + 1.0) / (own + labels);
            self.learned.iter().map(share).collect()
        };
        let goals: BTreeMap<usize, Vec<f64>> = self.learned.iter().map(|label| (*label, goal(*label))).collect();
        let samples: Vec<Sample> = rows
            .iter()
            .zip(logits)
            .filter_map(|(row, logits)| {
                let goal = goals.get(&self.gold[*row])?.clone();
                Some(Sample { logits: self.learned.iter().map(|label| logits[*label]).collect(), goal })
            })
            .collect();
        let temperature = calibrate::temperature(&samples);
        let threshold = self.threshold.map(|_| {
            let told: Vec<(f64, bool)> = rows
                .iter()
                .zip(logits)
                .map(|(row, logits)| (calibrate::softmax(logits, temperature)[1], self.gold[*row] == 1))
                .collect();
            calibrate::threshold(&told)
        });
        (temperature, threshold)
    }

    /// Returns `head` with the correction worked into its weights.
    pub(super) fn apply(&self, fitted: &Fitted, head: &Head) -> Head {
        let hidden = self.mean.len();
        let (weight, bias) = head.weights();
        let old = f64::from(head.temperature);
        let mut weight: Vec<f64> = weight.iter().map(|value| f64::from(*value) / old).collect();
        let mut bias: Vec<f64> = bias.iter().map(|value| f64::from(*value) / old).collect();
        for (place, label) in self.learned.iter().enumerate() {
            let own = fitted.correction.weights(place);
            let Some((constant, own)) = own.split_last() else { continue };
            for ((value, by), mean) in weight[label * hidden..].iter_mut().zip(own).zip(&self.mean) {
                *value += by / self.spread;
                bias[*label] -= by / self.spread * mean;
            }
            bias[*label] += constant;
        }
        let mut learned = head.clone().with_weights(narrowed(&weight), narrowed(&bias));
        learned.temperature = narrow(rounded(fitted.temperature));
        learned.threshold = fitted.threshold.map(rounded).map(narrow);
        learned
    }
}

/// A head as it was fitted.
#[derive(Debug, Clone)]
pub(super) struct Fitted {
    /// Strength of the pull; `None` where the weights were best left alone and only the calibration changed.
    pub(super) strength: Option<f64>,
    correction: Correction,
    temperature: f64,
    threshold: Option<f64>,
}

/// A strength with what it gives on rows that were not fitted on.
struct Choice {
    strength: Option<f64>,
    loss: f64,
    /// In the order of the rows.
    logits: Vec<Vec<f64>>,
}

impl Choice {
    fn new(
        material: &Material,
        rows: &[usize],
        parts: &[usize],
        strength: Option<f64>,
        by_part: &[Correction],
    ) -> Self {
        let logits: Vec<Vec<f64>> =
            rows.iter().zip(parts).map(|(row, part)| material.corrected(*row, &by_part[*part])).collect();
        let told = logits.iter().zip(rows.iter().map(|row| material.gold[*row]));
        Self { strength, loss: log_loss(told, &material.learned), logits }
    }
}

fn pair(gold: usize, logits: &[f64], temperature: f64, threshold: Option<f64>) -> Pair {
    let all = calibrate::softmax(logits, temperature);
    let predicted = match threshold {
        Some(threshold) => usize::from(all[1] >= threshold),
        // The first of equals, as in the heads themselves.
        None => (1..all.len()).fold(0, |best, at| if all[at] > all[best] { at } else { best }),
    };
    Pair { gold, predicted, confidence: all[predicted] }
}

/// Four decimals are more than a fit on some hundred rows knows.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

fn narrowed(values: &[f64]) -> Vec<f32> {
    values.iter().copied().map(narrow).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "weights are stored as f32")]
fn narrow(value: f64) -> f32 {
    value as f32
}
