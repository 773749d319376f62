//! Who reads the reply, and so which templates it is made of.

use crate::message::{Channel, Message, Visibility};

/// Who reads the reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    /// Everybody, under a review.
    PublicReview,
    /// Everybody, in a thread.
    PublicSocial,
    /// Somebody who works or worked here, in public and without a name.
    Employer,
    /// One person, in a letter.
    Email,
    /// One person, in a few lines.
    Chat,
}

/// Qualifiers that a template's name can carry, from special to general.
pub(super) const QUALIFIERS: &[&str] =
    &["public_review", "public_social", "public", "employer", "email", "chat", "private"];

/// Qualifier of the form for tight limits.
pub(super) const SHORT: &str = "short";

impl Audience {
    pub(super) fn of(message: &Message) -> Self {
        let channel = message.channel;
        match message.visibility {
            _ if channel == Channel::EmployerReview => Self::Employer,
            Visibility::Public if channel.is_review() => Self::PublicReview,
            Visibility::Public => Self::PublicSocial,
            Visibility::Private => match channel {
                Channel::Chat
                | Channel::Sms
                | Channel::X
                | Channel::Facebook
                | Channel::Instagram
                | Channel::Forum
                | Channel::Blog => Self::Chat,
                _ => Self::Email,
            },
        }
    }

    pub(super) const fn public(self) -> bool {
        matches!(self, Self::PublicReview | Self::PublicSocial | Self::Employer)
    }

    /// Whether the reply is one paragraph.
    pub(super) const fn inline(self) -> bool {
        matches!(self, Self::PublicSocial | Self::Chat)
    }

    const fn qualifiers(self) -> &'static [&'static str] {
        match self {
            Self::PublicReview => &["public_review", "public"],
            Self::PublicSocial => &["public_social", "public"],
            Self::Employer => &["employer", "public_review", "public"],
            Self::Email => &["email", "private"],
            Self::Chat => &["chat", "private"],
        }
    }

    /// Returns the names under which a template is looked for, first to last: with `short`, the short forms before all others; within
    /// a form, from special to general.
    pub(super) fn names(self, base: &str, short: bool) -> Vec<String> {
        let long = self
            .qualifiers()
            .iter()
            .map(|qualifier| format!("{base}.{qualifier}"))
            .chain(std::iter::once(base.to_owned()));
        let shorts = long.clone().map(|name| format!("{name}.{SHORT}"));
        if short { shorts.chain(long).collect() } else { long.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::playbook::testing::message;

    #[test]
    fn visibility_decides_before_the_channel() {
        let mut tweet = message(Channel::X, "words");
        assert_eq!(Audience::of(&tweet), Audience::PublicSocial);
        tweet.visibility = Visibility::Private;
        assert_eq!(Audience::of(&tweet), Audience::Chat);
        assert_eq!(Audience::of(&message(Channel::Yelp, "")), Audience::PublicReview);
        assert_eq!(Audience::of(&message(Channel::Other, "")), Audience::Email);
        assert_eq!(Audience::of(&message(Channel::EmployerReview, "")), Audience::Employer);
    }

    #[test]
    fn special_templates_come_first() {
        assert_eq!(
            Audience::PublicReview.names("closing/plain", true),
            [
                "closing/plain.public_review.short",
                "closing/plain.public.short",
                "closing/plain.short",
                "closing/plain.public_review",
                "closing/plain.public",
                "closing/plain",
            ]
        );
    }
}
