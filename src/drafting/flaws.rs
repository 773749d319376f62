//! What no finished text has: traces of templates, doubled blanks, orphaned punctuation.

/// A place where a text is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flaw {
    /// Byte at which it begins.
    pub(super) at: usize,
    /// What is wrong.
    pub(super) what: &'static str,
}

const TRACES: &[(&str, &str)] = &[
    ("{{", "a template expression is left"),
    ("}}", "a template expression is left"),
    ("[[FILL: ]]", "a slot has no label"),
    ("[[CONFIRM: ]]", "nothing to confirm"),
    ("()", "empty parentheses"),
    ("\n\n\n", "two empty lines in a row"),
];

const ORPHANS: &[(&str, &str)] = &[
    ("  ", "two blanks in a row"),
    (" ,", "a comma after a blank"),
    (" .", "a full stop after a blank"),
    (" ;", "a semicolon after a blank"),
    (" :", "a colon after a blank"),
    (" !", "an exclamation mark after a blank"),
    (" ?", "a question mark after a blank"),
    (" )", "a parenthesis after a blank"),
    ("( ", "a blank after a parenthesis"),
    ("..", "two full stops in a row"),
    (",,", "two commas in a row"),
    (",.", "a comma before a full stop"),
    ("?.", "a question mark before a full stop"),
    (": .", "a colon with nothing after it"),
    ("\n,", "a line that begins with a comma"),
    ("\n.", "a line that begins with a full stop"),
    ("- \n", "an empty point of a list"),
];

/// Returns what is wrong with a text. A form with blanks to fill by hand may have blanks in a row (`form`).
pub(super) fn flaws(text: &str, form: bool) -> Vec<Flaw> {
    let orphans = if form { &[][..] } else { ORPHANS };
    let mut found: Vec<Flaw> = TRACES
        .iter()
        .chain(orphans)
        .flat_map(|&(trace, what)| text.match_indices(trace).map(move |(at, _)| Flaw { at, what }))
        .collect();
    if text.trim().is_empty() {
        found.push(Flaw { at: 0, what: "the text is empty" });
    }
    found.sort_by_key(|flaw| flaw.at);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flaws_are_found_and_clean_texts_have_none() {
        for (text, what) in [
            ("Hello ,", "a comma after a blank"),
            ("You  waited.", "two blanks in a row"),
            ("By {{date}}.", "a template expression is left"),
            ("Nora ()", "empty parentheses"),
            ("It is late..", "two full stops in a row"),
            ("[[FILL: ]]", "a slot has no label"),
            ("Options:\n- \n", "an empty point of a list"),
            (" ", "the text is empty"),
        ] {
            assert!(flaws(text, false).iter().any(|flaw| flaw.what == what), "{text}: {:?}", flaws(text, false));
        }
        assert_eq!(flaws("Hello Lee,\n\nyou waited (twice): [[FILL: answer]].\n- a\n- b\n", false), []);
        assert_eq!(flaws("[ ] yes   [ ] no", true), []);
        assert_eq!(flaws("a {{", true), [Flaw { at: 2, what: "a template expression is left" }]);
    }
}
