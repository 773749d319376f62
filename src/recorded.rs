//! What is on record of a case beyond its messages: attempts, offers, conversations, satisfaction.

use serde::{Deserialize, Serialize};

/// What people have recorded of a case. The default is a case of which nothing is on record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recorded {
    /// Contact id of who keeps the case in front of the customer, until it is resolved.
    pub owner: Option<String>,
    /// Attempts of ours to solve it.
    pub attempts: u32,
    /// Offers that were made, oldest first.
    pub offers: Vec<RecordedOffer>,
    /// Whether a conversation took place.
    pub conversation: Conversation,
    /// Whether a person holds it to be solved.
    pub resolved: bool,
    /// What they said when they were asked; absent while nobody asked or they did not say.
    pub satisfaction: Option<Satisfaction>,
    /// Whether a person has recorded that the messages are abusive, threatening or obsessive.
    pub unreasonable: bool,
}

/// An offer that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedOffer {
    /// Id in the catalogue.
    pub id: String,
    /// What they answered; absent while they have not.
    #[serde(default)]
    pub answer: Option<OfferAnswer>,
}

/// What they answered to an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferAnswer {
    /// They took it.
    Accepted,
    /// They did not want it.
    Refused,
}

/// Whether a conversation took place, by phone or in person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conversation {
    /// None did.
    #[default]
    None,
    /// One did; what was agreed is not yet in writing.
    Held,
    /// One did, and what was agreed was confirmed in writing.
    Confirmed,
}

/// What they said when they were asked whether it is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Satisfaction {
    /// It is.
    Satisfied,
    /// It is not.
    Unsatisfied,
}

impl Recorded {
    /// Whether they took one of the offers.
    pub fn offer_accepted(&self) -> bool {
        self.offers.iter().any(|offer| offer.answer == Some(OfferAnswer::Accepted))
    }

    /// Whether the last answer to an offer was no.
    pub fn offer_refused(&self) -> bool {
        self.offers.iter().rev().find_map(|offer| offer.answer) == Some(OfferAnswer::Refused)
    }

    /// Whether we have answered in any way that is on record.
    pub fn acknowledged(&self) -> bool {
        self.attempts > 0 || !self.offers.is_empty() || self.conversation != Conversation::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(answer: Option<OfferAnswer>) -> RecordedOffer {
        RecordedOffer { id: "courier".to_owned(), answer }
    }

    #[test]
    fn the_last_answer_counts() {
        let mut recorded = Recorded::default();
        assert!(!recorded.offer_refused() && !recorded.acknowledged());
        recorded.offers = vec![offer(Some(OfferAnswer::Refused)), offer(None)];
        assert!(recorded.offer_refused() && recorded.acknowledged());
        recorded.offers.push(offer(Some(OfferAnswer::Accepted)));
        assert!(!recorded.offer_refused() && recorded.offer_accepted());
    }

    #[test]
    fn a_record_is_plain_json_and_unknown_keys_are_refused() {
        let text = r#"{"attempts": 2, "offers": [{"id": "courier", "answer": "refused"}], "conversation": "held"}"#;
        let recorded: Recorded = serde_json::from_str(text).unwrap();
        assert_eq!((recorded.attempts, recorded.conversation), (2, Conversation::Held));
        let again: Recorded = serde_json::from_str(&serde_json::to_string(&recorded).unwrap()).unwrap();
        assert_eq!(again, recorded);
        assert!(serde_json::from_str::<Recorded>(r#"{"attemps": 2}"#).is_err());
    }
}
