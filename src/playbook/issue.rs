//! The closed lists that playbooks speak in: issue types and kinds of offers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::message::named_enum;

named_enum! {
    /// What a message is about. The list is closed; a release extends it.
    Issue, "issue type" {
        /// Late, lost or misdirected orders.
        Delivery = "delivery",
        /// The wrong thing, a part missing, or broken on arrival.
        WrongOrDamaged = "wrong_or_damaged",
        /// It does not do what it should.
        Quality = "quality",
        /// Charged too much, twice, or without reason.
        Billing = "billing",
        /// Money that has not come back.
        Refund = "refund",
        /// Sending something back.
        Returns = "returns",
        /// Getting out of an order or contract.
        Cancellation = "cancellation",
        /// Slow, unreachable or unhelpful support.
        Service = "service",
        /// How a person behaved.
        Staff = "staff",
        /// Login, blocked or changed account.
        Account = "account",
        /// Site or app does not work.
        WebsiteApp = "website_app",
        /// Too expensive, or not the price shown.
        Price = "price",
        /// Danger to health.
        Safety = "safety",
        /// Personal data.
        Privacy = "privacy",
        /// Deception, or money taken by a stranger.
        Fraud = "fraud",
        /// What an advertisement claimed.
        Advertising = "advertising",
        /// A rule of the house.
        Policy = "policy",
        /// Anything else.
        Other = "other",
    }
}

named_enum! {
    /// What an offer is.
    OfferKind, "kind of offer" {
        /// Money back.
        Refund = "refund",
        /// The same again.
        Replacement = "replacement",
        /// Mended.
        Repair = "repair",
        /// Credit or money on top.
        Compensation = "compensation",
        /// A look into what happened, told afterwards.
        Explanation = "explanation",
        /// Out of the order or contract.
        Cancellation = "cancellation",
        /// Facts or advice.
        Information = "information",
        /// The order, sooner or again.
        Delivery = "delivery",
        /// Something done differently.
        Change = "change",
    }
}
