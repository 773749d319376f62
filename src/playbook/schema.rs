//! The shape of a playbook file. Every key is spelled out here; an unknown one is an error with its line.

mod conduct;
mod rule;

use std::collections::BTreeMap;

use jiff::civil::{Date, Time};
use serde::Deserialize;
use toml::Spanned;

pub use conduct::{Clock, GateSwitch, Heated, Sla, Stop, Watch, WatchKind};
pub use rule::{Condition, Effect, Example, Rule};

use super::issue::{Issue, OfferKind};
use crate::analysis::{Trigger, Validity};
use crate::message::Channel;

/// A whole playbook file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Version of this file format; [`SCHEMA`](super::SCHEMA).
    pub schema: Spanned<u32>,
    /// Name of the playbook, as decisions cite it.
    pub name: String,
    /// The brand or client that it speaks for, where one house answers for several; each has a playbook of its own.
    #[serde(default)]
    pub client: Option<String>,
    /// Language of the drafts, as the templates name it: `en`, `de`.
    #[serde(default = "english")]
    pub language: Spanned<String>,
    /// Whether the law asks more of us than of a shop.
    #[serde(default)]
    pub profile: Profile,
    /// To whom the final letter points when we cannot agree; a regulated profile needs one.
    #[serde(default)]
    pub ombudsman: Option<Spanned<Ombudsman>>,
    /// How we sound and sign.
    pub voice: Voice,
    /// When we answer and call.
    pub hours: Hours,
    /// Where scores turn into bands and turns into a move offline.
    pub thresholds: Thresholds,
    /// How reply clocks are counted.
    #[serde(default)]
    pub sla: Sla,
    /// What is asked of the writer where a public case is heated; absent means nothing.
    #[serde(default)]
    pub heated: Option<Heated>,
    /// What must have happened before one of the two letters that stop a conversation may be considered.
    #[serde(default)]
    pub stop: Stop,
    /// Names that are looked for in every message.
    #[serde(default)]
    pub watch: Watch,
    /// Rules of the gate that are switched off, by their id, each with a reason.
    #[serde(default)]
    pub gate: BTreeMap<String, Spanned<GateSwitch>>,
    /// People by id.
    pub contacts: BTreeMap<String, Spanned<ContactEntry>>,
    /// Who answers what, and who is behind them.
    pub issues: BTreeMap<Issue, Spanned<IssuePolicy>>,
    /// Who answers when a trigger beats the scores.
    pub triggers: BTreeMap<Trigger, Spanned<TriggerPolicy>>,
    /// What holds for one channel only.
    #[serde(default)]
    pub channels: BTreeMap<Channel, ChannelPolicy>,
    /// What the company promises; validity is held against it.
    #[serde(default)]
    pub promises: Vec<Promise>,
    /// What may be offered, best first.
    #[serde(default)]
    pub offers: Vec<Offer>,
    /// Which block is on when; for each block the first rule that fits and sets it wins.
    pub rules: Vec<Rule>,
}

/// How we sound and sign.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Voice {
    /// Company name, as it stands under public replies where people may not be named.
    pub company: String,
    /// Name under private replies.
    pub signer: String,
    /// Name under public replies (a first name, or the company).
    pub public_signer: String,
    /// Word before the customer's name, or alone: `Hello`.
    pub greeting: String,
    /// Line above the signature of an email: `Kind regards`.
    pub sign_off: String,
    /// Our published address, to which people are asked to write.
    pub email: String,
    /// Words and phrases that we like to use; the staff guide shows them.
    #[serde(default)]
    pub words_to_use: Vec<String>,
    /// Words and phrases that we do not use; the staff guide shows them, and the gate warns of them.
    #[serde(default)]
    pub words_to_avoid: Vec<String>,
    /// What of ours may stand in public beside [`email`](Self::email).
    #[serde(default)]
    pub published: Published,
}

impl Voice {
    /// Returns everything of ours that may stand in public: addresses, phone numbers and sites.
    pub fn published(&self) -> impl Iterator<Item = &str> {
        let Published { emails, phones, sites, addresses } = &self.published;
        std::iter::once(&self.email).chain(emails).chain(phones).chain(sites).chain(addresses).map(String::as_str)
    }
}

/// What of ours may stand in public.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Published {
    /// Email addresses.
    pub emails: Vec<String>,
    /// Phone numbers, as we print them.
    pub phones: Vec<String>,
    /// Sites, without `https://`.
    pub sites: Vec<String>,
    /// Postal addresses, on one line.
    pub addresses: Vec<String>,
}

/// Whether the law asks more of us than of a shop.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// It does not.
    #[default]
    Default,
    /// Health, finance, insurance: nobody is confirmed as a customer in public, and the final letter names an ombudsman.
    Regulated,
}

/// To whom the final letter points when we cannot agree.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ombudsman {
    /// Name: `the Financial Ombudsman Service`.
    pub name: String,
    /// The sentence or two of the final letter, as the law wants them.
    pub text: String,
    /// Its site, without `https://`.
    #[serde(default)]
    pub site: Option<String>,
    /// Its phone number.
    #[serde(default)]
    pub phone: Option<String>,
    /// What goes out with the final letter: `the ombudsman's leaflet`.
    #[serde(default)]
    pub enclose: Option<String>,
    /// Days after the complaint by which the final letter must have gone out; eight weeks are 56.
    #[serde(default)]
    pub final_letter_within_days: Option<u32>,
    /// Issue types that are answered sooner, as complaints about payments are.
    #[serde(default)]
    pub sooner: Vec<Sooner>,
}

/// A shorter time for the final letter on some issue types.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sooner {
    /// Issue types that it is for.
    pub issues: Vec<Issue>,
    /// Working days after the complaint by which the final letter must have gone out.
    pub within_working_days: Spanned<u32>,
    /// The law behind it, for the staff guide.
    pub why: String,
}

fn english() -> Spanned<String> {
    Spanned::new(0..0, "en".to_owned())
}

/// When we answer and call, in the local time of the company.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// Working days.
    pub days: Spanned<Vec<Day>>,
    /// First minute of a working day.
    pub opens: Time,
    /// Last minute of a working day.
    pub closes: Spanned<Time>,
    /// Times at which a call can be proposed.
    pub call_slots: Spanned<Vec<Time>>,
    /// Time zone of the company: a name (`Europe/London`), or a POSIX rule (`GMT0BST,M3.5.0/1,M10.5.0`), which needs no time zone
    /// database. Absent means the zone of the clock.
    #[serde(default)]
    pub zone: Option<Spanned<String>>,
    /// Days on which nobody works although they are working days (`2026-12-25`).
    #[serde(default)]
    pub closed_on: Vec<Date>,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names of the days")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// Where scores turn into bands and turns into a move offline.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Severity (0..=100) from which a message counts as medium.
    pub severity_medium: Spanned<f32>,
    /// Severity (0..=100) from which a message counts as high.
    pub severity_high: Spanned<f32>,
    /// Turns of a thread after which the conversation moves to email or phone.
    pub offline_after_turns: u32,
    /// Public replies of ours to one thread after which only the way offline is repeated.
    pub max_public_replies: u32,
    /// Working days after which we report back where the public complaint stands.
    pub report_back_working_days: u32,
}

/// Somebody on our side.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactEntry {
    /// Name as signed.
    pub name: String,
    /// Role in words that a customer understands, without an article: `customer care`.
    pub role: String,
    /// Contact id of who stands in.
    pub deputy: Option<Spanned<String>>,
}

/// Who answers one issue type, and who is behind them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuePolicy {
    /// Contact id of who answers.
    pub contact: Spanned<String>,
    /// The path up, nearest first.
    pub escalation: Vec<EscalationEntry>,
    /// Hours until the customer hears from us, by severity band.
    pub reply_within_hours: Spanned<ReplyHours>,
}

/// A step of the escalation path.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EscalationEntry {
    /// Contact id.
    pub contact: Spanned<String>,
    /// When to go up, in words: `after 24 hours without a solution`.
    pub when: String,
    /// Hours after the first unanswered message at which it goes up, counted by the clock of `[sla]`; `when` says on what condition.
    #[serde(default)]
    pub after_hours: Option<Spanned<u32>>,
}

/// Hours until the customer hears from us, by severity band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplyHours {
    /// Below `thresholds.severity_medium`.
    pub low: u32,
    /// Between the two.
    pub medium: u32,
    /// From `thresholds.severity_high`.
    pub high: u32,
}

/// Who answers when a trigger beats the scores.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TriggerPolicy {
    /// Contact id.
    pub contact: Spanned<String>,
    /// Hours until they answer.
    pub reply_within_hours: u32,
}

/// What holds for one channel only.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelPolicy {
    /// Contact id of who answers there, whatever the issue.
    pub contact: Spanned<String>,
}

/// Something that the company promises.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// Id, as `delivery.next-day`.
    pub id: Spanned<String>,
    /// Issue type that it belongs to.
    pub issue: Issue,
    /// The promise, as we publish it.
    pub text: String,
    /// Regular expressions over lower-case text with straight apostrophes, by which customers refer to it.
    pub quoted_by: Vec<String>,
    /// Such expressions, by which customers say that it was not kept. They count by themselves.
    pub broken_by: Vec<String>,
    /// What we admit when it was broken; it follows `I am sorry that`.
    pub failing: String,
}

/// Something that may be offered.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// Id.
    pub id: Spanned<String>,
    /// What the customer reads, a phrase without a full stop: `a refund to the card you paid with`.
    pub text: Spanned<String>,
    /// What it is, so that not every option is a refund.
    pub kind: OfferKind,
    /// Issue types that it answers.
    pub issues: Spanned<Vec<Issue>>,
    /// Least validity for which it may be offered.
    pub min_validity: Validity,
    /// Greatest validity for which it is meant: a goodwill gesture is not what somebody is given who is right.
    #[serde(default)]
    pub max_validity: Option<Spanned<Validity>>,
    /// Least harm (0..=100) for which it may be offered.
    #[serde(default)]
    pub min_harm: f32,
    /// Greatest harm (0..=100) that it is adequate for.
    #[serde(default = "hundred")]
    pub max_harm: Spanned<f32>,
    /// Whether it may be said in public, where the channel allows offers at all.
    #[serde(default)]
    pub public: bool,
    /// Contact id of who must approve it first.
    pub approver: Option<Spanned<String>>,
    /// The most that it may cost, in `currency`.
    #[serde(default)]
    pub max_amount: Option<Spanned<f64>>,
    /// Currency of `max_amount`: `GBP`.
    #[serde(default)]
    pub currency: Option<String>,
    /// How often one customer may have it, ever.
    #[serde(default)]
    pub per_customer: Option<Spanned<u32>>,
    /// What else limits it, in words: `only while the lamp is in stock`.
    pub limit: Option<String>,
}

impl Offer {
    /// Returns all its limits in words, or nothing where it has none.
    pub fn limits(&self) -> Option<String> {
        let amount = self.max_amount.as_ref().map(|most| match &self.currency {
            Some(currency) => format!("at most {} {currency}", most.get_ref()),
            None => format!("at most {}", most.get_ref()),
        });
        let times = self.per_customer.as_ref().map(|most| match most.get_ref() {
            1 => "once a customer".to_owned(),
            more => format!("{more} times a customer"),
        });
        let words: Vec<String> = amount.into_iter().chain(times).chain(self.limit.clone()).collect();
        (!words.is_empty()).then(|| words.join(", "))
    }
}

fn hundred() -> Spanned<f32> {
    Spanned::new(0..0, 100.0)
}
