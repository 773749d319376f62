//! Multinomial logistic regression that starts from what a head says already.

use crate::evaluate::baseline::logistic::softmax;
use crate::evaluate::minimise::{Objective, Point, add, dot, minimise};

/// Rows of one head: what it says today, what describes them, what is true.
#[derive(Debug)]
pub(super) struct Problem<'a> {
    /// Logits of the head as it is, `labels` per row.
    pub(super) offsets: &'a [Vec<f64>],
    /// Features of each row, the constant 1 last.
    pub(super) features: &'a [Vec<f64>],
    /// True label of each row.
    pub(super) gold: &'a [usize],
    /// Rows to fit on.
    pub(super) rows: &'a [usize],
    /// Which labels are learned. The likelihood is among these, so the others keep their odds against the mean of these.
    pub(super) learned: &'a [usize],
    /// Strength of the pull towards the head as it is.
    pub(super) strength: f64,
}

/// A correction of the logits: a row of weights for each learned label, in their order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Correction(Vec<Vec<f64>>);

impl Correction {
    /// The correction that changes nothing.
    pub(super) fn none(labels: usize, width: usize) -> Self {
        Self(vec![vec![0.0; width]; labels])
    }

    /// Weights of the learned label at `place`.
    pub(super) fn weights(&self, place: usize) -> &[f64] {
        &self.0[place]
    }

    /// Corrected logits of all labels of a row.
    pub(super) fn logits(&self, offsets: &[f64], features: &[f64], learned: &[usize]) -> Vec<f64> {
        let mut logits = offsets.to_vec();
        for (label, weights) in learned.iter().zip(&self.0) {
            logits[*label] += dot(weights, features);
        }
        logits
    }
}

impl Problem<'_> {
    /// Minimises the sum over the rows of -ln p(true label) plus `strength` / 2 times the squared length of the correction, starting at `start`.
    pub(super) fn fit(&self, start: &Correction) -> Correction {
        let width = start.0.first().map_or(0, Vec::len);
        // Features have a mean square length of 2 (the constant included): a thousandth per row is far below what moves a probability.
        let floor = 1e-3 * (self.rows.len() as f64).sqrt();
        let weights = minimise(self, start.0.concat(), floor);
        Correction(weights.chunks(width.max(1)).map(<[f64]>::to_vec).collect())
    }
}

impl Objective for Problem<'_> {
    fn at(&self, weights: &[f64]) -> Point {
        let width = weights.len() / self.learned.len().max(1);
        let mut loss = self.strength / 2.0 * dot(weights, weights);
        let mut gradient: Vec<f64> = weights.iter().map(|weight| self.strength * weight).collect();
        for row in self.rows {
            let features = &self.features[*row];
            let mut values: Vec<f64> = self
                .learned
                .iter()
                .zip(weights.chunks_exact(width))
                .map(|(label, weights)| self.offsets[*row][*label] + dot(weights, features))
                .collect();
            let own = self.learned.iter().position(|label| *label == self.gold[*row]);
            let Some(own) = own else { continue };
            let truth = values[own];
            loss += softmax(&mut values) - truth;
            values[own] -= 1.0;
            for (residual, gradient) in values.iter().zip(gradient.chunks_exact_mut(width)) {
                add(gradient, features, *residual);
            }
        }
        Point { loss, gradient }
    }
}

/// Mean of -ln p(true label) among the learned labels, over `rows`, each with its logits.
pub(super) fn log_loss<'a>(rows: impl Iterator<Item = (&'a Vec<f64>, usize)>, learned: &[usize]) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0_f64);
    for (logits, gold) in rows.filter(|(_, gold)| learned.contains(gold)) {
        let mut values: Vec<f64> = learned.iter().map(|label| logits[*label]).collect();
        sum += softmax(&mut values) - logits[gold];
        count += 1.0;
    }
    sum / count.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::random::Random;

    struct Rows {
        offsets: Vec<Vec<f64>>,
        features: Vec<Vec<f64>>,
        gold: Vec<usize>,
    }

    /// Rows whose label follows the sign of the first feature, and a head that knows nothing.
    fn rows(count: usize, labels: usize) -> Rows {
        let mut random = Random::new(3);
        let features: Vec<Vec<f64>> =
            (0..count).map(|_| vec![random.unit() * 2.0 - 1.0, random.unit() * 2.0 - 1.0, 1.0]).collect();
        let gold = features.iter().map(|row| usize::from(row[0] > 0.0)).collect();
        Rows { offsets: vec![vec![0.0; labels]; count], features, gold }
    }

    fn fit(rows: &Rows, learned: &[usize], strength: f64) -> Correction {
        let all: Vec<usize> = (0..rows.gold.len()).collect();
        let problem = Problem {
            offsets: &rows.offsets,
            features: &rows.features,
            gold: &rows.gold,
            rows: &all,
            learned,
            strength,
        };
        problem.fit(&Correction::none(learned.len(), 3))
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_loss() {
        let mut rows = rows(30, 3);
        let mut random = Random::new(9);
        rows.offsets.iter_mut().flatten().for_each(|value| *value = random.unit());
        rows.gold.iter_mut().enumerate().for_each(|(at, gold)| *gold = at % 3);
        let all: Vec<usize> = (0..30).collect();
        let problem = Problem {
            offsets: &rows.offsets,
            features: &rows.features,
            gold: &rows.gold,
            rows: &all,
            learned: &[0, 1, 2],
            strength: 0.7,
        };
        let weights: Vec<f64> = (0..9).map(|_| random.unit() - 0.5).collect();
        let point = problem.at(&weights);
        for at in 0..9 {
            let moved = |by: f64| {
                let mut weights = weights.clone();
                weights[at] += by;
                problem.at(&weights).loss
            };
            let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((slope - point.gradient[at]).abs() < 1e-5, "{at}: {slope} {}", point.gradient[at]);
        }
    }

    #[test]
    fn rows_move_the_head_and_a_strong_pull_holds_it() {
        let rows = rows(200, 2);
        let weak = fit(&rows, &[0, 1], 0.1);
        let strong = fit(&rows, &[0, 1], 1e6);
        let right = |correction: &Correction| {
            let told = |at: usize| correction.logits(&rows.offsets[at], &rows.features[at], &[0, 1]);
            (0..200).filter(|at| usize::from(told(*at)[1] > told(*at)[0]) == rows.gold[*at]).count()
        };
        assert!(right(&weak) > 190, "{}", right(&weak));
        assert!(strong.weights(1).iter().all(|weight| weight.abs() < 1e-3), "{strong:?}");
    }

    #[test]
    fn labels_without_rows_keep_their_odds_against_the_mean() {
        let rows = rows(100, 3);
        let correction = fit(&rows, &[0, 1], 1.0);
        let logits = correction.logits(&[0.2, 0.1, 0.4], &[0.5, 0.5, 1.0], &[0, 1]);
        assert!((logits[2] - 0.4).abs() < 1e-12);
        assert!((logits[0] + logits[1] - 0.3).abs() < 1e-6, "{logits:?}");
    }

    #[test]
    fn the_log_loss_of_even_odds_is_the_logarithm_of_their_number() {
        let logits = vec![1.0, 1.0, 5.0];
        let rows = [(&logits, 0), (&logits, 1), (&logits, 2)];
        assert!((log_loss(rows.into_iter(), &[0, 1]) - 2.0_f64.ln()).abs() < 1e-12);
    }
}
