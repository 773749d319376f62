//! Hard triggers: rules that beat every score. The phrases are in `data/lexicons/triggers.toml`, each with what it must not match.

use std::str::FromStr;

use crate::analysis::{Trigger, TriggerHit};

use super::findings::TRIGGERS;
use super::view::View;

/// Returns the triggers of a text in its order; of hits of one trigger that overlap, the first.
pub(super) fn find(view: &View) -> Vec<TriggerHit> {
    let mut hits: Vec<TriggerHit> = Vec::new();
    for hit in TRIGGERS.find(view) {
        let span = view.span(hit.from, hit.to);
        // Labels are checked by the test below.
        let Ok(trigger) = Trigger::from_str(&TRIGGERS.rules()[hit.rule].label) else {
            continue;
        };
        if !hits.iter().any(|known| known.trigger == trigger && span.from < known.span.to) {
            hits.push(TriggerHit { trigger, span });
        }
    }
    hits
}

#[cfg(test)]
mod tests {
    use super::super::findings::analyse_text;
    use super::super::lexicon::tests::check_file;
    use super::*;

    fn triggers(text: &str) -> Vec<&'static str> {
        analyse_text(text).triggers.iter().map(|hit| hit.trigger.name()).collect()
    }

    #[test]
    fn the_phrases_match_their_examples_and_nothing_of_their_counter_examples() {
        let known: Vec<&str> = Trigger::ALL.iter().map(|trigger| trigger.name()).collect();
        check_file(&TRIGGERS, &known);
        for trigger in known {
            assert!(TRIGGERS.rules().iter().any(|rule| rule.label == trigger), "no rule for {trigger}");
        }
    }

    #[test]
    fn everyday_figures_of_speech_raise_nothing() {
        for text in [
            "This app is killing me, I could die laughing",
            "Fire sale! These prices are on fire",
            "I am sick of waiting and sick and tired of you",
            "Lovely court shoes, and the tennis court was great",
            "I would sue you if it were not so funny",
            "Is this a scam?",
            "The kids menu is great and my kids loved it",
            "Luckily no one was injured",
            "The service was poisonous and the queue was murder",
            "My phone died again",
            "It is a crime to charge that for coffee",
            "I was shocked by the price",
            "Your press release looks good, and the coffee press too",
            "Just shoot me an email",
            "The bomb! This burger is to die for",
            "Could you explain your chargeback policy?",
            "This is my lawyer friend's favourite place",
            "Heart attack on a plate, loved the burger",
            "I was sick with flu so I could not pick it up",
        ] {
            assert_eq!(triggers(text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn the_words_are_given_in_the_original_text() {
        let text = "Enough – I’ve contacted my lawyer.";
        let findings = analyse_text(text);
        assert_eq!(findings.triggers.len(), 1);
        assert!(findings.triggers[0].span.of(text).contains("lawyer"), "{:?}", findings.triggers[0].span.of(text));
    }
}
