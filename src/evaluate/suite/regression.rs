//! A regression set of sentiment: what is right, class by class.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::analysis::Sentiment;
use crate::pipeline::ScoredRow;

use super::super::assess::wilson;
use super::super::report::{Named, round};

/// Share of right cases that is aimed at; a class below it is named as failing.
pub const TARGET: f64 = 0.9;

/// A text with the sentiment that people would agree on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    pub(super) class: String,
    pub(super) text: String,
    expect: Sentiment,
    complaint: Option<bool>,
    #[serde(default)]
    held_out: bool,
}

/// A regression set, the half that was never looked at apart from the other.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Regression {
    /// Cases that nothing was tuned on: their figures count.
    pub held_out: Part,
    /// Cases that may have been used.
    pub open: Part,
}

/// Half of a regression set.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Part {
    /// All classes together.
    pub all: ClassResult,
    /// Class by class.
    pub classes: Named<ClassResult>,
    /// Classes whose share of right sentiments is below [`TARGET`].
    pub failing: Vec<String>,
}

/// Right cases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct ClassResult {
    /// Cases.
    pub cases: usize,
    /// Cases with the expected sentiment. A case that was not scored is not right.
    pub right: usize,
    /// Their share.
    pub share: f64,
    /// Wilson's 95 % interval of the share.
    pub ci95: [f64; 2],
    /// Cases of which it is known whether they are complaints.
    pub complaint_cases: usize,
    /// Cases where that was told right.
    pub complaint_right: usize,
    /// Cases that were not scored (reliably not English, for instance).
    pub unscored: usize,
}

impl ClassResult {
    fn add(&mut self, case: &Case, row: &ScoredRow) {
        let scores = row.analysis.scores();
        self.cases += 1;
        self.unscored += usize::from(scores.is_none());
        self.right += usize::from(scores.is_some_and(|scores| scores.sentiment == case.expect));
        if let Some(complaint) = case.complaint {
            self.complaint_cases += 1;
            self.complaint_right += usize::from(scores.is_some_and(|scores| scores.complaint == complaint));
        }
        self.share = self.right as f64 / self.cases as f64;
        let (low, high) = wilson(self.share, self.cases);
        self.share = round(self.share);
        self.ci95 = [round(low), round(high)];
    }
}

/// Counts what is right.
pub(super) fn measure(cases: &[Case], rows: &[ScoredRow]) -> Regression {
    let part = |held_out: bool| {
        let mut all = ClassResult::default();
        let mut classes: BTreeMap<&str, ClassResult> = BTreeMap::new();
        for (case, row) in cases.iter().zip(rows).filter(|(case, _)| case.held_out == held_out) {
            all.add(case, row);
            classes.entry(&case.class).or_default().add(case, row);
        }
        let failing = classes.iter().filter(|(_, result)| result.share < TARGET);
        Part {
            all,
            failing: failing.map(|(class, _)| (*class).to_owned()).collect(),
            classes: classes.into_iter().map(|(class, result)| (class.to_owned(), result)).collect(),
        }
    };
    Regression { held_out: part(true), open: part(false) }
}
