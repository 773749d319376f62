//! A filled template, for a human to edit.

use serde::{Deserialize, Serialize};

use crate::message::Channel;

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
