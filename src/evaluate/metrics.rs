//! Figures of merit over labelled predictions: pure functions, nothing is read or printed.

use super::random::Random;

/// One prediction beside the truth. Labels are indices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The true label.
    pub gold: usize,
    /// The label that was predicted.
    pub predicted: usize,
    /// Calibrated probability of the predicted label, 0 to 1.
    pub confidence: f64,
}

/// A figure with its 95 % bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The figure on all rows.
    pub value: f64,
    /// 2.5th percentile over resampled rows.
    pub low: f64,
    /// 97.5th percentile over resampled rows.
    pub high: f64,
}

/// Which figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Share of right predictions.
    Accuracy,
    /// Unweighted mean over labels of F1.
    MacroF1,
    /// Unweighted mean over labels of recall.
    MacroRecall,
    /// Quadratic-weighted kappa of ordered labels: 1 agreement, 0 chance.
    Kappa,
    /// Share of predictions at most one level off.
    WithinOne,
    /// Expected calibration error, see [`calibration_error`].
    CalibrationError,
}

impl Metric {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::MacroF1 => "macro-F1",
            Self::MacroRecall => "macro-recall",
            Self::Kappa => "QWK",
            Self::WithinOne => "within one",
            Self::CalibrationError => "ECE",
        }
    }

    /// The figure over `pairs`, 0 when there are none.
    pub fn of(self, pairs: &[Pair]) -> f64 {
        match self {
            Self::Accuracy => accuracy(pairs),
            Self::MacroF1 => macro_f1(pairs),
            Self::MacroRecall => macro_recall(pairs),
            Self::Kappa => kappa(pairs),
            Self::WithinOne => within_one(pairs),
            Self::CalibrationError => calibration_error(pairs),
        }
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Share of right predictions.
pub fn accuracy(pairs: &[Pair]) -> f64 {
    share(pairs.iter().filter(|pair| pair.gold == pair.predicted).count(), pairs.len())
}

/// Share of predictions at most one level from the truth.
pub fn within_one(pairs: &[Pair]) -> f64 {
    share(pairs.iter().filter(|pair| pair.gold.abs_diff(pair.predicted) <= 1).count(), pairs.len())
}

/// Per label: right, predicted, true.
fn counts(pairs: &[Pair]) -> Vec<[usize; 3]> {
    let labels = pairs.iter().map(|pair| pair.gold.max(pair.predicted) + 1).max().unwrap_or(0);
    let mut counts = vec![[0; 3]; labels];
    for pair in pairs {
        counts[pair.gold][0] += usize::from(pair.gold == pair.predicted);
        counts[pair.predicted][1] += 1;
        counts[pair.gold][2] += 1;
    }
    counts
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0), |(sum, n), value| (sum + value, n + 1));
    if n == 0 { 0.0 } else { sum / f64::from(n) }
}

/// Mean F1 over the labels that are true or predicted somewhere.
pub fn macro_f1(pairs: &[Pair]) -> f64 {
    let seen = counts(pairs).into_iter().filter(|[_, predicted, gold]| predicted + gold > 0);
    mean(seen.map(|[right, predicted, gold]| share(2 * right, predicted + gold)))
}

/// Mean recall over the labels that are true somewhere.
pub fn macro_recall(pairs: &[Pair]) -> f64 {
    mean(counts(pairs).into_iter().filter(|[_, _, gold]| *gold > 0).map(|[right, _, gold]| share(right, gold)))
}

/// Quadratic-weighted kappa; 0 when nothing but one label occurs on either side.
pub fn kappa(pairs: &[Pair]) -> f64 {
    let counts = counts(pairs);
    let squared = |a: usize, b: usize| (a.abs_diff(b) as f64).powi(2);
    let observed: f64 = pairs.iter().map(|pair| squared(pair.gold, pair.predicted)).sum();
    let mut expected = 0.0;
    for (a, [_, _, gold]) in counts.iter().enumerate() {
        for (b, [_, predicted, _]) in counts.iter().enumerate() {
            expected += squared(a, b) * (gold * predicted) as f64 / pairs.len() as f64;
        }
    }
    if expected > 0.0 { 1.0 - observed / expected } else { 0.0 }
}

/// Mean gap between confidence and accuracy over ten bins of equally many rows, less what chance alone would show.
///
/// Chance is the mean gap when every prediction is right with exactly its own confidence, over 20 seeded draws; without
/// taking it off, a small set looks badly calibrated whatever the model. Where a model is far off, a little too much is taken.
/// Never below 0.
pub fn calibration_error(pairs: &[Pair]) -> f64 {
    let mut sorted: Vec<(f64, bool)> =
        pairs.iter().map(|pair| (pair.confidence, pair.gold == pair.predicted)).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    excess_gap(&sorted)
}

/// [`calibration_error`] of rows that are sorted by confidence already.
pub(super) fn excess_gap(sorted: &[(f64, bool)]) -> f64 {
    let plain = gap(sorted);
    let mut random = Random::new(20);
    let draws = 20;
    let chance = mean((0..draws).map(|_| {
        let sample: Vec<(f64, bool)> = sorted.iter().map(|(p, _)| (*p, random.unit() < *p)).collect();
        gap(&sample)
    }));
    (plain - chance).max(0.0)
}

/// Plain expected calibration error of rows sorted by confidence: ten bins of equally many rows.
pub(super) fn gap(sorted: &[(f64, bool)]) -> f64 {
    if sorted.is_empty() {
        return 0.0;
    }
    let size = sorted.len().div_ceil(10);
    let bins = sorted.chunks(size).map(|bin| {
        let gap: f64 = bin.iter().map(|(p, right)| p - f64::from(u8::from(*right))).sum();
        gap.abs()
    });
    bins.sum::<f64>() / sorted.len() as f64
}

/// The figure with a percentile bootstrap over rows, 1000 seeded draws.
pub fn estimate(pairs: &[Pair], metric: Metric) -> Estimate {
    // The calibration error draws inside every draw; fewer are enough for its interval.
    let draws = if metric == Metric::CalibrationError { 100 } else { 1000 };
    let (low, high) = interval(pairs.len(), draws, |rows| {
        let sample: Vec<Pair> = rows.iter().map(|row| pairs[*row]).collect();
        metric.of(&sample)
    });
    Estimate { value: metric.of(pairs), low, high }
}

/// Second minus first of the figure on the same rows, with a paired bootstrap interval.
pub fn difference(first: &[Pair], second: &[Pair], metric: Metric) -> Estimate {
    let draws = if metric == Metric::CalibrationError { 100 } else { 1000 };
    let rows = first.len().min(second.len());
    let (low, high) = interval(rows, draws, |rows| {
        let take = |pairs: &[Pair]| rows.iter().map(|row| pairs[*row]).collect::<Vec<_>>();
        metric.of(&take(second)) - metric.of(&take(first))
    });
    Estimate { value: metric.of(second) - metric.of(first), low, high }
}

fn interval(rows: usize, draws: usize, mut figure: impl FnMut(&[usize]) -> f64) -> (f64, f64) {
    if rows == 0 {
        return (0.0, 0.0);
    }
    let mut random = Random::new(95);
    let mut sample = vec![0; rows];
    let mut values: Vec<f64> = (0..draws)
        .map(|_| {
            sample.fill_with(|| random.below(rows));
            figure(&sample)
        })
        .collect();
    values.sort_by(f64::total_cmp);
    (values[draws * 25 / 1000], values[draws * 975 / 1000])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(rows: &[(usize, usize)]) -> Vec<Pair> {
        rows.iter().map(|(gold, predicted)| Pair { gold: *gold, predicted: *predicted, confidence: 0.5 }).collect()
    }

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9, "{a} is not {b}");
    }

    #[test]
    fn hand_computed_figures() {
        // gold 0: 2 of 3 right; gold 1: 1 of 2 right
        let some = pairs(&[(0, 0), (0, 0), (0, 1), (1, 1), (1, 0)]);
        close(accuracy(&some), 0.6);
        close(macro_recall(&some), f64::midpoint(2.0 / 3.0, 0.5));
        close(macro_f1(&some), f64::midpoint(4.0 / 6.0, 2.0 / 4.0));
        close(within_one(&pairs(&[(0, 2), (3, 2), (1, 1)])), 2.0 / 3.0);
    }

    #[test]
    fn kappa_is_one_for_agreement_and_zero_for_chance() {
        close(kappa(&pairs(&[(0, 0), (1, 1), (3, 3)])), 1.0);
        close(kappa(&pairs(&[(0, 0), (0, 1), (1, 0), (1, 1)])), 0.0);
        close(kappa(&pairs(&[(0, 3), (3, 0)])), -1.0);
        close(kappa(&pairs(&[(2, 2)])), 0.0);
    }

    #[test]
    fn labels_that_never_occur_do_not_count() {
        close(macro_f1(&pairs(&[(5, 5), (2, 2)])), 1.0);
        for metric in
            [Metric::Accuracy, Metric::MacroF1, Metric::MacroRecall, Metric::WithinOne, Metric::CalibrationError]
        {
            close(metric.of(&[]), 0.0);
        }
    }

    #[test]
    fn calibration_error_sees_false_confidence_and_forgives_chance() {
        let row = |right: bool, confidence| Pair { gold: usize::from(!right), predicted: 0, confidence };
        let sure: Vec<Pair> = (0..200).map(|i| row(i % 2 == 0, 0.95)).collect();
        // The plain gap is .45; what chance would show of it is taken off.
        assert!((calibration_error(&sure) - 0.42).abs() < 0.03);
        let mut random = Random::new(1);
        let honest: Vec<Pair> = (0..200)
            .map(|_| {
                let p = 0.5 + random.unit() / 2.0;
                row(random.unit() < p, p)
            })
            .collect();
        assert!(calibration_error(&honest) < 0.04);
    }

    #[test]
    fn intervals_hold_the_value_and_pairs_cancel() {
        let pairs: Vec<Pair> =
            (0..100).map(|i| Pair { gold: i % 2, predicted: usize::from(i % 3 == 0), confidence: 0.6 }).collect();
        let figure = estimate(&pairs, Metric::Accuracy);
        assert!(figure.low < figure.value && figure.value < figure.high && figure.high - figure.low < 0.25);
        let same = difference(&pairs, &pairs, Metric::MacroF1);
        close(same.low, 0.0);
        close(same.high, 0.0);
    }
}
