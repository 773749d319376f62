//! What the playbook says should happen with one message.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::analysis::Trigger;
use crate::message::named_enum;

/// Format version of a serialised [`Decision`].
pub const DECISION_VERSION: u32 = 2;

/// The playbook's answer to one message, with the rules that gave it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// [`DECISION_VERSION`].
    pub version: u32,
    /// The message it is about.
    pub message_id: String,
    /// Playbook that decided.
    pub playbook: PlaybookRef,
    /// What to do, in the order in which it is done.
    pub dispositions: Vec<Disposition>,
    /// The four blocks of the reply.
    pub blocks: Blocks,
    /// Who answers the customer.
    pub owner: Option<Contact>,
    /// Who is next, and when to go up.
    pub escalation: Vec<EscalationStep>,
    /// Triggers that beat the scores.
    pub triggers: Vec<Trigger>,
    /// Rules that fired, in order, with their reason in words.
    pub fired: Vec<FiredRule>,
    /// How it stands with the way to email or phone.
    pub offline: Offline,
    /// What the record says comes next.
    pub stage: Stage,
    /// Templates that rules chose, by block; where none is named, the usual ones are used.
    pub templates: BTreeMap<BlockName, String>,
    /// The letters that end a conversation, where a person may consider one. Never part of [`dispositions`](Self::dispositions).
    pub candidates: Vec<Candidate>,
    /// What is asked of the writer, where it is a heated public case.
    pub heated: Option<Care>,
}

/// How it stands with the way to email or phone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Offline {
    /// Nothing is said about it.
    #[default]
    None,
    /// They are invited to talk, as part of the acknowledgement.
    Invite,
    /// They have answered us: the conversation moves now.
    Move,
}

/// A letter that a person may consider, and why it may be considered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// [`Disposition::StopUnsolvable`] or [`Disposition::StopAbusive`].
    pub letter: Disposition,
    /// What is on record, in words.
    pub why: String,
    /// Who may decide it.
    pub decided_by: Vec<Contact>,
}

/// What is asked of the writer before a reply is copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Care {
    /// Who reads it first.
    pub second_reader: Option<Contact>,
    /// Minutes between writing and copying.
    pub pause_minutes: Option<u32>,
}

named_enum! {
    /// A block of the reply.
    BlockName, "block" {
        /// Names the concrete issue and that they are upset.
        Acknowledge = "acknowledge",
        /// Which sorry.
        Apologize = "apologize",
        /// Offers.
        Options = "options",
        /// Who keeps the case and what comes next.
        Closing = "closing",
    }
}

named_enum! {
    /// What the record of a case says comes next. The names are those of the situations in which drafts are written.
    Stage, "stage" {
        /// The message is answered.
        Reply = "reply",
        /// The conversation moves to email or phone.
        TakeOffline = "take_offline",
        /// They turned an offer down, which is respected.
        Refusal = "refusal",
        /// What was agreed in a conversation is confirmed in writing.
        AfterCall = "after_call",
        /// They are asked whether it is settled.
        SatisfactionCheck = "satisfaction_check",
        /// Where they complained in public, it is said how it ended.
        FollowUpPost = "follow_up_post",
        /// They are thanked, and the case is closed.
        Close = "close",
    }
}

/// The four blocks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Blocks {
    /// Names the concrete issue and that they are upset.
    pub acknowledge: Acknowledge,
    /// Which sorry, if any.
    pub apology: Apology,
    /// Offers, by catalogue id, best first; at most three. Empty is off.
    pub options: Vec<OfferChoice>,
    /// Says who keeps the case and what comes next.
    pub closing: Closing,
    /// Why each block is as it is, in the order acknowledge, apologize, options, closing.
    pub why: [BlockReason; 4],
}

/// Why a block is as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockReason {
    /// Rule id.
    pub rule: String,
    /// In words.
    pub reason: String,
}

/// The acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Acknowledge {
    /// No reply is needed.
    Off,
    /// Names the issue.
    Issue,
    /// Names the issue and that nobody answered them.
    NotListenedTo,
    /// Thanks for a positive message.
    Thanks,
}

/// The closing note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// No reply is needed.
    Off,
    /// Owner and next date.
    OwnerAndDate,
    /// Moves offline: asks for an email with their phone number, or proposes a call.
    TakeOffline,
    /// Says who answers and when; used with triggers.
    WhoAnswersWhen,
    /// A plain friendly end.
    Plain,
}

/// An offer chosen from the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferChoice {
    /// Id in the catalogue.
    pub id: String,
    /// What the customer reads.
    pub text: String,
    /// Whether it may be said in public.
    pub public: bool,
}

/// Somebody on our side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Id in the playbook.
    pub id: String,
    /// Name as signed.
    pub name: String,
    /// Role.
    pub role: String,
    /// Who stands in: name.
    pub deputy: Option<String>,
}

/// A step of the escalation path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationStep {
    /// Who.
    pub contact: Contact,
    /// When to go up, in words.
    pub when: String,
    /// Hours on the reply clock at which it goes up, where the playbook has them.
    pub after_hours: Option<u32>,
}

/// A rule that fired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiredRule {
    /// Rule id.
    pub id: String,
    /// Why, in words.
    pub why: String,
}

/// Name and digest of a playbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaybookRef {
    /// Name.
    pub name: String,
    /// First 12 hex digits of the sha256 of its text.
    pub digest: String,
}

named_enum! {
    /// The two levels of sorry.
    Apology, "apology" {
        /// None.
        None = "none",
        /// Sorry for what they went through; always allowed.
        Empathy = "empathy",
        /// Sorry for what we did; only when the complaint is valid.
        Responsibility = "responsibility",
    }
}

named_enum! {
    /// What to do with a message. The list is closed; a release extends it.
    Disposition, "disposition" {
        /// Acknowledge.
        Acknowledge = "acknowledge",
        /// Show empathy.
        Empathy = "empathy",
        /// Apologise with responsibility.
        Apologize = "apologize",
        /// Offer options.
        Offer = "offer",
        /// Move to a private channel.
        TakeOffline = "take_offline",
        /// Send an interim reply with a date.
        Interim = "interim",
        /// Hand to a named contact.
        Escalate = "escalate",
        /// Come back to it.
        FollowUp = "follow_up",
        /// Thank for a positive message.
        Thank = "thank",
        /// Letter: we cannot solve this. Only a person chooses it.
        StopUnsolvable = "stop_unsolvable",
        /// Letter: we stop here. Only a person chooses it.
        StopAbusive = "stop_abusive",
        /// No reply is needed.
        NoReply = "no_reply",
    }
}
