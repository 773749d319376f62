//! Every figure of a head, its bootstrap interval, and paired differences between systems.

use rayon::prelude::*;

use super::flat::Flat;
use super::random::Random;

/// Resamples behind every interval.
pub const DRAWS: usize = 1000;

/// A figure of a head. The formulas stand in docs/evaluation.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Share of right predictions.
    Accuracy,
    /// Unweighted mean over labels of precision.
    MacroPrecision,
    /// Unweighted mean over labels of recall.
    MacroRecall,
    /// Unweighted mean over labels of F1.
    MacroF1,
    /// Macro-F1 of label sets, where messages have several true labels.
    SetMacroF1,
    /// Precision of yes, for two-way heads.
    Precision,
    /// Recall of yes, for two-way heads.
    Recall,
    /// F1 of yes, for two-way heads.
    F1,
    /// Quadratic-weighted kappa, for ordered heads.
    Qwk,
    /// Share of predictions at most one level off, for ordered heads.
    WithinOne,
    /// Area under the ROC curve of the score.
    Auroc,
    /// Average precision of the score.
    AveragePrecision,
    /// Expected calibration error, ten bins of equally many rows.
    Ece,
    /// The same less what chance alone would show.
    EceDebiased,
    /// Root of the debiased squared calibration error.
    RmsCalibration,
    /// Mean accuracy over all coverages, the surest rows first.
    CoverageArea,
}

impl Measure {
    /// Every measure, in the order of tables.
    pub const ALL: [Self; 16] = [
        Self::Accuracy,
        Self::MacroPrecision,
        Self::MacroRecall,
        Self::MacroF1,
        Self::SetMacroF1,
        Self::Precision,
        Self::Recall,
        Self::F1,
        Self::Qwk,
        Self::WithinOne,
        Self::Auroc,
        Self::AveragePrecision,
        Self::Ece,
        Self::EceDebiased,
        Self::RmsCalibration,
        Self::CoverageArea,
    ];

    /// Its key in JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::MacroPrecision => "macro_precision",
            Self::MacroRecall => "macro_recall",
            Self::MacroF1 => "macro_f1",
            Self::SetMacroF1 => "set_macro_f1",
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::F1 => "f1",
            Self::Qwk => "qwk",
            Self::WithinOne => "within_one",
            Self::Auroc => "auroc",
            Self::AveragePrecision => "average_precision",
            Self::Ece => "ece",
            Self::EceDebiased => "ece_debiased",
            Self::RmsCalibration => "rms_calibration",
            Self::CoverageArea => "coverage_area",
        }
    }

    /// Its name in tables.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::MacroPrecision => "macro-precision",
            Self::MacroRecall => "macro-recall",
            Self::MacroF1 => "macro-F1",
            Self::SetMacroF1 => "macro-F1 of sets",
            Self::Precision => "precision of yes",
            Self::Recall => "recall of yes",
            Self::F1 => "F1 of yes",
            Self::Qwk => "QWK",
            Self::WithinOne => "within one",
            Self::Auroc => "AUROC",
            Self::AveragePrecision => "average precision",
            Self::Ece => "ECE",
            Self::EceDebiased => "ECE debiased",
            Self::RmsCalibration => "RMS calibration error",
            Self::CoverageArea => "coverage area",
        }
    }

    /// Whether less is better.
    pub const fn is_error(self) -> bool {
        matches!(self, Self::Ece | Self::EceDebiased | Self::RmsCalibration)
    }
}

/// What a head's labels are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// Whether the labels are no and yes.
    pub(super) two_way: bool,
    /// Whether the labels are levels.
    pub(super) ordered: bool,
}

/// Figures by measure; none where a measure does not apply to the head or has no value on these rows.
pub(super) type Values = [Option<f64>; Measure::ALL.len()];

/// Computes every figure that applies, each row counted as often as it weighs.
pub(super) fn values(flat: &Flat, shape: Shape, weights: &[u32]) -> Values {
    let counts = flat.confusion(weights);
    let table = counts.as_ref().map(|counts| Table::new(counts));
    let table = table.as_ref();
    let two_way = |figure: fn(&Table) -> Option<f64>| table.filter(|_| shape.two_way).and_then(figure);
    Measure::ALL.map(|measure| match measure {
        Measure::Accuracy => table.and_then(Table::accuracy),
        Measure::MacroPrecision => table.and_then(|table| table.macro_mean(Table::precision)),
        Measure::MacroRecall => table.and_then(Table::macro_recall),
        Measure::MacroF1 => table.and_then(Table::macro_f1),
        Measure::SetMacroF1 => flat.set_macro_f1(weights),
        Measure::Precision => two_way(|table| table.precision(1)),
        Measure::Recall => two_way(|table| table.recall(1)),
        Measure::F1 => two_way(|table| table.f1(1)),
        Measure::Qwk => table.filter(|_| shape.ordered).and_then(Table::kappa),
        Measure::WithinOne => table.filter(|_| shape.ordered).and_then(Table::within_one),
        Measure::Auroc => flat.auroc(weights),
        Measure::AveragePrecision => flat.average_precision(weights),
        Measure::Ece => flat.ece(weights),
        Measure::EceDebiased => flat.ece_debiased(weights),
        Measure::RmsCalibration => flat.rms_calibration(weights),
        Measure::CoverageArea => flat.coverage_area(weights),
    })
}

/// Sums over a confusion table.
pub(super) struct Table<'a> {
    counts: &'a [Vec<u64>],
    gold: Vec<u64>,
    predicted: Vec<u64>,
    all: u64,
}

impl<'a> Table<'a> {
    pub(super) fn new(counts: &'a [Vec<u64>]) -> Self {
        let gold: Vec<u64> = counts.iter().map(|row| row.iter().sum()).collect();
        let predicted = (0..counts.len()).map(|label| counts.iter().map(|row| row[label]).sum()).collect();
        let all = gold.iter().sum();
        Self { counts, gold, predicted, all }
    }

    pub(super) fn support(&self, label: usize) -> u64 {
        self.gold[label]
    }

    pub(super) fn precision(&self, label: usize) -> Option<f64> {
        share(self.counts[label][label], self.predicted[label])
    }

    pub(super) fn recall(&self, label: usize) -> Option<f64> {
        share(self.counts[label][label], self.gold[label])
    }

    pub(super) fn f1(&self, label: usize) -> Option<f64> {
        share(2 * self.counts[label][label], self.gold[label] + self.predicted[label])
    }

    pub(super) fn accuracy(&self) -> Option<f64> {
        share((0..self.gold.len()).map(|label| self.counts[label][label]).sum(), self.all)
    }

    /// Mean over the labels that are true or predicted somewhere; a label without a value counts 0, as one that was never found does.
    fn macro_mean(&self, figure: impl Fn(&Self, usize) -> Option<f64>) -> Option<f64> {
        let seen: Vec<f64> = (0..self.gold.len())
            .filter(|label| self.gold[*label] + self.predicted[*label] > 0)
            .map(|label| figure(self, label).unwrap_or(0.0))
            .collect();
        mean(&seen)
    }

    pub(super) fn macro_f1(&self) -> Option<f64> {
        self.macro_mean(Self::f1)
    }

    /// Mean over the labels that are true somewhere.
    pub(super) fn macro_recall(&self) -> Option<f64> {
        mean(&(0..self.gold.len()).filter_map(|label| self.recall(label)).collect::<Vec<_>>())
    }

    pub(super) fn kappa(&self) -> Option<f64> {
        let (mut observed, mut expected) = (0.0, 0.0);
        for (gold, row) in self.counts.iter().enumerate() {
            for (predicted, count) in row.iter().enumerate() {
                let squared = (gold.abs_diff(predicted) as f64).powi(2);
                observed += squared * *count as f64;
                expected += squared * self.gold[gold] as f64 * self.predicted[predicted] as f64 / self.all as f64;
            }
        }
        (expected > 0.0).then(|| 1.0 - observed / expected)
    }

    fn within_one(&self) -> Option<f64> {
        let near = self.counts.iter().enumerate().map(|(gold, row)| {
            row.iter().enumerate().filter(|(label, _)| gold.abs_diff(*label) <= 1).map(|(_, count)| count).sum::<u64>()
        });
        share(near.sum(), self.all)
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// How often each row is drawn in resample number `draw`; the same for every system, so that differences are paired.
pub(super) fn resample(rows: usize, draw: usize) -> Vec<u32> {
    let mut weights = vec![0; rows];
    let mut random = Random::new(0x5EED_0000 + draw as u64);
    for _ in 0..rows {
        weights[random.below(rows)] += 1;
    }
    weights
}

/// Figures on the rows as they are, and in every resample.
pub(super) struct Sampled {
    pub(super) values: Values,
    pub(super) draws: Vec<Values>,
}

/// Computes figures and resamples of several systems on the same rows.
pub(super) fn sampled(systems: &[&Flat], shape: Shape) -> Vec<Sampled> {
    let rows = systems.first().map_or(0, |flat| flat.rows());
    let ones = vec![1; rows];
    let draws: Vec<Vec<Values>> = (0..DRAWS)
        .into_par_iter()
        .map(|draw| {
            let weights = resample(rows, draw);
            systems.iter().map(|flat| values(flat, shape, &weights)).collect()
        })
        .collect();
    let own = |system: usize| draws.iter().map(|draw| draw[system]).collect();
    systems
        .iter()
        .enumerate()
        .map(|(system, flat)| Sampled { values: values(flat, shape, &ones), draws: own(system) })
        .collect()
}

/// A figure with its 95 % percentile interval; no interval when the figure has no value in more than half of the resamples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Value {
    /// On the rows as they are.
    pub value: f64,
    /// 2.5th and 97.5th percentile over resampled rows.
    pub ci95: Option<(f64, f64)>,
}

impl Sampled {
    pub(super) fn value(&self, measure: Measure) -> Option<Value> {
        let at = measure as usize;
        let drawn = self.draws.iter().filter_map(|draw| draw[at]).collect();
        Some(Value { value: self.values[at]?, ci95: percentiles(drawn, self.draws.len()) })
    }

    /// `other` minus this, resample by resample; with the share of resamples on either side of 0 as a two-sided p.
    pub(super) fn difference(&self, other: &Self, measure: Measure) -> Option<(Value, f64)> {
        let at = measure as usize;
        let value = other.values[at]? - self.values[at]?;
        let pairs = self.draws.iter().zip(&other.draws);
        let drawn: Vec<f64> = pairs.filter_map(|(a, b)| Some(b[at]? - a[at]?)).collect();
        let (below, above) =
            drawn.iter().fold((0, 0), |(low, high), d| (low + usize::from(*d <= 0.0), high + usize::from(*d >= 0.0)));
        let p = 2.0 * (below.min(above) + 1) as f64 / (drawn.len() + 1) as f64;
        Some((Value { value, ci95: percentiles(drawn, self.draws.len()) }, p.min(1.0)))
    }
}

/// The interval of resampled values, by the nearest rank; none when more than half of the `draws` gave none.
pub(super) fn percentiles(mut values: Vec<f64>, draws: usize) -> Option<(f64, f64)> {
    if values.len() * 2 <= draws {
        return None;
    }
    values.sort_by(f64::total_cmp);
    let last = values.len() - 1;
    Some((values[last * 25 / 1000], values[last - last * 25 / 1000]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::flat::tests::{labels, scores};
    use super::*;

    const ORDERED: Shape = Shape { two_way: false, ordered: true };
    const TWO_WAY: Shape = Shape { two_way: true, ordered: false };

    fn of(values: &Values, measure: Measure) -> Option<f64> {
        values[measure as usize]
    }

    fn close(value: Option<f64>, wanted: f64) {
        let value = value.unwrap();
        assert!((value - wanted).abs() < 1e-9, "{value} is not {wanted}");
    }

    #[test]
    fn the_order_of_the_list_is_that_of_the_type() {
        for (at, measure) in Measure::ALL.into_iter().enumerate() {
            assert_eq!(measure as usize, at);
        }
    }

    /// scikit-learn 1.9.1 with `g = [0,1,2,3,0,1,2,3,1,1,0,2]`, `p = [0,1,1,3,1,1,2,0,3,1,0,2]`: `f1_score`, `recall_score` and `precision_score` with
    /// `average="macro"`, `cohen_kappa_score(weights="quadratic")`, `accuracy_score`.
    #[test]
    fn label_figures_are_those_of_scikit_learn() {
        let gold = [0, 1, 2, 3, 0, 1, 2, 3, 1, 1, 0, 2];
        let said = [0, 1, 1, 3, 1, 1, 2, 0, 3, 1, 0, 2];
        let rows: Vec<(usize, usize, f64)> = gold.into_iter().zip(said).map(|(g, p)| (g, p, 0.5)).collect();
        let values = values(&labels(&rows, 4), ORDERED, &[1; 12]);
        close(of(&values, Measure::MacroF1), 0.658_333_333_333_333_3);
        close(of(&values, Measure::MacroRecall), 0.645_833_333_333_333_3);
        close(of(&values, Measure::MacroPrecision), 0.691_666_666_666_666_7);
        close(of(&values, Measure::Qwk), 0.4);
        close(of(&values, Measure::Accuracy), 2.0 / 3.0);
        close(of(&values, Measure::WithinOne), 10.0 / 12.0);
        assert_eq!(of(&values, Measure::F1), None, "four levels have no yes");
        assert_eq!(of(&values, Measure::Auroc), None);
    }

    #[test]
    fn two_way_heads_have_figures_of_yes() {
        // Yes: 2 right, 1 false alarm, 1 missed.
        let rows = [(1, 1, 0.9), (1, 1, 0.8), (0, 1, 0.6), (1, 0, 0.7), (0, 0, 0.9)];
        let values = values(&labels(&rows, 2), TWO_WAY, &[1; 5]);
        for measure in [Measure::Precision, Measure::Recall, Measure::F1] {
            close(of(&values, measure), 2.0 / 3.0);
        }
        assert_eq!(of(&values, Measure::Qwk), None);
    }

    #[test]
    fn the_interval_holds_the_value_and_equal_systems_do_not_differ() {
        let rows: Vec<(usize, usize, f64)> = (0..200).map(|row| (row % 2, usize::from(row % 3 == 0), 0.6)).collect();
        let flat = labels(&rows, 2);
        let found = sampled(&[&flat, &flat], TWO_WAY);
        let Value { value, ci95 } = found[0].value(Measure::Accuracy).unwrap();
        let (low, high) = ci95.unwrap();
        // The normal interval of a share on 200 rows is .139 wide.
        assert!(low < value && value < high && (high - low - 0.139).abs() < 0.02, "{low} {value} {high}");
        let (difference, p) = found[0].difference(&found[1], Measure::MacroF1).unwrap();
        assert_eq!((difference.value, difference.ci95, p), (0.0, Some((0.0, 0.0)), 1.0));
    }

    #[test]
    fn a_clear_difference_has_an_interval_without_zero() {
        let good: Vec<(usize, f64)> =
            (0..100).map(|row| (row % 2, f64::from(u8::from(row % 2 == 1)) + (row % 7) as f64 / 5.0)).collect();
        let bad: Vec<(usize, f64)> = (0..100).map(|row| (row % 2, (row % 7) as f64)).collect();
        let found = sampled(&[&scores(&bad), &scores(&good)], TWO_WAY);
        let (difference, p) = found[0].difference(&found[1], Measure::Auroc).unwrap();
        assert!(difference.ci95.unwrap().0 > 0.0 && p < 0.01, "{difference:?} {p}");
    }

    #[test]
    fn an_interval_needs_half_of_the_resamples() {
        assert_eq!(percentiles(vec![1.0; 500], 1000), None);
        assert_eq!(percentiles(vec![1.0; 501], 1000), Some((1.0, 1.0)));
        let values: Vec<f64> = (0..1001).rev().map(f64::from).collect();
        assert_eq!(percentiles(values, 1001), Some((25.0, 975.0)));
    }

    proptest! {
        #[test]
        fn figures_do_not_depend_on_the_order_of_rows_and_stay_in_bounds(
            rows in prop::collection::vec((0_usize..4, 0_usize..4), 1..50),
        ) {
            let made = |rows: &[(usize, usize)]| labels(&rows.iter().map(|(g, p)| (*g, *p, 0.5)).collect::<Vec<_>>(), 4);
            let ones = vec![1; rows.len()];
            let mut turned = rows.clone();
            turned.reverse();
            let (a, b) = (values(&made(&rows), ORDERED, &ones), values(&made(&turned), ORDERED, &ones));
            for measure in [Measure::Accuracy, Measure::MacroF1, Measure::MacroRecall, Measure::Qwk, Measure::WithinOne] {
                prop_assert_eq!(of(&a, measure), of(&b, measure));
                let lowest = if measure == Measure::Qwk { -1.0 } else { 0.0 };
                prop_assert!(of(&a, measure).is_none_or(|value| (lowest - 1e-9..=1.0 + 1e-9).contains(&value)));
            }
            // A label's name means nothing to macro-F1.
            let swapped: Vec<(usize, usize)> = rows.iter().map(|(g, p)| (3 - g, 3 - p)).collect();
            let renamed = values(&made(&swapped), ORDERED, &ones);
            let (f1, other) = (of(&a, Measure::MacroF1).unwrap(), of(&renamed, Measure::MacroF1).unwrap());
            prop_assert!((f1 - other).abs() < 1e-9);
        }
    }
}
