//! A filled template, for a human to edit.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::language::Language;
use crate::message::{Channel, named_enum};

/// Format version of a serialised [`Draft`].
pub const DRAFT_VERSION: u32 = 1;

/// A reply in four blocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// [`DRAFT_VERSION`].
    pub version: u32,
    /// The message it answers.
    pub message_id: String,
    /// Where it would be posted.
    pub channel: Channel,
    /// What it is for.
    pub situation: Situation,
    /// Its language.
    pub language: Language,
    /// The four blocks, always all four, in the order of the reply.
    pub blocks: Vec<DraftBlock>,
    /// The whole reply: greeting, the blocks that are on, sign-off.
    pub text: String,
    /// Markers in [`text`](Self::text) that a human must settle, in order.
    pub slots: Vec<Slot>,
    /// A person's verdict, where one was given.
    pub verdict: Option<Verdict>,
    /// What the writer should know (a limit that dropped a block, who is next).
    pub notes: Vec<String>,
}

/// One of acknowledge, apologize, options, closing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftBlock {
    /// `acknowledge`, `apologize`, `options` or `closing`.
    pub name: String,
    /// Whether it is part of the reply.
    pub on: bool,
    /// Which variant (`empathy`, `responsibility`, `2 offers`, ...).
    pub variant: String,
    /// Its text; empty when off.
    pub text: String,
    /// Template and phrasing that it was made with, as `en/closing/plain.public#2`; none when off.
    pub template: Option<String>,
    /// Why it is as it is.
    pub reason: String,
}

/// A marker `[[FILL: ...]]` or `[[CONFIRM: ...]]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// What is asked of the human.
    pub kind: SlotKind,
    /// Name for `--set NAME=VALUE`.
    pub name: String,
    /// Text inside the marker.
    pub label: String,
}

/// What a slot asks of a human.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotKind {
    /// A fact that only they know.
    Fill,
    /// A fact that would be admitted.
    Confirm,
}

/// A person's judgement of a complaint. It stands beside the score, and wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// They are right.
    Valid,
    /// They are not.
    Unfounded,
}

named_enum! {
    /// What a draft is for. The four blocks of each are in the table of `docs/templates.md`.
    Situation, "situation" {
        /// The answer that the decision asks for.
        Reply = "reply",
        /// Nothing is settled yet: where it stands, and the next date.
        Interim = "interim",
        /// The move to email or phone.
        TakeOffline = "take_offline",
        /// The report that a public thread was promised.
        ReportBack = "report_back",
        /// They turned an offer down.
        Refusal = "refusal",
        /// What was agreed in a call, in writing.
        AfterCall = "after_call",
        /// Is it settled for them?
        SatisfactionCheck = "satisfaction_check",
        /// A post under the public complaint that says how it ended: facts only.
        FollowUpPost = "follow_up_post",
        /// Thanks: for praise, or for a conversation.
        ThankYou = "thank_you",
        /// The last note of a case.
        Close = "close",
        /// Letter: you may tell others, after they said that it is settled for them; never in exchange for anything.
        Invite = "invite",
        /// Letter: we cannot solve this.
        StopUnsolvable = "stop_unsolvable",
        /// Letter: we stop here.
        StopAbusive = "stop_abusive",
        /// The sheet for a phone call, for our own eyes.
        CallSheet = "call_sheet",
    }
}

impl Situation {
    /// Whether it is one of the two letters that only a person chooses, after recorded attempts and an offer.
    pub const fn stops(self) -> bool {
        matches!(self, Self::StopUnsolvable | Self::StopAbusive)
    }

    /// Returns why a draft for it is as it is, in words.
    pub const fn why(self) -> &'static str {
        match self {
            Self::Reply => "as the playbook decided",
            Self::Interim => {
                "an interim reply was asked for: nothing is settled yet, so it gives a date and no outcome"
            }
            Self::TakeOffline => "the move to email or phone was asked for",
            Self::ReportBack => "a report to the public thread was asked for: facts, and no questions",
            Self::Refusal => "they turned an offer down: that is respected, without pressure",
            Self::AfterCall => "a written confirmation after a call was asked for",
            Self::SatisfactionCheck => "a check whether it is settled for them was asked for",
            Self::FollowUpPost => "a follow-up post was asked for: facts, no opinion, no personal data",
            Self::ThankYou => "a thank-you was asked for",
            Self::Close => "the closing note of a case was asked for",
            Self::Invite => "they said that it is settled for them: they may tell others, for nothing in exchange",
            Self::StopUnsolvable => "a person decided that this cannot be solved",
            Self::StopAbusive => "a person decided to stop here",
            Self::CallSheet => "a sheet for a phone call was asked for",
        }
    }
}
