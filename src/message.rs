//! A message: one text by one author, as it stood in the export, and where it stood there.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Format version of a serialised [`Message`].
pub const MESSAGE_VERSION: u32 = 1;

/// One text by one author.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// [`MESSAGE_VERSION`].
    pub version: u32,
    /// File and row it was read from.
    pub origin: Origin,
    /// Identity within the export, always text (`"00123"` stays `"00123"`). Rows without one get `FILE:ROW`.
    pub id: String,
    /// The thread that the format names, if it names one. Threads built from parent ids are in [`crate::thread`].
    pub thread_id: Option<String>,
    /// The message that this one answers.
    pub parent_id: Option<String>,
    /// Platform.
    pub channel: Channel,
    /// Who can read it.
    pub visibility: Visibility,
    /// Author as the export names them (a handle, a name or an id).
    pub author: Option<String>,
    /// Which side wrote it.
    pub role: AuthorRole,
    /// When it was written.
    pub created_at: Option<CreatedAt>,
    /// Language that the export claims (`en`, `de-AT`), not what we detected.
    pub declared_lang: Option<String>,
    /// Star rating.
    pub rating: Option<Rating>,
    /// Title or subject. Where a format has one, it is also the first line of [`text`](Self::text).
    pub title: Option<String>,
    /// The text that is analysed; byte ranges of evidence point into it. May be empty.
    pub text: String,
    /// The company's reply, where the export keeps it in the same row.
    pub existing_reply: Option<String>,
    /// Link to the message.
    pub url: Option<String>,
    /// How many people it reaches.
    pub reach: Reach,
    /// Ready-made counters of the export (Freshdesk has them).
    pub counted: Counted,
    /// Every column of the input row, in input order, as read.
    pub input: Vec<(String, String)>,
}

impl Message {
    /// Returns a customer's message that stands in no export.
    pub fn alone(channel: Channel, text: impl Into<String>) -> Self {
        Self {
            version: MESSAGE_VERSION,
            origin: Origin { file: "-".to_owned(), row: 1 },
            id: "-:1".to_owned(),
            thread_id: None,
            parent_id: None,
            channel,
            visibility: channel.usual_visibility(),
            author: None,
            role: AuthorRole::Customer,
            created_at: None,
            declared_lang: None,
            rating: None,
            title: None,
            text: text.into(),
            existing_reply: None,
            url: None,
            reach: Reach::default(),
            counted: Counted::default(),
            input: Vec::new(),
        }
    }
}

/// File and row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// File as the user named it; `-` is standard input.
    pub file: String,
    /// Row, counted from 1 without the header line (array index + 1 in JSON).
    pub row: u64,
}

/// A point in time with the text that it was read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedAt {
    /// The instant; absent when the text could not be read as one. Dates without a zone are taken as UTC.
    pub utc: Option<jiff::Timestamp>,
    /// What the export said.
    pub original: String,
}

/// A star rating with its scale.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rating {
    /// Stars given.
    pub value: f32,
    /// Most stars possible.
    pub scale: f32,
}

/// How many people a message reaches; missing is unknown, not zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// Followers of the author.
    pub followers: Option<u64>,
    /// Helpful votes, likes.
    pub helpful: Option<u64>,
}

/// Turn counters that an export brings; missing is unknown, not zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Turns of the customer.
    pub customer: Option<u32>,
    /// Turns of the company.
    pub company: Option<u32>,
}

/// Which side wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorRole {
    /// The complainant or any other customer.
    Customer,
    /// Us.
    Company,
    /// A machine: status changes, auto-replies.
    System,
}

/// Who can read a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everybody.
    Public,
    /// The two sides only.
    Private,
}

impl Visibility {
    /// Returns the name used in files and outputs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
        }
    }
}

macro_rules! named_enum {
    ($(#[$meta:meta])* $name:ident, $what:literal { $($(#[$vmeta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// Every value, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the name used in files and outputs.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl FromStr for $name {
            type Err = crate::message::UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|value| value.name() == text).ok_or_else(|| crate::message::UnknownName {
                    what: $what,
                    name: text.to_owned(),
                    known: Self::ALL.iter().map(|value| value.name()).collect(),
                })
            }
        }
    };
}
pub(crate) use named_enum;

/// A name that is not in one of the closed lists.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} \"{name}\"; known: {}", known.join(", "))]
pub struct UnknownName {
    /// Which list.
    pub what: &'static str,
    /// What was given.
    pub name: String,
    /// The list.
    pub known: Vec<&'static str>,
}

named_enum! {
    /// Where a message was said. The list is closed; a release extends it.
    Channel, "channel" {
        /// X, formerly Twitter.
        X = "x",
        /// Facebook page or comment.
        Facebook = "facebook",
        /// Instagram comment.
        Instagram = "instagram",
        /// Google Business Profile review.
        GoogleBusiness = "google_business",
        /// Google Play review.
        GooglePlay = "google_play",
        /// Apple App Store review.
        AppStore = "app_store",
        /// Trustpilot review.
        Trustpilot = "trustpilot",
        /// Tripadvisor review.
        Tripadvisor = "tripadvisor",
        /// Yelp review.
        Yelp = "yelp",
        /// Amazon review.
        Amazon = "amazon",
        /// Public forum.
        Forum = "forum",
        /// Blog post or comment.
        Blog = "blog",
        /// Review by an employee.
        EmployerReview = "employer_review",
        /// Email or ticket.
        Email = "email",
        /// Chat.
        Chat = "chat",
        /// Text message.
        Sms = "sms",
        /// Phone call note.
        Phone = "phone",
        /// Form on our site.
        WebForm = "web_form",
        /// Anything else.
        Other = "other",
    }
}

impl Channel {
    /// Reads a channel name, the alias `google` included, ignoring case.
    ///
    /// # Errors
    /// When the name is in neither list.
    pub fn parse(text: &str) -> Result<Self, UnknownName> {
        let lower = text.trim().to_lowercase().replace([' ', '-'], "_");
        match lower.as_str() {
            "google" => Ok(Self::GoogleBusiness),
            "twitter" => Ok(Self::X),
            other => other.parse(),
        }
    }

    /// Returns who can usually read a message on this channel; an export may know better. `other` counts as private: no
    /// advice that only suits a public place is given on a guess.
    pub const fn usual_visibility(self) -> Visibility {
        match self {
            Self::Email | Self::Chat | Self::Sms | Self::Phone | Self::WebForm | Self::Other => Visibility::Private,
            _ => Visibility::Public,
        }
    }

    /// Whether the channel is a review platform.
    pub const fn is_review(self) -> bool {
        matches!(
            self,
            Self::GoogleBusiness
                | Self::GooglePlay
                | Self::AppStore
                | Self::Trustpilot
                | Self::Tripadvisor
                | Self::Yelp
                | Self::Amazon
                | Self::EmployerReview
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channel_names_round_trip_and_aliases_are_known() {
        for &channel in Channel::ALL {
            assert_eq!(Channel::parse(channel.name()), Ok(channel));
        }
        assert_eq!(Channel::parse("Google"), Ok(Channel::GoogleBusiness));
        assert_eq!(Channel::parse("App Store"), Ok(Channel::AppStore));
        let unknown = Channel::parse("myspace").unwrap_err();
        assert!(unknown.to_string().contains("trustpilot"), "{unknown}");
    }
}
