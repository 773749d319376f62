//! Everything that an evaluation found, as data: printed as text, written as JSON, drawn as a page.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::faithfulness::Faithfulness;
use super::measures::{Measure, Value};
use super::suite::SuiteReport;

/// Format version of a serialised [`Report`].
pub const REPORT_VERSION: u32 = 1;

/// Figures of one head.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures(pub Vec<(Measure, Value)>);

impl Figures {
    /// Returns a figure.
    pub fn get(&self, measure: Measure) -> Option<Value> {
        self.0.iter().find(|(own, _)| *own == measure).map(|(_, value)| *value)
    }
}

impl Serialize for Figures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (measure, value) in &self.0 {
            map.serialize_entry(measure.key(), value)?;
        }
        map.end()
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("value", &round(self.value))?;
        map.serialize_entry("ci95", &self.ci95.map(|(low, high)| [round(low), round(high)]))?;
        map.end()
    }
}

/// Six digits: more is noise, and the same on every machine.
pub(super) fn round(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// A map that keeps its order.
#[derive(Debug, Clone, PartialEq)]
pub struct Named<T>(pub Vec<(String, T)>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Named<T> {
    /// Returns the entry of a name.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    /// Returns the entries in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> FromIterator<(String, T)> for Named<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// What an evaluation found.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// [`REPORT_VERSION`].
    pub version: u32,
    /// Labelled rows that were judged.
    pub rows: usize,
    /// How many other rows there were.
    pub left_out: LeftOut,
    /// The model package behind `heads`.
    pub model: String,
    /// Figures of the (first) model, head by head.
    pub heads: Named<Figures>,
    /// Figures of all models, the first one included.
    pub models: Named<Named<Figures>>,
    /// Figures of the baselines on the same rows.
    pub baselines: Named<Named<Figures>>,
    /// How each baseline was made.
    pub baseline_notes: BTreeMap<String, String>,
    /// Figures of the first model by the values of a column.
    pub slices: Named<Named<Slice>>,
    /// Is a difference between two systems real?
    pub comparisons: Vec<Comparison>,
    /// Labels and rows of each head.
    pub counts: Named<Counts>,
    /// Precision, recall and F1 of every label, for each model.
    pub per_class: Named<Named<Named<PerClass>>>,
    /// Counts of true (down) and predicted (across) labels, for each model.
    pub confusion: Named<Named<Confusion>>,
    /// How often predictions are right by how sure they are, for each model.
    pub reliability: Named<Named<Vec<ReliabilityBin>>>,
    /// Accuracy of the surest rows, for each model.
    pub coverage: Named<Named<Vec<CoveragePoint>>>,
    /// Suites that were run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suites: Vec<SuiteReport>,
    /// Whether the evidence that is shown carries the scores: words and sentences, head by head.
    #[serde(skip_serializing_if = "Named::is_empty")]
    pub faithfulness: Named<Named<Faithfulness>>,
}

/// Rows that were not judged, and why.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Could not be understood.
    pub unreadable: usize,
    /// Excluded by a condition.
    pub excluded: usize,
    /// Without any label.
    pub unlabelled: usize,
    /// Text and labels stood before.
    pub repeated: usize,
    /// Labelled, but not scored (no text, not in English, not from a customer).
    pub unscored: usize,
}

/// Rows and labels of a head.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Counts {
    /// Rows that were judged.
    pub rows: usize,
    /// Rows with other labels but none of this head.
    pub without_label: usize,
    /// Labelled rows that were not scored.
    pub unscored: usize,
    /// Rows that several labels are true of; any of them counts as right.
    pub several: usize,
    /// Rows by true label; a row with several counts under each.
    pub labels: Named<usize>,
}

/// A part of the rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Slice {
    /// Rows with a label of the head that has most of them.
    pub rows: usize,
    /// Rows with a label, head by head.
    pub labelled: Named<usize>,
    /// Figures, head by head.
    pub heads: Named<Figures>,
}

/// Two systems on the same rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Head.
    pub head: String,
    /// Figure.
    #[serde(serialize_with = "measure_key")]
    pub metric: Measure,
    /// One system.
    pub first: String,
    /// The other.
    pub second: String,
    /// Rows that both answered.
    pub rows: usize,
    /// Second minus first, with the interval of paired resamples.
    pub difference: Value,
    /// Two-sided.
    pub p: f64,
    /// `mcnemar_exact`, `approximate_randomisation` or `paired_bootstrap`.
    pub test: &'static str,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn measure_key<S: Serializer>(measure: &Measure, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(measure.key())
}

/// Figures of one label.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PerClass {
    /// Share of rows with this label among those predicted to have it; none when it was never predicted.
    pub precision: Option<f64>,
    /// Share of rows predicted to have it among those that have it; none when no row has it.
    pub recall: Option<f64>,
    /// Harmonic mean of both.
    pub f1: Option<f64>,
    /// Rows that have it.
    pub support: u64,
}

/// Counts of true and predicted labels.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Confusion {
    /// Labels, in order.
    pub labels: Vec<String>,
    /// A row for each true label, a column for each predicted one.
    pub rows: Vec<Vec<u64>>,
}

/// A bin of the reliability plot.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// Mean probability of the predicted label.
    pub confidence: f64,
    /// Share of right predictions.
    pub accuracy: f64,
    /// Wilson's 95 % interval of the accuracy.
    pub ci95: [f64; 2],
    /// Number of rows.
    pub rows: usize,
}

/// A point of the coverage-accuracy curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CoveragePoint {
    /// Share of rows that are answered.
    pub coverage: f64,
    /// Accuracy on them.
    pub accuracy: f64,
    /// Lowest confidence among them.
    pub threshold: f64,
}
