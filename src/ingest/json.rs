//! JSON as a stream of elements: the elements of one array, the values of a file, or the lines of JSONL.
//!
//! A small scanner finds where an element begins and ends (it knows strings, escapes and nesting, nothing else); each
//! element alone is parsed by `serde_json`. So an array of any size is read in the memory of its largest element, and a
//! broken element does not take the rest with it.

use std::io::{self, BufRead};

/// Longest element that is read, in bytes.
pub(crate) const MAX_ELEMENT: usize = 64 * 1024 * 1024;

/// Where the rows of a JSON file are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Elements of the array at this path of keys; the empty path is the file itself.
    Array(Vec<String>),
    /// One value after another, over any number of lines.
    Values,
    /// One value a line.
    Lines,
}

/// One element as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) text: String,
    /// Line on which it begins, from 1.
    pub(crate) line: u64,
}

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Element(Element),
    /// Text that is no element; reading goes on behind it unless the file has ended.
    Broken { line: u64, reason: String },
    End,
}

/// Reads the elements of a file.
pub(crate) struct ElementReader<R> {
    scan: Scan<R>,
    shape: Shape,
    state: State,
}

#[derive(PartialEq, Eq)]
enum State {
    Start,
    Inside,
    Ended,
}

impl<R: BufRead> ElementReader<R> {
    pub(crate) fn new(input: R, shape: Shape) -> Self {
        Self { scan: Scan { input, line: 1 }, shape, state: State::Start }
    }

    pub(crate) fn next_element(&mut self) -> io::Result<Next> {
        if self.state == State::Ended {
            return Ok(Next::End);
        }
        match &self.shape {
            Shape::Lines => self.next_line(),
            Shape::Values => self.next_value(),
            Shape::Array(path) => {
                if self.state == State::Start {
                    let path = path.clone();
                    match self.enter(&path)? {
                        Entered::Array => self.state = State::Inside,
                        Entered::Single(element) => {
                            self.state = State::Ended;
                            return Ok(Next::Element(element));
                        }
                        Entered::No(reason) => return Ok(self.broken_off(reason)),
                    }
                }
                self.next_of_array()
            }
        }
    }

    fn next_line(&mut self) -> io::Result<Next> {
        loop {
            let line = self.scan.line;
            let mut bytes = Vec::new();
            if !self.scan.read_line(&mut bytes)? {
                self.state = State::Ended;
                return Ok(Next::End);
            }
            if bytes.len() >= MAX_ELEMENT {
                return Ok(Next::Broken { line, reason: too_long() });
            }
            if !bytes.iter().all(u8::is_ascii_whitespace) {
                return Ok(Next::Element(element(bytes, line)));
            }
        }
    }

    fn next_value(&mut self) -> io::Result<Next> {
        let Some(byte) = self.scan.skip_space(b",")? else {
            self.state = State::Ended;
            return Ok(Next::End);
        };
        self.value(byte)
    }

    fn next_of_array(&mut self) -> io::Result<Next> {
        match self.scan.skip_space(b",")? {
            None => Ok(self.broken_off("the file ends before the list is closed".into())),
            Some(b']') => {
                self.state = State::Ended;
                Ok(Next::End)
            }
            Some(byte) => self.value(byte),
        }
    }

    fn value(&mut self, byte: u8) -> io::Result<Next> {
        let line = self.scan.line;
        let mut bytes = Vec::new();
        Ok(match self.scan.value(byte, &mut bytes)? {
            Value::Whole => Next::Element(element(bytes, line)),
            Value::Cut => {
                self.state = State::Ended;
                Next::Broken { line, reason: "the file ends in the middle of this entry".into() }
            }
            Value::TooLong => {
                self.state = State::Ended;
                Next::Broken { line, reason: too_long() }
            }
        })
    }

    fn broken_off(&mut self, reason: String) -> Next {
        self.state = State::Ended;
        Next::Broken { line: self.scan.line, reason }
    }

    /// Walks to the value at `path` and into it when it is an array.
    fn enter(&mut self, path: &[String]) -> io::Result<Entered> {
        let mut byte = self.scan.skip_space(b"")?;
        for key in path {
            if byte != Some(b'{') {
                return Ok(Entered::No(format!("there is no \"{key}\" here")));
            }
            self.scan.bump()?;
            byte = loop {
                match self.scan.key()? {
                    Some(found) if found == *key => break self.scan.skip_space(b"")?,
                    Some(_) => {
                        let mut skipped = Vec::new();
                        let Some(first) = self.scan.skip_space(b"")? else {
                            return Ok(Entered::No(format!("the file ends before \"{key}\"")));
                        };
                        self.scan.value(first, &mut skipped)?;
                    }
                    None => return Ok(Entered::No(format!("there is no \"{key}\" here"))),
                }
            };
        }
        match byte {
            Some(b'[') => {
                self.scan.bump()?;
                Ok(Entered::Array)
            }
            Some(first) => {
                let line = self.scan.line;
                let mut bytes = Vec::new();
                match self.scan.value(first, &mut bytes)? {
                    Value::Whole => Ok(Entered::Single(element(bytes, line))),
                    _ => Ok(Entered::No("the file ends in the middle of this entry".into())),
                }
            }
            None => Ok(Entered::No("the file ends too early".into())),
        }
    }
}

enum Entered {
    Array,
    Single(Element),
    No(String),
}

fn too_long() -> String {
    format!("this entry is longer than {} MiB", MAX_ELEMENT / 1024 / 1024)
}

fn element(bytes: Vec<u8>, line: u64) -> Element {
    let text = String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    Element { text, line }
}

/// Returns the keys of the object that the file is, each with whether its value is an array that begins with an object,
/// and what follows the object: more values or nothing.
pub(crate) fn outline(input: impl BufRead) -> io::Result<Outline> {
    let mut scan = Scan { input, line: 1 };
    let mut outline = Outline { keys: Vec::new(), more_values: false, whole: false };
    if scan.skip_space(b"")? != Some(b'{') {
        return Ok(outline);
    }
    scan.bump()?;
    while let Some(key) = scan.key()? {
        let Some(first) = scan.skip_space(b"")? else { return Ok(outline) };
        let inside = if first == b'[' { scan.probe_array()? } else { (first == b'{').then_some(Inside::Object) };
        let nested = match inside {
            Some(Inside::Object) => {
                scan.bump()?;
                scan.nested_lists()?
            }
            _ => Vec::new(),
        };
        let depth_open = if first == b'[' {
            scan.skip_to_close(1)?
        } else if first == b'{' {
            true
        } else {
            let mut skipped = Vec::new();
            matches!(scan.value(first, &mut skipped)?, Value::Whole)
        };
        outline.keys.push(Key { name: key, list: inside == Some(Inside::List), nested });
        if !depth_open {
            return Ok(outline);
        }
    }
    outline.whole = true;
    outline.more_values = scan.skip_space(b"")?.is_some();
    Ok(outline)
}

/// What [`outline`] found.
#[derive(Debug)]
pub(crate) struct Outline {
    pub(crate) keys: Vec<Key>,
    /// Whether another value follows the first object.
    pub(crate) more_values: bool,
    /// Whether the object was closed.
    pub(crate) whole: bool,
}

/// A key of the outermost object.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: String,
    /// Whether its value is a list of objects.
    pub(crate) list: bool,
    /// Keys of its value, where that is an object, whose values are lists or objects.
    pub(crate) nested: Vec<String>,
}

#[derive(PartialEq, Eq)]
enum Inside {
    List,
    Object,
}

enum Value {
    Whole,
    Cut,
    TooLong,
}

struct Scan<R> {
    input: R,
    line: u64,
}

impl<R: BufRead> Scan<R> {
    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.input.fill_buf()?.first().copied())
    }

    fn bump(&mut self) -> io::Result<Option<u8>> {
        let byte = self.peek()?;
        if let Some(byte) = byte {
            self.line += u64::from(byte == b'\n');
            self.input.consume(1);
        }
        Ok(byte)
    }

    /// Skips white space and the given bytes; returns the byte that stands there, not consumed.
    fn skip_space(&mut self, also: &[u8]) -> io::Result<Option<u8>> {
        while let Some(byte) = self.peek()? {
            if !byte.is_ascii_whitespace() && !also.contains(&byte) {
                return Ok(Some(byte));
            }
            self.bump()?;
        }
        Ok(None)
    }

    /// Reads `"key" :` of an object; none at its end (consumed) or where no key stands.
    fn key(&mut self) -> io::Result<Option<String>> {
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
    fn value(&mut self, first: u8, into: &mut Vec<u8>) -> io::Result<Value> {
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
    fn probe_array(&mut self) -> io::Result<Option<Inside>> {
        self.bump()?;
        Ok(matches!(self.skip_space(b"")?, Some(b'{' | b']')).then_some(Inside::List))
    }

    /// Reads an object to its end and returns the keys whose values are lists or objects.
    fn nested_lists(&mut self) -> io::Result<Vec<String>> {
        let mut keys = Vec::new();
        while let Some(key) = self.key()? {
            let Some(first) = self.skip_space(b"")? else { break };
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
    fn skip_to_close(&mut self, mut depth: usize) -> io::Result<bool> {
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
    fn read_line(&mut self, into: &mut Vec<u8>) -> io::Result<bool> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &str, shape: Shape, piece: usize) -> Vec<Next> {
        let mut reader = ElementReader::new(io::BufReader::with_capacity(piece, text.as_bytes()), shape);
        let mut found = Vec::new();
        loop {
            match reader.next_element().unwrap() {
                Next::End => return found,
                next => found.push(next),
            }
        }
    }

    fn texts(text: &str, shape: &Shape) -> Vec<String> {
        all(text, shape.clone(), 7)
            .into_iter()
            .map(|next| match next {
                Next::Element(element) => element.text,
                Next::Broken { line, reason } => format!("!{line} {reason}"),
                Next::End => unreachable!(),
            })
            .collect()
    }

    fn path(keys: &[&str]) -> Shape {
        Shape::Array(keys.iter().map(|key| (*key).to_owned()).collect())
    }

    #[test]
    fn arrays_are_split_at_their_elements() {
        assert_eq!(texts(r#" [ {"a":"]}\""} , {"b":[1,{}]},7 ] "#, &path(&[])), [r#"{"a":"]}\""}"#, r#"{"b":[1,{}]}"#, "7"]);
        assert!(texts("[]", &path(&[])).is_empty());
    }

    #[test]
    fn an_array_deep_in_an_object_is_found_and_a_single_object_counts_as_one() {
        let text = r#"{"x":{"entry":[1]},"feed":{"n":[{"entry":0}],"entry":[{"a":1},{"a":2}]},"z":1}"#;
        assert_eq!(texts(text, &path(&["feed", "entry"])), [r#"{"a":1}"#, r#"{"a":2}"#]);
        assert_eq!(texts(r#"{"feed":{"entry":{"a":1}}}"#, &path(&["feed", "entry"])), [r#"{"a":1}"#]);
        assert!(texts(text, &path(&["nope"]))[0].contains("there is no \"nope\""));
    }

    #[test]
    fn cut_files_say_where() {
        assert_eq!(texts("[{\"a\":1},\n{\"b\":", &path(&[])), ["{\"a\":1}", "!2 the file ends in the middle of this entry"]);
        assert_eq!(texts("[{\"a\":1}", &path(&[])), ["{\"a\":1}", "!1 the file ends before the list is closed"]);
    }

    #[test]
    fn lines_and_values() {
        assert_eq!(texts("{\"a\":1}\n\n{oops\r\n{\"b\":2}", &Shape::Lines), ["{\"a\":1}", "{oops\r", "{\"b\":2}"]);
        assert_eq!(texts("{\"a\":\n1}\n{\"b\":2}", &Shape::Values), ["{\"a\":\n1}", "{\"b\":2}"]);
    }

    #[test]
    fn outlines() {
        let outline_of = |text: &str| outline(text.as_bytes()).unwrap();
        let found = outline_of(r#"{"count":2,"tickets":[{"id":1,"x":[]}],"tags":["a"],"feed":{"entry":[{}],"t":"x"}}"#);
        let lists: Vec<_> = found.keys.iter().filter(|key| key.list).map(|key| key.name.as_str()).collect();
        assert_eq!(lists, ["tickets"]);
        assert_eq!(found.keys[3].nested, ["entry"]);
        assert!(found.whole && !found.more_values);
        assert!(outline_of("{\"a\":1}\n{\"a\":2}").more_values);
        assert!(!outline_of("{\"a\":[{\"b\":1}").whole);
    }

    proptest! {
        #[test]
        fn array_and_lines_give_the_same_elements(
            values in proptest::collection::vec(("[a-z\"\\\\{}\\[\\],é]{0,6}", any::<i32>()), 0..8),
            piece in 1usize..30,
        ) {
            let objects: Vec<String> = values
                .iter()
                .map(|(text, n)| serde_json::json!({ "t": text, "n": [n, { "deep": text }] }).to_string())
                .collect();
            let array = all(&format!("[{}]", objects.join(",\n")), path(&[]), piece);
            let lines = all(&objects.join("\n"), Shape::Lines, piece);
            prop_assert_eq!(array.len(), objects.len());
            prop_assert_eq!(array, lines);
        }
    }
}
