//! Made-up messages, to show and to prove templates with.

use std::collections::BTreeMap;

use crate::analysis::{
    ANALYSIS_VERSION, Analysis, AnsweredBy, Emotion, ModelRef, Outcome, PromiseMatch, Reproach, Scores, Sentiment,
    Span, Trigger, TriggerHit, Unscored, Validity,
};
use crate::message::{Channel, Message, Visibility};
use crate::playbook::Issue;
use crate::thread::ThreadState;

/// Who writes the messages.
pub const AUTHOR: &str = "Lee Marsh";

/// A message to make up.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// Where it was said.
    pub channel: Channel,
    /// Who can read it.
    pub visibility: Visibility,
    /// Whether the author's name is known.
    pub named: bool,
    /// What it says; only words that make a case of an issue count.
    pub text: String,
    /// Whether it could be scored.
    pub scored: bool,
    /// What it is about.
    pub issue: Issue,
    /// What it is.
    pub mood: Mood,
    /// Whether it is likely right.
    pub validity: Validity,
    /// Harm and severity, 0..=100.
    pub severity: f32,
    /// Rules that beat the scores.
    pub trigger: Option<Trigger>,
    /// Promise of the playbook that was broken, by id.
    pub promise: Option<String>,
    /// Unanswered contacts.
    pub contacts: u32,
    /// Public replies of ours so far.
    pub company_turns: u32,
}

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// A complaint.
    Complaint,
    /// Unhappy, and asks for nothing.
    Unhappy,
    /// Neither.
    Calm,
    /// Praise.
    Praise,
}

impl Example {
    /// Returns a complaint of medium harm about an issue, validity unclear.
    pub fn complaint(channel: Channel, issue: Issue) -> Self {
        Self {
            channel,
            visibility: channel.usual_visibility(),
            named: true,
            text: "words".to_owned(),
            scored: true,
            issue,
            mood: Mood::Complaint,
            validity: Validity::Unclear,
            severity: 45.0,
            trigger: None,
            promise: None,
            contacts: 1,
            company_turns: 0,
        }
    }

    /// Returns the message.
    pub fn message(&self) -> Message {
        Message {
            id: "example".to_owned(),
            visibility: self.visibility,
            author: self.named.then(|| AUTHOR.to_owned()),
            ..Message::alone(self.channel, self.text.clone())
        }
    }

    /// Returns where it stands in its thread.
    pub fn thread(&self) -> ThreadState {
        ThreadState { contacts: self.contacts, company_turns: self.company_turns, ..ThreadState::alone("example") }
    }

    /// Returns what would have been found in it.
    pub fn analysis(&self) -> Analysis {
        let outcome = if self.scored {
            Outcome::Scored(Box::new(self.scores()))
        } else {
            Outcome::Unscored { reason: Unscored::NotEnglish }
        };
        Analysis {
            version: ANALYSIS_VERSION,
            message_id: "example".to_owned(),
            model: ModelRef { name: "none".to_owned(), release: "0".to_owned(), digest: "000000000000".to_owned() },
            engine: "none".to_owned(),
            lang: Some("en".to_owned()),
            truncated_tokens: 0,
            triggers: self
                .trigger
                .iter()
                .map(|&trigger| TriggerHit { trigger, span: Span { from: 0, to: 0 } })
                .collect(),
            outcome,
        }
    }

    fn scores(&self) -> Scores {
        let (complaint, sentiment, emotion) = match self.mood {
            Mood::Complaint => (true, Sentiment::Negative, Emotion::Anger),
            Mood::Unhappy => (false, Sentiment::Negative, Emotion::Sadness),
            Mood::Calm => (false, Sentiment::Neutral, Emotion::Other),
            Mood::Praise => (false, Sentiment::Positive, Emotion::Joy),
        };
        Scores {
            heads: BTreeMap::new(),
            sentiment,
            sentiment_score: 0.0,
            complaint,
            complaint_score: if complaint { 1.0 } else { 0.0 },
            reproach: Reproach::Disapproval,
            harm: self.severity,
            harm_parts: Vec::new(),
            severity: self.severity,
            emotion,
            anger: 0.0,
            substantiation: 0.5,
            validity: self.validity,
            validity_score: 0.5,
            promise: self.promise.as_ref().map(|id| PromiseMatch {
                id: id.clone(),
                score: 1.0,
                broken: true,
                span: None,
            }),
            questions: vec!["When did it happen?".to_owned(), "Do you have a photo that shows it?".to_owned()],
            issue: Some(self.issue.name().to_owned()),
            remedy: None,
            confidence: 0.9,
            answered_by: AnsweredBy::Encoder,
            evidence: Vec::new(),
        }
    }
}
