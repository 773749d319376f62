//! The edited text, with what is known about where it goes.

use crate::analysis::Validity;
use crate::draft::Verdict;
use crate::message::{Channel, Visibility};

/// A text that somebody is about to send, and what is known about the case. Only the text and the channel are always known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reply<'a> {
    /// The text, exactly as it would be pasted.
    pub text: &'a str,
    /// Where it would be pasted.
    pub channel: Channel,
    /// Who can read it there.
    pub visibility: Visibility,
    /// What the score says about the complaint; *unclear* where nobody scored it.
    pub validity: Validity,
    /// A person's verdict. It wins over the score, and only it lets a fault apology through.
    pub verdict: Option<Verdict>,
    /// Which reply of ours in the thread this would be, counted from 1.
    pub turn: u32,
    /// Who wrote the complaint, where that is known.
    pub author: Author<'a>,
    /// The complaint.
    pub message: Option<&'a str>,
    /// Replies that we sent lately.
    pub recent: &'a [String],
    /// ISO 639-1 code of the language that the text is written in (`en`).
    pub lang: &'a str,
}

/// Who wrote the complaint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author<'a> {
    /// Nobody said.
    Unknown,
    /// The text answers nobody: a post of our own, in which there is no reviewer to name.
    Ours,
    /// The name under the complaint.
    Named(&'a str),
}

impl<'a> Reply<'a> {
    /// Returns an English first reply about which nothing more is known.
    pub const fn new(text: &'a str, channel: Channel) -> Self {
        Self {
            text,
            channel,
            visibility: channel.usual_visibility(),
            validity: Validity::Unclear,
            verdict: None,
            turn: 1,
            author: Author::Unknown,
            message: None,
            recent: &[],
            lang: "en",
        }
    }

    /// Whether everybody can read it.
    pub const fn is_public(&self) -> bool {
        matches!(self.visibility, Visibility::Public)
    }

    /// Returns the validity that counts: the verdict where there is one, else the score.
    pub const fn settled_validity(&self) -> Validity {
        match self.verdict {
            Some(Verdict::Valid) => Validity::LikelyValid,
            Some(Verdict::Unfounded) => Validity::LikelyUnfounded,
            None => self.validity,
        }
    }
}
