//! Rules of the playbook against the facts of a message.

use super::facts::{Facts, ScoredFacts};
use super::schema::{Condition, Rule};
use crate::recorded::Conversation;

impl Condition {
    /// Whether every condition that is given holds.
    pub(super) fn holds(&self, facts: &Facts) -> bool {
        self.place_holds(facts) && self.record_holds(facts) && self.scores_hold(facts)
    }

    fn place_holds(&self, facts: &Facts) -> bool {
        is(self.question, facts.question)
            && is(self.public, facts.public)
            && is(self.review, facts.channel.is_review())
            && listed(self.channel.as_deref(), Some(facts.channel))
            && listed(self.issue.as_deref(), facts.issue)
            && self.trigger.as_ref().is_none_or(|asked| facts.triggers.iter().any(|raised| asked.contains(raised)))
            && self.watch.as_ref().is_none_or(|asked| facts.watch.iter().any(|hit| asked.contains(&hit.kind)))
    }

    fn record_holds(&self, facts: &Facts) -> bool {
        self.turns_min.is_none_or(|least| facts.turns >= least)
            && self.contacts_min.is_none_or(|least| facts.contacts >= least)
            && self.company_turns_min.is_none_or(|least| facts.company_turns >= least)
            && is(self.replied, facts.replied)
            && is(self.conversation_held, facts.conversation_held())
            && is(self.offer_refused, facts.recorded.offer_refused())
    }

    fn scores_hold(&self, facts: &Facts) -> bool {
        if !self.asks_scores() {
            return true;
        }
        facts.scored.as_ref().is_ok_and(|scored| {
            is(self.complaint, scored.complaint)
                && listed(self.sentiment.as_ref().map(|list| list.get_ref().as_slice()), Some(scored.sentiment))
                && listed(self.validity.as_deref(), Some(scored.validity))
                && self.numbers_hold(scored)
        })
    }

    fn numbers_hold(&self, scored: &ScoredFacts) -> bool {
        let severity_min = self.severity_min.as_ref().map(|least| *least.get_ref());
        let severity_below = self.severity_below.as_ref().map(|below| *below.get_ref());
        within(scored.harm, self.harm_min, self.harm_below)
            && within(scored.severity, severity_min, severity_below)
            && within(scored.confidence, self.confidence_min, self.confidence_below)
    }

    /// Whether a condition is over scores, which a message may lack.
    pub(super) fn asks_scores(&self) -> bool {
        self.complaint.is_some()
            || self.sentiment.is_some()
            || self.validity.is_some()
            || self.harm_min.is_some()
            || self.harm_below.is_some()
            || self.severity_min.is_some()
            || self.severity_below.is_some()
            || self.confidence_min.is_some()
            || self.confidence_below.is_some()
    }
}

impl Facts {
    /// Whether a conversation is on record.
    pub(super) fn conversation_held(&self) -> bool {
        self.recorded.conversation != Conversation::None
    }
}

fn is(asked: Option<bool>, found: bool) -> bool {
    asked.is_none_or(|asked| asked == found)
}

fn listed<T: PartialEq>(asked: Option<&[T]>, found: Option<T>) -> bool {
    asked.is_none_or(|asked| found.is_some_and(|found| asked.contains(&found)))
}

fn within(value: f32, least: Option<f32>, below: Option<f32>) -> bool {
    least.is_none_or(|least| value >= least) && below.is_none_or(|below| value < below)
}

/// Returns the first rule that fits and sets something, with what it sets.
pub(super) fn first<'a, T>(
    rules: &'a [Rule],
    facts: &Facts,
    sets: impl Fn(&'a Rule) -> Option<T>,
) -> Option<(&'a Rule, T)> {
    rules.iter().filter(|rule| rule.when.holds(facts)).find_map(|rule| sets(rule).map(|value| (rule, value)))
}
