//! Whether every rule can decide something: proved over the whole space of conditions, not tried on samples.
//!
//! A condition asks about independent questions (is it a complaint, how great is the harm, which triggers were raised, ...). Each question is
//! cut into the finitely many answers that the rules of a playbook can tell apart (a number into the intervals between all its bounds), so a
//! condition is a box: a set of answers for each question. A rule is unreachable for a block when the boxes of the earlier rules
//! that set the block cover its own. That is computed exactly, by taking boxes away from boxes.

use std::collections::BTreeSet;

use super::Issue;
use super::schema::{Condition, Rule, WatchKind};
use super::trace::sets;
use crate::analysis::{Sentiment, Trigger, Validity};
use crate::decision::BlockName;
use crate::message::Channel;

/// Questions.
const DIMENSIONS: usize = 19;
/// Answers that a question may have, for a set of them to fit into the bits of a number.
const MOST_ANSWERS: usize = 128;
/// Boxes that are left over at most before the proof is given up.
const MOST_BOXES: usize = 20_000;

/// A set of answers for each question.
type Region = [u128; DIMENSIONS];

/// What was found out about a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reach {
    /// It can decide something.
    Reachable,
    /// Its own conditions exclude each other.
    Impossible,
    /// Wherever it fits, these earlier rules come first (rule ids).
    Covered(Vec<String>),
    /// The rules are too many and too different for the proof.
    NotProven,
}

/// Returns what was found out about each rule, in order.
pub(super) fn reach(rules: &[Rule]) -> Vec<Reach> {
    let Some(space) = Space::of(rules) else {
        return vec![Reach::NotProven; rules.len()];
    };
    let boxes: Vec<Region> = rules.iter().map(|rule| space.region(&rule.when)).collect();
    (0..rules.len()).map(|index| of_rule(rules, &boxes, index)).collect()
}

/// The answers that rules can tell apart.
struct Space {
    harm: Vec<f32>,
    severity: Vec<f32>,
    confidence: Vec<f32>,
    turns: Vec<u32>,
    contacts: Vec<u32>,
    company_turns: Vec<u32>,
    /// For every set of triggers that can be raised, which of the asked lists it answers.
    trigger_lists: Vec<Vec<Trigger>>,
    trigger_answers: Vec<u16>,
    everything: Region,
}

impl Space {
    /// Returns `None` where a question has more answers than fit.
    fn of(rules: &[Rule]) -> Option<Self> {
        let whens = || rules.iter().map(|rule| &rule.when);
        let mut trigger_lists: Vec<Vec<Trigger>> = whens().filter_map(|when| when.trigger.clone()).collect();
        trigger_lists.sort_unstable();
        trigger_lists.dedup();
        if trigger_lists.len() > 16 {
            return None;
        }
        let all_sets = 0_u32..1 << Trigger::ALL.len();
        let answers: BTreeSet<u16> = all_sets.map(|raised| answered(&trigger_lists, raised)).collect();
        let mut space = Self {
            harm: floats(whens().flat_map(|when| [when.harm_min, when.harm_below])),
            severity: floats(whens().flat_map(|when| {
                [
                    when.severity_min.as_ref().map(|at| *at.get_ref()),
                    when.severity_below.as_ref().map(|at| *at.get_ref()),
                ]
            })),
            confidence: floats(whens().flat_map(|when| [when.confidence_min, when.confidence_below])),
            turns: counts(whens().map(|when| when.turns_min)),
            contacts: counts(whens().map(|when| when.contacts_min)),
            company_turns: counts(whens().map(|when| when.company_turns_min)),
            trigger_lists,
            trigger_answers: answers.into_iter().collect(),
            everything: [0; DIMENSIONS],
        };
        let sizes = [
            2,
            2,
            2,
            Sentiment::ALL.len(),
            Validity::ALL.len(),
            space.harm.len() + 1,
            space.severity.len() + 1,
            space.confidence.len() + 1,
            2,
            Channel::ALL.len(),
            Issue::ALL.len() + 1,
            space.trigger_answers.len(),
            space.turns.len() + 1,
            space.contacts.len() + 1,
            space.company_turns.len() + 1,
            2,
            2,
            2,
            1 << WatchKind::ALL.len(),
        ];
        for (slot, size) in space.everything.iter_mut().zip(sizes) {
            *slot = first_answers(size)?;
        }
        Some(space)
    }

    /// Returns the box of a condition.
    fn region(&self, when: &Condition) -> Region {
        let mut region = self.everything;
        let asked = [
            when.asks_scores().then_some(0b10),
            flag(when.complaint),
            flag(when.question),
            when.sentiment.as_ref().map(|list| members(Sentiment::ALL, list.get_ref())),
            when.validity.as_ref().map(|list| members(Validity::ALL, list)),
            Some(interval(&self.harm, when.harm_min, when.harm_below)),
            Some(interval(
                &self.severity,
                when.severity_min.as_ref().map(|at| *at.get_ref()),
                when.severity_below.as_ref().map(|at| *at.get_ref()),
            )),
            Some(interval(&self.confidence, when.confidence_min, when.confidence_below)),
            flag(when.public),
            Some(channels(when)),
            when.issue.as_ref().map(|list| members(Issue::ALL, list)),
            when.trigger.as_ref().map(|list| self.raised(list)),
            Some(from(&self.turns, when.turns_min)),
            Some(from(&self.contacts, when.contacts_min)),
            Some(from(&self.company_turns, when.company_turns_min)),
            flag(when.replied),
            flag(when.conversation_held),
            flag(when.offer_refused),
            when.watch.as_ref().map(|list| watched(list)),
        ];
        for (slot, answers) in region.iter_mut().zip(asked) {
            if let Some(answers) = answers {
                *slot &= answers;
            }
        }
        region
    }

    fn raised(&self, list: &[Trigger]) -> u128 {
        let place = self.trigger_lists.iter().position(|known| known == list);
        let holds = |answer: &u16| place.is_some_and(|place| answer >> place & 1 == 1);
        bits(self.trigger_answers.iter().map(holds))
    }
}

/// Returns what was found out about the rule at an index.
fn of_rule(rules: &[Rule], boxes: &[Region], index: usize) -> Reach {
    let (Some(rule), Some(own)) = (rules.get(index), boxes.get(index)) else {
        return Reach::NotProven;
    };
    if is_empty(own) {
        return Reach::Impossible;
    }
    let then = rule.then.get_ref();
    if !then.add.is_empty() {
        return Reach::Reachable;
    }
    let mut before = Vec::new();
    for &block in BlockName::ALL.iter().filter(|&&block| sets(then, block)) {
        let mut left = vec![*own];
        for (earlier, taken) in rules.iter().zip(boxes).take(index) {
            if !sets(earlier.then.get_ref(), block) {
                continue;
            }
            let rest = without(&left, taken);
            if rest != left {
                let id = earlier.id.get_ref().clone();
                if !before.contains(&id) {
                    before.push(id);
                }
            }
            left = rest;
            if left.len() > MOST_BOXES {
                return Reach::NotProven;
            }
        }
        if !left.is_empty() {
            return Reach::Reachable;
        }
    }
    // A rule that sets nothing is another finding.
    if before.is_empty() { Reach::Reachable } else { Reach::Covered(before) }
}

/// Takes a box away from boxes; what is left is boxes again, without overlap.
fn without(left: &[Region], taken: &Region) -> Vec<Region> {
    let mut rest = Vec::with_capacity(left.len());
    for region in left {
        if region.iter().zip(taken).any(|(a, b)| a & b == 0) {
            rest.push(*region);
            continue;
        }
        let mut inside = *region;
        for dimension in 0..DIMENSIONS {
            let outside = inside[dimension] & !taken[dimension];
            if outside != 0 {
                let mut piece = inside;
                piece[dimension] = outside;
                rest.push(piece);
                inside[dimension] &= taken[dimension];
            }
        }
    }
    rest
}

fn is_empty(region: &Region) -> bool {
    region.contains(&0)
}

fn first_answers(size: usize) -> Option<u128> {
    match size {
        0 => None,
        MOST_ANSWERS => Some(u128::MAX),
        size if size < MOST_ANSWERS => Some((1 << size) - 1),
        _ => None,
    }
}

fn bits(holds: impl Iterator<Item = bool>) -> u128 {
    holds.enumerate().filter(|(_, holds)| *holds).fold(0, |bits, (index, _)| bits | 1 << index)
}

fn flag(asked: Option<bool>) -> Option<u128> {
    asked.map(|asked| if asked { 0b10 } else { 0b01 })
}

fn members<T: PartialEq>(all: &[T], list: &[T]) -> u128 {
    bits(all.iter().map(|value| list.contains(value)))
}

/// The channels of a condition: its list, and whether they are review platforms.
fn channels(when: &Condition) -> u128 {
    bits(Channel::ALL.iter().map(|channel| {
        when.channel.as_ref().is_none_or(|list| list.contains(channel))
            && when.review.is_none_or(|review| review == channel.is_review())
    }))
}

/// The sets of watch-lists of which one is asked.
fn watched(list: &[WatchKind]) -> u128 {
    let asked = members(WatchKind::ALL, list);
    bits((0_u128..1 << WatchKind::ALL.len()).map(|found| found & asked != 0))
}

/// Which of the lists a set of raised triggers answers.
fn answered(lists: &[Vec<Trigger>], raised: u32) -> u16 {
    let is_raised = |trigger: &Trigger| {
        Trigger::ALL.iter().position(|known| known == trigger).is_some_and(|place| raised >> place & 1 == 1)
    };
    lists
        .iter()
        .enumerate()
        .filter(|(_, list)| list.iter().any(is_raised))
        .fold(0, |answers, (place, _)| answers | 1 << place)
}

fn floats(bounds: impl Iterator<Item = Option<f32>>) -> Vec<f32> {
    let mut bounds: Vec<f32> = bounds.flatten().collect();
    bounds.sort_by(f32::total_cmp);
    bounds.dedup_by(|a, b| a.total_cmp(b).is_eq());
    bounds
}

fn counts(bounds: impl Iterator<Item = Option<u32>>) -> Vec<u32> {
    let bounds: BTreeSet<u32> = bounds.flatten().filter(|&bound| bound > 0).collect();
    bounds.into_iter().collect()
}

/// Interval number `i` lies below bound `i` and from bound `i - 1`.
fn interval(bounds: &[f32], least: Option<f32>, below: Option<f32>) -> u128 {
    bits((0..=bounds.len()).map(|index| {
        let starts = index.checked_sub(1).and_then(|before| bounds.get(before));
        let ends = bounds.get(index);
        least.is_none_or(|least| starts.is_some_and(|start| *start >= least))
            && below.is_none_or(|below| ends.is_some_and(|end| *end <= below))
    }))
}

fn from(bounds: &[u32], least: Option<u32>) -> u128 {
    bits((0..=bounds.len()).map(|index| {
        let starts = index.checked_sub(1).and_then(|before| bounds.get(before)).copied().unwrap_or(0);
        least.is_none_or(|least| starts >= least)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(rules: &str) -> Vec<Reach> {
        #[derive(serde::Deserialize)]
        struct Rules {
            rules: Vec<Rule>,
        }
        let rules: Rules = toml::from_str(rules).unwrap();
        reach(&rules.rules)
    }

    fn rule(id: &str, when: &str, then: &str) -> String {
        format!("[[rules]]\nid = \"{id}\"\nwhy = \"why\"\nwhen = {{ {when} }}\nthen = {{ {then} }}\n")
    }

    fn covered(by: &[&str]) -> Reach {
        Reach::Covered(by.iter().map(|id| (*id).to_owned()).collect())
    }

    #[test]
    fn a_rule_behind_a_wider_one_is_covered() {
        let rules = rule("wide", "public = true", "options = 0")
            + &rule("narrow", "public = true, harm_min = 60", "options = 2");
        assert_eq!(found(&rules), [Reach::Reachable, covered(&["wide"])]);
        let other_block =
            rule("wide", "public = true", "options = 0") + &rule("narrow", "public = true", "closing = \"plain\"");
        assert_eq!(found(&other_block)[1], Reach::Reachable);
    }

    #[test]
    fn several_rules_together_cover_one() {
        let low = rule("low", "harm_below = 40", "options = 1");
        let high = rule("high", "harm_min = 40", "options = 2");
        let any = rule("any", "complaint = true", "options = 3");
        assert_eq!(found(&(low.clone() + &high + &any))[2], covered(&["low", "high"]));
        let scored = rule("any", "validity = [\"unclear\"]", "options = 3");
        assert_eq!(found(&(low.clone() + &high + &scored))[2], covered(&["low", "high"]));
        let gap = rule("high", "harm_min = 41", "options = 2");
        assert_eq!(found(&(low + &gap + &scored))[2], Reach::Reachable);
    }

    #[test]
    fn a_message_without_scores_keeps_a_rule_alive() {
        let yes = rule("yes", "complaint = true", "options = 1");
        let no = rule("no", "complaint = false", "options = 1");
        let rest = rule("rest", "", "options = 0");
        assert_eq!(found(&(yes + &no + &rest))[2], Reach::Reachable);
    }

    #[test]
    fn conditions_that_exclude_each_other_are_impossible() {
        for when in ["harm_min = 60, harm_below = 60", "review = false, channel = [\"yelp\"]", "issue = []"] {
            assert_eq!(found(&rule("never", when, "options = 1")), [Reach::Impossible], "{when}");
        }
    }

    #[test]
    fn lists_of_triggers_overlap_as_sets_do() {
        let legal = rule("legal", "trigger = [\"legal\"]", "options = 0");
        let both = rule("both", "trigger = [\"legal\", \"press\"]", "options = 0");
        assert_eq!(found(&(legal.clone() + &both))[1], Reach::Reachable);
        assert_eq!(found(&(both + &legal))[1], covered(&["both"]));
    }

    #[test]
    fn reviews_are_channels() {
        let review = rule("review", "review = true", "options = 0");
        let yelp = rule("yelp", "channel = [\"yelp\", \"trustpilot\"]", "options = 1");
        assert_eq!(found(&(review.clone() + &yelp))[1], covered(&["review"]));
        let mixed = rule("mixed", "channel = [\"yelp\", \"email\"]", "options = 1");
        assert_eq!(found(&(review + &mixed))[1], Reach::Reachable);
    }

    #[test]
    fn counts_are_intervals() {
        let twice = rule("twice", "contacts_min = 2", "acknowledge = \"not_listened_to\"");
        let more = rule("more", "contacts_min = 3", "acknowledge = \"issue\"");
        assert_eq!(found(&(twice.clone() + &more))[1], covered(&["twice"]));
        assert_eq!(found(&(more + &twice))[1], Reach::Reachable);
    }
}
