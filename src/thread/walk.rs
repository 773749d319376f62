//! One thread from its first message to its last.

use std::collections::HashMap;
use std::num::NonZeroU32;

use jiff::Timestamp;

use super::ThreadState;
use super::index::Entry;
use super::join::Key;
use crate::message::AuthorRole;

/// A [`ThreadState`] in small: no texts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    /// Number of the thread's name, from 1; a message alone names its own.
    pub(super) name: Option<NonZeroU32>,
    turns: u32,
    contacts: u32,
    answered: bool,
    company_spoke_before: bool,
    company_turns: u32,
    waiting_since: Option<Timestamp>,
    last_of_customer: bool,
}

impl Place {
    pub(super) fn state(&self, thread_id: String) -> ThreadState {
        ThreadState {
            thread_id,
            turns: self.turns,
            contacts: self.contacts,
            answered: self.answered,
            company_spoke_before: self.company_spoke_before,
            company_turns: self.company_turns,
            waiting_since: self.waiting_since,
            last_of_customer: self.last_of_customer,
        }
    }
}

/// Who holds a turn: the company is one author, whoever writes for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speaker {
    Company,
    Customer(Option<Key>),
}

/// Fills the places of a thread, whose entries are in order; returns whether the company took part.
pub(super) fn walk(entries: &[Entry], thread: &[u32], places: &mut [Place]) -> bool {
    if let [only] = thread {
        let at = *only as usize;
        if entries[at].role == AuthorRole::Customer {
            places[at] = alone(&entries[at]);
            return places[at].company_spoke_before || places[at].answered;
        }
    }
    let entry = |at: usize| &entries[thread[at] as usize];
    // Messages before this place in the order have had an answer.
    let mut answered_before = 0;
    let mut last_by_author = HashMap::new();
    for at in 0..thread.len() {
        match entry(at).role {
            AuthorRole::Company => answered_before = at,
            AuthorRole::Customer => {
                last_by_author.insert(entry(at).author, at);
                if entry(at).replied {
                    answered_before = at + 1;
                }
            }
            AuthorRole::System => {}
        }
    }
    let mut waiting: HashMap<Option<Key>, (u32, Option<Timestamp>)> = HashMap::new();
    let mut turns = Turns::default();
    for (at, index) in thread.iter().enumerate() {
        let entry = entry(at);
        let spoke = turns.company_spoke;
        let speaker = match entry.role {
            AuthorRole::System => None,
            AuthorRole::Company => Some(Speaker::Company),
            AuthorRole::Customer => Some(Speaker::Customer(entry.author)),
        };
        let company_turns = turns.company_before(speaker);
        if let Some(speaker) = speaker {
            turns.speak(speaker, entry.public);
        }
        let answered = at < answered_before;
        let mut place =
            Place { turns: turns.all, answered, company_spoke_before: spoke, company_turns, ..Place::default() };
        if entry.role == AuthorRole::Customer {
            place.last_of_customer = last_by_author.get(&entry.author) == Some(&at);
            if !answered {
                let (count, since) = waiting.entry(entry.author).or_default();
                *count += 1;
                *since = earlier(*since, entry.at);
                place.contacts = *count;
                place.waiting_since = *since;
            }
            if entry.replied {
                turns.speak(Speaker::Company, entry.public);
            }
        }
        places[*index as usize] = place;
    }
    turns.company_spoke
}

/// The state of a customer's message that is the only row of its thread, with the counters that the row brings.
fn alone(entry: &Entry) -> Place {
    let counted = entry.counted;
    let company = counted.company.unwrap_or(0);
    let answered = entry.replied || company > 0;
    let customer = counted.customer.unwrap_or(1).max(1);
    Place {
        name: None,
        turns: customer.saturating_add(company),
        contacts: if answered { 0 } else { customer },
        answered,
        // The row stands for the whole thread only where it counts both sides.
        company_spoke_before: counted.customer.is_some() && company > 0,
        company_turns: if counted.customer.is_some() && entry.public { company } else { 0 },
        waiting_since: entry.at.filter(|_| !answered),
        last_of_customer: true,
    }
}

/// The earlier of two times; an unknown one does not count.
fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

#[derive(Default)]
struct Turns {
    all: u32,
    company_public: u32,
    company_spoke: bool,
    current: Option<Speaker>,
    current_is_public: bool,
}

impl Turns {
    /// Public turns of the company before the turn that `speaker` holds or takes.
    fn company_before(&self, speaker: Option<Speaker>) -> u32 {
        let goes_on = self.current == Some(Speaker::Company) && speaker == self.current && self.current_is_public;
        self.company_public - u32::from(goes_on)
    }

    fn speak(&mut self, speaker: Speaker, public: bool) {
        let company = speaker == Speaker::Company;
        self.company_spoke |= company;
        if self.current != Some(speaker) {
            self.all += 1;
            self.current = Some(speaker);
            self.current_is_public = false;
        }
        // A turn counts as public once, with its first public message.
        if company && public && !self.current_is_public {
            self.company_public += 1;
            self.current_is_public = true;
        }
    }
}
