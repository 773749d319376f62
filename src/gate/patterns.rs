//! Patterns over the text as it stands, where the plain form would lose what they look for.

use std::sync::LazyLock;

use regex::Regex;

use crate::analysis::Span;

/// Returns every place where a pattern fits; none for a pattern that does not compile, which the tests of its module rule out.
pub(super) fn each(pattern: &'static LazyLock<Option<Regex>>, text: &str) -> impl Iterator<Item = Span> {
    pattern
        .as_ref()
        .map(|pattern| pattern.find_iter(text).map(|found| Span { from: found.start(), to: found.end() }))
        .into_iter()
        .flatten()
}
