//! JSON as a stream of elements: the elements of one array, the values of a file, or the lines of JSONL.
//!
//! A small scanner finds where an element begins and ends (it knows strings, escapes and nesting, nothing else); each
//! element alone is parsed by `serde_json`. So an array of any size is read in the memory of its largest element, and a
//! broken element does not take the rest with it.

mod outline;
mod scan;

use std::io::{self, BufRead};

use scan::{Scan, Value};

pub(crate) use outline::{Outline, outline};

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
    Broken {
        line: u64,
        reason: String,
    },
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
        Self { scan: Scan::new(input), shape, state: State::Start }
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
        assert_eq!(
            texts(r#" [ {"a":"]}\""} , {"b":[1,{}]},7 ] "#, &path(&[])),
            [r#"{"a":"]}\""}"#, r#"{"b":[1,{}]}"#, "7"]
        );
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
        assert_eq!(
            texts("[{\"a\":1},\n{\"b\":", &path(&[])),
            ["{\"a\":1}", "!2 the file ends in the middle of this entry"]
        );
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
