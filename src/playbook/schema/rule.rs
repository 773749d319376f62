//! Rules: conditions, what they set, and the examples that test them.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::WatchKind;
use crate::analysis::{Sentiment, Trigger, Validity};
use crate::decision::{Acknowledge, Apology, BlockName, Closing, Disposition};
use crate::message::Channel;
use crate::playbook::Issue;

/// A rule: when a message is like this, then do that, and why.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Id.
    pub id: Spanned<String>,
    /// Why, in words; shown with every decision that it makes.
    pub why: String,
    /// All conditions must hold; none given means always.
    #[serde(default)]
    pub when: Condition,
    /// What it sets.
    pub then: Spanned<Effect>,
    /// Messages for which it fires, and messages for which it does not; they run as tests in `playbook check`.
    #[serde(default)]
    pub examples: Vec<Spanned<Example>>,
}

/// A message in words, with what is found in it, and whether the rule fires for it: decides a block or adds a disposition.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "rules ask yes-or-no questions")]
pub struct Example {
    /// What somebody wrote. A question mark makes it a question.
    pub say: String,
    /// Whether the rule fires.
    #[serde(default = "yes")]
    pub fires: bool,
    /// Where it was said.
    #[serde(default = "email")]
    pub channel: Channel,
    /// Whether everybody can read it; as usual on the channel where absent.
    #[serde(default)]
    pub public: Option<bool>,
    /// Whether it is a complaint.
    #[serde(default = "yes")]
    pub complaint: bool,
    /// Its sentiment.
    #[serde(default = "negative")]
    pub sentiment: Sentiment,
    /// Its validity.
    #[serde(default = "unclear")]
    pub validity: Validity,
    /// Harm, 0..=100.
    #[serde(default = "thirty")]
    pub harm: f32,
    /// Severity, 0..=100.
    #[serde(default = "thirty")]
    pub severity: f32,
    /// Confidence, 0..=1.
    #[serde(default = "sure")]
    pub confidence: f32,
    /// What it is about.
    #[serde(default)]
    pub issue: Option<Issue>,
    /// Triggers that it raises.
    #[serde(default)]
    pub trigger: Vec<Trigger>,
    /// Turns of the thread.
    #[serde(default = "one")]
    pub turns: u32,
    /// Contacts that nobody answered.
    #[serde(default = "one")]
    pub contacts: u32,
    /// Public replies of ours before it.
    #[serde(default)]
    pub company_turns: u32,
    /// Whether it answers a reply of ours.
    #[serde(default)]
    pub replied: bool,
    /// Whether a conversation is on record.
    #[serde(default)]
    pub conversation_held: bool,
    /// Whether they turned the last offer down.
    #[serde(default)]
    pub offer_refused: bool,
}

/// Conditions of a rule. Those that are given must all hold; a list holds when one of its entries does. Conditions over scores
/// never hold for a message without scores.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Whether it is a complaint.
    pub complaint: Option<bool>,
    /// Whether it asks something.
    pub question: Option<bool>,
    /// Sentiments.
    pub sentiment: Option<Spanned<Vec<Sentiment>>>,
    /// Validities; a person's verdict counts before the score.
    pub validity: Option<Vec<Validity>>,
    /// Least harm (0..=100).
    pub harm_min: Option<f32>,
    /// Harm below (0..=100).
    pub harm_below: Option<f32>,
    /// Least severity (0..=100).
    pub severity_min: Option<Spanned<f32>>,
    /// Severity below (0..=100).
    pub severity_below: Option<Spanned<f32>>,
    /// Least confidence (0..=1).
    pub confidence_min: Option<f32>,
    /// Confidence below (0..=1).
    pub confidence_below: Option<f32>,
    /// Whether everybody can read it.
    pub public: Option<bool>,
    /// Whether it stands on a review platform.
    pub review: Option<bool>,
    /// Channels.
    pub channel: Option<Vec<Channel>>,
    /// Issue types.
    pub issue: Option<Vec<Issue>>,
    /// Triggers, one of which was raised.
    pub trigger: Option<Vec<Trigger>>,
    /// Least number of turns.
    pub turns_min: Option<u32>,
    /// Least number of unanswered contacts.
    pub contacts_min: Option<u32>,
    /// Least number of our public replies so far.
    pub company_turns_min: Option<u32>,
    /// Whether it answers a reply of ours.
    pub replied: Option<bool>,
    /// Whether a conversation is on record.
    pub conversation_held: Option<bool>,
    /// Whether they turned the last offer down.
    pub offer_refused: Option<bool>,
    /// Lists of `[watch]`, one of which has a name that stands in it.
    pub watch: Option<Vec<WatchKind>>,
}

/// What a rule sets.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    /// The acknowledgement.
    pub acknowledge: Option<Acknowledge>,
    /// The sorry.
    pub apology: Option<Apology>,
    /// How many offers at most (0..=3).
    pub options: Option<usize>,
    /// The closing note.
    pub closing: Option<Closing>,
    /// Dispositions besides those that follow from the blocks: `escalate`, `interim`, `follow_up`, `take_offline`.
    #[serde(default)]
    pub add: Vec<Disposition>,
    /// Other templates for blocks that the rule sets, by block: `templates = { acknowledge = "acknowledge/interim" }`.
    #[serde(default)]
    pub templates: BTreeMap<BlockName, Spanned<String>>,
}

const fn yes() -> bool {
    true
}

const fn one() -> u32 {
    1
}

const fn thirty() -> f32 {
    30.0
}

const fn sure() -> f32 {
    0.9
}

const fn email() -> Channel {
    Channel::Email
}

const fn negative() -> Sentiment {
    Sentiment::Negative
}

const fn unclear() -> Validity {
    Validity::Unclear
}
