//! What the gate takes from the playbook.

use std::collections::BTreeMap;

use super::rule::RuleId;
use crate::drafting::Channels;
use crate::playbook::Playbook;

/// The company's side of the gate, prepared once for many texts.
#[derive(Debug, Clone)]
pub(super) struct House {
    pub(super) channels: Channels,
    /// Our published addresses, lower case.
    pub(super) emails: Vec<String>,
    /// Whether the firm is a regulated one.
    pub(super) regulated: bool,
    /// Most public replies to one thread.
    pub(super) max_public_replies: u32,
    /// Rules that the playbook switches off, and why.
    pub(super) off: BTreeMap<RuleId, String>,
}

impl House {
    pub(super) fn new(playbook: &Playbook, channels: &Channels) -> Self {
        let policy = playbook.policy();
        Self {
            channels: channels.clone(),
            emails: vec![policy.voice.email.to_lowercase()],
            regulated: false,
            max_public_replies: policy.thresholds.max_public_replies,
            off: BTreeMap::new(),
        }
    }
}
