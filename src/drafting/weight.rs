//! How long a text is in the unit of a platform.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;
use unicode_segmentation::UnicodeSegmentation;

/// What a platform counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Unicode code points.
    Chars,
    /// UTF-8 bytes.
    Bytes,
    /// Weighted characters of X.
    XWeighted,
}

impl Unit {
    /// Returns the length of a text in this unit.
    pub fn length(self, text: &str) -> usize {
        match self {
            Self::Chars => text.chars().count(),
            Self::Bytes => text.len(),
            Self::XWeighted => x_weighted(text),
        }
    }

    /// Returns the unit in words, plural.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Chars => "characters",
            Self::Bytes => "bytes",
            Self::XWeighted => "weighted characters",
        }
    }
}

/// What any link weighs on X, however long it is.
const LINK: usize = 23;
/// What an emoji weighs on X, however many code points it is made of.
const EMOJI: usize = 2;
/// Code points that weigh 1 on X; all others weigh 2 (twitter-text, configuration v3).
const LIGHT: [RangeInclusive<u32>; 4] = [0..=4351, 8192..=8205, 8208..=8223, 8242..=8247];

/// Links with a scheme, and bare domains with a common ending. twitter-text knows every ending; a bare domain with a rare one is
/// counted by its letters here, which the platform may shorten or lengthen to 23.
static LINKS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix) https?://[^\s]+
        | \b (?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+ (?:com|org|net|info|shop|store|io|app|dev|co|co\.uk) \b (?:/[^\s]*)?",
    )
    .ok()
});

/// Returns the weighted length of a post on X: most letters weigh 1, emoji and most other scripts 2, links 23.
///
/// The text is counted as it is; X normalises to NFC first, so letters written with separate accents weigh less there.
pub fn x_weighted(text: &str) -> usize {
    let Some(links) = LINKS.as_ref() else {
        return plain(text);
    };
    let mut total = 0;
    let mut done = 0;
    for found in links.find_iter(text) {
        let before = text.get(..found.start()).unwrap_or_default();
        // The domain of an email address is no link.
        if before.ends_with(['@', '.', '-', '_']) {
            continue;
        }
        let link = found.as_str().trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '"', '\'']);
        total += plain(text.get(done..found.start()).unwrap_or_default()) + LINK;
        done = found.start() + link.len();
    }
    total + plain(text.get(done..).unwrap_or_default())
}

fn plain(text: &str) -> usize {
    text.graphemes(true).map(grapheme).sum()
}

fn grapheme(cluster: &str) -> usize {
    if is_emoji(cluster) {
        return EMOJI;
    }
    cluster
        .chars()
        .map(|letter| {
            let light = LIGHT.iter().any(|range| range.contains(&u32::from(letter)));
            if light { 1 } else { 2 }
        })
        .sum()
}

/// Whether a cluster is one emoji: pictographs, flags, keycaps, and what is joined to them.
fn is_emoji(cluster: &str) -> bool {
    let mut letters = cluster.chars().map(u32::from);
    let Some(first) = letters.next() else {
        return false;
    };
    matches!(first, 0x1F000..=0x1FAFF | 0x2600..=0x27BF | 0x2B00..=0x2BFF | 0x2300..=0x23FF)
        || letters.any(|next| next == 0xFE0F || next == 0x20E3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_weigh_one_and_other_scripts_two() {
        assert_eq!(x_weighted("hello"), 5);
        assert_eq!(x_weighted("café – “yes”"), 12);
        assert_eq!(x_weighted("日本"), 4);
        assert_eq!(x_weighted("€"), 2);
        assert_eq!(x_weighted(""), 0);
    }

    #[test]
    fn an_emoji_weighs_two_however_it_is_built() {
        for emoji in ["😀", "👩‍👩‍👧", "👍🏽", "🇬🇧", "1️⃣", "❤️"] {
            assert_eq!(x_weighted(emoji), 2, "{emoji}");
        }
    }

    #[test]
    fn a_link_weighs_23_and_an_address_its_letters() {
        assert_eq!(x_weighted("see https://harbour.example/a/very/long/path?with=query."), 4 + 23 + 1);
        assert_eq!(x_weighted("shop.com"), 23);
        assert_eq!(x_weighted("care@shop.com"), 13);
        assert_eq!(x_weighted("harbour.example"), 15);
    }

    /// The rules of twitter-text's configuration v3, one line each: ranges and their edges, emoji sequences, links.
    #[test]
    fn x_counts_as_its_configuration_says() {
        let edges = [
            (0x41, 1),
            (4351, 1),
            (4352, 2),
            (8191, 2),
            (8192, 1),
            (8205, 1),
            (8206, 2),
            (8207, 2),
            (8208, 1),
            (8223, 1),
            (8224, 2),
            (8230, 2),
            (8241, 2),
            (8242, 1),
            (8247, 1),
            (8248, 2),
            (0x20ac, 2),
            (0x4e00, 2),
            (0xac00, 2),
            (0x1f600, 2),
            (0x1d400, 2),
        ];
        for (point, weight) in edges {
            let letter = char::from_u32(point).unwrap();
            assert_eq!(x_weighted(&letter.to_string()), weight, "U+{point:04X}");
        }
        let texts = [
            ("H🐱☺👨‍👩‍👧‍👦", 7),
            ("👨🏿‍🚀🏳️‍🌈", 4),
            ("🇩🇪🇫🇷 ok", 7),
            ("6️⃣ #️⃣", 5),
            ("naïve ’tis – “so”", 17),
            ("Ωμέγα Привет שלום", 17),
            ("ありがとう", 10),
            ("https://t.co/a https://harbour.example/b", 47),
            ("(https://harbour.example/b?c=1), yes", 23 + 7),
            ("write to care@harbourpine.com", 29),
            ("a\nb", 3),
        ];
        for (text, weight) in texts {
            assert_eq!(x_weighted(text), weight, "{text}");
        }
        assert_eq!(x_weighted(&"a".repeat(280)), 280);
        assert_eq!(x_weighted(&"字".repeat(140)), 280);
        assert_eq!(x_weighted(&"👩‍👩‍👧".repeat(140)), 280);
    }

    #[test]
    fn units_differ() {
        assert_eq!(Unit::Chars.length("né😀"), 3);
        assert_eq!(Unit::Bytes.length("né😀"), 7);
        assert_eq!(Unit::XWeighted.length("né😀"), 4);
    }
}
