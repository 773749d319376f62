//! The index of threads over every file of a run.
//!
//! The first pass over the exports adds each message; what is kept of one is about a hundred bytes of hashes, times and
//! flags and its id (at most [`LABEL_BYTES`]). After [`build`](ThreadIndexBuilder::build) the second pass asks for the
//! state of each message as it comes by again.

use std::collections::{BTreeSet, HashMap};
use std::num::NonZeroU32;
use std::ops::Range;

use jiff::Timestamp;

use super::join::{Ids, Key, id_key, join, key};
use super::walk::{Place, walk};
use super::{EarlierRow, ThreadState};
use crate::message::{AuthorRole, Counted, Message, Visibility};

/// Longest id that is kept as it is; a longer one is cut and ends in its hash.
pub const LABEL_BYTES: usize = 128;

/// What is kept of a message.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) file: u32,
    pub(super) row: u64,
    /// Ids count within their family of files.
    pub(super) family: u32,
    /// Absent when the id was made up from file and row.
    pub(super) id: Option<Key>,
    pub(super) thread: Option<Key>,
    pub(super) parent: Option<Key>,
    pub(super) author: Option<Key>,
    /// Hash of the text and its author.
    pub(super) said: Key,
    /// Hash of the whole row.
    cells: Key,
    pub(super) at: Option<Timestamp>,
    pub(super) role: AuthorRole,
    pub(super) public: bool,
    pub(super) replied: bool,
    pub(super) counted: Counted,
    label: Range<usize>,
}

/// Collects messages, in the order of the files.
#[derive(Debug, Default)]
pub struct ThreadIndexBuilder {
    files: Vec<File>,
    families: Vec<BTreeSet<String>>,
    entries: Vec<Entry>,
    labels: String,
    newest: Option<Timestamp>,
}

/// A file and where its entries are.
#[derive(Debug)]
struct File {
    name: String,
    family: u32,
    /// Entries of the file, ascending by row: a run or two for nearly every file.
    runs: Vec<Run>,
}

/// Rows that follow each other, whose entries do, too.
#[derive(Debug, Clone, Copy)]
struct Run {
    row: u64,
    entry: u32,
    length: u32,
}

impl Run {
    /// The entry of a row, if it is one of the run.
    fn entry_of(self, row: u64) -> Option<u32> {
        let offset = u32::try_from(row.checked_sub(self.row)?).ok()?;
        (offset < self.length).then(|| self.entry + offset)
    }
}

impl File {
    fn entry_of(&self, row: u64) -> Option<u32> {
        let after = self.runs.partition_point(|run| run.row <= row);
        self.runs[..after].last()?.entry_of(row)
    }

    /// Notes where a row is; it must not be there yet.
    fn note(&mut self, row: u64, entry: u32) {
        let after = self.runs.partition_point(|run| run.row <= row);
        if let Some(run) = self.runs[..after].last_mut()
            && row == run.row + u64::from(run.length)
            && entry == run.entry + run.length
        {
            run.length += 1;
        } else {
            self.runs.insert(after, Run { row, entry, length: 1 });
        }
    }
}

impl ThreadIndexBuilder {
    /// Starts an empty index.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a message. One whose file and row were added before is ignored, as happens when a file is named twice.
    pub fn add(&mut self, message: &Message) {
        let file = self.file_of(message);
        let row = message.origin.row;
        let Ok(index) = u32::try_from(self.entries.len()) else {
            return;
        };
        if self.files[file].entry_of(row).is_some() {
            return;
        }
        self.files[file].note(row, index);
        let at = message.created_at.as_ref().and_then(|created| created.utc);
        self.newest = self.newest.max(at);
        let label = label(message.thread_id.as_ref().unwrap_or(&message.id));
        let start = self.labels.len();
        self.labels.push_str(&label);
        self.entries.push(Entry {
            file: u32::try_from(file).unwrap_or(u32::MAX),
            row,
            family: self.files[file].family,
            id: (!is_made_up(message)).then(|| id_key(&message.id)),
            thread: message.thread_id.as_deref().map(id_key),
            parent: message.parent_id.as_deref().map(id_key),
            author: message.author.as_deref().map(key),
            said: key((&message.text, &message.author)),
            cells: key(&message.input),
            at,
            role: message.role,
            public: message.visibility == Visibility::Public,
            replied: message.existing_reply.is_some(),
            counted: message.counted,
            label: start..self.labels.len(),
        });
    }

    fn file_of(&mut self, message: &Message) -> usize {
        let name = &message.origin.file;
        if let Some(at) = self.files.iter().rposition(|file| file.name == *name) {
            return at;
        }
        let columns: BTreeSet<String> = message.input.iter().map(|(name, _)| name.clone()).collect();
        // Parts of one export have the same columns, or nearly; only there do ids mean the same thing.
        let alike = |known: &BTreeSet<String>| {
            let common = known.intersection(&columns).count();
            2 * common >= known.union(&columns).count()
        };
        let family = self.families.iter().position(alike).unwrap_or_else(|| {
            self.families.push(columns);
            self.families.len() - 1
        });
        let family = u32::try_from(family).unwrap_or(u32::MAX);
        self.files.push(File { name: name.clone(), family, runs: Vec::new() });
        self.files.len() - 1
    }

    /// Joins the messages into threads.
    pub fn build(self) -> ThreadIndex {
        let entries = &self.entries;
        let (ids, repeats) = Ids::of(entries);
        // The same text under the same id is the same message, whatever else of the row has changed since.
        let again = |at: usize| repeats[at].filter(|first| entries[*first as usize].said == entries[at].said);
        let roots = join(entries, &ids, &repeats);

        let mut order: Vec<u32> =
            (0..entries.len()).filter(|at| again(*at).is_none()).filter_map(|at| u32::try_from(at).ok()).collect();
        order.sort_by_key(|at| roots[*at as usize]);
        let mut places = vec![Place::default(); entries.len()];
        let mut titles = Vec::new();
        let (mut threads, mut with_company) = (0, 0);
        for thread in order.chunk_by_mut(|a, b| roots[*a as usize] == roots[*b as usize]) {
            if thread.iter().all(|at| entries[*at as usize].at.is_some()) {
                thread.sort_by_key(|at| (entries[*at as usize].at, *at));
            } else {
                thread.sort_unstable();
            }
            threads += 1;
            with_company += u64::from(walk(entries, thread, &mut places));
            if thread.len() > 1 {
                let own = thread.iter().position(|at| entries[*at as usize].thread.is_some());
                let giver = &entries[thread[own.unwrap_or(0)] as usize];
                titles.push(self.labels[giver.label.clone()].to_owned());
                for at in &*thread {
                    places[*at as usize].name = u32::try_from(titles.len()).ok().and_then(NonZeroU32::new);
                }
            }
        }
        let (mut same_id, mut same_row) = (0, 0);
        let mut earlier = HashMap::new();
        for at in 0..entries.len() {
            let Some(first) = repeats[at] else { continue };
            let found = &entries[first as usize];
            let identical = found.cells == entries[at].cells;
            if identical {
                same_row += 1;
            } else {
                same_id += 1;
            }
            if again(at).is_some() {
                places[at] = places[first as usize];
            }
            earlier.insert(at, (found.file, found.row, identical));
        }
        ThreadIndex {
            files: self.files,
            places,
            names: titles,
            earlier,
            newest: self.newest,
            threads,
            with_company,
            same_id,
            same_row,
        }
    }
}

/// Where every message of a run stands in its thread.
#[derive(Debug)]
pub struct ThreadIndex {
    files: Vec<File>,
    places: Vec<Place>,
    names: Vec<String>,
    earlier: HashMap<usize, (u32, u64, bool)>,
    newest: Option<Timestamp>,
    threads: u64,
    with_company: u64,
    same_id: u64,
    same_row: u64,
}

impl ThreadIndex {
    fn find(&self, message: &Message) -> Option<usize> {
        let file = self.files.iter().rfind(|file| file.name == message.origin.file)?;
        Some(file.entry_of(message.origin.row)? as usize)
    }

    /// Returns where a message stands. One that was never added stands alone.
    pub fn state(&self, message: &Message) -> ThreadState {
        let own = || label(message.thread_id.as_ref().unwrap_or(&message.id));
        let Some(place) = self.find(message).map(|at| &self.places[at]) else {
            let mut builder = ThreadIndexBuilder::new();
            builder.add(message);
            let place = builder.build().places.into_iter().next().unwrap_or_default();
            return place.state(own());
        };
        place.state(place.name.map_or_else(own, |number| self.names[number.get() as usize - 1].clone()))
    }

    /// Returns the earlier row that has the same id, if there is one.
    pub fn earlier(&self, message: &Message) -> Option<EarlierRow> {
        let (file, row, identical) = self.earlier.get(&self.find(message)?)?;
        let file = self.files.get(*file as usize)?.name.clone();
        Some(EarlierRow { file, row: *row, identical: *identical })
    }

    /// Returns the time of the newest message. It is "now" for waiting times, so that results do not depend on the clock.
    pub fn newest(&self) -> Option<Timestamp> {
        self.newest
    }

    /// Returns how many messages were added.
    pub fn messages(&self) -> u64 {
        self.places.len() as u64
    }

    /// Returns how many threads there are.
    pub fn threads(&self) -> u64 {
        self.threads
    }

    /// Returns in how many threads the company has spoken.
    pub fn threads_with_company(&self) -> u64 {
        self.with_company
    }

    /// Returns how many rows have the id of an earlier row and other content.
    pub fn duplicate_ids(&self) -> u64 {
        self.same_id
    }

    /// Returns how many rows repeat an earlier row exactly. They are not counted again in their thread.
    pub fn repeated_rows(&self) -> u64 {
        self.same_row
    }
}

/// Whether the id is the `FILE:ROW` of a row that has none.
fn is_made_up(message: &Message) -> bool {
    message
        .id
        .strip_suffix(&format!(":{}", message.origin.row))
        .is_some_and(|file| !file.is_empty() && message.origin.file.ends_with(file))
}

/// An id of bounded length.
fn label(id: &str) -> String {
    if id.len() <= LABEL_BYTES {
        return id.to_owned();
    }
    let mut end = LABEL_BYTES - 17;
    while !id.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}~{:016x}", &id[..end], key(id))
}
