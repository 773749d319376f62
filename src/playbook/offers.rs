//! Which offers of the catalogue fit. They follow validity and harm; nobody is paid for shouting.

use super::facts::{Facts, ScoredFacts};
use super::schema::Offer;
use super::{Issue, Playbook};
use crate::analysis::Validity;
use crate::decision::OfferChoice;
use crate::recorded::OfferAnswer;

/// The most options that a reply names.
pub const MOST_OFFERS: usize = 3;

/// Returns at most `count` (and at most [`MOST_OFFERS`]) offers that fit, in the order of the catalogue: first what they asked for, then as many
/// different kinds as there are, so that not everything is a refund. Empty where the message has no scores.
pub(super) fn choose(playbook: &Playbook, facts: &Facts, count: usize) -> Vec<OfferChoice> {
    let Ok(scored) = &facts.scored else {
        return Vec::new();
    };
    let issue = facts.issue.unwrap_or(Issue::Other);
    let mut fitting: Vec<&Offer> = playbook
        .policy()
        .offers
        .iter()
        .filter(|offer| fits(offer, issue, scored) && (!facts.public || offer.public) && left(offer, facts))
        .collect();
    // Stable sorts: within a group the catalogue's order stays.
    fitting.sort_by_key(|offer| scored.remedy.as_deref() != Some(offer.kind.name()));
    let mut kinds = Vec::new();
    let (mut chosen, repeated): (Vec<&Offer>, Vec<&Offer>) = fitting.into_iter().partition(|offer| {
        let new = !kinds.contains(&offer.kind);
        kinds.push(offer.kind);
        new
    });
    chosen.extend(repeated);
    chosen
        .into_iter()
        .take(count.min(MOST_OFFERS))
        .map(|offer| OfferChoice {
            id: offer.id.get_ref().clone(),
            text: offer.text.get_ref().clone(),
            public: offer.public,
        })
        .collect()
}

fn fits(offer: &Offer, issue: Issue, scored: &ScoredFacts) -> bool {
    offer.issues.get_ref().contains(&issue)
        && rank(scored.validity) >= rank(offer.min_validity)
        && offer.max_validity.as_ref().is_none_or(|most| rank(scored.validity) <= rank(*most.get_ref()))
        && scored.harm >= offer.min_harm
        && scored.harm <= *offer.max_harm.get_ref()
}

/// Whether it may still be offered in this case: it was not refused, and not given as often as one customer may have it.
fn left(offer: &Offer, facts: &Facts) -> bool {
    let answers = || facts.recorded.offers.iter().filter(|made| made.id == *offer.id.get_ref()).map(|made| made.answer);
    let given = answers().filter(|answer| *answer == Some(OfferAnswer::Accepted)).count();
    let most =
        offer.per_customer.as_ref().map_or(usize::MAX, |most| usize::try_from(*most.get_ref()).unwrap_or(usize::MAX));
    given < most && answers().all(|answer| answer != Some(OfferAnswer::Refused))
}

/// Position on the scale likely unfounded < unclear < likely valid.
pub(super) const fn rank(validity: Validity) -> u8 {
    match validity {
        Validity::LikelyUnfounded => 0,
        Validity::Unclear => 1,
        Validity::LikelyValid => 2,
    }
}
