//! Wordings that should score alike: how much scores change between them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::analysis::Scores;
use crate::pipeline::ScoredRow;

use super::super::report::{Named, round};

/// One message in several wordings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Probe {
    kind: String,
    pub(super) texts: Vec<String>,
}

/// Changes between the wordings of all probes of a kind. A pair is any two wordings of one probe.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ProbeKind {
    /// Probes.
    pub probes: usize,
    /// Pairs of wordings that were compared.
    pub pairs: usize,
    /// Pairs left out because one wording was not scored.
    pub unscored: usize,
    /// Absolute changes of each score.
    pub changes: Named<Change>,
    /// Share of pairs with different labels.
    pub flips: Flips,
}

/// Absolute changes of a score, in its own units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Change {
    /// Median over pairs.
    pub median: f64,
    /// 95th percentile over pairs.
    pub p95: f64,
    /// Largest.
    pub max: f64,
}

/// Share of pairs whose labels differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Flips {
    /// Another sentiment.
    pub sentiment: f64,
    /// A complaint in one wording only.
    pub complaint: f64,
    /// Another validity.
    pub validity: f64,
}

type Score = fn(&Scores) -> f32;

const SCORES: [(&str, Score); 4] = [
    ("sentiment_score", |scores| scores.sentiment_score),
    ("complaint_score", |scores| scores.complaint_score),
    ("severity", |scores| scores.severity),
    ("validity_score", |scores| scores.validity_score),
];

/// What the pairs of a kind showed.
#[derive(Default)]
struct Found {
    probes: usize,
    unscored: usize,
    changes: [Vec<f64>; SCORES.len()],
    flips: [usize; 3],
}

impl Found {
    fn add(&mut self, a: &Scores, b: &Scores) {
        for ((_, score), changes) in SCORES.iter().zip(&mut self.changes) {
            changes.push(f64::from((score(a) - score(b)).abs()));
        }
        let differ = [a.sentiment != b.sentiment, a.complaint != b.complaint, a.validity != b.validity];
        for (count, differ) in self.flips.iter_mut().zip(differ) {
            *count += usize::from(differ);
        }
    }

    fn summary(self) -> ProbeKind {
        let pairs = self.changes[0].len();
        let [sentiment, complaint, validity] =
            self.flips.map(|count| if pairs == 0 { 0.0 } else { round(count as f64 / pairs as f64) });
        let names = SCORES.iter().map(|(name, _)| (*name).to_owned());
        ProbeKind {
            probes: self.probes,
            pairs,
            unscored: self.unscored,
            changes: names.zip(self.changes).filter_map(|(name, changes)| Some((name, change(changes)?))).collect(),
            flips: Flips { sentiment, complaint, validity },
        }
    }
}

/// Percentiles by the nearest rank; none without pairs.
fn change(mut changes: Vec<f64>) -> Option<Change> {
    changes.sort_by(f64::total_cmp);
    let rank = |percent: usize| changes.get((changes.len() * percent).div_ceil(100).max(1) - 1).copied();
    Some(Change { median: round(rank(50)?), p95: round(rank(95)?), max: round(rank(100)?) })
}

/// Compares every two wordings of every probe; `rows` are the scored wordings, one after the other.
pub(super) fn measure(probes: &[Probe], rows: &[ScoredRow]) -> Named<ProbeKind> {
    let mut kinds: BTreeMap<&str, Found> = BTreeMap::new();
    let mut rest = rows;
    for probe in probes {
        let (own, others) = rest.split_at(probe.texts.len().min(rest.len()));
        rest = others;
        let found = kinds.entry(&probe.kind).or_default();
        found.probes += 1;
        for (at, first) in own.iter().enumerate() {
            for second in &own[at + 1..] {
                match (first.analysis.scores(), second.analysis.scores()) {
                    (Some(a), Some(b)) => found.add(a, b),
                    _ => found.unscored += 1,
                }
            }
        }
    }
    kinds.into_iter().map(|(kind, found)| (kind.to_owned(), found.summary())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let changes: Vec<f64> = (1..=20).rev().map(|at| f64::from(at) / 100.0).collect();
        assert_eq!(change(changes), Some(Change { median: 0.1, p95: 0.19, max: 0.2 }));
        assert_eq!(change(vec![0.3]), Some(Change { median: 0.3, p95: 0.3, max: 0.3 }));
        assert_eq!(change(Vec::new()), None);
    }
}
