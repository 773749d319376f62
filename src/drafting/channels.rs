//! What each channel allows, as data with source and date.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::error::TemplateError;
use super::weight::Unit;
use crate::message::{Channel, Visibility};

/// The profiles of all channels.
#[derive(Debug, Clone, PartialEq)]
pub struct Channels {
    profiles: BTreeMap<Channel, Profile>,
}

/// What one channel allows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Most that one public post holds, in [`unit`](Self::unit). Unknown where it is not given.
    pub limit: Option<usize>,
    /// Unit of the limit; characters where it is not given.
    pub unit: Option<Unit>,
    /// Most that one private message on the platform holds.
    pub private_limit: Option<usize>,
    /// Unit of the private limit; characters where it is not given.
    pub private_unit: Option<Unit>,
    /// Whether people may be named there.
    pub people_named: bool,
    /// Whether our own published address may be given there.
    pub our_address: bool,
    /// Whether it may be said there that an offer was made; its details never are.
    pub offers_mentioned: bool,
    /// What may not be said there, in words.
    pub rules: Vec<String>,
    /// Where this stands.
    pub source: String,
    /// When it was looked up (ISO 8601).
    pub date: jiff::civil::Date,
}

/// A limit in its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Most that fits.
    pub most: usize,
    /// What is counted.
    pub unit: Unit,
}

impl Profile {
    /// Returns the limit for what everybody, or only the two sides, can read. On a channel that is private by nature the limit
    /// holds for both.
    pub fn limit(&self, channel: Channel, visibility: Visibility) -> Option<Limit> {
        let by_nature = channel.usual_visibility() == Visibility::Private;
        let (most, unit) = if visibility == Visibility::Public || by_nature {
            (self.limit, self.unit)
        } else {
            (self.private_limit, self.private_unit)
        };
        most.map(|most| Limit { most, unit: unit.unwrap_or(Unit::Chars) })
    }
}

impl Channels {
    /// Reads profiles. `file` is what errors call them.
    ///
    /// # Errors
    /// When the text is not TOML of this shape, or a channel has no profile.
    pub fn parse(file: &str, text: &str) -> Result<Self, TemplateError> {
        let profiles: BTreeMap<Channel, Profile> =
            toml::from_str(text).map_err(|error| TemplateError::data(file, text, &error))?;
        match Channel::ALL.iter().find(|channel| !profiles.contains_key(channel)) {
            Some(missing) => Err(TemplateError::Missing { file: file.to_owned(), what: format!("channel {missing}") }),
            None => Ok(Self { profiles }),
        }
    }

    /// Returns the profile of a channel. Every channel has one; [`parse`](Self::parse) saw to it.
    pub fn get(&self, channel: Channel) -> Option<&Profile> {
        self.profiles.get(&channel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = include_str!("../../templates/channels.toml");

    #[test]
    fn every_channel_has_a_profile_with_a_source() {
        let channels = Channels::parse("channels.toml", TEXT).unwrap();
        for &channel in Channel::ALL {
            let profile = channels.get(channel).unwrap();
            assert!(!profile.source.is_empty() && !profile.rules.is_empty(), "{channel}");
            assert_eq!(profile.limit.is_some(), profile.unit.is_some(), "{channel}");
        }
    }

    #[test]
    fn limits_follow_visibility() {
        let channels = Channels::parse("channels.toml", TEXT).unwrap();
        let limit = |channel: Channel, visibility| {
            channels
                .get(channel)
                .and_then(|profile| profile.limit(channel, visibility))
                .map(|limit| (limit.most, limit.unit))
        };
        assert_eq!(limit(Channel::X, Visibility::Public), Some((280, Unit::XWeighted)));
        assert_eq!(limit(Channel::X, Visibility::Private), Some((10_000, Unit::Chars)));
        assert_eq!(limit(Channel::GoogleBusiness, Visibility::Public), Some((4096, Unit::Bytes)));
        assert_eq!(limit(Channel::Sms, Visibility::Private), Some((459, Unit::Chars)));
        assert_eq!(limit(Channel::Email, Visibility::Private), None);
    }

    #[test]
    fn a_broken_file_says_where() {
        let error = Channels::parse("channels.toml", "[x]\nlimt = 3\n").unwrap_err();
        assert!(error.to_string().contains("channels.toml:2"), "{error}");
        let missing = Channels::parse("channels.toml", "").unwrap_err();
        assert!(missing.to_string().contains("channel x"), "{missing}");
    }
}
