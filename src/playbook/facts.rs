//! What rules can ask about a message, gathered once.

use super::decide::DecideInput;
use super::schema::{Example, Thresholds};
use super::watch::WatchHit;
use super::{Issue, Playbook};
use crate::analysis::{Outcome, Scores};
use crate::analysis::{Sentiment, Trigger, Unscored, Validity};
use crate::draft::Verdict;
use crate::message::{Channel, Visibility};
use crate::recorded::{Conversation, OfferAnswer, Recorded, RecordedOffer};

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

/// What evidence shows that recommends somebody else's shop.
pub(super) const RECOMMENDS_A_COMPETITOR: &str = "recommends a competitor";

/// What evidence shows that nobody should be sent elsewhere.
pub(super) const STAYS_HERE: &str = "wants to be answered here";

/// What the rules see.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "rules ask yes-or-no questions")]
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
    /// Whether we have answered in this thread before, or anything of ours is on record.
    pub(super) acknowledged: bool,
    /// Whether the message answers a reply of ours.
    pub(super) replied: bool,
    pub(super) watch: Vec<WatchHit>,
    /// Whether the words recommend a competitor: nobody is accused, a person looks.
    pub(super) competitor: bool,
    /// Whether they say that they will not write or call elsewhere.
    pub(super) stays_here: bool,
    pub(super) recorded: Recorded,
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
    pub(super) fn gather(playbook: &Playbook, input: &DecideInput<'_>, recorded: &Recorded) -> Self {
        let DecideInput { message, thread, analysis, verdict } = *input;
        let scores = analysis.scores();
        // Issue types are about customers; what people who work here write has a contact of its own.
        let named =
            scores.filter(|_| message.channel != Channel::EmployerReview).and_then(|scores| scores.issue.as_deref());
        let issue: Option<Issue> = named.and_then(|name| name.parse().ok());
        let mut triggers: Vec<Trigger> = analysis.triggers.iter().map(|hit| hit.trigger).collect();
        triggers.sort_unstable();
        triggers.dedup();
        let shows = |what: &str| scores.is_some_and(|scores| scores.evidence.iter().any(|found| found.shows == what));
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
            acknowledged: thread.company_spoke_before || recorded.acknowledged(),
            replied: thread.company_spoke_before,
            watch: playbook.watch(&message.text),
            competitor: shows(RECOMMENDS_A_COMPETITOR),
            stays_here: shows(STAYS_HERE),
            recorded: recorded.clone(),
        }
    }

    /// What the example of a rule says is found in it.
    pub(super) fn of_example(playbook: &Playbook, example: &Example) -> Self {
        let mut triggers = example.trigger.clone();
        triggers.sort_unstable();
        triggers.dedup();
        let conversation = if example.conversation_held { Conversation::Held } else { Conversation::None };
        let answer = example.offer_refused.then_some(OfferAnswer::Refused);
        let offers = answer.map(|answer| RecordedOffer { id: "an offer".to_owned(), answer: Some(answer) });
        let recorded = Recorded { conversation, offers: offers.into_iter().collect(), ..Recorded::default() };
        Self {
            scored: Ok(ScoredFacts {
                complaint: example.complaint,
                sentiment: example.sentiment,
                validity: example.validity,
                harm: example.harm,
                severity: example.severity,
                confidence: example.confidence,
                remedy: None,
            }),
            verdict: None,
            public: example.public.unwrap_or(example.channel.usual_visibility() == Visibility::Public),
            channel: example.channel,
            issue: example.issue,
            unknown_issue: None,
            question: example.say.contains('?'),
            triggers,
            turns: example.turns,
            contacts: example.contacts,
            company_turns: example.company_turns,
            answered: false,
            lang: None,
            acknowledged: example.replied || recorded.acknowledged(),
            replied: example.replied,
            watch: playbook.watch(&example.say),
            competitor: false,
            stays_here: false,
            recorded,
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
