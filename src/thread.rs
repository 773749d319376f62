//! Threads: turns in order on one channel.
//!
//! A thread is what the ids of an export join; a turn is a run of messages of one author. The index keeps a bounded
//! number of bytes per message and never the texts, so that an export of any size fits.

mod index;
mod join;
#[cfg(test)]
mod tests;
mod walk;

use serde::{Deserialize, Serialize};

pub use index::{LABEL_BYTES, ThreadIndex, ThreadIndexBuilder};

/// Where a message stands in its thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadState {
    /// The thread: the export's own id, or the id of the first message that the parents lead to.
    pub thread_id: String,
    /// Turns of the thread up to and including this message, both sides counted.
    pub turns: u32,
    /// Messages of the customer since the company's last reply, up to and including this one, that nobody has answered by
    /// the end of the export. Messages are counted, not turns: asking three times in a row is one turn and three contacts.
    /// 0 when a reply followed, and on messages of the company.
    pub contacts: u32,
    /// Whether a reply of the company follows, or stands in the same row.
    pub answered: bool,
    /// Whether the company has taken part in the thread before this message.
    pub company_spoke_before: bool,
    /// Public replies of the company before this message.
    pub company_turns: u32,
    /// When the oldest of these contacts was written.
    pub waiting_since: Option<jiff::Timestamp>,
    /// Whether this is the last message of the customer in the thread.
    pub last_of_customer: bool,
}

impl ThreadState {
    /// Returns the state of a message that stands alone, written by a customer.
    pub fn alone(thread_id: impl Into<String>) -> Self {
        Self {
            thread_id: thread_id.into(),
            turns: 1,
            contacts: 1,
            answered: false,
            company_spoke_before: false,
            company_turns: 0,
            waiting_since: None,
            last_of_customer: true,
        }
    }
}

/// An earlier row with the id of a later one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierRow {
    /// File of the earlier row.
    pub file: String,
    /// Row, from 1.
    pub row: u64,
    /// Whether the later row says exactly the same.
    pub identical: bool,
}
