//! What we may call somebody. A wrong name hurts more than none, so doubt means none.

use crate::message::{Channel, Message, Visibility};

/// Words that stand where a name should, and are none.
const NOT_NAMES: &[&str] = &[
    "a",
    "admin",
    "amazon",
    "anon",
    "anonymous",
    "app",
    "apple",
    "client",
    "company",
    "customer",
    "deleted",
    "dr",
    "facebook",
    "former",
    "google",
    "guest",
    "hidden",
    "instagram",
    "kindle",
    "local",
    "madam",
    "me",
    "member",
    "miss",
    "mister",
    "mr",
    "mrs",
    "ms",
    "my",
    "name",
    "nobody",
    "none",
    "null",
    "prof",
    "reviewer",
    "shopper",
    "sir",
    "support",
    "team",
    "test",
    "the",
    "traveler",
    "traveller",
    "unknown",
    "user",
    "verified",
    "visitor",
    "yelp",
    "your",
];

/// Returns the first name of the author, where the export surely names a person: two or three words of letters, capitalised like
/// names, no handle, address, number or title. A single word counts only in private, where handles are rare. Employee reviews
/// never yield one.
pub(super) fn first_name(message: &Message) -> Option<String> {
    if message.channel == Channel::EmployerReview {
        return None;
    }
    let author = message.author.as_deref()?.trim();
    let words: Vec<&str> = author.split(' ').collect();
    let enough = match words.len() {
        1 => message.visibility == Visibility::Private && !matches!(message.channel, Channel::X | Channel::Instagram),
        2..=3 => true,
        _ => false,
    };
    // "Lee M." and "Lee van Dyk" are names, too; only the first word has to look like one beyond doubt.
    let rest = words.iter().skip(1).all(|word| {
        !word.is_empty()
            && word.chars().all(|letter| letter.is_alphabetic() || matches!(letter, '.' | '-' | '\'' | '’'))
            && !NOT_NAMES.contains(&word.to_lowercase().as_str())
    });
    let first = words.first().copied().unwrap_or_default();
    (enough && rest && looks_like_a_name(first)).then(|| first.to_owned())
}

fn looks_like_a_name(word: &str) -> bool {
    let length = word.chars().count();
    if !(2..=20).contains(&length) || NOT_NAMES.contains(&word.to_lowercase().as_str()) {
        return false;
    }
    word.split(['-', '\'', '’']).all(|part| {
        let mut letters = part.chars();
        letters.next().is_some_and(char::is_uppercase)
            && letters.all(|letter| letter.is_alphabetic() && letter.is_lowercase())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::playbook::testing::message;

    fn named(channel: Channel, author: &str) -> Option<String> {
        let mut message = message(channel, "words");
        message.author = Some(author.to_owned());
        first_name(&message)
    }

    #[test]
    fn people_are_called_by_their_first_name() {
        for (author, name) in [
            ("Lee Marsh", "Lee"),
            ("Anne-Marie Duval", "Anne-Marie"),
            ("Siân Owen", "Siân"),
            ("Lee M.", "Lee"),
            ("Maria de Souza", "Maria"),
        ] {
            assert_eq!(named(Channel::GoogleBusiness, author).as_deref(), Some(name));
        }
        assert_eq!(named(Channel::Email, "Lee").as_deref(), Some("Lee"));
    }

    #[test]
    fn what_may_be_no_name_is_none() {
        for author in [
            "@leemarsh",
            "leemarsh",
            "lee_marsh88",
            "lee@post.example",
            "115712",
            "A Google user",
            "Amazon Customer",
            "Kindle Customer",
            "Mr Marsh",
            "MARSH, LEE",
            "LEE MARSH",
            "Lee",
            "SunnyDays",
            "Lee {{x}}",
            "Lee [[FILL: x]]",
            "",
            " ",
            "Former Employee",
            "Verified Buyer",
            "Lee Marsh And Family Of Four",
            "L",
            "😀 Lee",
            "Anonymous",
        ] {
            assert_eq!(named(Channel::X, author), None, "{author}");
        }
        assert_eq!(named(Channel::EmployerReview, "Lee Marsh"), None);
        assert_eq!(named(Channel::X, "Lee Marsh").as_deref(), Some("Lee"));
    }
}
