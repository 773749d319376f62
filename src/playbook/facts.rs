//! What rules can ask about a message, gathered once.

use super::Issue;
use super::decide::DecideInput;
use super::schema::Thresholds;
use crate::analysis::{Outcome, Scores};
use crate::analysis::{Sentiment, Trigger, Unscored, Validity};
use crate::draft::Verdict;
use crate::message::{Channel, Visibility};

/// A severity band of the playbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Band {
    /// Below `severity_medium`, or not known.
    Low,
    /// From `severity_medium`.
    Medium,
    /// From `severity_high`.
    High,
}

impl Band {
    /// Returns the band of a severity.
    pub fn of(severity: f32, thresholds: &Thresholds) -> Self {
        if severity >= *thresholds.severity_high.get_ref() {
            Self::High
        } else if severity >= *thresholds.severity_medium.get_ref() {
            Self::Medium
        } else {
            Self::Low
        }
    }
}

/// What the rules see.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Facts {
    /// Scores, or why there are none.
    pub(super) scored: Result<ScoredFacts, Unscored>,
    pub(super) verdict: Option<Verdict>,
    pub(super) public: bool,
    pub(super) channel: Channel,
    pub(super) issue: Option<Issue>,
    /// The issue as the analysis names it, where the list does not have it.
    pub(super) unknown_issue: Option<String>,
    pub(super) question: bool,
    /// In the order of the closed list, each once.
    pub(super) triggers: Vec<Trigger>,
    pub(super) turns: u32,
    pub(super) contacts: u32,
    pub(super) company_turns: u32,
    pub(super) answered: bool,
    pub(super) lang: Option<String>,
}

/// The scores that rules see.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ScoredFacts {
    pub(super) complaint: bool,
    pub(super) sentiment: Sentiment,
    /// A person's verdict before the score.
    pub(super) validity: Validity,
    pub(super) harm: f32,
    pub(super) severity: f32,
    pub(super) confidence: f32,
    pub(super) remedy: Option<String>,
}

impl Facts {
    pub(super) fn gather(input: &DecideInput<'_>) -> Self {
        let DecideInput { message, thread, analysis, verdict } = *input;
        let scores = analysis.scores();
        // Issue types are about customers; what people who work here write has a contact of its own.
        let named =
            scores.filter(|_| message.channel != Channel::EmployerReview).and_then(|scores| scores.issue.as_deref());
        let issue: Option<Issue> = named.and_then(|name| name.parse().ok());
        let mut triggers: Vec<Trigger> = analysis.triggers.iter().map(|hit| hit.trigger).collect();
        triggers.sort_unstable();
        triggers.dedup();
        Self {
            scored: match &analysis.outcome {
                Outcome::Scored(scores) => Ok(ScoredFacts::new(scores, verdict)),
                Outcome::Unscored { reason } => Err(reason.clone()),
            },
            verdict,
            public: message.visibility == Visibility::Public,
            channel: message.channel,
            issue,
            unknown_issue: named.filter(|_| issue.is_none()).map(str::to_owned),
            question: message.text.contains('?')
                || scores.and_then(|scores| scores.remedy.as_deref()) == Some("information"),
            triggers,
            turns: thread.turns,
            contacts: thread.contacts,
            company_turns: thread.company_turns,
            answered: thread.answered,
            lang: analysis.lang.clone(),
        }
    }

    /// Whether the message comes from somebody who works or worked for us.
    pub(super) fn employer_review(&self) -> bool {
        self.channel == Channel::EmployerReview
    }

    /// Whether everybody can read it, on a review platform.
    pub(super) fn public_review(&self) -> bool {
        self.public && self.channel.is_review()
    }

    /// A complaint that a person or the score takes for right.
    pub(super) fn valid(&self) -> bool {
        self.scored.as_ref().is_ok_and(|scored| scored.validity == Validity::LikelyValid)
    }

    pub(super) fn complaint(&self) -> bool {
        self.scored.as_ref().is_ok_and(|scored| scored.complaint)
    }
}

impl ScoredFacts {
    fn new(scores: &Scores, verdict: Option<Verdict>) -> Self {
        Self {
            // A verdict is about a complaint: whoever gives one has read one.
            complaint: scores.complaint || verdict.is_some(),
            sentiment: scores.sentiment,
            validity: match verdict {
                Some(Verdict::Valid) => Validity::LikelyValid,
                Some(Verdict::Unfounded) => Validity::LikelyUnfounded,
                None => scores.validity,
            },
            harm: scores.harm,
            severity: scores.severity,
            confidence: scores.confidence,
            remedy: scores.remedy.clone(),
        }
    }
}
