//! Rows put aside on disk, so that sorting needs memory for the keys only.

use std::cmp::Ordering;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};

use crate::pipeline::ScoredRow;

/// Rows in a temporary file, with the key of each in memory (24 bytes a row).
pub(super) struct Spool {
    file: BufWriter<File>,
    keys: Vec<Key>,
    end: u64,
}

#[derive(Debug, Clone, Copy)]
struct Key {
    /// Missing priority sorts last.
    priority: Option<f32>,
    from: u64,
    bytes: u32,
}

impl Spool {
    /// Makes an empty spool in the system's temporary folder; the file has no name and goes away with the process.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { file: BufWriter::new(tempfile::tempfile()?), keys: Vec::new(), end: 0 })
    }

    /// Puts a row aside.
    pub(super) fn push(&mut self, row: &ScoredRow) -> io::Result<()> {
        let bytes = serde_json::to_vec(row)?;
        let length = u32::try_from(bytes.len()).map_err(|_| io::Error::other("a row of more than 4 GB"))?;
        self.file.write_all(&bytes)?;
        self.keys.push(Key {
            priority: row.priority.as_ref().map(|priority| priority.score),
            from: self.end,
            bytes: length,
        });
        self.end += u64::from(length);
        Ok(())
    }

    /// Calls `each` on the `most` rows of highest priority, highest first; equal ones in the order they came in.
    pub(super) fn by_priority<E: From<io::Error>>(
        mut self,
        most: usize,
        mut each: impl FnMut(&ScoredRow) -> Result<(), E>,
    ) -> Result<(), E> {
        self.keys.sort_by(|a, b| descending(a.priority, b.priority));
        let mut file = BufReader::new(self.file.into_inner().map_err(|error| E::from(error.into_error()))?);
        let mut bytes = Vec::new();
        for key in self.keys.iter().take(most) {
            file.seek(SeekFrom::Start(key.from))?;
            bytes.resize(key.bytes as usize, 0);
            file.read_exact(&mut bytes)?;
            each(&serde_json::from_slice(&bytes).map_err(io::Error::from)?)?;
        }
        Ok(())
    }
}

fn descending(a: Option<f32>, b: Option<f32>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => b.total_cmp(&a),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_priority_sorts_last() {
        let mut values = [None, Some(1.0), Some(9.0), None];
        values.sort_by(|a, b| descending(*a, *b));
        assert_eq!(values, [Some(9.0), Some(1.0), None, None]);
    }
}
