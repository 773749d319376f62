//! What is judged: a head or score of the output against a column of labels.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::analysis::{Emotion, Reproach, Scores, Sentiment};
use crate::engine::package::ModelPackage;
use crate::ingest::did_you_mean;
use crate::pipeline::ScoredRow;
use crate::scoring::issue::ISSUE_TYPES;
use crate::scoring::remedy::REMEDIES_KNOWN;

use super::error::EvalError;

/// Which part of the output is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Sentiment,
    Complaint,
    Reproach,
    Emotion,
    Issue,
    Remedy,
    /// A head by its name in the package, with the probability from which a two-way head says yes.
    Head,
    Score(ScoreField),
}

/// Scores that are judged against yes and no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ScoreField {
    Severity,
    Harm,
    Validity,
    Substantiation,
}

const PARTS: [(&str, Part); 10] = [
    ("sentiment", Part::Sentiment),
    ("complaint", Part::Complaint),
    ("reproach", Part::Reproach),
    ("emotion", Part::Emotion),
    ("issue", Part::Issue),
    ("remedy", Part::Remedy),
    ("severity", Part::Score(ScoreField::Severity)),
    ("harm", Part::Score(ScoreField::Harm)),
    ("validity", Part::Score(ScoreField::Validity)),
    ("substantiation", Part::Score(ScoreField::Substantiation)),
];

/// A head beside the column that holds its true labels.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedHead {
    /// Name in reports: `sentiment`, `reproach_tweet`.
    pub name: String,
    /// Column of the labels.
    pub column: String,
    /// Labels that are told apart, in order.
    pub labels: Vec<String>,
    /// Whether the labels are levels, lowest first.
    pub ordered: bool,
    /// Whether the labels are no and yes.
    pub two_way: bool,
    part: Part,
    /// Whether only some of the head's labels are compared.
    among: bool,
}

/// Labels as texts, without regard to case, spaces and hyphens.
fn plain(text: &str) -> String {
    text.trim().to_lowercase().replace([' ', '-'], "_")
}

static ALIASES: LazyLock<BTreeMap<String, BTreeMap<String, String>>> =
    LazyLock::new(|| toml::from_str(include_str!("aliases.toml")).unwrap_or_default());

impl JudgedHead {
    /// Finds what `name` means. `reproach:tweet` and `reproach_tweet` are the same head; `package` knows the heads that are not part of every output.
    ///
    /// # Errors
    /// When there is no such head.
    pub fn new(name: &str, column: &str, package: &ModelPackage) -> Result<Self, EvalError> {
        let name = match name.trim() {
            "severity_level" => "reproach".to_owned(),
            name => name.replace(':', "_"),
        };
        let names = |labels: &[&str]| labels.iter().map(|label| (*label).to_owned()).collect();
        let no_yes = || names(&["no", "yes"]);
        let part = PARTS.iter().find(|(known, _)| *known == name).map(|(_, part)| part.clone());
        let (labels, ordered): (Vec<String>, bool) = match &part {
            Some(Part::Sentiment) => (Sentiment::ALL.iter().map(|label| label.name().to_owned()).collect(), true),
            Some(Part::Reproach) => (Reproach::ALL.iter().map(|label| label.name().to_owned()).collect(), true),
            Some(Part::Emotion) => (Emotion::ALL.iter().map(|label| label.name().to_owned()).collect(), false),
            Some(Part::Issue) => (names(ISSUE_TYPES), false),
            Some(Part::Remedy) => (names(REMEDIES_KNOWN), false),
            Some(Part::Complaint | Part::Score(_) | Part::Head) => (no_yes(), false),
            None => match package.heads().get(&name) {
                Some(head) => (head.labels.clone(), head.ordered),
                None => return Err(unknown(name, package)),
            },
        };
        let two_way = labels == ["no", "yes"];
        let part = part.unwrap_or(Part::Head);
        // Three-way sentiment is a scale in form only: nobody reports kappa for it.
        let ordered = ordered && part != Part::Sentiment;
        Ok(Self { name, column: column.trim().to_owned(), labels, ordered, two_way, part, among: false })
    }

    /// Compares only some labels; rows with another true label are left out, and the most likely of these counts as the answer.
    ///
    /// # Errors
    /// When the head has no such label, or gives no probabilities.
    pub fn among(mut self, labels: &[&str]) -> Result<Self, EvalError> {
        if matches!(self.part, Part::Issue | Part::Remedy | Part::Score(_)) {
            return Err(EvalError::NoProbabilities { head: self.name });
        }
        let mut kept = Vec::new();
        for label in labels {
            let Some(found) = self.labels.iter().find(|known| plain(known) == plain(label)) else {
                return Err(EvalError::NoSuchLabel { head: self.name, label: (*label).to_owned(), known: self.labels });
            };
            kept.push(found.clone());
        }
        self.labels.retain(|label| kept.contains(label));
        self.among = true;
        Ok(self)
    }

    /// Whether the head is a score without labels of its own.
    pub const fn is_score(&self) -> bool {
        matches!(self.part, Part::Score(_))
    }

    /// Index of the label that a cell means; `None` when it means none.
    pub fn label(&self, cell: &str) -> Option<usize> {
        let wanted = plain(cell);
        let find = |wanted: &str| self.labels.iter().position(|label| plain(label) == wanted);
        if let Some(found) = find(&wanted) {
            return Some(found);
        }
        if self.two_way {
            return match wanted.as_str() {
                "1" | "1.0" | "true" | "y" | "t" => Some(1),
                "0" | "0.0" | "false" | "n" | "f" => Some(0),
                _ => None,
            };
        }
        let aliases = ALIASES.get(&self.name)?;
        aliases.iter().find(|(alias, _)| plain(alias) == wanted).and_then(|(_, label)| find(&plain(label)))
    }

    /// Whether a cell says that the row has no label of this head: empty; a reproach level of `none` is a row that is no complaint; a label that `among` left out.
    pub fn leaves_out(&self, cell: &str) -> bool {
        let cell = plain(cell);
        cell.is_empty()
            || (self.name.starts_with("reproach") && cell == "none")
            || (self.among && self.label(&cell).is_none())
    }

    /// What the output says of this head; `None` for a message that was not scored.
    ///
    /// # Errors
    /// When the package lacks the head or a label.
    pub fn answer(&self, row: &ScoredRow, package: &ModelPackage) -> Result<Option<Answer>, EvalError> {
        let Some(scores) = row.analysis.scores() else { return Ok(None) };
        let missing = || {
            let model = package.model_ref();
            EvalError::MissingHead { model: format!("{} {}", model.name, model.release), head: self.name.clone() }
        };
        let index = |label: &str| self.labels.iter().position(|known| known == label);
        let probabilities = |head: &str| self.probabilities(scores, head);
        let answer = match &self.part {
            Part::Sentiment => {
                Answer { label: index(scores.sentiment.name()), probabilities: probabilities("sentiment"), score: None }
            }
            Part::Complaint => Answer {
                label: Some(usize::from(scores.complaint)),
                probabilities: probabilities("complaint"),
                score: Some(f64::from(scores.complaint_score)),
            },
            Part::Reproach => {
                Answer { label: index(scores.reproach.name()), probabilities: probabilities("reproach"), score: None }
            }
            Part::Emotion => {
                Answer { label: index(scores.emotion.name()), probabilities: probabilities("emotion"), score: None }
            }
            // Null in the output means that nothing was found: the label that says so.
            Part::Issue => {
                Answer { label: index(scores.issue.as_deref().unwrap_or("other")), probabilities: None, score: None }
            }
            Part::Remedy => {
                Answer { label: index(scores.remedy.as_deref().unwrap_or("none")), probabilities: None, score: None }
            }
            Part::Head => {
                let all = probabilities(&self.name).ok_or_else(missing)?;
                let threshold = package.heads().get(&self.name).and_then(|head| head.threshold).map(f64::from);
                let label = match threshold {
                    Some(threshold) if self.two_way => usize::from(all[1] >= threshold),
                    _ => most_likely(&all),
                };
                let score = self.two_way.then(|| all[1]);
                Answer { label: Some(label), probabilities: Some(all), score }
            }
            Part::Score(field) => Answer {
                label: None,
                probabilities: None,
                score: Some(f64::from(match field {
                    ScoreField::Severity => scores.severity,
                    ScoreField::Harm => scores.harm,
                    ScoreField::Validity => scores.validity_score,
                    ScoreField::Substantiation => scores.substantiation,
                })),
            },
        };
        if self.among {
            let all = answer.probabilities.ok_or_else(missing)?;
            let sum: f64 = all.iter().sum();
            let all: Vec<f64> = all.iter().map(|p| p / sum.max(f64::MIN_POSITIVE)).collect();
            return Ok(Some(Answer { label: Some(most_likely(&all)), probabilities: Some(all), score: None }));
        }
        if answer.label.is_none() && answer.score.is_none() {
            return Err(missing());
        }
        Ok(Some(answer))
    }

    /// Probabilities of the labels that are compared; `None` when the head or one of them is missing.
    fn probabilities(&self, scores: &Scores, head: &str) -> Option<Vec<f64>> {
        let known = scores.heads.get(head)?;
        self.labels
            .iter()
            .map(|label| known.iter().find(|(name, _)| name == label).map(|(_, p)| f64::from(*p)))
            .collect()
    }
}

fn unknown(head: String, package: &ModelPackage) -> EvalError {
    let mut known: Vec<String> = PARTS.iter().map(|(name, _)| (*name).to_owned()).collect();
    for head in package.heads().iter() {
        if !known.contains(&head.name) {
            known.push(head.name.clone());
        }
    }
    let suggestion = did_you_mean(&head, known.iter().map(String::as_str)).map(str::to_owned);
    EvalError::UnknownHead { head, suggestion, known }
}

fn most_likely(probabilities: &[f64]) -> usize {
    // The first of equals, as in the heads themselves.
    (1..probabilities.len()).fold(0, |best, at| if probabilities[at] > probabilities[best] { at } else { best })
}

/// What a system says of one row.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Label, where the head has labels.
    pub label: Option<usize>,
    /// Probabilities by label, where the system gives them.
    pub probabilities: Option<Vec<f64>>,
    /// Score for yes, on any scale.
    pub score: Option<f64>,
}

impl Answer {
    /// Probability of the label.
    pub(super) fn confidence(&self) -> Option<f64> {
        self.probabilities.as_ref()?.get(self.label?).copied()
    }

    /// The most likely label with its probabilities; a two-way head has its score from them.
    pub(super) fn of_probabilities(probabilities: Vec<f64>, head: &JudgedHead) -> Self {
        let label = (!head.is_score()).then(|| most_likely(&probabilities));
        let score = (head.two_way && probabilities.len() == 2).then(|| probabilities[1]);
        Self { label, probabilities: (!head.is_score()).then_some(probabilities), score }
    }
}
