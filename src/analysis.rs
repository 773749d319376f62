//! What the models and rules found in one message.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::message::named_enum;

/// Format version of a serialised [`Analysis`].
pub const ANALYSIS_VERSION: u32 = 1;

/// Everything that was found in one message, with the model that found it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// [`ANALYSIS_VERSION`].
    pub version: u32,
    /// The message it is about.
    pub message_id: String,
    /// Model package that answered.
    pub model: ModelRef,
    /// Engine that ran it, as `native f32 avx512`. Not part of the output contract: engines agree.
    pub engine: String,
    /// Detected language, where detection was reliable: ISO 639-1 (`en`, `de`), or ISO 639-3 where there is no shorter code.
    pub lang: Option<String>,
    /// Tokens that the model did not see because the text is longer than it can take; 0 when it saw all.
    pub truncated_tokens: u32,
    /// Hard triggers. Found by rules, so also in a message that is not scored.
    pub triggers: Vec<TriggerHit>,
    /// Scores, or why there are none.
    pub outcome: Outcome,
}

impl Analysis {
    /// Returns the scores, if the message was scored.
    pub fn scores(&self) -> Option<&Scores> {
        match &self.outcome {
            Outcome::Scored(scores) => Some(scores),
            Outcome::Unscored { .. } => None,
        }
    }

    /// Returns the names of the triggers, each once, in the order of the text.
    pub fn trigger_names(&self) -> Vec<&'static str> {
        let mut names: Vec<&'static str> = Vec::new();
        for hit in &self.triggers {
            if !names.contains(&hit.trigger.name()) {
                names.push(hit.trigger.name());
            }
        }
        names
    }
}

/// Name and digest of a model package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelRef {
    /// Package name.
    pub name: String,
    /// Package release.
    pub release: String,
    /// First 12 hex digits of the package digest.
    pub digest: String,
}

/// Scores, or the reason for their absence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The message was scored.
    Scored(Box<Scores>),
    /// It was not; every score is null.
    Unscored {
        /// Why.
        reason: Unscored,
    },
}

/// Why a message has no scores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unscored {
    /// There is no text (a rating without words, an empty cell).
    Empty,
    /// The text is reliably not English; the language is in [`Analysis::lang`].
    NotEnglish,
    /// Our own reply or a machine's note: nothing to judge.
    NotFromCustomer,
}

impl Unscored {
    /// Returns the reason in words for the `reasons` field.
    pub const fn text(&self) -> &'static str {
        match self {
            Self::Empty => "not scored: no text",
            Self::NotEnglish => "not scored: not in English",
            Self::NotFromCustomer => "not scored: not written by a customer",
        }
    }
}

/// The scores of one message. Probabilities are calibrated and in 0..=1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Every head's probabilities by label; the four-level head in force stands there once more as `reproach`.
    pub heads: BTreeMap<String, Vec<(String, f32)>>,
    /// Most likely sentiment.
    pub sentiment: Sentiment,
    /// P(positive) - P(negative), -1..=1.
    pub sentiment_score: f32,
    /// Whether it is a complaint.
    pub complaint: bool,
    /// P(complaint).
    pub complaint_score: f32,
    /// Level of reproach that the four-level head in force sees, complaint or not.
    pub reproach: Reproach,
    /// What happened to them, 0..=100.
    pub harm: f32,
    /// Parts of harm, highest first: what, points, and the words.
    pub harm_parts: Vec<HarmPart>,
    /// Harm and reproach together, 0..=100.
    pub severity: f32,
    /// Most likely emotion.
    pub emotion: Emotion,
    /// P(anger).
    pub anger: f32,
    /// How much the message argues and proves its claim, 0..=1.
    pub substantiation: f32,
    /// Whether the complaint is likely right.
    pub validity: Validity,
    /// P-like score of validity, 0..=1; .5 is "nothing known".
    pub validity_score: f32,
    /// Promise of the playbook that the message holds against us.
    pub promise: Option<PromiseMatch>,
    /// What to ask when validity is unclear.
    pub questions: Vec<String>,
    /// What it is about (issue types are the playbook's vocabulary).
    pub issue: Option<String>,
    /// What they want.
    pub remedy: Option<String>,
    /// Confidence in the complaint decision and sentiment together, 0..=1.
    pub confidence: f32,
    /// Which model answered.
    pub answered_by: AnsweredBy,
    /// Spans that carried a score.
    pub evidence: Vec<Evidence>,
}

/// A part of the harm score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HarmPart {
    /// `safety`, `money`, `time`, `dignity`, `repetition`, or `issue` (the usual harm of the issue type).
    pub dimension: String,
    /// Points on the 0..=100 scale before they are combined.
    pub points: f32,
    /// The words, where words caused it.
    pub span: Option<Span>,
}

/// A promise of the playbook that a message quotes or relies on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PromiseMatch {
    /// Id of the promise in the playbook.
    pub id: String,
    /// How well it matches, 0..=1.
    pub score: f32,
    /// Whether the message says that it was not kept.
    pub broken: bool,
    /// Where it says so.
    pub span: Option<Span>,
}

/// A half-open range of UTF-8 bytes of [`Message::text`](crate::message::Message::text).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub from: usize,
    /// One past the last byte.
    pub to: usize,
}

impl Span {
    /// Returns the words, or nothing where the range does not fit the text.
    pub fn of(self, text: &str) -> &str {
        text.get(self.from..self.to).unwrap_or_default()
    }
}

/// A span with the score it carried and what it shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Score that it carried: a head's name, `substantiation`, `validity`, `harm` or `trigger`.
    pub head: String,
    /// Where.
    pub span: Span,
    /// Change of that score that the span accounts for; sign as in the score. For rules, the points they gave.
    pub effect: f32,
    /// What it shows, in words (`order number`, `earlier contact`, `own fault`).
    pub shows: String,
}

/// A hard trigger with the words that raised it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TriggerHit {
    /// Which.
    pub trigger: Trigger,
    /// Where.
    pub span: Span,
}

/// Which model answered a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnsweredBy {
    /// The encoder.
    Encoder,
    /// The static table of the fast path.
    Fast,
}

named_enum! {
    /// Sentiment of a text.
    Sentiment, "sentiment" {
        /// Negative.
        Negative = "negative",
        /// Neither.
        Neutral = "neutral",
        /// Positive.
        Positive = "positive",
    }
}

named_enum! {
    /// Level of reproach, lowest first (Jin & Aletras 2021).
    Reproach, "reproach level" {
        /// States a breach of expectation without reproach.
        NoExplicitReproach = "no_explicit_reproach",
        /// Expresses dislike, disappointment or annoyance.
        Disapproval = "disapproval",
        /// Asserts that somebody did something wrong.
        Accusation = "accusation",
        /// Holds somebody responsible and thinks badly of them.
        Blame = "blame",
    }
}

named_enum! {
    /// Ekman's groups and the rest.
    Emotion, "emotion" {
        /// Anger.
        Anger = "anger",
        /// Sadness.
        Sadness = "sadness",
        /// Joy.
        Joy = "joy",
        /// Fear.
        Fear = "fear",
        /// Disgust.
        Disgust = "disgust",
        /// Surprise.
        Surprise = "surprise",
        /// None of them.
        Other = "other",
    }
}

named_enum! {
    /// Whether a complaint is likely right. Provisional until a person has judged.
    Validity, "validity" {
        /// Evidence speaks for it.
        LikelyValid = "likely_valid",
        /// Not known; there are questions to ask.
        Unclear = "unclear",
        /// Positive evidence speaks against it.
        LikelyUnfounded = "likely_unfounded",
    }
}

named_enum! {
    /// Rules that beat every score.
    Trigger, "trigger" {
        /// Injury, illness, fire.
        Injury = "injury",
        /// Self-harm.
        SelfHarm = "self_harm",
        /// A child is concerned.
        Minor = "minor",
        /// Threat of violence.
        Threat = "threat",
        /// Lawyer, court, suing.
        Legal = "legal",
        /// Regulator, ombudsman.
        Regulator = "regulator",
        /// Chargeback, payment dispute.
        Chargeback = "chargeback",
        /// Fraud.
        Fraud = "fraud",
        /// Personal data leaked.
        DataBreach = "data_breach",
        /// Discrimination.
        Discrimination = "discrimination",
        /// Journalist, media.
        Press = "press",
    }
}
