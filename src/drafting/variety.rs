//! Which of several phrasings a reply uses: always the same for a case, not the same for all, so that fifty replies of a morning do
//! not read alike.

use crate::message::Message;
use crate::thread::ThreadState;

/// Picks among phrasings, deterministically.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variety(Source);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Case(u64),
    Nth(usize),
}

impl Variety {
    /// Returns the variety of a case: thread, message and turn decide. A message that stands in no export has no id of its own; its
    /// text tells it apart.
    pub fn of(message: &Message, thread: &ThreadState) -> Self {
        let mut hash = Hash::new();
        hash.add(thread.thread_id.as_bytes());
        hash.add(message.id.as_bytes());
        hash.add(&thread.turns.to_le_bytes());
        if message.origin.file == "-" {
            hash.add(message.text.as_bytes());
        }
        Self(Source::Case(hash.0))
    }

    /// Returns the variety that takes the `n`th phrasing everywhere, counted from 0 and starting over after the last.
    pub const fn nth(n: usize) -> Self {
        Self(Source::Nth(n))
    }

    /// Returns which of `count` phrasings of `what` is used, below `count`; 0 where there is none.
    pub(super) fn pick(self, what: &str, count: usize) -> usize {
        if count < 2 {
            return 0;
        }
        match self.0 {
            Source::Nth(n) => n % count,
            Source::Case(seed) => {
                let mut hash = Hash(seed);
                hash.add(what.as_bytes());
                // The upper bits are the better mixed ones.
                usize::try_from(hash.0 >> 33).unwrap_or(0) % count
            }
        }
    }
}

/// FNV-1a, 64 bits: the same on every machine and in every release, which the hashes of the standard library do not promise.
struct Hash(u64);

impl Hash {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, bytes: &[u8]) {
        // A separator, so that "ab" + "c" is not "a" + "bc".
        for &byte in bytes.iter().chain([&0xff]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Channel;

    fn case(id: &str) -> Variety {
        let message = Message { id: id.to_owned(), ..Message::alone(Channel::Email, "words") };
        Variety::of(&message, &ThreadState::alone("t"))
    }

    #[test]
    fn a_case_always_gets_the_same_and_cases_differ() {
        assert_eq!(case("a"), case("a"));
        let picks: Vec<usize> = (0..300).map(|id| case(&id.to_string()).pick("closing/plain", 3)).collect();
        for alternative in 0..3 {
            let share = picks.iter().filter(|&&pick| pick == alternative).count();
            assert!((60..=140).contains(&share), "alternative {alternative}: {share} of 300");
        }
    }

    #[test]
    fn blocks_vary_apart_from_each_other() {
        let same = (0..300)
            .map(|id| case(&id.to_string()))
            .filter(|variety| variety.pick("acknowledge/issue", 3) == variety.pick("closing/plain", 3))
            .count();
        assert!((60..=140).contains(&same), "{same} of 300");
    }

    #[test]
    fn the_nth_starts_over() {
        assert_eq!([0, 1, 2, 3].map(|n| Variety::nth(n).pick("x", 3)), [0, 1, 2, 0]);
        assert_eq!(Variety::nth(5).pick("x", 0), 0);
    }

    #[test]
    fn the_hash_is_the_published_one() {
        // FNV-1a of "a" is af63dc4c8601ec8c; ours adds the separator after it.
        let mut hash = Hash::new();
        hash.0 = (hash.0 ^ u64::from(b'a')).wrapping_mul(0x0000_0100_0000_01b3);
        assert_eq!(hash.0, 0xaf63_dc4c_8601_ec8c);
    }
}
