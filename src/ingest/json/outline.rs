//! What the outermost object of a JSON file holds, without keeping any of it.

use std::io::{self, BufRead};

use super::scan::{Inside, Scan, Value};

/// Returns the keys of the object that the file is, each with whether its value is an array that begins with an object,
/// and what follows the object: more values or nothing.
pub(crate) fn outline(input: impl BufRead) -> io::Result<Outline> {
    let mut scan = Scan::new(input);
    let mut outline = Outline { keys: Vec::new(), more_values: false, whole: false };
    if scan.skip_space(b"")? != Some(b'{') {
        return Ok(outline);
    }
    scan.bump()?;
    while let Some(key) = scan.key()? {
        let Some(first) = scan.skip_space(b"")? else {
            return Ok(outline);
        };
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
