//! Promises and offers.

use std::sync::LazyLock;

use regex::Regex;

use super::Checker;
use crate::playbook::offers::rank;
use crate::playbook::schema::Offer;

/// Gifts with a logo. They are forbidden by name: nobody who was let down wants a mug.
static SWAG: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(mugs?|swag|merch(andise)?|t-?shirts?|hoodies?|key ?rings?|key ?chains?|tote( bag)?s?|stickers?|goodie bags?|water bottles?|lanyards?|branded (gifts?|pens?|caps?|vouchers?|\w+))\b",
    )
    .ok()
});

impl Checker<'_> {
    pub(super) fn promises(&mut self) {
        let promises = &self.playbook.policy().promises;
        self.unique("promise", promises.iter().map(|promise| &promise.id));
        for promise in promises {
            if promise.quoted_by.is_empty() && promise.broken_by.is_empty() {
                self.warning(
                    &promise.id.span(),
                    format!(
                        "promise {} has no phrase by which a message could be held against it",
                        promise.id.get_ref()
                    ),
                    "add quoted_by or broken_by",
                );
            }
            for phrase in promise.quoted_by.iter().chain(&promise.broken_by) {
                if Regex::new(phrase).is_err() {
                    self.error(
                        &promise.id.span(),
                        format!("promise {}: \"{phrase}\" is no valid expression", promise.id.get_ref()),
                        "put a backslash before a dot, bracket, plus or question mark that is meant as such",
                    );
                }
            }
        }
    }

    pub(super) fn offers(&mut self) {
        let offers = &self.playbook.policy().offers;
        self.unique("offer", offers.iter().map(|offer| &offer.id));
        for offer in offers {
            self.offer(offer);
        }
    }

    fn offer(&mut self, offer: &Offer) {
        let id = offer.id.get_ref();
        let text = offer.text.get_ref();
        let swag = SWAG.as_ref().and_then(|swag| swag.find(text).or_else(|| swag.find(id)));
        if let Some(swag) = swag {
            self.error(
                &offer.text.span(),
                format!("offer {id} is swag: \"{}\"", swag.as_str()),
                "offer something that mends what went wrong",
            );
        }
        if let Some(approver) = &offer.approver {
            self.contact(approver);
        }
        if offer.issues.get_ref().is_empty() {
            self.error(&offer.issues.span(), format!("offer {id} answers no issue type"), "name at least one");
        }
        if *offer.max_harm.get_ref() < offer.min_harm {
            self.error(
                &offer.max_harm.span(),
                format!("offer {id} can never be chosen: max_harm lies below min_harm"),
                "",
            );
        }
        if let Some(most) = &offer.max_validity
            && rank(*most.get_ref()) < rank(offer.min_validity)
        {
            self.error(
                &most.span(),
                format!("offer {id} can never be chosen: max_validity lies below min_validity"),
                "likely_unfounded < unclear < likely_valid",
            );
        }
        if let Some(amount) = &offer.max_amount {
            if !(amount.get_ref().is_finite() && *amount.get_ref() > 0.0) {
                self.error(
                    &amount.span(),
                    format!("offer {id}: max_amount is no amount of money"),
                    "write 250 or 49.50",
                );
            }
            if offer.currency.is_none() {
                self.error(
                    &amount.span(),
                    format!("offer {id} has an amount without a currency"),
                    "add currency = \"GBP\"",
                );
            }
        }
        if let Some(times) = &offer.per_customer
            && *times.get_ref() == 0
        {
            self.error(
                &times.span(),
                format!("offer {id} can never be chosen: per_customer is 0"),
                "leave it out, or 1",
            );
        }
        if text.ends_with(['.', '!', '?']) {
            self.warning(
                &offer.text.span(),
                format!("offer {id} ends a sentence"),
                "it is listed inside one: write a phrase such as \"a refund to your card\"",
            );
        }
    }
}
