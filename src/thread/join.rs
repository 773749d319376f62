//! Which messages belong to one thread.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::num::NonZeroU64;

use super::index::Entry;

/// The first entry with an id, and, where an id comes again, the first in each file, of each author, with each text.
#[derive(Default)]
pub(super) struct Ids(HashMap<Key, u32>);

impl Ids {
    /// Returns the index and, for each entry, the first earlier one that is the same message by its id.
    pub(super) fn of(entries: &[Entry]) -> (Self, Vec<Option<u32>>) {
        let mut ids = Self::default();
        let mut repeats = Vec::with_capacity(entries.len());
        for (entry, at) in entries.iter().zip(0u32..) {
            let Some(id) = entry.id else {
                repeats.push(None);
                continue;
            };
            repeats.push(ids.same_message(entries, entry, id));
            if let Some(first) = ids.first((entry.family, id)) {
                let first = &entries[first as usize];
                let differs = [
                    (first.said != entry.said).then(|| with_text(entry, id)),
                    (first.file != entry.file).then(|| in_file(entry.family, id, entry.file)),
                    entry
                        .author
                        .filter(|_| first.author != entry.author)
                        .map(|author| by_author(entry.family, id, author)),
                ];
                for key in differs.into_iter().flatten() {
                    ids.0.entry(key).or_insert(at);
                }
            } else {
                ids.0.insert(key((entry.family, id)), at);
            }
        }
        (ids, repeats)
    }

    fn first(&self, id: (u32, Key)) -> Option<u32> {
        self.0.get(&key(id)).copied()
    }

    /// In another file the id alone does not prove that it is the same message: the text must be the same, or the author.
    fn same_message(&self, entries: &[Entry], entry: &Entry, id: Key) -> Option<u32> {
        let first = self.first((entry.family, id))?;
        let found = &entries[first as usize];
        let or_first = |is_it: bool, other: Key| {
            if is_it { Some(first) } else { self.0.get(&other).copied() }
        };
        or_first(found.said == entry.said, with_text(entry, id))
            .or_else(|| or_first(found.file == entry.file, in_file(entry.family, id, entry.file)))
            .or_else(|| {
                let author = entry.author?;
                or_first(found.author == entry.author, by_author(entry.family, id, author))
            })
    }

    /// The first entry with that id, one of the same file before one of another.
    fn parent(&self, entries: &[Entry], child: &Entry, id: Key) -> Option<u32> {
        let first = self.first((child.family, id))?;
        if entries[first as usize].file == child.file {
            return Some(first);
        }
        Some(self.0.get(&in_file(child.family, id, child.file)).copied().unwrap_or(first))
    }
}

fn with_text(entry: &Entry, id: Key) -> Key {
    key(("text", entry.family, id, entry.said))
}

fn in_file(family: u32, id: Key, file: u32) -> Key {
    key(("file", family, id, file))
}

fn by_author(family: u32, id: Key, author: Key) -> Key {
    key(("author", family, id, author))
}

/// Returns the root of each entry's thread.
pub(super) fn join(entries: &[Entry], ids: &Ids, repeats: &[Option<u32>]) -> Vec<u32> {
    let mut sets = Sets((0..u32::try_from(entries.len()).unwrap_or(u32::MAX)).collect());
    // Threads that the export names, and parents that it lacks, are joined through the first entry that names them.
    let mut threads: HashMap<(u32, Key), u32> = HashMap::new();
    let mut missing: HashMap<(u32, Key), u32> = HashMap::new();
    for (entry, at) in entries.iter().zip(0u32..) {
        if let Some(thread) = entry.thread {
            sets.join(*threads.entry((entry.family, thread)).or_insert(at), at);
            continue;
        }
        if let Some(parent) = entry.parent {
            let parent_at = ids
                .parent(entries, entry, parent)
                .unwrap_or_else(|| *missing.entry((entry.family, parent)).or_insert(at));
            sets.join(parent_at, at);
        }
        if let Some(first) = repeats[at as usize].filter(|first| entries[*first as usize].thread.is_none()) {
            sets.join(first, at);
        }
    }
    (0u32..).take(entries.len()).map(|at| sets.root(at)).collect()
}

/// Disjoint sets; the root of a set is its first entry.
struct Sets(Vec<u32>);

impl Sets {
    fn root(&mut self, mut at: u32) -> u32 {
        while self.0[at as usize] != at {
            let above = self.0[at as usize];
            self.0[at as usize] = self.0[above as usize];
            at = above;
        }
        at
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        let (first, second) = (a.min(b), a.max(b));
        self.0[second as usize] = first;
    }
}

/// A hash; never zero, so that an absent one takes no room.
pub(super) type Key = NonZeroU64;

/// The keys of `DefaultHasher::new` are fixed, so the same export gives the same hashes.
pub(super) fn key(value: impl Hash) -> Key {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    NonZeroU64::new(hasher.finish()).unwrap_or(NonZeroU64::MIN)
}

/// Ids that went through a spreadsheet or a data frame come as `123.0`.
pub(super) fn id_key(id: &str) -> Key {
    let id = id.trim();
    let whole =
        id.strip_suffix(".0").filter(|whole| !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit()));
    key(whole.unwrap_or(id))
}
