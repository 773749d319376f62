//! The numbers of the formulas, from `data/lexicons/weights.toml`; a company may bring its own.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::findings::MarkKind;
use super::issue::ISSUE_TYPES;

const EMBEDDED: &str = include_str!("../../data/lexicons/weights.toml");

/// All weights.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Format version of the file; 1.
    pub version: u32,
    /// Choice of the issue.
    pub issue: ChoiceWeights,
    /// Choice of the remedy.
    pub remedy: ChoiceWeights,
    /// Harm.
    pub harm: HarmWeights,
    /// Severity.
    pub severity: SeverityWeights,
    /// Weight of the way a message argues, 0..=1.
    pub argument: f32,
    /// Weight of each kind of evidence by the name of its mark, 0..=1.
    pub substantiation: BTreeMap<String, f32>,
    /// Likeness to a promise.
    pub promise: PromiseWeights,
    /// Validity.
    pub validity: ValidityWeights,
    /// Priority.
    pub priority: PriorityWeights,
}

/// When phrases beat a head.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChoiceWeights {
    /// Weight from which phrases are clear.
    pub rule_min: f32,
    /// Lead over the next label that makes them clear.
    pub rule_lead: f32,
    /// Probability from which the head is sure.
    pub head_min: f32,
}

/// Weights of harm; points on the scale 0..=100.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HarmWeights {
    /// What a second finding of the same dimension counts, 0..=1.
    pub other_in_dimension: f32,
    /// Points of an issue type that is not listed.
    pub issue_default: f32,
    /// Points of one dollar lost.
    pub money_base: f32,
    /// Points for each factor of ten.
    pub money_per_decade: f32,
    /// Most points of money.
    pub money_max: f32,
    /// Share for money paid, not lost, 0..=1.
    pub money_paid_share: f32,
    /// Points of one hour.
    pub time_base: f32,
    /// Points for each factor of ten.
    pub time_per_decade: f32,
    /// Most points of time.
    pub time_max: f32,
    /// Points of an earlier contact.
    pub repetition_contact: f32,
    /// Points of a contact without an answer.
    pub repetition_no_answer: f32,
    /// Points of each unanswered contact of the thread after the first.
    pub contact_points: f32,
    /// Most points of contacts.
    pub contact_max: f32,
    /// Usual harm by issue type.
    pub issue: BTreeMap<String, f32>,
}

/// Weights of severity, 0..=1.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeverityWeights {
    /// Of harm.
    pub harm: f32,
    /// Of reproach.
    pub reproach: f32,
    /// Worth of the four levels of reproach, lowest first.
    pub levels: [f32; 4],
}

/// When a sentence is like a promise: cosines in the similarity space of the model.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromiseWeights {
    /// Cosine that means nothing yet.
    pub cosine_none: f32,
    /// Cosine that is as good as shared words can be.
    pub cosine_sure: f32,
}

/// Weights of validity, 0..=1.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidityWeights {
    /// Added for a broken promise.
    pub promise: f32,
    /// Least match of a promise.
    pub promise_min: f32,
    /// Added at full substantiation.
    pub substantiation: f32,
    /// Added when what happened is set against what was expected throughout, nothing being said against it.
    pub account: f32,
    /// Contrast and sequence words per hundred that are throughout.
    pub account_full: f32,
    /// Evidence that is enough by itself.
    pub substantiated: f32,
    /// Score from which a complaint is likely valid.
    pub valid_from: f32,
    /// Score up to which it is likely unfounded.
    pub unfounded_to: f32,
    /// Taken off for each kind of contrary evidence, by the name of its mark.
    pub contrary: BTreeMap<String, f32>,
}

/// Weights of priority; points on the scale 0..=100.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriorityWeights {
    /// Of a broken promise.
    pub broken_promise: f32,
    /// Of each unanswered contact after the first.
    pub contact: f32,
    /// Most points of contacts.
    pub contact_max: f32,
    /// Of words that say that nobody listened.
    pub not_listened: f32,
    /// For each factor of ten of reach.
    pub reach_per_decade: f32,
    /// For being public.
    pub reach_public: f32,
    /// Most points of reach.
    pub reach_max: f32,
    /// Of one day without an answer, and for each doubling.
    pub waiting_base: f32,
    /// Most points of waiting.
    pub waiting_max: f32,
    /// Of a hard trigger.
    pub trigger: f32,
    /// What severity counts once a reply has followed, 0..=1.
    pub answered_share: f32,
    /// What reach, contacts and waiting count when it is no complaint, 0..=1.
    pub no_complaint_share: f32,
}

/// Why weights cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum WeightsError {
    /// The file is not of the expected shape.
    #[error("weights cannot be read: {0}")]
    Shape(String),
    /// A weight lies outside its range.
    #[error("weight {name} is {value}; it must lie in 0..={max}")]
    Range {
        /// Path of the weight.
        name: String,
        /// Its value.
        value: f32,
        /// Largest value.
        max: f32,
    },
    /// A name that the table does not know.
    #[error("{table} does not know \"{name}\"")]
    Unknown {
        /// Table of the file.
        table: &'static str,
        /// The name.
        name: String,
    },
    /// The levels of reproach fall.
    #[error("severity.levels must not fall: {0:?}")]
    Levels([f32; 4]),
}

impl WeightsError {
    /// Returns what to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Shape(_) => "compare it with data/lexicons/weights.toml: every weight must be there, and no other",
            Self::Range { .. } => "shares lie in 0..=1, points in 0..=100",
            Self::Unknown { .. } => "see data/lexicons/weights.toml for the names",
            Self::Levels(_) => "a higher level of reproach cannot weigh less",
        }
    }
}

static DEFAULT: LazyLock<Weights> = LazyLock::new(embedded);

#[allow(clippy::expect_used, reason = "the embedded weights are read by a test")]
fn embedded() -> Weights {
    Weights::parse(EMBEDDED).expect("the embedded weights are valid")
}

impl Weights {
    /// The weights that come with the program.
    pub fn embedded() -> &'static Self {
        &DEFAULT
    }

    /// Reads weights and checks their ranges, which is what keeps the formulas monotone.
    ///
    /// # Errors
    /// See [`WeightsError`].
    pub fn parse(text: &str) -> Result<Self, WeightsError> {
        let weights: Self = toml::from_str(text).map_err(|error| WeightsError::Shape(error.to_string()))?;
        weights.check()?;
        Ok(weights)
    }

    fn check(&self) -> Result<(), WeightsError> {
        if self.version != 1 {
            return Err(WeightsError::Shape(format!("version {} is not known, 1 is", self.version)));
        }
        for (table, names) in [
            (
                "harm.issue",
                self.harm.issue.keys().filter(|name| !ISSUE_TYPES.contains(&name.as_str())).collect::<Vec<_>>(),
            ),
            ("substantiation", unknown_marks(self.substantiation.keys(), false)),
            ("validity.contrary", unknown_marks(self.validity.contrary.keys(), true)),
        ] {
            if let Some(name) = names.first() {
                return Err(WeightsError::Unknown { table, name: (*name).clone() });
            }
        }
        for (name, value, max) in self.ranges() {
            if !(0.0..=max).contains(&value) {
                return Err(WeightsError::Range { name, value, max });
            }
        }
        if !self.severity.levels.is_sorted() {
            return Err(WeightsError::Levels(self.severity.levels));
        }
        Ok(())
    }

    fn ranges(&self) -> Vec<(String, f32, f32)> {
        let (harm, validity, priority) = (&self.harm, &self.validity, &self.priority);
        let shares = [
            ("issue.head_min", self.issue.head_min),
            ("remedy.head_min", self.remedy.head_min),
            ("harm.other_in_dimension", harm.other_in_dimension),
            ("harm.money_paid_share", harm.money_paid_share),
            ("severity.harm", self.severity.harm),
            ("severity.reproach", self.severity.reproach),
            ("validity.promise", validity.promise),
            ("validity.promise_min", validity.promise_min),
            ("validity.substantiation", validity.substantiation),
            ("argument", self.argument),
            ("promise.cosine_none", self.promise.cosine_none),
            ("promise.cosine_sure", self.promise.cosine_sure),
            ("validity.account", validity.account),
            ("validity.substantiated", validity.substantiated),
            ("validity.valid_from", validity.valid_from),
            ("validity.unfounded_to", validity.unfounded_to),
            ("priority.answered_share", priority.answered_share),
            ("priority.no_complaint_share", priority.no_complaint_share),
        ];
        let points = [
            ("issue.rule_min", self.issue.rule_min),
            ("issue.rule_lead", self.issue.rule_lead),
            ("remedy.rule_min", self.remedy.rule_min),
            ("remedy.rule_lead", self.remedy.rule_lead),
            ("validity.account_full", validity.account_full),
            ("harm.issue_default", harm.issue_default),
            ("harm.money_base", harm.money_base),
            ("harm.money_per_decade", harm.money_per_decade),
            ("harm.money_max", harm.money_max),
            ("harm.time_base", harm.time_base),
            ("harm.time_per_decade", harm.time_per_decade),
            ("harm.time_max", harm.time_max),
            ("harm.repetition_contact", harm.repetition_contact),
            ("harm.repetition_no_answer", harm.repetition_no_answer),
            ("harm.contact_points", harm.contact_points),
            ("harm.contact_max", harm.contact_max),
            ("priority.broken_promise", priority.broken_promise),
            ("priority.contact", priority.contact),
            ("priority.contact_max", priority.contact_max),
            ("priority.not_listened", priority.not_listened),
            ("priority.reach_per_decade", priority.reach_per_decade),
            ("priority.reach_public", priority.reach_public),
            ("priority.reach_max", priority.reach_max),
            ("priority.waiting_base", priority.waiting_base),
            ("priority.waiting_max", priority.waiting_max),
            ("priority.trigger", priority.trigger),
        ];
        let mut all: Vec<(String, f32, f32)> =
            shares.iter().map(|&(name, value)| (name.to_owned(), value, 1.0)).collect();
        all.extend(points.iter().map(|&(name, value)| (name.to_owned(), value, 100.0)));
        all.extend(self.severity.levels.iter().map(|&value| ("severity.levels".to_owned(), value, 1.0)));
        all.extend(harm.issue.iter().map(|(name, &value)| (format!("harm.issue.{name}"), value, 100.0)));
        all.extend(self.substantiation.iter().map(|(name, &value)| (format!("substantiation.{name}"), value, 1.0)));
        all.extend(validity.contrary.iter().map(|(name, &value)| (format!("validity.contrary.{name}"), value, 1.0)));
        all
    }
}

fn unknown_marks<'a>(names: impl Iterator<Item = &'a String>, contrary: bool) -> Vec<&'a String> {
    names.filter(|name| MarkKind::parse(name).is_none_or(|kind| kind.is_contrary() != contrary)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(from: &str, to: &str) -> Result<Weights, WeightsError> {
        assert!(EMBEDDED.contains(from), "{from}");
        Weights::parse(&EMBEDDED.replacen(from, to, 1))
    }

    #[test]
    fn the_embedded_weights_are_valid_and_know_every_issue_and_mark() {
        let weights = Weights::embedded();
        assert!(ISSUE_TYPES.iter().all(|issue| weights.harm.issue.contains_key(*issue)));
        for kind in MarkKind::ALL {
            let table = if kind.is_contrary() { &weights.validity.contrary } else { &weights.substantiation };
            assert!(table.contains_key(kind.name()), "{}", kind.name());
        }
    }

    #[test]
    fn bad_weights_are_refused_with_their_name() {
        assert!(matches!(changed("version = 1", "version = 2"), Err(WeightsError::Shape(_))));
        assert!(
            matches!(changed("trigger = 80.0", "trigger = 80.0\ntriger = 1"), Err(WeightsError::Shape(m)) if m.contains("triger"))
        );
        assert!(
            matches!(changed("harm = 0.9", "harm = 1.9"), Err(WeightsError::Range { name, .. }) if name == "severity.harm")
        );
        assert!(matches!(changed("harm = 0.9", "harm = nan"), Err(WeightsError::Range { .. })));
        assert!(matches!(changed("delivery = 12.0", "delivery = -1.0"), Err(WeightsError::Range { .. })));
        assert!(matches!(
            changed("delivery = 12.0", "gossip = 12.0"),
            Err(WeightsError::Unknown { table: "harm.issue", .. })
        ));
        assert!(matches!(
            changed("own_fault = 0.35", "proof = 0.35"),
            Err(WeightsError::Unknown { table: "validity.contrary", .. })
        ));
        let levels = changed("[0.1, 0.4, 0.7, 1.0]", "[0.1, 0.8, 0.7, 1.0]").unwrap_err();
        assert!(matches!(levels, WeightsError::Levels(_)));
        assert!(!levels.hint().is_empty());
    }
}
