//! Where each situation is written, and what a person chose.

use super::audience::Audience;
use super::variety::Variety;
use crate::draft::Situation;
use crate::language::Language;
use crate::playbook::Issue;
use crate::playbook::schema::Stop;

impl Situation {
    /// Returns where it can be written, in words, for errors.
    pub(super) const fn place(self) -> &'static str {
        match self {
            Self::ReportBack | Self::FollowUpPost => "in public",
            Self::AfterCall | Self::Invite | Self::StopUnsolvable | Self::StopAbusive => "in a letter",
            _ => "in private",
        }
    }

    /// Whether it can be written for an audience.
    pub(super) const fn fits(self, audience: Audience) -> bool {
        match self {
            Self::Reply | Self::Interim | Self::TakeOffline | Self::ThankYou | Self::CallSheet => true,
            Self::ReportBack | Self::FollowUpPost => audience.public(),
            Self::Refusal => !matches!(audience, Audience::Employer),
            Self::SatisfactionCheck | Self::Close => !audience.public(),
            // These are letters.
            Self::AfterCall | Self::Invite | Self::StopUnsolvable | Self::StopAbusive => {
                matches!(audience, Audience::Email)
            }
        }
    }
}

/// What a person chose or recorded beyond the message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// What the draft is for; [`Situation::Reply`] by default.
    pub situation: Option<Situation>,
    /// In which language; the playbook's by default.
    pub language: Option<Language>,
    /// What the message is about, where the analysis does not know or is wrong.
    pub issue: Option<Issue>,
    /// Which phrasings; those of the case by default.
    pub variety: Option<Variety>,
    /// Who decided to stop: name.
    pub by: Option<String>,
    /// Attempts at a solution so far.
    pub attempts: u32,
    /// Offers made so far, in words.
    pub offers_made: Vec<String>,
    /// Whether they have said that it is settled for them.
    pub satisfied: bool,
    /// Whether the complaint stands in public although this draft is private.
    pub also_public: bool,
}

impl Choice {
    /// Returns the situation in force.
    pub fn situation(&self) -> Situation {
        self.situation.unwrap_or(Situation::Reply)
    }

    /// Returns what a stopping letter still lacks by the playbook, in words.
    pub(super) fn lacks(&self, policy: &Stop) -> Vec<String> {
        let mut lacks = Vec::new();
        if self.by.as_ref().is_none_or(|name| name.trim().is_empty()) {
            lacks.push("the person who decided it".to_owned());
        }
        let attempts = *policy.attempts_min.get_ref();
        if self.attempts < attempts {
            lacks.push(format!("{attempts} recorded attempts at a solution (now {})", self.attempts));
        }
        let least = usize::try_from(*policy.offers_min.get_ref()).unwrap_or(usize::MAX);
        let made = self.offers_made.iter().filter(|offer| !offer.trim().is_empty()).count();
        if made < least {
            lacks.push(if least == 1 {
                "an offer that was made".to_owned()
            } else {
                format!("{least} offers that were made (now {made})")
            });
        }
        lacks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_stop_need_a_person_attempts_and_an_offer() {
        let policy = Stop::default();
        assert_eq!(Choice::default().lacks(&policy).len(), 3);
        let mut choice = Choice { by: Some("Nora".to_owned()), attempts: 1, ..Choice::default() };
        choice.offers_made = vec![" ".to_owned()];
        assert_eq!(choice.lacks(&policy).len(), 2);
        choice.attempts = 2;
        choice.offers_made = vec!["a full refund".to_owned()];
        assert!(choice.lacks(&policy).is_empty());
    }

    #[test]
    fn every_situation_fits_somebody() {
        let audiences =
            [Audience::PublicReview, Audience::PublicSocial, Audience::Employer, Audience::Email, Audience::Chat];
        for &situation in Situation::ALL {
            assert!(audiences.iter().any(|&audience| situation.fits(audience)), "{situation}");
            assert!(!situation.why().is_empty());
        }
        assert!(!Situation::StopAbusive.fits(Audience::PublicSocial));
        assert!(!Situation::FollowUpPost.fits(Audience::Email));
    }
}
