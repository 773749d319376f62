//! The table of known formats, and names compared without regard to how they are written.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::message::{AuthorRole, Channel};

/// The table, read once from the embedded file.
pub(crate) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    #[allow(clippy::expect_used, reason = "the file is part of the program and a test reads it")]
    toml::from_str(include_str!("formats.toml")).expect("formats.toml is valid")
});

/// `formats.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    pub(crate) format: Vec<Format>,
    pub(crate) guesses: BTreeMap<String, Vec<String>>,
    pub(crate) lists: Lists,
    pub(crate) roles: RoleWords,
    pub(crate) channels: BTreeMap<Channel, Vec<String>>,
}

/// One known format.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Format {
    pub(crate) name: String,
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) json: bool,
    #[serde(default)]
    pub(crate) list: Vec<String>,
    pub(crate) has: Vec<String>,
    #[serde(default)]
    pub(crate) any: Vec<String>,
    pub(crate) columns: BTreeMap<String, Vec<String>>,
    pub(crate) channel: Channel,
    #[serde(default)]
    pub(crate) roles: BTreeMap<String, AuthorRole>,
    #[serde(default)]
    pub(crate) blank: Vec<String>,
    pub(crate) scale: Option<f32>,
    pub(crate) quoting: Option<bool>,
    #[serde(default)]
    pub(crate) rules: Vec<Rule>,
    #[serde(default)]
    pub(crate) variants: Vec<Variant>,
    pub(crate) no_text: Option<String>,
}

/// A step that one format needs and a table cannot say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Rule {
    /// The id is the `reviewId` in the link.
    IdFromLink,
    /// Of several comments of the customer the newest counts; they stand in a list.
    NewestComment,
    /// The text is the title, a tab, and the body.
    TitleBeforeTab,
    /// The text may hold a translation before the original.
    GoogleOriginal,
    /// An entry without a rating describes the app.
    AppEntry,
    /// Where the description was left out of the export, the subject is the text.
    SubjectIsText,
}

/// A layout of a format.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Variant {
    pub(crate) name: String,
    pub(crate) has: Option<String>,
}

/// Where rows are looked for in an object of an unknown format.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lists {
    pub(crate) names: Vec<String>,
}

/// Words of role columns.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleWords {
    pub(crate) customer: Vec<String>,
    pub(crate) company: Vec<String>,
    pub(crate) system: Vec<String>,
    pub(crate) yes_is_customer: Vec<String>,
    pub(crate) yes_is_company: Vec<String>,
}

impl Format {
    /// Whether these columns are those of the format; `names` are plain (see [`plain`]).
    fn fits(&self, names: &[String], json: bool) -> bool {
        let there = |name: &String| names.contains(&plain(name));
        (json || !self.json) && self.has.iter().all(there) && (self.any.is_empty() || self.any.iter().any(there))
    }

    /// Returns the layout of the format that these columns show.
    pub(crate) fn variant(&self, columns: &[String]) -> Option<&str> {
        let there = |name: &String| columns.iter().any(|column| plain(column) == plain(name));
        self.variants.iter().find(|variant| variant.has.as_ref().is_none_or(there)).map(|variant| variant.name.as_str())
    }

    pub(crate) fn rule(&self, rule: Rule) -> bool {
        self.rules.contains(&rule)
    }
}

impl Table {
    /// Returns the format whose signature these columns carry.
    pub(crate) fn recognise(&self, columns: &[String], json: bool) -> Option<&Format> {
        let names: Vec<String> = columns.iter().map(|column| plain(column)).collect();
        self.format.iter().find(|format| format.fits(&names, json))
    }
}

/// Returns a name in small letters with `_` between its words, so that `Created Time`, `created-time` and `createdTime`
/// are one.
pub(crate) fn plain(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let (mut gap, mut after_small) = (false, false);
    for c in name.chars() {
        if !c.is_alphanumeric() {
            gap = !out.is_empty();
            after_small = false;
            continue;
        }
        if gap || (after_small && c.is_uppercase()) {
            out.push('_');
        }
        gap = false;
        after_small = c.is_lowercase() || c.is_numeric();
        out.extend(c.to_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::columns::Field;

    #[test]
    fn names_are_compared_plain() {
        for name in ["Created Time", "created_time", "createdTime", " CREATED-TIME "] {
            assert_eq!(plain(name), "created_time", "{name}");
        }
        assert_eq!(plain("Review Created (UTC)"), "review_created_utc");
        assert_eq!(plain("reviewerID"), "reviewer_id");
        assert_eq!(plain("im:rating"), "im_rating");
        assert_eq!(plain("Straße Nr."), "straße_nr");
        assert_eq!(plain("--"), "");
    }

    #[test]
    fn the_table_names_known_fields_and_lists_no_guess_twice() {
        let known = |key: &String| Field::ALL.iter().any(|field| field.name() == key);
        assert!(TABLE.guesses.keys().all(known));
        for format in &TABLE.format {
            assert!(format.columns.keys().all(known), "{}", format.name);
            assert!(format.columns.contains_key("text"), "{}", format.name);
            assert!(format.json || format.list.is_empty(), "{}", format.name);
        }
        for (field, names) in &TABLE.guesses {
            for (at, name) in names.iter().enumerate() {
                assert_eq!(&plain(name), name, "{field}");
                assert!(!names[..at].contains(name), "{field}: {name} twice");
            }
        }
        for names in TABLE.channels.values() {
            assert!(names.iter().all(|name| Channel::parse(name).is_err() || name == "twitter"), "{names:?}");
        }
    }

    #[test]
    fn signatures_hold_whatever_the_order_and_case() {
        let of = |header: &str, json| {
            let columns: Vec<String> = header.split(',').map(str::to_owned).collect();
            TABLE.recognise(&columns, json).map(|format| format.name.as_str())
        };
        assert_eq!(of("in_response_to_tweet_id,text,created_at,inbound,author_id,tweet_id", false), Some("twcs"));
        assert_eq!(of("AGENT INTERACTIONS,created time,status,subject,ticket id", false), Some("freshdesk_csv"));
        assert_eq!(of("id,text", false), None);
        assert_eq!(of("reviewId,starRating,createTime,comment", true), Some("google_business"));
        assert_eq!(of("reviewId,starRating,createTime,comment", false), None);
    }
}
