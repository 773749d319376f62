//! Finding where JSON values begin and end: strings, escapes and nesting, nothing else.

use std::io::{self, BufRead};

use super::MAX_ELEMENT;

/// What an array begins with, or that a value is an object.
#[derive(PartialEq, Eq)]
pub(super) enum Inside {
    List,
    Object,
}

/// How reading a value ended.
pub(super) enum Value {
    Whole,
    Cut,
    TooLong,
}

/// A position in a JSON text.
pub(super) struct Scan<R> {
    input: R,
    /// Line of the next byte, from 1.
    pub(super) line: u64,
}

impl<R: BufRead> Scan<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, line: 1 }
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.input.fill_buf()?.first().copied())
    }

    pub(super) fn bump(&mut self) -> io::Result<Option<u8>> {
        let byte = self.peek()?;
        if let Some(byte) = byte {
            self.line += u64::from(byte == b'\n');
            self.input.consume(1);
        }
        Ok(byte)
    }

    /// Skips white space and the given bytes; returns the byte that stands there, not consumed.
    pub(super) fn skip_space(&mut self, also: &[u8]) -> io::Result<Option<u8>> {
        while let Some(byte) = self.peek()? {
            if !byte.is_ascii_whitespace() && !also.contains(&byte) {
                return Ok(Some(byte));
            }
            self.bump()?;
        }
        Ok(None)
    }

    /// Reads `"key" :` of an object; none at its end (consumed) or where no key stands.
    pub(super) fn key(&mut self) -> io::Result<Option<String>> {
        if self.skip_space(b",")? != Some(b'"') {
            self.bump()?;
            return Ok(None);
        }
        let mut bytes = Vec::new();
        if !matches!(self.value(b'"', &mut bytes)?, Value::Whole) || self.skip_space(b"")? != Some(b':') {
            return Ok(None);
        }
        self.bump()?;
        Ok(serde_json::from_slice(&bytes).ok())
    }

    /// Reads the value that begins with `first`, which is not consumed yet.
    pub(super) fn value(&mut self, first: u8, into: &mut Vec<u8>) -> io::Result<Value> {
        match first {
            b'{' | b'[' | b'"' => self.nested(into),
            _ => self.bare(into),
        }
    }

    /// A number, a word, or something that is neither: up to the next comma, bracket or line end.
    fn bare(&mut self, into: &mut Vec<u8>) -> io::Result<Value> {
        while let Some(byte) = self.peek()? {
            if matches!(byte, b',' | b']' | b'}' | b'\n') && !into.is_empty() {
                break;
            }
            if into.len() >= MAX_ELEMENT {
                return Ok(Value::TooLong);
            }
            into.push(byte);
            self.bump()?;
        }
        while into.last().is_some_and(u8::is_ascii_whitespace) {
            into.pop();
        }
        Ok(Value::Whole)
    }

    fn nested(&mut self, into: &mut Vec<u8>) -> io::Result<Value> {
        let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok(Value::Cut);
            }
            let mut used = 0;
            let mut whole = false;
            for &byte in buffer {
                used += 1;
                self.line += u64::from(byte == b'\n');
                if in_string {
                    match byte {
                        _ if escaped => escaped = false,
                        b'\\' => escaped = true,
                        b'"' => in_string = false,
                        _ => {}
                    }
                } else {
                    match byte {
                        b'"' => in_string = true,
                        b'{' | b'[' => depth += 1,
                        b'}' | b']' => depth = depth.saturating_sub(1),
                        _ => {}
                    }
                }
                if depth == 0 && !in_string {
                    whole = true;
                    break;
                }
            }
            into.extend_from_slice(&buffer[..used]);
            self.input.consume(used);
            if whole {
                return Ok(Value::Whole);
            }
            if into.len() >= MAX_ELEMENT {
                return Ok(Value::TooLong);
            }
        }
    }

    /// Enters an array and looks at what it begins with; an empty array counts as a list.
    pub(super) fn probe_array(&mut self) -> io::Result<Option<Inside>> {
        self.bump()?;
        Ok(matches!(self.skip_space(b"")?, Some(b'{' | b']')).then_some(Inside::List))
    }

    /// Reads an object to its end and returns the keys whose values are lists or objects.
    pub(super) fn nested_lists(&mut self) -> io::Result<Vec<String>> {
        let mut keys = Vec::new();
        while let Some(key) = self.key()? {
            let Some(first) = self.skip_space(b"")? else {
                break;
            };
            if matches!(first, b'[' | b'{') {
                keys.push(key);
                self.bump()?;
                if !self.skip_to_close(1)? {
                    break;
                }
            } else {
                let mut skipped = Vec::new();
                self.value(first, &mut skipped)?;
            }
        }
        Ok(keys)
    }

    /// Consumes up to where `depth` open brackets are closed, keeping nothing; false when the file ends before.
    pub(super) fn skip_to_close(&mut self, mut depth: usize) -> io::Result<bool> {
        let (mut in_string, mut escaped) = (false, false);
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok(false);
            }
            let mut used = 0;
            for &byte in buffer {
                used += 1;
                if in_string {
                    match byte {
                        _ if escaped => escaped = false,
                        b'\\' => escaped = true,
                        b'"' => in_string = false,
                        _ => {}
                    }
                    continue;
                }
                match byte {
                    b'"' => in_string = true,
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth -= 1,
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
            }
            self.input.consume(used);
            if depth == 0 {
                return Ok(true);
            }
        }
    }

    /// Reads a line without its end; false at the end of the file. At most [`MAX_ELEMENT`] bytes are kept.
    pub(super) fn read_line(&mut self, into: &mut Vec<u8>) -> io::Result<bool> {
        let mut any = false;
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok(any);
            }
            any = true;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let length = end.unwrap_or(buffer.len());
            let room = MAX_ELEMENT.saturating_sub(into.len()).min(length);
            into.extend_from_slice(&buffer[..room]);
            self.input.consume(length + usize::from(end.is_some()));
            if end.is_some() {
                self.line += 1;
                return Ok(true);
            }
        }
    }
}
