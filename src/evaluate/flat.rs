//! A system's answers on the rows of one head, laid out for figures that are computed thousands of times.

use super::heads::Answer;
use super::metrics::{excess_gap, gap};

/// Bins of the calibration figures and of the reliability plot.
pub(super) const BINS: usize = 10;

/// Answers of one system, column by column. Every figure takes a weight for each row, 1 for the data as they are and a count in a resample.
#[derive(Debug, Clone)]
pub(super) struct Flat {
    labels: usize,
    /// Label that a prediction is compared with: of several true ones the predicted one, else the first.
    gold: Vec<usize>,
    predicted: Option<Vec<usize>>,
    /// Rows by confidence, lowest first, with the confidence.
    by_confidence: Option<Vec<(usize, f64)>>,
    /// Rows by score, lowest first, with the score.
    by_score: Option<Vec<(usize, f64)>>,
    /// True and predicted sets as bits, where a row has several true labels.
    sets: Option<Vec<(u128, u128)>>,
}

/// From which probability a label is part of the predicted set where messages have several labels (Demszky et al. 2020 use the same).
const IN_SET: f64 = 0.3;

impl Flat {
    /// Lays out rows: true labels (ascending, at least one) beside the answer.
    pub(super) fn new(rows: &[(&[usize], &Answer)], labels: usize) -> Self {
        let predicted: Option<Vec<usize>> = rows.iter().map(|(_, answer)| answer.label).collect();
        let gold = rows
            .iter()
            .map(|(gold, answer)| answer.label.filter(|label| gold.contains(label)).unwrap_or(gold[0]))
            .collect::<Vec<_>>();
        let confidences: Option<Vec<f64>> = rows.iter().map(|(_, answer)| answer.confidence()).collect();
        let scores: Option<Vec<f64>> = rows.iter().map(|(_, answer)| answer.score).collect();
        let several = labels <= 128 && rows.iter().any(|(gold, _)| gold.len() > 1);
        let sets =
            several.then(|| rows.iter().map(|(gold, answer)| set(gold, answer)).collect::<Option<Vec<_>>>()).flatten();
        Self {
            labels,
            gold,
            predicted,
            by_confidence: confidences.map(|values| ascending(&values)),
            by_score: scores.map(|values| ascending(&values)),
            sets,
        }
    }

    pub(super) fn rows(&self) -> usize {
        self.gold.len()
    }

    pub(super) fn gold(&self) -> &[usize] {
        &self.gold
    }

    pub(super) fn predicted(&self) -> Option<&[usize]> {
        self.predicted.as_deref()
    }

    /// Counts of (true, predicted), row by row.
    pub(super) fn confusion(&self, weights: &[u32]) -> Option<Vec<Vec<u64>>> {
        let predicted = self.predicted.as_ref()?;
        Some(confusion(self.labels, &self.gold, predicted, weights))
    }

    /// Whether each row by confidence was right, lowest confidence first, each as often as it weighs.
    fn calibration_rows(&self, weights: &[u32]) -> Option<Vec<(f64, bool)>> {
        let predicted = self.predicted.as_ref()?;
        let order = self.by_confidence.as_ref()?;
        Some(
            order
                .iter()
                .flat_map(|&(row, p)| std::iter::repeat_n((p, predicted[row] == self.gold[row]), weights[row] as usize))
                .collect(),
        )
    }

    pub(super) fn ece(&self, weights: &[u32]) -> Option<f64> {
        self.calibration_rows(weights).filter(|rows| !rows.is_empty()).map(|rows| gap(&rows))
    }

    pub(super) fn ece_debiased(&self, weights: &[u32]) -> Option<f64> {
        self.calibration_rows(weights).filter(|rows| !rows.is_empty()).map(|rows| excess_gap(&rows))
    }

    pub(super) fn rms_calibration(&self, weights: &[u32]) -> Option<f64> {
        self.calibration_rows(weights).and_then(|rows| rms_calibration(&rows))
    }

    /// Reliability bins of equally many rows, lowest confidence first.
    pub(super) fn reliability(&self, weights: &[u32]) -> Option<Vec<Bin>> {
        let rows = self.calibration_rows(weights)?;
        Some(bins(&rows).map(Bin::of).collect())
    }

    /// Share of rows answered, and accuracy on them, for every confidence from the highest down.
    pub(super) fn coverage(&self, weights: &[u32]) -> Option<Vec<Covered>> {
        let predicted = self.predicted.as_ref()?;
        let order = self.by_confidence.as_ref()?;
        let all: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
        let (mut seen, mut right) = (0_u64, 0_u64);
        let mut points = Vec::new();
        for group in order.chunk_by(|a, b| a.1.total_cmp(&b.1).is_eq()).rev() {
            for &(row, _) in group {
                seen += u64::from(weights[row]);
                right += u64::from(weights[row]) * u64::from(predicted[row] == self.gold[row]);
            }
            if seen > 0 {
                points.push(Covered {
                    threshold: group[0].1,
                    coverage: seen as f64 / all as f64,
                    accuracy: right as f64 / seen as f64,
                });
            }
        }
        Some(points)
    }

    /// Area under the coverage-accuracy curve, as steps: the mean accuracy over all coverages.
    pub(super) fn coverage_area(&self, weights: &[u32]) -> Option<f64> {
        let points = self.coverage(weights).filter(|points| !points.is_empty())?;
        let mut before = 0.0;
        let mut area = 0.0;
        for point in points {
            area += (point.coverage - before) * point.accuracy;
            before = point.coverage;
        }
        Some(area)
    }

    pub(super) fn auroc(&self, weights: &[u32]) -> Option<f64> {
        let order = self.by_score.as_ref()?;
        let (mut wins, mut positives, mut negatives) = (0.0, 0.0, 0.0);
        for group in order.chunk_by(|a, b| a.1.total_cmp(&b.1).is_eq()) {
            let (yes, no) = self.yes_and_no(group, weights);
            wins += yes * (negatives + no / 2.0);
            positives += yes;
            negatives += no;
        }
        (positives > 0.0 && negatives > 0.0).then(|| wins / (positives * negatives))
    }

    pub(super) fn average_precision(&self, weights: &[u32]) -> Option<f64> {
        let order = self.by_score.as_ref()?;
        let (mut sum, mut positives, mut seen) = (0.0, 0.0, 0.0);
        for group in order.chunk_by(|a, b| a.1.total_cmp(&b.1).is_eq()).rev() {
            let (yes, no) = self.yes_and_no(group, weights);
            positives += yes;
            seen += yes + no;
            if yes > 0.0 {
                sum += yes * positives / seen;
            }
        }
        (positives > 0.0 && seen > positives).then(|| sum / positives)
    }

    fn yes_and_no(&self, group: &[(usize, f64)], weights: &[u32]) -> (f64, f64) {
        group.iter().fold((0.0, 0.0), |(yes, no), &(row, _)| {
            let weight = f64::from(weights[row]);
            if self.gold[row] == 1 { (yes + weight, no) } else { (yes, no + weight) }
        })
    }

    /// Mean over labels of the F1 of "is in the set", over labels that are true or predicted somewhere.
    pub(super) fn set_macro_f1(&self, weights: &[u32]) -> Option<f64> {
        let sets = self.sets.as_ref()?;
        let (mut sum, mut labels) = (0.0, 0);
        for label in 0..self.labels {
            let bit = 1_u128 << label;
            let (mut both, mut either) = (0_u64, 0_u64);
            for (&(gold, predicted), weight) in sets.iter().zip(weights) {
                let (is, said) = (gold & bit != 0, predicted & bit != 0);
                both += u64::from(is && said) * u64::from(*weight);
                either += (u64::from(is) + u64::from(said)) * u64::from(*weight);
            }
            if either > 0 {
                sum += 2.0 * both as f64 / either as f64;
                labels += 1;
            }
        }
        (labels > 0).then(|| sum / f64::from(labels))
    }
}

fn ascending(values: &[f64]) -> Vec<(usize, f64)> {
    let mut order: Vec<(usize, f64)> = values.iter().copied().enumerate().collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    order
}

/// The true set, and the predicted one: every label from [`IN_SET`] on, and the most likely one in any case.
fn set(gold: &[usize], answer: &Answer) -> Option<(u128, u128)> {
    let gold = gold.iter().fold(0, |bits, label| bits | 1_u128 << label);
    let probabilities = answer.probabilities.as_ref()?;
    let said = probabilities.iter().enumerate().filter(|(_, p)| **p >= IN_SET);
    Some((gold, said.fold(1_u128 << answer.label?, |bits, (label, _)| bits | 1 << label)))
}

/// Counts of (true, predicted).
pub(super) fn confusion(labels: usize, gold: &[usize], predicted: &[usize], weights: &[u32]) -> Vec<Vec<u64>> {
    let mut counts = vec![vec![0; labels]; labels];
    for ((gold, predicted), weight) in gold.iter().zip(predicted).zip(weights) {
        counts[*gold][*predicted] += u64::from(*weight);
    }
    counts
}

fn bins(rows: &[(f64, bool)]) -> impl Iterator<Item = &[(f64, bool)]> {
    rows.chunks(rows.len().div_ceil(BINS).max(1))
}

/// Root of the debiased squared calibration error (Kumar, Liang and Ma 2019, equation 8): over ten bins of equally many rows, the squared gap between mean
/// confidence and accuracy `y`, less `y (1 - y) / (n - 1)`, which is what chance adds to it. Never below 0; bins of one row are left out.
fn rms_calibration(rows: &[(f64, bool)]) -> Option<f64> {
    let (mut sum, mut counted) = (0.0, 0.0);
    for bin in bins(rows).filter(|bin| bin.len() > 1) {
        let Bin { confidence, accuracy, rows } = Bin::of(bin);
        let n = rows as f64;
        sum += n * ((confidence - accuracy).powi(2) - accuracy * (1.0 - accuracy) / (n - 1.0));
        counted += n;
    }
    (counted > 0.0).then(|| (sum / counted).max(0.0).sqrt())
}

/// A bin of the reliability plot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bin {
    /// Mean probability of the predicted label.
    pub(super) confidence: f64,
    /// Share of right predictions.
    pub(super) accuracy: f64,
    /// Number of rows.
    pub(super) rows: usize,
}

impl Bin {
    fn of(rows: &[(f64, bool)]) -> Self {
        let n = rows.len() as f64;
        Self {
            confidence: rows.iter().map(|(p, _)| p).sum::<f64>() / n,
            accuracy: rows.iter().filter(|(_, right)| *right).count() as f64 / n,
            rows: rows.len(),
        }
    }
}

/// A point of the coverage-accuracy curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Covered {
    /// Lowest confidence that is answered.
    pub(super) threshold: f64,
    /// Share of rows with at least that confidence.
    pub(super) coverage: f64,
    /// Share of right predictions among them.
    pub(super) accuracy: f64,
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Rows of one label each: truth, prediction, confidence.
    pub(in super::super) fn labels(rows: &[(usize, usize, f64)], labels: usize) -> Flat {
        let answers: Vec<Answer> = rows
            .iter()
            .map(|(_, label, p)| {
                let mut all = vec![0.0; labels];
                all[*label] = *p;
                Answer { label: Some(*label), probabilities: Some(all), score: None }
            })
            .collect();
        let gold: Vec<[usize; 1]> = rows.iter().map(|row| [row.0]).collect();
        let pairs: Vec<(&[usize], &Answer)> = gold.iter().map(<[usize; 1]>::as_slice).zip(&answers).collect();
        Flat::new(&pairs, labels)
    }

    /// Rows of a score: truth, score.
    pub(in super::super) fn scores(rows: &[(usize, f64)]) -> Flat {
        let answers: Vec<Answer> =
            rows.iter().map(|(_, score)| Answer { label: None, probabilities: None, score: Some(*score) }).collect();
        let gold: Vec<[usize; 1]> = rows.iter().map(|row| [row.0]).collect();
        let pairs: Vec<(&[usize], &Answer)> = gold.iter().map(<[usize; 1]>::as_slice).zip(&answers).collect();
        Flat::new(&pairs, 2)
    }

    fn close(value: Option<f64>, wanted: f64) {
        let value = value.unwrap();
        assert!((value - wanted).abs() < 1e-9, "{value} is not {wanted}");
    }

    const GOLD: [usize; 10] = [0, 0, 1, 1, 1, 0, 1, 0, 0, 1];
    const SCORE: [f64; 10] = [0.1, 0.4, 0.35, 0.8, 0.4, 0.2, 0.9, 0.6, 0.4, 0.3];

    fn scored() -> Flat {
        scores(&GOLD.into_iter().zip(SCORE).collect::<Vec<_>>())
    }

    /// scikit-learn 1.9.1: `roc_auc_score(GOLD, SCORE)`, `average_precision_score(GOLD, SCORE)`; three scores are tied.
    #[test]
    fn rankings_are_those_of_scikit_learn() {
        close(scored().auroc(&[1; 10]), 0.68);
        close(scored().average_precision(&[1; 10]), 0.739_285_714_285_714_3);
    }

    #[test]
    fn a_weight_is_as_good_as_that_many_rows() {
        let weights = [2, 0, 1, 3, 1, 1, 0, 2, 1, 1];
        let repeated: Vec<(usize, f64)> =
            (0..10).flat_map(|row| std::iter::repeat_n((GOLD[row], SCORE[row]), weights[row] as usize)).collect();
        let ones = vec![1; repeated.len()];
        let other = scores(&repeated);
        close(scored().auroc(&weights), other.auroc(&ones).unwrap());
        close(scored().average_precision(&weights), other.average_precision(&ones).unwrap());
    }

    #[test]
    fn one_kind_of_row_has_no_ranking() {
        let flat = scores(&[(1, 0.2), (1, 0.4)]);
        assert_eq!((flat.auroc(&[1, 1]), flat.average_precision(&[1, 1])), (None, None));
        assert_eq!(scored().auroc(&[0; 10]), None);
    }

    #[test]
    fn coverage_goes_from_the_surest_rows_to_all() {
        // Surest first: right, wrong, then two of equal confidence, one right.
        let flat = labels(&[(0, 0, 0.9), (1, 0, 0.8), (0, 0, 0.6), (1, 0, 0.6)], 2);
        let points = flat.coverage(&[1; 4]).unwrap();
        let shares: Vec<(f64, f64)> = points.iter().map(|point| (point.coverage, point.accuracy)).collect();
        assert_eq!(shares, [(0.25, 1.0), (0.5, 0.5), (1.0, 0.5)]);
        close(flat.coverage_area(&[1; 4]), 0.25 + 0.25 * 0.5 + 0.5 * 0.5);
        assert!((points[2].threshold - 0.6).abs() < 1e-12);
    }

    #[test]
    fn calibration_bins_by_hand() {
        // Twenty rows, ten bins of two: ten at .8 of which eight are right, ten at .6 of which two are.
        let mut rows: Vec<(usize, usize, f64)> = (0..10).map(|row| (usize::from(row >= 8), 0, 0.8)).collect();
        rows.extend((0..10).map(|row| (usize::from(row >= 2), 0, 0.6)));
        let flat = labels(&rows, 2);
        let bins = flat.reliability(&[1; 20]).unwrap();
        assert_eq!(bins.len(), 10);
        assert_eq!(bins.iter().map(|bin| bin.rows).sum::<usize>(), 20);
        // .6: one bin right (gap .4), four wrong (.6); .8: four right (.2), one wrong (.8).
        close(flat.ece(&[1; 20]), (0.4 + 4.0 * 0.6 + 4.0 * 0.2 + 0.8) / 10.0);
        // Every bin is all right or all wrong, so chance takes nothing off the squares.
        close(flat.rms_calibration(&[1; 20]), ((0.16 + 4.0 * 0.36 + 4.0 * 0.04 + 0.64_f64) / 10.0).sqrt());
    }

    #[test]
    fn the_squared_calibration_error_forgives_chance() {
        // Forty rows at .5, half of them right in each bin of four: no gap, and less than none when chance is taken off.
        let rows: Vec<(usize, usize, f64)> = (0..40).map(|row| (row % 2, 0, 0.5)).collect();
        close(labels(&rows, 2).rms_calibration(&[1; 40]), 0.0);
        // All wrong at .75: nothing is chance.
        let wrong: Vec<(usize, usize, f64)> = (0..40).map(|_| (1, 0, 0.75)).collect();
        close(labels(&wrong, 2).rms_calibration(&[1; 40]), 0.75);
    }

    #[test]
    fn any_of_several_true_labels_is_right_and_sets_are_compared_as_sets() {
        let answer = |label, probabilities: [f64; 3]| Answer {
            label: Some(label),
            probabilities: Some(probabilities.to_vec()),
            score: None,
        };
        let answers = [answer(1, [0.1, 0.6, 0.3]), answer(0, [0.8, 0.1, 0.1]), answer(2, [0.2, 0.2, 0.6])];
        let gold: [&[usize]; 3] = [&[0, 1], &[0], &[0, 1]];
        let flat = Flat::new(&gold.into_iter().zip(&answers).collect::<Vec<_>>(), 3);
        assert_eq!(flat.gold(), [1, 0, 0]);
        // Sets: {0,1}/{1,2}, {0}/{0}, {0,1}/{2}. F1 by label: 2*1/(3+1), 2*1/(2+1), 0/(0+2).
        close(flat.set_macro_f1(&[1; 3]), (0.5 + 2.0 / 3.0) / 3.0);
        assert_eq!(labels(&[(0, 0, 1.0)], 2).set_macro_f1(&[1]), None);
    }

    proptest! {
        #[test]
        fn auroc_is_a_matter_of_order_alone(
            rows in prop::collection::vec((0_usize..2, -3_i32..4), 2..40),
        ) {
            let ones = vec![1; rows.len()];
            let plain = scores(&rows.iter().map(|(gold, s)| (*gold, f64::from(*s))).collect::<Vec<_>>());
            let bent = scores(&rows.iter().map(|(gold, s)| (*gold, f64::from(*s).exp() * 5.0 - 2.0)).collect::<Vec<_>>());
            let down = scores(&rows.iter().map(|(gold, s)| (*gold, -f64::from(*s))).collect::<Vec<_>>());
            let turned = scores(&rows.iter().rev().map(|(gold, s)| (*gold, f64::from(*s))).collect::<Vec<_>>());
            let auroc = plain.auroc(&ones);
            prop_assert_eq!(auroc, bent.auroc(&ones));
            match (auroc, down.auroc(&ones), turned.auroc(&ones)) {
                (Some(up), Some(down), Some(turned)) => {
                    prop_assert!((0.0..=1.0).contains(&up));
                    prop_assert!((up + down - 1.0).abs() < 1e-9);
                    prop_assert!((up - turned).abs() < 1e-9);
                }
                other => prop_assert_eq!(other, (None, None, None)),
            }
            if let Some(precision) = plain.average_precision(&ones) {
                let positives = rows.iter().filter(|(gold, _)| *gold == 1).count() as f64;
                prop_assert!(precision <= 1.0 + 1e-12 && precision > 0.0 && precision >= positives / rows.len() as f64 / 2.0);
            }
        }

        #[test]
        fn calibration_figures_stay_in_bounds(
            rows in prop::collection::vec((0_usize..3, 0_usize..3, 0.0_f64..=1.0), 1..60),
        ) {
            let flat = labels(&rows, 3);
            let ones = vec![1; rows.len()];
            for value in [flat.ece(&ones), flat.ece_debiased(&ones), flat.rms_calibration(&ones), flat.coverage_area(&ones)] {
                prop_assert!(value.is_none_or(|value| (0.0..=1.0 + 1e-12).contains(&value)), "{:?}", value);
            }
            prop_assert!(flat.ece_debiased(&ones) <= flat.ece(&ones));
        }
    }
}
