//! What the gate takes from the playbook.

use std::collections::BTreeMap;

use super::avoided::Avoided;
use super::offers::Catalogue;
use super::rule::RuleId;
use crate::drafting::Channels;
use crate::playbook::Playbook;
use crate::playbook::schema::Profile;

/// Providers of mail for everybody: who writes from there need not be ours.
const SHARED: [&str; 12] = [
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "live.com",
    "yahoo.com",
    "icloud.com",
    "aol.com",
    "gmx.de",
    "gmx.net",
    "web.de",
    "proton.me",
];

/// The company's side of the gate, prepared once for many texts.
#[derive(Debug, Clone)]
pub(super) struct House {
    pub(super) channels: Channels,
    /// What of ours may stand in public.
    pub(super) published: Published,
    /// The company's own name and those that it speaks for: no names of people.
    pub(super) names: Vec<String>,
    /// Whether the firm is a regulated one.
    pub(super) regulated: bool,
    /// Most public replies to one thread.
    pub(super) max_public_replies: u32,
    /// What may be offered.
    pub(super) catalogue: Catalogue,
    /// Words that the voice avoids.
    pub(super) avoided: Vec<Avoided>,
    /// Rules that the playbook switches off, and why.
    pub(super) off: BTreeMap<RuleId, String>,
}

/// What of ours may stand in public, ready to compare.
#[derive(Debug, Clone, Default)]
pub(super) struct Published {
    /// Addresses, lower case.
    pub(super) emails: Vec<String>,
    /// What stands behind the `@` of our own mailboxes, lower case: those of the voice and of the sites that are published.
    pub(super) domains: Vec<String>,
    /// Phone numbers, digits only.
    pub(super) phones: Vec<String>,
    /// Postal addresses, lower case.
    pub(super) addresses: Vec<String>,
}

impl House {
    pub(super) fn new(playbook: &Playbook, channels: &Channels) -> Self {
        let policy = playbook.policy();
        let voice = &policy.voice;
        let lower = |text: &String| text.to_lowercase();
        let own = voice.email.rsplit_once('@').map(|(_, domain)| domain).into_iter();
        let sites = voice.published.sites.iter().filter_map(|site| site.split('/').next());
        let published = Published {
            domains: own
                .chain(sites)
                .map(str::to_lowercase)
                .filter(|domain| !SHARED.contains(&domain.as_str()))
                .collect(),
            emails: std::iter::once(&voice.email).chain(&voice.published.emails).map(lower).collect(),
            phones: voice.published.phones.iter().map(|phone| digits(phone)).collect(),
            addresses: voice.published.addresses.iter().map(lower).collect(),
        };
        let off = policy
            .gate
            .iter()
            .filter(|(_, switch)| switch.get_ref().off)
            .filter_map(|(id, switch)| Some((id.parse().ok()?, switch.get_ref().reason.clone())))
            .collect();
        Self {
            channels: channels.clone(),
            published,
            names: std::iter::once(&voice.company).chain(policy.watch.company.iter()).cloned().collect(),
            regulated: policy.profile == Profile::Regulated,
            max_public_replies: policy.thresholds.max_public_replies,
            catalogue: Catalogue::new(&policy.offers),
            avoided: voice.words_to_avoid.iter().filter_map(|words| Avoided::new(words)).collect(),
            off,
        }
    }
}

/// Digits of a text, in order.
pub(super) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}
