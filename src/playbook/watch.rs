//! The watch-list: names that are looked for in every message.

use regex::{Regex, RegexBuilder};

use super::schema::{Watch, WatchKind};
use crate::analysis::Span;

/// A name of the watch-list in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchHit {
    /// The list that it stands in.
    pub kind: WatchKind,
    /// The name as the list has it, also where the text misspells it.
    pub name: String,
    /// Where.
    pub span: Span,
}

/// The names of a playbook, ready to be looked for.
#[derive(Debug, Clone, Default)]
pub(super) struct WatchList {
    names: Vec<(WatchKind, String, Regex)>,
}

impl WatchList {
    /// Prepares the names. White space in a name stands for any white space, an apostrophe for either form.
    pub(super) fn new(watch: &Watch) -> Self {
        let lists = [
            (WatchKind::Company, &watch.company),
            (WatchKind::Products, &watch.products),
            (WatchKind::Executives, &watch.executives),
        ];
        let names = lists
            .into_iter()
            .flat_map(|(kind, names)| names.iter().map(move |name| (kind, name)))
            .filter_map(|(kind, name)| {
                let spellings = std::iter::once(name).chain(watch.misspellings.get(name).into_iter().flatten());
                let any: Vec<String> = spellings.map(|spelling| pattern(spelling)).collect();
                let regex = RegexBuilder::new(&any.join("|")).case_insensitive(true).build().ok()?;
                Some((kind, name.clone(), regex))
            })
            .collect();
        Self { names }
    }

    /// Returns every name in a text, in the order of the text.
    pub(super) fn find(&self, text: &str) -> Vec<WatchHit> {
        let mut hits: Vec<WatchHit> = self
            .names
            .iter()
            .flat_map(|(kind, name, regex)| {
                regex.find_iter(text).filter(|found| whole_words(text, found.start(), found.end())).map(|found| {
                    WatchHit { kind: *kind, name: name.clone(), span: Span { from: found.start(), to: found.end() } }
                })
            })
            .collect();
        hits.sort_by(|a, b| (a.span, a.kind, &a.name).cmp(&(b.span, b.kind, &b.name)));
        hits
    }
}

fn pattern(spelling: &str) -> String {
    let words: Vec<String> =
        spelling.split_whitespace().map(|word| regex::escape(word).replace('\'', "['’]")).collect();
    words.join(r"\s+")
}

fn whole_words(text: &str, from: usize, to: usize) -> bool {
    let before = text[..from].chars().next_back();
    let after = text[to..].chars().next();
    !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> WatchList {
        let watch: Watch = toml::from_str(
            "company = [\"Harbour & Pine\"]\nproducts = [\"Arc\"]\nexecutives = [\"Ruth O'Neil\"]\n\
             [misspellings]\n\"Harbour & Pine\" = [\"Harbor Pine\"]\n",
        )
        .unwrap();
        WatchList::new(&watch)
    }

    #[test]
    fn names_are_found_as_whole_words_without_case() {
        let text = "HARBOUR  & pine and harbor pine: an arc, not an arcade, by Ruth O’Neil";
        let hits = list().find(text);
        let found: Vec<(&str, &str)> = hits.iter().map(|hit| (hit.name.as_str(), hit.span.of(text))).collect();
        assert_eq!(
            found,
            [
                ("Harbour & Pine", "HARBOUR  & pine"),
                ("Harbour & Pine", "harbor pine"),
                ("Arc", "arc"),
                ("Ruth O'Neil", "Ruth O’Neil"),
            ]
        );
        assert_eq!(hits[3].kind, WatchKind::Executives);
        assert_eq!(list().find("Marcus walked past the harbour"), []);
    }
}
