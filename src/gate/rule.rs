//! The rules by name. What each of them means is data: `data/gate/rules.toml`.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::message::named_enum;
use crate::playbook::Level;

named_enum! {
    /// A rule of the gate. The list is closed; a release extends it.
    RuleId, "rule of the gate" {
        /// A place that nobody filled in.
        UnfilledSlot = "unfilled_slot",
        /// A fact marked for confirmation that nobody confirmed.
        UnconfirmedAdmission = "unconfirmed_admission",
        /// Longer than the channel takes.
        OverLimit = "over_limit",
        /// Personal data where everybody reads.
        PersonalData = "personal_data",
        /// Something is offered that the playbook does not hold.
        OfferNotInPlaybook = "offer_not_in_playbook",
        /// Fault is admitted without a person's verdict.
        ResponsibilityNotValid = "responsibility_not_valid",
        /// The customer is accused of lying.
        FraudAccusation = "fraud_accusation",
        /// The customer is threatened with the law.
        LegalThreat = "legal_threat",
        /// Something is given for a review.
        CompensationForReview = "compensation_for_review",
        /// A gift with a logo.
        Swag = "swag",
        /// The customer is asked to find the solution.
        AsksWhatTheyWant = "asks_what_they_want",
        /// A contact is promised, nobody knows when or by whom.
        PromiseWithoutDateOrOwner = "promise_without_date_or_owner",
        /// A regulated firm says that somebody is its customer.
        ConfirmsCustomer = "confirms_customer",
        /// Sorry for their feelings, or only perhaps.
        NonApology = "non_apology",
        /// An outcome is promised that no approved offer backs.
        WillOutcome = "will_outcome",
        /// Against the law of the channel.
        ChannelLaw = "channel_law",
        /// The apology is taken back by a *but*.
        ButAfterApology = "but_after_apology",
        /// The first reply explains.
        ExplanationInFirstReply = "explanation_in_first_reply",
        /// Mistakes were made, by nobody.
        PassiveDodge = "passive_dodge",
        /// The customer is at fault.
        Blame = "blame",
        /// They are sent away.
        BrushOff = "brush_off",
        /// WORDS THAT SHOUT.
        Capitals = "capitals",
        /// More sorry than anybody wants to read.
        LongApology = "long_apology",
        /// The reply could stand under any complaint.
        NoIssueNamed = "no_issue_named",
        /// Nobody knows what happens now.
        NoNextStep = "no_next_step",
        /// A public reply does not say that it will report back.
        NoReportBack = "no_report_back",
        /// Public back-and-forth.
        ThirdPublicReply = "third_public_reply",
        /// Nearly the same as another reply.
        CopyOfRecent = "copy_of_recent",
        /// Sarcasm, or a defence.
        SarcasmOrDefensive = "sarcasm_or_defensive",
        /// A word that the playbook's voice avoids.
        WordsToAvoid = "words_to_avoid",
    }
}

/// What a rule is about, for people.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleCard {
    /// How bad a finding of it is.
    pub level: Level,
    /// What is wrong, one lower-case sentence.
    pub message: String,
    /// Why it matters.
    pub why: String,
    /// What to write instead.
    pub fix: String,
    /// Where the rule comes from.
    pub source: String,
    /// Words that it finds.
    pub example: String,
    /// Those words, mended.
    pub mended: String,
}

const CARDS_TEXT: &str = include_str!("../../data/gate/rules.toml");

#[expect(clippy::expect_used, reason = "the embedded file is read by a test")]
static CARDS: LazyLock<BTreeMap<RuleId, RuleCard>> =
    LazyLock::new(|| toml::from_str(CARDS_TEXT).expect("data/gate/rules.toml is valid"));

static NO_CARD: RuleCard = RuleCard {
    level: Level::Error,
    message: String::new(),
    why: String::new(),
    fix: String::new(),
    source: String::new(),
    example: String::new(),
    mended: String::new(),
};

impl RuleId {
    /// Returns what the rule is about. Every rule has a card; a test sees to it.
    pub fn card(self) -> &'static RuleCard {
        CARDS.get(&self).unwrap_or(&NO_CARD)
    }

    /// Returns how bad a finding of the rule is.
    pub fn level(self) -> Level {
        self.card().level
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_whole_card() {
        for &rule in RuleId::ALL {
            assert!(CARDS.contains_key(&rule), "{rule}");
            let card = rule.card();
            for part in [&card.message, &card.why, &card.fix, &card.source, &card.example, &card.mended] {
                assert!(!part.is_empty(), "{rule}: {card:?}");
            }
            assert!(!card.message.ends_with('.') && !card.message.starts_with(char::is_uppercase), "{rule}");
        }
    }

    #[test]
    fn warnings_do_not_hold_a_text_back_and_errors_do() {
        let errors = RuleId::ALL.iter().filter(|rule| rule.level() == Level::Error).count();
        assert_eq!((errors, RuleId::ALL.len() - errors), (16, 14));
    }
}
