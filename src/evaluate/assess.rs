//! From answers to a report: the same rows for every system.

use std::collections::BTreeMap;

use super::baseline::Answers;
use super::dataset::Dataset;
use super::flat::{Bin, Flat};
use super::heads::{Answer, JudgedHead};
use super::measures::{Measure, Sampled, Shape, Table, sampled};
use super::paired::{discordant, mcnemar_exact, randomisation};
use super::report::{
    Comparison, Confusion, Counts, CoveragePoint, Figures, LeftOut, Named, PerClass, REPORT_VERSION, ReliabilityBin,
    Report, Slice, round,
};

/// Points that a coverage curve is thinned to.
const CURVE: usize = 100;

/// Fewest rows of a slice that figures are given for.
const LEAST_SLICE: usize = 10;

/// Figures whose differences are tested by swapping answers.
const SWAPPED: [Measure; 3] = [Measure::MacroF1, Measure::MacroRecall, Measure::Qwk];

/// A system with its answers, head by head and row by row; `None` where it has nothing to say.
#[derive(Debug, Clone, PartialEq)]
pub struct System {
    /// Its name in the report.
    pub name: String,
    /// Answers.
    pub answers: Vec<Vec<Option<Answer>>>,
}

/// One head of all systems.
struct Bench<'a> {
    head: &'a JudgedHead,
    at: usize,
    data: &'a Dataset,
    /// Rows with a label that every model scored.
    rows: Vec<usize>,
}

impl<'a> Bench<'a> {
    fn new(data: &'a Dataset, head: &'a JudgedHead, at: usize, models: &[System]) -> Self {
        let judged = |row: &usize| {
            data.rows[*row].gold[at].is_some() && models.iter().all(|model| model.answers[at][*row].is_some())
        };
        Self { head, at, data, rows: (0..data.rows.len()).filter(judged).collect() }
    }

    fn shape(&self) -> Shape {
        Shape { two_way: self.head.two_way, ordered: self.head.ordered }
    }

    /// The rows that all of `systems` answered, laid out.
    fn flat(&self, systems: &[&System], rows: &[usize]) -> (Vec<Flat>, usize) {
        let rows: Vec<usize> = rows
            .iter()
            .copied()
            .filter(|row| systems.iter().all(|system| system.answers[self.at][*row].is_some()))
            .collect();
        let one = |system: &&System| {
            let pairs: Vec<(&[usize], &Answer)> = rows
                .iter()
                .filter_map(|row| {
                    Some((self.data.rows[*row].gold[self.at].as_deref()?, system.answers[self.at][*row].as_ref()?))
                })
                .collect();
            Flat::new(&pairs, self.head.labels.len())
        };
        (systems.iter().map(one).collect(), rows.len())
    }

    fn counts(&self) -> Counts {
        let gold = || self.rows.iter().filter_map(|row| self.data.rows[*row].gold[self.at].as_ref());
        let of = |label: usize| gold().filter(|labels| labels.contains(&label)).count();
        let labelled = self.data.rows.iter().filter(|row| row.gold[self.at].is_some()).count();
        Counts {
            rows: self.rows.len(),
            without_label: self.data.without[self.at],
            unscored: labelled - self.rows.len(),
            several: gold().filter(|labels| labels.len() > 1).count(),
            labels: self.head.labels.iter().enumerate().map(|(at, label)| (label.clone(), of(at))).collect(),
        }
    }

    /// Figures of each system; none for one that answered nothing.
    fn figures(&self, systems: &[&System]) -> Vec<Option<Figures>> {
        let shape = self.shape();
        systems
            .iter()
            .map(|system| {
                let (flat, rows) = self.flat(&[system], &self.rows);
                (rows > 0).then(|| figures(&sampled(&[&flat[0]], shape)[0]))
            })
            .collect()
    }

    fn slices(&self, model: &System, column: usize) -> Vec<(String, usize, Option<Figures>)> {
        let mut by_value: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for row in &self.rows {
            by_value.entry(&self.data.rows[*row].slices[column]).or_default().push(*row);
        }
        by_value
            .into_iter()
            .map(|(value, rows)| {
                let enough = rows.len() >= LEAST_SLICE;
                let found = enough.then(|| {
                    let (flat, _) = self.flat(&[model], &rows);
                    figures(&sampled(&[&flat[0]], self.shape())[0])
                });
                (value.to_owned(), rows.len(), found)
            })
            .collect()
    }

    /// Paired tests of every two systems.
    fn comparisons(&self, systems: &[&System]) -> Vec<Comparison> {
        let mut found = Vec::new();
        for (at, first) in systems.iter().enumerate() {
            for second in &systems[at + 1..] {
                let (flat, rows) = self.flat(&[first, second], &self.rows);
                if rows > 0 {
                    self.compare((first, &flat[0]), (second, &flat[1]), rows, &mut found);
                }
            }
        }
        found
    }

    fn compare(&self, first: (&System, &Flat), second: (&System, &Flat), rows: usize, found: &mut Vec<Comparison>) {
        let drawn = sampled(&[first.1, second.1], self.shape());
        let mut add = |metric: Measure, test: &'static str, p: Option<f64>| {
            let Some((difference, bootstrap)) = drawn[0].difference(&drawn[1], metric) else { return };
            found.push(Comparison {
                head: self.head.name.clone(),
                metric,
                first: first.0.name.clone(),
                second: second.0.name.clone(),
                rows,
                difference,
                p: round(p.unwrap_or(bootstrap)),
                test,
            });
        };
        if let Some((only_first, only_second)) = discordant(first.1, second.1) {
            add(Measure::Accuracy, "mcnemar_exact", Some(mcnemar_exact(only_first, only_second)));
        }
        let swapped = randomisation(first.1, second.1, self.head.labels.len(), &SWAPPED);
        for (metric, p) in SWAPPED.into_iter().zip(swapped.into_iter().flatten()) {
            if metric != Measure::Qwk || self.head.ordered {
                add(metric, "approximate_randomisation", p);
            }
        }
        // Scores of two systems need not be on one scale, so they cannot be swapped.
        for metric in [Measure::Auroc, Measure::AveragePrecision] {
            add(metric, "paired_bootstrap", None);
        }
    }
}

fn figures(sampled: &Sampled) -> Figures {
    Figures(Measure::ALL.into_iter().filter_map(|measure| Some((measure, sampled.value(measure)?))).collect())
}

/// Compares all systems on the rows of `data` that every model scored.
///
/// `models` holds at least one; `slices` are the names of the columns whose values the rows carry.
pub fn assess(
    data: &Dataset,
    heads: &[JudgedHead],
    slices: &[String],
    models: &[System],
    baselines: &[(String, Answers)],
) -> Report {
    let baseline_systems: Vec<System> =
        baselines.iter().map(|(name, made)| System { name: name.clone(), answers: made.answers.clone() }).collect();
    let systems: Vec<&System> = models.iter().chain(&baseline_systems).collect();
    let mut report = Report {
        version: REPORT_VERSION,
        model: models.first().map(|model| model.name.clone()).unwrap_or_default(),
        baseline_notes: baselines.iter().map(|(name, made)| (name.clone(), made.note.clone())).collect(),
        models: models.iter().map(|model| (model.name.clone(), Named::default())).collect(),
        baselines: baselines.iter().map(|(name, _)| (name.clone(), Named::default())).collect(),
        slices: slices.iter().map(|column| (column.clone(), Named::default())).collect(),
        per_class: models.iter().map(|model| (model.name.clone(), Named::default())).collect(),
        confusion: models.iter().map(|model| (model.name.clone(), Named::default())).collect(),
        reliability: models.iter().map(|model| (model.name.clone(), Named::default())).collect(),
        coverage: models.iter().map(|model| (model.name.clone(), Named::default())).collect(),
        ..Report::default()
    };
    let mut judged = vec![false; data.rows.len()];
    for (at, head) in heads.iter().enumerate() {
        let bench = Bench::new(data, head, at, models);
        for row in &bench.rows {
            judged[*row] = true;
        }
        report.counts.0.push((head.name.clone(), bench.counts()));
        let found = bench.figures(&systems);
        let places = report.models.0.iter_mut().chain(&mut report.baselines.0);
        for ((_, place), figures) in places.zip(found) {
            if let Some(figures) = figures {
                place.0.push((head.name.clone(), figures));
            }
        }
        for (number, model) in models.iter().enumerate() {
            details(&bench, model, number, &mut report);
        }
        if let Some(model) = models.first() {
            for column in 0..slices.len() {
                for (value, rows, figures) in bench.slices(model, column) {
                    slice(&mut report.slices.0[column].1, value, rows, figures, head);
                }
            }
        }
        report.comparisons.extend(bench.comparisons(&systems));
    }
    report.heads = report.models.0.first().map(|(_, figures)| figures.clone()).unwrap_or_default();
    report.rows = judged.iter().filter(|judged| **judged).count();
    report.left_out = LeftOut {
        unreadable: data.unreadable,
        excluded: data.excluded,
        unlabelled: data.unlabelled,
        repeated: data.repeated,
        unscored: data.rows.len() - report.rows,
    };
    report
}

fn slice(into: &mut Named<Slice>, value: String, rows: usize, figures: Option<Figures>, head: &JudgedHead) {
    let known = into.0.iter().position(|(own, _)| *own == value);
    let place = known.unwrap_or_else(|| {
        into.0.push((value, Slice::default()));
        into.0.len() - 1
    });
    let slice = &mut into.0[place].1;
    slice.rows = slice.rows.max(rows);
    slice.labelled.0.push((head.name.clone(), rows));
    if let Some(figures) = figures {
        slice.heads.0.push((head.name.clone(), figures));
    }
}

/// Tables and curves of one model.
fn details(bench: &Bench<'_>, model: &System, number: usize, report: &mut Report) {
    let (flat, rows) = bench.flat(&[model], &bench.rows);
    if rows == 0 {
        return;
    }
    let (flat, name, labels) = (&flat[0], &bench.head.name, &bench.head.labels);
    let ones = vec![1; rows];
    if let Some(counts) = flat.confusion(&ones) {
        let table = Table::new(&counts);
        let class = |label: usize| PerClass {
            precision: table.precision(label).map(round),
            recall: table.recall(label).map(round),
            f1: table.f1(label).map(round),
            support: table.support(label),
        };
        let classes = labels.iter().enumerate().map(|(at, label)| (label.clone(), class(at))).collect();
        report.per_class.0[number].1.0.push((name.clone(), classes));
        report.confusion.0[number].1.0.push((name.clone(), Confusion { labels: labels.clone(), rows: counts }));
    }
    if let Some(bins) = flat.reliability(&ones) {
        report.reliability.0[number].1.0.push((name.clone(), bins.iter().map(reliability).collect()));
    }
    if let Some(points) = flat.coverage(&ones) {
        let stride = points.len().div_ceil(CURVE).max(1);
        let last = points.len() - 1;
        let kept = points.iter().enumerate().filter(|(at, _)| at % stride == stride - 1 || *at == last);
        let curve = kept
            .map(|(_, point)| CoveragePoint {
                coverage: round(point.coverage),
                accuracy: round(point.accuracy),
                threshold: round(point.threshold),
            })
            .collect();
        report.coverage.0[number].1.0.push((name.clone(), curve));
    }
}

fn reliability(bin: &Bin) -> ReliabilityBin {
    let (low, high) = wilson(bin.accuracy, bin.rows);
    ReliabilityBin {
        confidence: round(bin.confidence),
        accuracy: round(bin.accuracy),
        ci95: [round(low), round(high)],
        rows: bin.rows,
    }
}

/// Wilson's 95 % score interval of a share of `rows` rows (Wilson 1927).
pub fn wilson(share: f64, rows: usize) -> (f64, f64) {
    if rows == 0 {
        return (0.0, 1.0);
    }
    let (n, z) = (rows as f64, 1.959_963_984_540_054_f64);
    let middle = (share + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}
