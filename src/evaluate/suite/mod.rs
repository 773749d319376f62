//! Suites: small sets of texts with what is expected of them, in TOML.
//!
//! `[[case]]` is a regression set of sentiment, `[[probe]]` holds wordings that should score alike, `[[sentence]]` labelled evidence. What counts as which stands in
//! the header of each file under `data/fixtures/`.

mod probes;
mod regression;

use serde::{Deserialize, Serialize};

use crate::message::{Channel, Message};
use crate::pipeline::{Item, Judge, JudgeError, ScoredRow};
use crate::scoring::evidence::fixture;
use crate::thread::ThreadState;

use super::assess::wilson;
use super::report::{Named, round};

pub use probes::{Change, Flips, ProbeKind};
pub use regression::{ClassResult, Part, Regression, TARGET};

/// A suite cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SuiteError {
    /// Not of the expected shape.
    #[error("{file} is no suite: {reason}")]
    Shape {
        /// File.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// Evidence labels do not fit.
    #[error("{file} cannot be used")]
    Evidence {
        /// File.
        file: String,
        /// Why.
        source: fixture::FixtureError,
    },
    /// The judge failed.
    #[error(transparent)]
    Judge(#[from] JudgeError),
}

/// What a suite showed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SuiteReport {
    /// File as it was named.
    pub file: String,
    /// Figures.
    #[serde(flatten)]
    pub result: SuiteResult,
}

/// Figures of a suite.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SuiteResult {
    /// Cases that are right, class by class.
    Regression(Regression),
    /// Changes between wordings, kind by kind.
    Probes(Named<ProbeKind>),
    /// Evidence that was found, kind by kind.
    Evidence(Named<EvidenceKind>),
}

/// How well one kind of evidence is found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct EvidenceKind {
    /// Spans that are labelled.
    pub labelled: usize,
    /// Spans that were found.
    pub found: usize,
    /// Share of what was found that shares a byte with a labelled span.
    pub precision: Option<f64>,
    /// Share of what is labelled that shares a byte with a found span.
    pub recall: Option<f64>,
    /// Share of what was found with the labelled bounds.
    pub exact_precision: Option<f64>,
    /// Share of what is labelled that was found with the same bounds.
    pub exact_recall: Option<f64>,
    /// Wilson's 95 % interval of the precision.
    pub precision_ci95: Option<[f64; 2]>,
    /// Wilson's 95 % interval of the recall.
    pub recall_ci95: Option<[f64; 2]>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Kinds {
    case: Option<Vec<regression::Case>>,
    probe: Option<Vec<probes::Probe>>,
    sentence: Option<toml::Value>,
}

/// Runs the suite in `text`; messages stand alone on `channel`.
///
/// # Errors
/// When the file holds no suite, more than one, or entries of another shape.
pub fn run(file: &str, text: &str, judge: &Judge, channel: Channel) -> Result<SuiteReport, SuiteError> {
    let shape = |reason: String| SuiteError::Shape { file: file.to_owned(), reason };
    let kinds: Kinds = toml::from_str(text).map_err(|error| shape(error.to_string().trim_end().to_owned()))?;
    let result = match kinds {
        Kinds { case: Some(cases), probe: None, sentence: None } => {
            let rows = score(judge, cases.iter().map(|case| case.text.as_str()), channel)?;
            SuiteResult::Regression(regression::measure(&cases, &rows))
        }
        Kinds { case: None, probe: Some(probes), sentence: None } => {
            let rows = score(judge, probes.iter().flat_map(|probe| probe.texts.iter().map(String::as_str)), channel)?;
            SuiteResult::Probes(probes::measure(&probes, &rows))
        }
        Kinds { case: None, probe: None, sentence: Some(_) } => {
            let sentences =
                fixture::parse(text).map_err(|source| SuiteError::Evidence { file: file.to_owned(), source })?;
            SuiteResult::Evidence(evidence(&sentences))
        }
        _ => return Err(shape("it needs one of [[case]], [[probe]] and [[sentence]]".to_owned())),
    };
    Ok(SuiteReport { file: file.to_owned(), result })
}

fn score<'t>(
    judge: &Judge,
    texts: impl Iterator<Item = &'t str>,
    channel: Channel,
) -> Result<Vec<ScoredRow>, JudgeError> {
    let item = |text: &str| Item {
        message: Message::alone(channel, text),
        thread: ThreadState::alone("-:1"),
        notices: Vec::new(),
    };
    judge.judge(texts.map(item).collect(), None, false)
}

fn evidence(sentences: &[fixture::Sentence]) -> Named<EvidenceKind> {
    let figure = |counts: fixture::Counts| {
        let interval = |share: Option<f64>, of: usize| {
            let (low, high) = wilson(share?, of);
            Some([round(low), round(high)])
        };
        EvidenceKind {
            labelled: counts.labelled,
            found: counts.found,
            precision: counts.precision().map(round),
            recall: counts.recall().map(round),
            exact_precision: counts.exact_precision().map(round),
            exact_recall: counts.exact_recall().map(round),
            precision_ci95: interval(counts.precision(), counts.found),
            recall_ci95: interval(counts.recall(), counts.labelled),
        }
    };
    fixture::score(sentences).into_iter().map(|(kind, counts)| (kind.to_owned(), figure(counts))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_is_counted_kind_by_kind() {
        let toml = "[[sentence]]\nid = 'a'\ntext = 'You took £5 and £7.'\ntempting = []\nspans = [{ kind = 'amount', text = '£5' }]";
        let found = evidence(&fixture::parse(toml).unwrap());
        let amount = found.get("amount").unwrap();
        assert_eq!((amount.labelled, amount.found), (1, 2));
        assert_eq!((amount.precision, amount.recall), (Some(0.5), Some(1.0)));
        assert!(amount.precision_ci95.unwrap()[0] < 0.5);
    }
}
