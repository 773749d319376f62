//! From bytes to text: which encoding a file has, and reading it as UTF-8.

use std::io::{self, BufRead, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use serde::{Deserialize, Serialize};

const CHUNK: usize = 64 * 1024;

/// How much text with non-ASCII bytes the guess of a legacy encoding rests on.
const GUESS_BYTES: usize = 4 * 1024 * 1024;

/// Encoding of a file and how we know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncodingUsed {
    /// Name in the WHATWG list, as in `UTF-8`, `UTF-16LE`, `windows-1252`.
    pub name: String,
    /// How we know.
    pub found_by: EncodingEvidence,
}

/// How an encoding was determined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EncodingEvidence {
    /// The user said so.
    Given,
    /// A byte order mark.
    ByteOrderMark,
    /// Every second byte is zero, as in UTF-16 without a mark.
    ZeroBytes,
    /// The whole file is valid.
    Valid,
    /// Most of what is not ASCII is valid UTF-8, yet not all: the rest is shown as U+FFFD.
    MostlyValid,
    /// A guess from the frequency of letters, for a file that is not UTF-8.
    Guessed,
}

impl EncodingEvidence {
    /// Returns a phrase for a person.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Given => "as given",
            Self::ByteOrderMark => "by its byte order mark",
            Self::ZeroBytes => "by its zero bytes",
            Self::Valid => "the whole file is valid",
            Self::MostlyValid => "most of the file is valid, the rest is damaged",
            Self::Guessed => "a guess from its letters",
        }
    }
}

/// What a first pass over the bytes of a file found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Survey {
    pub(crate) encoding: &'static Encoding,
    pub(crate) found_by: EncodingEvidence,
    /// Length of the byte order mark.
    pub(crate) mark: u64,
    /// Whether there is anything but white space.
    pub(crate) blank: bool,
    /// Whether all of it is text in the encoding, so that a U+FFFD is what the author wrote.
    pub(crate) clean: bool,
}

/// Reads all bytes once (more often for a legacy encoding) and tells the encoding; `open` starts a new reading.
pub(crate) fn survey<R: Read>(
    given: Option<&'static Encoding>,
    mut open: impl FnMut() -> io::Result<R>,
) -> io::Result<Survey> {
    let mut reader = open()?;
    let mut head = vec![0; CHUNK];
    let filled = fill(&mut reader, &mut head)?;
    head.truncate(filled);

    let marked = Encoding::for_bom(&head);
    let mark = marked.map_or(0, |(_, length)| length);
    let blank = |bytes: &[u8]| bytes.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0);
    let settled = match (given, marked) {
        (Some(encoding), _) => Some((encoding, EncodingEvidence::Given)),
        (None, Some((encoding, _))) => Some((encoding, EncodingEvidence::ByteOrderMark)),
        (None, None) => by_zero_bytes(&head).map(|encoding| (encoding, EncodingEvidence::ZeroBytes)),
    };
    if let Some((encoding, found_by)) = settled {
        // A mark of another encoding than the one given is part of what the user says the text is.
        let mark = if marked.is_some_and(|(of, _)| of == encoding) { mark } else { 0 };
        let blank = blank(&head[mark..]) && head.len() < CHUNK;
        return Ok(Survey { encoding, found_by, mark: mark as u64, blank, clean: is_clean(open()?, mark, encoding)? });
    }

    let mut count = Utf8Count::default();
    let mut is_blank = true;
    let mut chunk = head;
    while !chunk.is_empty() {
        is_blank = is_blank && blank(&chunk);
        count.add(&chunk);
        chunk.resize(CHUNK, 0);
        let filled = fill(&mut reader, &mut chunk)?;
        chunk.truncate(filled);
    }
    count.finish();
    let (encoding, found_by, clean) = if count.invalid == 0 {
        (UTF_8, EncodingEvidence::Valid, count.nul == 0)
    } else if count.valid >= count.invalid {
        (UTF_8, EncodingEvidence::MostlyValid, false)
    } else {
        let encoding = guess(open()?)?;
        let clean = is_clean(open()?, 0, encoding)?;
        (encoding, EncodingEvidence::Guessed, clean)
    };
    Ok(Survey { encoding, found_by, mark: 0, blank: is_blank, clean })
}

/// Whether every byte behind the mark is text in the encoding.
fn is_clean(mut input: impl Read, mark: usize, encoding: &'static Encoding) -> io::Result<bool> {
    fill(&mut input, &mut vec![0; mark])?;
    let mut reader = DecodedReader::new(input, encoding);
    while !reader.damaged {
        let length = reader.fill_buf()?.len();
        if length == 0 {
            return Ok(true);
        }
        reader.consume(length);
    }
    Ok(false)
}

/// Reads until the buffer is full or the input ends.
pub(crate) fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// UTF-16 without a mark: text in western letters has a zero in every second byte.
fn by_zero_bytes(head: &[u8]) -> Option<&'static Encoding> {
    let pairs = head.len() / 2;
    if pairs < 2 {
        return None;
    }
    let zeros = |offset: usize| head.chunks_exact(2).filter(|pair| pair[offset] == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    if second * 5 >= pairs * 2 && first * 20 <= pairs {
        Some(UTF_16LE)
    } else if first * 5 >= pairs * 2 && second * 20 <= pairs {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Counts the valid multi-byte characters, the invalid sequences and the NUL bytes of a stream.
#[derive(Default)]
struct Utf8Count {
    valid: u64,
    invalid: u64,
    nul: u64,
    cut: Vec<u8>,
}

impl Utf8Count {
    fn add(&mut self, chunk: &[u8]) {
        self.nul += chunk.iter().map(|byte| u64::from(*byte == 0)).sum::<u64>();
        if self.cut.is_empty() {
            if !chunk.is_ascii() {
                self.scan(chunk);
            }
        } else {
            let mut joined = std::mem::take(&mut self.cut);
            joined.extend_from_slice(chunk);
            self.scan(&joined);
        }
    }

    fn scan(&mut self, mut bytes: &[u8]) {
        loop {
            let valid_to = match std::str::from_utf8(bytes) {
                Ok(_) => bytes.len(),
                Err(error) => error.valid_up_to(),
            };
            self.valid += bytes[..valid_to].iter().filter(|byte| **byte >= 0xC0).count() as u64;
            let Err(error) = std::str::from_utf8(&bytes[valid_to..]) else {
                return;
            };
            let Some(length) = error.error_len() else {
                self.cut = bytes[valid_to..].to_vec();
                return;
            };
            self.invalid += 1;
            bytes = &bytes[valid_to + length..];
        }
    }

    fn finish(&mut self) {
        self.invalid += u64::from(!self.cut.is_empty());
    }
}

fn guess(mut reader: impl Read) -> io::Result<&'static Encoding> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let mut chunk = vec![0; CHUNK];
    let mut fed = 0;
    while fed < GUESS_BYTES {
        let filled = fill(&mut reader, &mut chunk)?;
        if filled == 0 {
            break;
        }
        if !chunk[..filled].is_ascii() {
            detector.feed(&chunk[..filled], false);
            fed += filled;
        }
    }
    detector.feed(b"", true);
    Ok(detector.guess(None, Utf8Detection::Deny))
}

/// A file read as UTF-8. Bytes that are not text in its encoding, and NUL, come out as U+FFFD.
pub(crate) struct DecodedReader<R> {
    input: R,
    decoder: Decoder,
    raw: Vec<u8>,
    raw_at: usize,
    raw_end: usize,
    ended: bool,
    out: Vec<u8>,
    out_at: usize,
    /// Whether anything so far was no text.
    damaged: bool,
}

impl<R: Read> DecodedReader<R> {
    /// Reads `input`, which stands behind the byte order mark, if there is one.
    pub(crate) fn new(input: R, encoding: &'static Encoding) -> Self {
        Self {
            input,
            decoder: encoding.new_decoder_without_bom_handling(),
            raw: vec![0; CHUNK],
            raw_at: 0,
            raw_end: 0,
            ended: false,
            out: Vec::with_capacity(CHUNK),
            out_at: 0,
            damaged: false,
        }
    }

    fn decode_more(&mut self) -> io::Result<()> {
        self.out_at = 0;
        self.out.clear();
        while self.out.is_empty() && !self.ended {
            if self.raw_at == self.raw_end {
                self.raw_at = 0;
                self.raw_end = fill(&mut self.input, &mut self.raw)?;
            }
            let last = self.raw_end < self.raw.len();
            self.out.resize(CHUNK, 0);
            let (result, read, written, had_errors) =
                self.decoder.decode_to_utf8(&self.raw[self.raw_at..self.raw_end], &mut self.out, last);
            self.damaged |= had_errors;
            self.out.truncate(written);
            self.raw_at += read;
            self.ended = last && result == CoderResult::InputEmpty;
        }
        if self.out.contains(&0) {
            self.damaged = true;
            let mut visible = Vec::with_capacity(self.out.len() + 16);
            for &byte in &self.out {
                if byte == 0 {
                    visible.extend_from_slice("\u{FFFD}".as_bytes());
                } else {
                    visible.push(byte);
                }
            }
            self.out = visible;
        }
        Ok(())
    }
}

impl<R: Read> BufRead for DecodedReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.out_at == self.out.len() {
            self.decode_more()?;
        }
        Ok(&self.out[self.out_at..])
    }

    fn consume(&mut self, amount: usize) {
        self.out_at = (self.out_at + amount).min(self.out.len());
    }
}

impl<R: Read> Read for DecodedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let length = available.len().min(buffer.len());
        buffer[..length].copy_from_slice(&available[..length]);
        self.consume(length);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> (&'static str, EncodingEvidence, String) {
        let survey = survey(None, || Ok(bytes)).unwrap();
        let mark = usize::try_from(survey.mark).unwrap();
        let mut text = String::new();
        DecodedReader::new(&bytes[mark..], survey.encoding).read_to_string(&mut text).unwrap();
        (survey.encoding.name(), survey.found_by, text)
    }

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    }

    #[test]
    fn byte_order_marks_are_believed_and_skipped() {
        assert_eq!(of(b"\xEF\xBB\xBFa,b"), ("UTF-8", EncodingEvidence::ByteOrderMark, "a,b".into()));
        let little = [b"\xFF\xFE".as_slice(), &utf16("né", false)].concat();
        assert_eq!(of(&little), ("UTF-16LE", EncodingEvidence::ByteOrderMark, "né".into()));
        let big = [b"\xFE\xFF".as_slice(), &utf16("né", true)].concat();
        assert_eq!(of(&big), ("UTF-16BE", EncodingEvidence::ByteOrderMark, "né".into()));
    }

    #[test]
    fn utf16_without_a_mark_is_seen_by_its_zero_bytes() {
        assert_eq!(of(&utf16("id,text\n", false)).0, "UTF-16LE");
        assert_eq!(of(&utf16("id,text\n", true)), ("UTF-16BE", EncodingEvidence::ZeroBytes, "id,text\n".into()));
    }

    #[test]
    fn utf8_and_windows_1252() {
        assert_eq!(of("für".as_bytes()), ("UTF-8", EncodingEvidence::Valid, "für".into()));
        let (name, found_by, text) = of(b"caf\xE9 \x80 20, tr\xE8s d\xE9\xE7u");
        assert_eq!((name, found_by), ("windows-1252", EncodingEvidence::Guessed));
        assert_eq!(text, "café € 20, très déçu");
    }

    #[test]
    fn one_bad_byte_in_utf8_stays_utf8_and_shows() {
        let (name, found_by, text) = of(b"caf\xC3\xA9 tr\xC3\xA8s \xFF d");
        assert_eq!((name, found_by), ("UTF-8", EncodingEvidence::MostlyValid));
        assert_eq!(text, "café très \u{FFFD} d");
    }

    #[test]
    fn only_what_is_no_text_is_damage() {
        let clean = |bytes: &[u8]| survey(None, || Ok(bytes)).unwrap().clean;
        assert!(clean("a \u{FFFD} that was written".as_bytes()));
        assert!(clean("\u{FEFF}a \u{FFFD}".as_bytes()));
        assert!(clean(b"caf\xE9, tr\xE8s d\xE9\xE7u"));
        assert!(clean(&[b"\xFF\xFE".as_slice(), &utf16("né", false)].concat()));
        assert!(!clean(b"id,text\n1,he\0llo\n"));
        assert!(!clean(b"caf\xC3\xA9 tr\xC3\xA8s \xFF d"));
        assert!(!clean(b"\xEF\xBB\xBFcaf\xE9"));
        assert!(!clean(b"\xFF\xFEa\0b"));
    }

    #[test]
    fn a_nul_byte_is_shown() {
        assert_eq!(of(b"id,text\n1,he\0llo\n").2, "id,text\n1,he\u{FFFD}llo\n");
    }

    #[test]
    fn characters_across_chunk_borders_survive() {
        let text = "ä€🙂".repeat(CHUNK / 3);
        let bytes = [b"x".as_slice(), text.as_bytes()].concat();
        assert_eq!(of(&bytes), ("UTF-8", EncodingEvidence::Valid, format!("x{text}")));
    }

    #[test]
    fn the_given_encoding_wins_and_blank_is_seen() {
        let given = survey(Some(encoding_rs::WINDOWS_1252), || Ok("ü".as_bytes())).unwrap();
        assert_eq!(given.encoding.name(), "windows-1252");
        assert!(survey(None, || Ok(b" \n".as_slice())).unwrap().blank);
        assert!(survey(None, || Ok(b"\xEF\xBB\xBF\n".as_slice())).unwrap().blank);
        assert!(!survey(None, || Ok(b" a".as_slice())).unwrap().blank);
    }
}
