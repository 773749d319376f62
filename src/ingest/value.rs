//! Cells to values: stars, counts, sides, channels.

use super::format::{Format, TABLE, plain};
use crate::message::{AuthorRole, Channel, Rating};

/// Stars in words, as Google writes them.
const WORDS: [&str; 5] = ["one", "two", "three", "four", "five"];

/// Reads stars: `4`, `4.0`, `4,5`, `4/5`, `4 out of 5`, `FOUR`, `★★★★☆`. Without a scale of its own it is on `scale`.
pub(crate) fn rating(text: &str, scale: f32) -> Option<Rating> {
    let text = text.trim();
    if let Some(at) = WORDS.iter().position(|word| text.eq_ignore_ascii_case(word)) {
        return Some(Rating { value: at as f32 + 1.0, scale: 5.0 });
    }
    let full = text.chars().filter(|c| matches!(c, '★' | '⭐')).count();
    if full > 0 {
        let all = full + text.chars().filter(|c| *c == '☆').count();
        return Some(Rating {
            value: full as f32,
            scale: if all > full { all as f32 } else { scale.max(full as f32) },
        });
    }
    let text = text.trim_end_matches(|c: char| c.is_alphabetic() || c.is_whitespace());
    let (value, of) =
        match text.split_once('/').or_else(|| text.split_once(" out of ")).or_else(|| text.split_once(" of ")) {
            Some((value, of)) => (value.trim().trim_end_matches(|c: char| c.is_alphabetic() || c == ' '), Some(of)),
            None => (text, None),
        };
    let number = |text: &str| text.trim().replace(',', ".").parse::<f32>().ok().filter(|value| value.is_finite());
    let scale = match of {
        Some(of) => number(of)?,
        None => scale,
    };
    let value = number(value)?;
    (value >= 0.0 && scale > 0.0 && value <= scale).then_some(Rating { value, scale })
}

/// Reads a count: `12`, `12.0`, `1,234`, and the first of a list as in `[2, 3]`.
pub(crate) fn count(text: &str) -> Option<u64> {
    let text = text.trim();
    let text = text.strip_prefix('[').map_or(text, |list| list.split([',', ']']).next().unwrap_or(list).trim());
    let whole = match text.split_once('.') {
        Some((whole, zeros)) if zeros.bytes().all(|byte| byte == b'0') => whole,
        Some(_) => return None,
        None => text,
    };
    let grouped = whole.split(',').skip(1).all(|group| group.len() == 3);
    if !grouped || whole.starts_with(',') {
        return None;
    }
    whole.replace(',', "").parse().ok()
}

/// Reads which side wrote a message, from a cell of the column `column`.
pub(crate) fn role(text: &str, column: &str, format: Option<&Format>) -> Option<AuthorRole> {
    let word = plain(text);
    if let Some(role) = format.and_then(|format| format.roles.get(&word)) {
        return Some(*role);
    }
    let words = &TABLE.roles;
    let yes = match word.as_str() {
        "true" | "yes" | "y" | "1" | "t" => Some(true),
        "false" | "no" | "n" | "0" | "f" => Some(false),
        _ => None,
    };
    if let Some(yes) = yes {
        let column = plain(column);
        let customer = if words.yes_is_customer.contains(&column) {
            yes
        } else if words.yes_is_company.contains(&column) {
            !yes
        } else {
            return None;
        };
        return Some(if customer { AuthorRole::Customer } else { AuthorRole::Company });
    }
    let is_one_of = |list: &[String]| list.iter().any(|known| plain(known) == word);
    if is_one_of(&words.customer) {
        Some(AuthorRole::Customer)
    } else if is_one_of(&words.company) {
        Some(AuthorRole::Company)
    } else if is_one_of(&words.system) {
        Some(AuthorRole::System)
    } else {
        None
    }
}

/// Reads a channel by its name or by a name that helpdesks use for it.
pub(crate) fn channel(text: &str) -> Option<Channel> {
    let word = plain(text);
    Channel::parse(&word).ok().or_else(|| {
        TABLE
            .channels
            .iter()
            .find(|(_, names)| names.iter().any(|name| plain(name) == word))
            .map(|(channel, _)| *channel)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratings() {
        let of = |text: &str| rating(text, 5.0).map(|rating| (rating.value, rating.scale));
        for (text, wanted) in [
            ("4", (4.0, 5.0)),
            ("4.0", (4.0, 5.0)),
            ("4,5", (4.5, 5.0)),
            ("FIVE", (5.0, 5.0)),
            ("8/10", (8.0, 10.0)),
            ("3 out of 5", (3.0, 5.0)),
            ("3 stars", (3.0, 5.0)),
            ("2 of 5 stars", (2.0, 5.0)),
            ("★★☆☆☆", (2.0, 5.0)),
            ("★★★", (3.0, 5.0)),
        ] {
            assert_eq!(of(text), Some(wanted), "{text}");
        }
        for text in ["", "good", "-1", "6", "NaN", "5/0", "inf"] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn counts() {
        for (text, wanted) in [("12", 12), ("12.0", 12), ("1,234", 1234), ("[2, 3]", 2), ("[7]", 7), (" 0 ", 0)] {
            assert_eq!(count(text), Some(wanted), "{text}");
        }
        for text in ["", "1.5", "-1", "many", "1,2", "[]"] {
            assert_eq!(count(text), None, "{text}");
        }
    }

    #[test]
    fn roles_by_word_and_by_the_name_of_a_yes_no_column() {
        assert_eq!(role("Agent", "role", None), Some(AuthorRole::Company));
        assert_eq!(role("end-user", "role", None), Some(AuthorRole::Customer));
        assert_eq!(role("bot", "role", None), Some(AuthorRole::System));
        assert_eq!(role("True", "inbound", None), Some(AuthorRole::Customer));
        assert_eq!(role("false", "Inbound", None), Some(AuthorRole::Company));
        assert_eq!(role("1", "from_agent", None), Some(AuthorRole::Company));
        assert_eq!(role("true", "verified", None), None);
        assert_eq!(role("pilot", "role", None), None);
    }

    #[test]
    fn channels_by_their_other_names() {
        assert_eq!(channel("Twitter"), Some(Channel::X));
        assert_eq!(channel("Feedback Widget"), Some(Channel::WebForm));
        assert_eq!(channel("google"), Some(Channel::GoogleBusiness));
        assert_eq!(channel("google_play"), Some(Channel::GooglePlay));
        assert_eq!(channel("Email"), Some(Channel::Email));
        assert_eq!(channel("carrier pigeon"), None);
    }
}
