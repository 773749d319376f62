//! Heads and rules to scores.
//!
//! The order of work for one message:
//!
//! 1. [`prepare`] decides whether it is scored at all, and in which language it is.
//! 2. If it is, the caller tokenises and embeds the text and applies the heads.
//! 3. [`analysis`] reads the text by rules ([`findings`]), composes the scores ([`compose()`]) and returns the [`Analysis`].
//! 4. [`priority()`] ranks it; [`explain()`] says why, in words; [`attribution`] finds the words that carried a score.
//!
//! Everything here is pure and deterministic. Rules and weights are data (`data/lexicons/`); formulas are written down in the module that
//! computes them: [`harm`], [`severity`], [`substantiation`], [`validity`], [`priority`](mod@priority). Rules read the first [`view::MAX_CHARS`] characters of a text;
//! [`unread_chars`] says how many they left.

pub mod argument;
pub mod attribution;
pub mod compose;
mod context;
#[cfg(test)]
mod corpus_check;
pub mod evidence;
pub mod explain;
pub mod findings;
pub mod harm;
pub mod heads;
pub mod issue;
pub mod language;
pub mod lexicon;
mod needs;
pub mod points;
pub mod priority;
pub mod promise;
pub mod questions;
mod quotes;
pub mod remedy;
pub mod sentences;
pub mod severity;
pub mod substantiation;
mod triggers;
pub mod validity;
pub mod view;
pub mod weights;

pub use attribution::{Attribution, HeadScores};
pub use compose::{ComposeInput, compose};
pub use explain::{Explanation, explain};
pub use findings::{TextFindings, analyse_text, analyse_with_promises};
pub use heads::{HeadProbs, ReproachFamily};
pub use priority::{Priority, PriorityPart, priority};
pub use promise::{Promise, PromiseError, PromiseSet};
pub use weights::{Weights, WeightsError};

use crate::analysis::{ANALYSIS_VERSION, Analysis, AnsweredBy, ModelRef, Outcome, Unscored};
use crate::message::{AuthorRole, Message};
use crate::thread::ThreadState;

/// Why scores could not be composed: the model package and the product do not fit together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScoringError {
    /// A head that is needed is not in the package.
    #[error("the model package has no head \"{name}\"")]
    MissingHead {
        /// The head.
        name: String,
    },
    /// A head lacks a label.
    #[error("head \"{head}\" has no label \"{label}\"")]
    MissingLabel {
        /// The head.
        head: String,
        /// The label.
        label: String,
    },
    /// A head has a label that the product does not know.
    #[error("head \"{head}\" has the unknown label \"{label}\"")]
    UnknownLabel {
        /// The head.
        head: String,
        /// The label.
        label: String,
    },
    /// A message that is to be scored came without the answers of a model.
    #[error("message {id} is to be scored but no model has answered")]
    NoModel {
        /// Id of the message.
        id: String,
    },
}

impl ScoringError {
    /// Returns what to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::MissingHead { .. } => {
                "scoring needs the heads sentiment, complaint, a reproach head, and one of emotion, emotion_tweet or anger"
            }
            Self::MissingLabel { .. } | Self::UnknownLabel { .. } => {
                "compare the labels of heads.toml with docs/model-package.md"
            }
            Self::NoModel { .. } => "embed every message for which `prepare` gives no reason against it",
        }
    }
}

/// What is known of a message before any model has read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// Detected language, where detection was reliable: ISO 639-1, or ISO 639-3 where there is no shorter code.
    pub lang: Option<String>,
    /// Why the message is not scored; `None` when it is.
    pub unscored: Option<Unscored>,
}

impl Prepared {
    /// Whether a model has to read the message.
    pub fn is_scored(&self) -> bool {
        self.unscored.is_none()
    }
}

/// Decides whether a message is scored.
///
/// It is not when it was not written by a customer, holds no letter, digit or sign that could carry a meaning, or is *reliably* not English.
pub fn prepare(message: &Message) -> Prepared {
    let text = message.text.trim();
    let language = language::detect(text);
    let unscored = if message.role != AuthorRole::Customer {
        Some(Unscored::NotFromCustomer)
    } else if !text.chars().any(|c| !c.is_whitespace() && !c.is_control()) {
        Some(Unscored::Empty)
    } else if language.is_foreign {
        Some(Unscored::NotEnglish)
    } else {
        None
    };
    Prepared { lang: language.code.map(str::to_owned), unscored }
}

/// What does not change from message to message.
#[derive(Debug)]
pub struct ScoringContext<'a> {
    /// Model package in use.
    pub model: ModelRef,
    /// Engine that runs it, as `native f32 avx512`.
    pub engine: String,
    /// Promises of the playbook.
    pub promises: &'a PromiseSet,
    /// Family of the reproach head, where it is chosen; else the channel decides.
    pub reproach: Option<ReproachFamily>,
    /// Threshold of the `complaint` head, 0..=1.
    pub complaint_threshold: f32,
    /// Numbers of the formulas.
    pub weights: &'a Weights,
}

/// What a model said about one message.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelAnswer {
    /// Calibrated probabilities of every head.
    pub heads: HeadProbs,
    /// Which model answered.
    pub answered_by: AnsweredBy,
    /// Tokens that it did not see.
    pub truncated_tokens: u32,
    /// Cosine between each promise and each sentence of [`sentences::split`], in the similarity space; `None` where nobody computed it.
    pub similarity: Option<Vec<Vec<f32>>>,
}

/// Returns the analysis of a message.
///
/// Triggers are looked for in every text that a customer wrote, scored or not. `answer` is ignored for a message that `prepared` leaves unscored.
///
/// # Errors
/// When the message is to be scored and `answer` is `None`, or the package lacks a head or label that is needed.
pub fn analysis(
    message: &Message,
    thread: &ThreadState,
    prepared: &Prepared,
    answer: Option<&ModelAnswer>,
    context: &ScoringContext<'_>,
) -> Result<Analysis, ScoringError> {
    let mut analysis = Analysis {
        version: ANALYSIS_VERSION,
        message_id: message.id.clone(),
        model: context.model.clone(),
        engine: context.engine.clone(),
        lang: prepared.lang.clone(),
        truncated_tokens: 0,
        triggers: Vec::new(),
        outcome: Outcome::Unscored { reason: Unscored::NotFromCustomer },
    };
    if let Some(reason) = &prepared.unscored {
        if *reason != Unscored::NotFromCustomer {
            analysis.triggers = analyse_text(&message.text).triggers;
        }
        analysis.outcome = Outcome::Unscored { reason: reason.clone() };
        return Ok(analysis);
    }
    let answer = answer.ok_or_else(|| ScoringError::NoModel { id: message.id.clone() })?;
    let findings = analyse_with_promises(&message.text, context.promises, answer.similarity.as_deref());
    let scores = compose(&ComposeInput {
        heads: &answer.heads,
        findings: &findings,
        channel: message.channel,
        thread,
        reproach: context.reproach,
        complaint_threshold: context.complaint_threshold,
        answered_by: answer.answered_by,
        weights: context.weights,
    })?;
    analysis.truncated_tokens = answer.truncated_tokens;
    analysis.triggers = findings.triggers;
    analysis.outcome = Outcome::Scored(Box::new(scores));
    Ok(analysis)
}

/// Returns how many characters of a text the rules do not read; 0 for nearly every message.
pub fn unread_chars(text: &str) -> usize {
    if text.len() <= view::MAX_CHARS { 0 } else { text.chars().count().saturating_sub(view::MAX_CHARS) }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::heads::tests::heads;
    use super::*;
    use crate::analysis::{Reproach, Trigger};
    use crate::message::Channel;

    /// A message of a customer by email.
    pub(crate) fn message(text: &str) -> Message {
        Message { id: "1".to_owned(), ..Message::alone(Channel::Email, text) }
    }

    /// What a model might say.
    pub(crate) fn answer(complaint: f32, level: Reproach) -> ModelAnswer {
        ModelAnswer {
            heads: heads(complaint, level),
            answered_by: AnsweredBy::Encoder,
            truncated_tokens: 3,
            similarity: None,
        }
    }

    /// Analyses a message with the embedded weights and these promises.
    pub(crate) fn analysed(
        message: &Message,
        answer: Option<&ModelAnswer>,
        promises: &PromiseSet,
    ) -> Result<Analysis, ScoringError> {
        let context = ScoringContext {
            model: ModelRef { name: "test".to_owned(), release: "0".to_owned(), digest: "0".to_owned() },
            engine: "none".to_owned(),
            promises,
            reproach: None,
            complaint_threshold: 0.5,
            weights: Weights::embedded(),
        };
        analysis(message, &ThreadState::alone("1"), &prepare(message), answer, &context)
    }

    #[test]
    fn messages_that_are_not_scored_say_why() {
        let reason = |message: &Message| prepare(message).unscored;
        assert_eq!(reason(&message("")), Some(Unscored::Empty));
        assert_eq!(reason(&message(" \n\t ")), Some(Unscored::Empty));
        assert_eq!(reason(&message("👎")), None);
        let mut ours = message("We are sorry");
        ours.role = AuthorRole::Company;
        assert_eq!(reason(&ours), Some(Unscored::NotFromCustomer));
        let german =
            message("Ich warte seit drei Wochen auf meine Bestellung und niemand antwortet auf meine E-Mails.");
        assert_eq!(prepare(&german), Prepared { lang: Some("de".to_owned()), unscored: Some(Unscored::NotEnglish) });
    }

    #[test]
    fn a_declared_language_alone_decides_nothing() {
        let mut message = message("Where is my order? I have been waiting for it since Monday.");
        message.declared_lang = Some("de".to_owned());
        assert_eq!(prepare(&message), Prepared { lang: Some("en".to_owned()), unscored: None });
    }

    #[test]
    fn triggers_are_found_in_messages_that_are_not_scored_but_not_in_our_own() {
        let text =
            "Ich warte seit drei Wochen auf meine Bestellung und niemand antwortet auf meine E-Mails. I will sue you.";
        let german = message(text);
        let found = analysed(&german, None, &PromiseSet::default()).unwrap();
        assert!(found.scores().is_none());
        assert_eq!(found.triggers.iter().map(|hit| hit.trigger).collect::<Vec<_>>(), [Trigger::Legal]);
        let mut ours = message("Please tell us if you were injured; I was injured too and I will sue.");
        ours.role = AuthorRole::Company;
        assert!(analysed(&ours, None, &PromiseSet::default()).unwrap().triggers.is_empty());
    }

    #[test]
    fn a_scored_message_needs_a_model() {
        let message = message("My parcel never arrived.");
        let missing = analysed(&message, None, &PromiseSet::default()).unwrap_err();
        assert_eq!(missing, ScoringError::NoModel { id: "1".to_owned() });
        assert!(!missing.hint().is_empty());
        let scored = analysed(&message, Some(&answer(0.9, Reproach::Disapproval)), &PromiseSet::default()).unwrap();
        assert_eq!(scored.truncated_tokens, 3);
        assert_eq!(scored.scores().unwrap().issue.as_deref(), Some("delivery"));
    }

    #[test]
    fn what_the_rules_do_not_read_is_counted() {
        assert_eq!(unread_chars("short"), 0);
        assert_eq!(unread_chars(&"é".repeat(view::MAX_CHARS)), 0);
        assert_eq!(unread_chars(&"a".repeat(view::MAX_CHARS + 5)), 5);
    }
}
