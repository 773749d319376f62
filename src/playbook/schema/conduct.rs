//! How we conduct ourselves: clocks, heated cases, letters that end a conversation, names to look for, switches of the gate.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::message::named_enum;

/// How reply clocks are counted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sla {
    /// What an hour of `reply_within_hours` is.
    pub clock: Clock,
    /// Whether the clock stands still while we wait for the customer.
    pub pause_while_waiting: bool,
}

impl Default for Sla {
    fn default() -> Self {
        Self { clock: Clock::Calendar, pause_while_waiting: true }
    }
}

/// What an hour of a reply clock is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// An hour of the day; a moment outside working hours moves to the next working day.
    #[default]
    Calendar,
    /// An hour between `opens` and `closes` of a working day.
    Working,
}

/// What is asked of the writer where a public case is heated: the writer needs calm, too.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heated {
    /// Severity (0..=100) from which a public complaint is heated.
    pub severity_min: Spanned<f32>,
    /// Contact id of who reads the reply before it is copied.
    #[serde(default)]
    pub second_reader: Option<Spanned<String>>,
    /// Minutes between writing and copying.
    #[serde(default)]
    pub pause_minutes: Option<u32>,
}

/// What must have happened before one of the two letters that stop a conversation may be considered. A person decides.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Stop {
    /// Recorded attempts of ours to solve it; at least 1.
    pub attempts_min: Spanned<u32>,
    /// Recorded offers that were made; at least 1.
    pub offers_min: Spanned<u32>,
    /// Contact ids of who may decide it; empty means whoever is last on the escalation path.
    pub decided_by: Vec<Spanned<String>>,
}

impl Default for Stop {
    fn default() -> Self {
        Self { attempts_min: Spanned::new(0..0, 2), offers_min: Spanned::new(0..0, 1), decided_by: Vec::new() }
    }
}

/// Names that are looked for in every message, as whole words without case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Watch {
    /// The company and its brands.
    pub company: Vec<String>,
    /// Products.
    pub products: Vec<String>,
    /// People whose name in a message is worth a look.
    pub executives: Vec<String>,
    /// How people misspell a name of the lists above, by that name.
    pub misspellings: BTreeMap<String, Vec<String>>,
}

/// A rule of the gate that is switched off.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateSwitch {
    /// Whether it is off.
    pub off: bool,
    /// Why.
    pub reason: String,
}

named_enum! {
    /// A list of names that are looked for.
    WatchKind, "list of the watch-list" {
        /// The company and its brands.
        Company = "company",
        /// Products.
        Products = "products",
        /// People.
        Executives = "executives",
    }
}
