//! Delimited text (CSV, TSV) as records, streamed.

use std::io::{self, BufRead};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// Longest record that is read, in bytes of UTF-8. A longer one is taken for a quote that was never closed.
pub(crate) const MAX_RECORD: usize = 64 * 1024 * 1024;

/// Delimiter and quoting of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) delimiter: u8,
    pub(crate) quoting: bool,
}

/// One record and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) cells: Vec<String>,
    /// Line on which it begins, from 1.
    pub(crate) line: u64,
    /// Offset of its first byte in the decoded text.
    pub(crate) offset: u64,
    /// Whether something other than a delimiter or a line end follows a closing quote.
    pub(crate) stray_quote: bool,
}

/// What comes next in a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Record(Record),
    /// A quote opened in this record and did not close before the file (or [`MAX_RECORD`]) ended. Reading goes on at the
    /// line after `line`, from a new reader that is moved there with [`RecordReader::skip_line_at`].
    OpenQuote {
        line: u64,
        offset: u64,
        cell: usize,
    },
    End,
}

/// Reads records; blank lines between records are skipped.
pub(crate) struct RecordReader<R> {
    input: R,
    parser: Reader,
    line: u64,
    offset: u64,
    output: Vec<u8>,
    ends: Vec<usize>,
    limit: usize,
    dialect: Dialect,
}

impl<R: BufRead> RecordReader<R> {
    pub(crate) fn new(input: R, dialect: Dialect) -> Self {
        Self {
            input,
            parser: ReaderBuilder::new().delimiter(dialect.delimiter).quoting(dialect.quoting).build(),
            line: 1,
            offset: 0,
            output: vec![0; 1024],
            ends: vec![0; 32],
            limit: MAX_RECORD,
            dialect,
        }
    }

    /// Moves a new reader to the line after the one at `offset`, which is line number `line`.
    pub(crate) fn skip_line_at(&mut self, offset: u64, line: u64) -> io::Result<()> {
        while self.offset < offset {
            let available = self.input.fill_buf()?.len();
            if available == 0 {
                return Ok(());
            }
            let step = usize::try_from(offset - self.offset).unwrap_or(usize::MAX).min(available);
            self.advance(step);
        }
        self.line = line;
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok(());
            }
            if let Some(at) = buffer.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
                self.advance(at);
                return Ok(());
            }
            let length = buffer.len();
            self.advance(length);
        }
    }

    /// Skips one line, as `sep=;` is one, and returns it.
    pub(crate) fn skip_first_line(&mut self) -> io::Result<()> {
        self.skip_line_at(0, 1)
    }

    pub(crate) fn next_record(&mut self) -> io::Result<Next> {
        if !self.skip_line_ends()? {
            return Ok(Next::End);
        }
        let (line, offset) = (self.line, self.offset);
        let (mut written, mut cells) = (0, 0);
        let mut quotes = QuoteWatch::new(self.dialect);
        loop {
            let buffer = self.input.fill_buf()?;
            let at_end = buffer.is_empty();
            // A last line end, in case the file lacks it: if the parser is still hungry afterwards, it stands in a quote.
            let chunk = if at_end { b"\n".as_slice() } else { buffer };
            let (result, read, out, ends) =
                self.parser.read_record(chunk, &mut self.output[written..], &mut self.ends[cells..]);
            let lines = line_ends(&chunk[..read]);
            quotes.watch(&chunk[..read]);
            if !at_end {
                self.line += lines;
                self.offset += read as u64;
                self.input.consume(read);
            }
            written += out;
            cells += ends;
            let too_long = written > self.limit;
            match result {
                ReadRecordResult::Record => {
                    return Ok(Next::Record(self.record(cells, line, offset, quotes.stray)));
                }
                ReadRecordResult::InputEmpty if at_end || too_long => {
                    return Ok(Next::OpenQuote { line, offset, cell: cells + 1 });
                }
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => {
                    let length = self.output.len() * 2;
                    self.output.resize(length, 0);
                }
                ReadRecordResult::OutputEndsFull => {
                    let length = self.ends.len() * 2;
                    self.ends.resize(length, 0);
                }
                ReadRecordResult::End => return Ok(Next::End),
            }
        }
    }

    fn record(&self, cells: usize, line: u64, offset: u64, stray_quote: bool) -> Record {
        let mut start = 0;
        let cells = self.ends[..cells]
            .iter()
            .map(|&end| {
                let cell = String::from_utf8_lossy(&self.output[start..end]).into_owned();
                start = end;
                cell
            })
            .collect();
        Record { cells, line, offset, stray_quote }
    }

    /// Skips line ends; false at the end of the file.
    fn skip_line_ends(&mut self) -> io::Result<bool> {
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok(false);
            }
            let length = buffer.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
            let all = length == buffer.len();
            self.advance(length);
            if !all {
                return Ok(true);
            }
        }
    }

    fn advance(&mut self, length: usize) {
        if let Ok(buffer) = self.input.fill_buf() {
            self.line += line_ends(&buffer[..length]);
        }
        self.input.consume(length);
        self.offset += length as u64;
    }
}

fn line_ends(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

/// Follows the quotes of a record, which the parser forgives and does not report.
struct QuoteWatch {
    dialect: Dialect,
    place: QuotePlace,
    stray: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum QuotePlace {
    CellStart,
    Bare,
    Quoted,
    AfterQuote,
}

impl QuoteWatch {
    fn new(dialect: Dialect) -> Self {
        Self { dialect, place: QuotePlace::CellStart, stray: false }
    }

    fn watch(&mut self, bytes: &[u8]) {
        if !self.dialect.quoting {
            return;
        }
        for &byte in bytes {
            let ends_cell = byte == self.dialect.delimiter || matches!(byte, b'\r' | b'\n');
            self.place = match (self.place, byte) {
                (QuotePlace::Quoted, b'"') => QuotePlace::AfterQuote,
                (QuotePlace::Quoted, _) | (QuotePlace::CellStart | QuotePlace::AfterQuote, b'"') => QuotePlace::Quoted,
                _ if ends_cell => QuotePlace::CellStart,
                (QuotePlace::AfterQuote, _) => {
                    self.stray = true;
                    QuotePlace::Bare
                }
                _ => QuotePlace::Bare,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str, delimiter: u8, quoting: bool) -> Vec<Next> {
        let mut reader = RecordReader::new(text.as_bytes(), Dialect { delimiter, quoting });
        let mut all = Vec::new();
        loop {
            match reader.next_record().unwrap() {
                Next::End => return all,
                Next::OpenQuote { line, offset, cell } => {
                    all.push(Next::OpenQuote { line, offset, cell });
                    return all;
                }
                record @ Next::Record(_) => all.push(record),
            }
        }
    }

    fn cells(text: &str) -> Vec<Vec<String>> {
        read(text, b',', true)
            .into_iter()
            .filter_map(|next| if let Next::Record(record) = next { Some(record.cells) } else { None })
            .collect()
    }

    #[test]
    fn quotes_line_ends_and_blank_lines() {
        assert_eq!(
            cells("a,b\r\n\r\n1,\"x, \"\"y\"\"\nz\"\n\n2,"),
            [vec!["a", "b"], vec!["1", "x, \"y\"\nz"], vec!["2", ""]]
        );
        assert_eq!(cells("\n\n"), Vec::<Vec<String>>::new());
        assert_eq!(cells("a\rb"), [vec!["a"], vec!["b"]]);
    }

    #[test]
    fn lines_and_offsets_are_those_of_the_first_byte() {
        let all = read("a\n\"x\ny\"\n\nz\n", b',', true);
        let places: Vec<_> = all
            .iter()
            .filter_map(|next| if let Next::Record(r) = next { Some((r.line, r.offset)) } else { None })
            .collect();
        assert_eq!(places, [(1, 0), (2, 2), (5, 9)]);
    }

    #[test]
    fn an_open_quote_is_found_at_the_end_and_reading_can_go_on_after_its_line() {
        let text = "a,b\n1,fine\n2,\"never closed\n3,also fine\n";
        let all = read(text, b',', true);
        let Some(Next::OpenQuote { line, offset, cell }) = all.last() else { panic!("{all:?}") };
        assert_eq!((*line, *offset, *cell), (3, 11, 2));
        let mut again = RecordReader::new(text.as_bytes(), Dialect { delimiter: b',', quoting: true });
        again.skip_line_at(*offset, *line).unwrap();
        let Next::Record(record) = again.next_record().unwrap() else { panic!() };
        assert_eq!((record.cells, record.line), (vec!["3".to_owned(), "also fine".to_owned()], 4));
        assert_eq!(again.next_record().unwrap(), Next::End);
        assert!(matches!(read("a\n\"", b',', true).last(), Some(Next::OpenQuote { line: 2, .. })));
        assert!(matches!(read("a\n\"b\"", b',', true).last(), Some(Next::Record(_))));
    }

    #[test]
    fn stray_quotes_are_seen() {
        let strays = |text: &str| -> Vec<bool> {
            let record = |next| {
                if let Next::Record(record) = next { record.stray_quote } else { panic!() }
            };
            read(text, b',', true).into_iter().map(record).collect()
        };
        assert_eq!(strays("a,\"b\"\"c\",5\" d\n\"a\"b,c\n\"x\ny\"\n"), [false, true, false]);
    }

    #[test]
    fn a_record_over_the_limit_counts_as_an_open_quote() {
        let text = format!("a\n\"{}", "x\n".repeat(50_000));
        let mut reader = RecordReader::new(
            io::BufReader::with_capacity(512, text.as_bytes()),
            Dialect { delimiter: b',', quoting: true },
        );
        reader.limit = 4096;
        assert!(matches!(reader.next_record().unwrap(), Next::Record(_)));
        assert!(matches!(reader.next_record().unwrap(), Next::OpenQuote { line: 2, .. }));
        assert!(reader.output.len() < 20_000);
    }

    #[test]
    fn without_quoting_a_quote_is_a_letter() {
        let all = read("a\tb\n5\" nail\t\"x\n", b'\t', false);
        let Some(Next::Record(record)) = all.last() else { panic!() };
        assert_eq!(record.cells, ["5\" nail", "\"x"]);
    }

    proptest! {
        #[test]
        fn reads_back_what_the_csv_crate_writes(
            rows in proptest::collection::vec(proptest::collection::vec("[a-z\",;\n\r é🙂]{0,8}", 2..5), 1..8),
            delimiter in proptest::sample::select(b",;\t|".to_vec()),
            piece in 1usize..40,
        ) {
            let mut writer = csv::WriterBuilder::new().delimiter(delimiter).flexible(true).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let bytes = writer.into_inner().unwrap();
            let input = io::BufReader::with_capacity(piece, bytes.as_slice());
            let mut reader = RecordReader::new(input, Dialect { delimiter, quoting: true });
            for row in &rows {
                let Next::Record(record) = reader.next_record().unwrap() else { panic!("a record is missing") };
                prop_assert_eq!(&record.cells, row);
            }
            prop_assert_eq!(reader.next_record().unwrap(), Next::End);
        }
    }
}
