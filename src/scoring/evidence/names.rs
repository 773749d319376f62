//! Which words are the name of a person: capital letters of the original text, given names that are known
//! (`data/lexicons/given-names.txt`), and words that are none though they begin with a capital (`data/lexicons/no-names.txt`).

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::View;
use crate::scoring::lexicon::{NameKind, Place, embedded_regex};

static GIVEN: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| words(include_str!("../../../data/lexicons/given-names.txt")));
static NO_NAMES: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| words(include_str!("../../../data/lexicons/no-names.txt")));

/// Whether a word, in lower case and without accents, is a listed given name.
pub(crate) fn is_given_name(word: &str) -> bool {
    GIVEN.contains(word)
}

fn words(text: &'static str) -> BTreeSet<&'static str> {
    text.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).collect()
}

/// "My husband Dave": one of theirs.
static KIN: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:my|our|his|her) (?:\w+ )?(?:husband|wife|son|daughter|mum|mom|mother|father|dad|partner|friend|friends|dog|cat|brother|sister|neighbou?r|boyfriend|girlfriend|fiancee?|aunt|uncle|nan|gran|grandson|granddaughter|baby|puppy|horse|niece|nephew|cousin|boss|mate|kid|child|bf|gf|twins?|hero|name is|name's),? (?:called |named )?$",
    )
});

/// The author, or whom they greet.
static SELF: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"(?:(?:^|[.!?\n] ?)signed,?[ \n]|\b(?:i'm|i am|this is|my name is|regards,?|cheers,?|sincerely,?|thanks,?|yours,?|love,?|dear|hi|hello|hey)[ \n]|@)$",
    )
});

static TITLE: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"(?:^|[ \n(\x22])(?P<title>(?:mr|mrs|ms|mx|miss|dr|prof|nurse|sister|matron|captain|doctor|officer|inspector|professor)\.?) $",
    )
});

static WORD_BEFORE: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r"(?:^|[ \n,(\x22])(?P<word>[a-z_]+) $"));

/// Where the subject of a clause may stand.
static SUBJECT_PLACE: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"(?:^|[.!?;:\n,(\x22][ \n]*| - |\b(?:and|but|that|when|because|then|where|so|as|until|after|while|yet|apparently|unfortunately|luckily|thankfully|finally|eventually|honestly|cos|since|although|if) )$",
    )
});

/// Whether the words of the original are written like a name: a capital, small letters after it.
fn is_capital(word: &str) -> bool {
    let mut letters = word.chars();
    let rest = letters.as_str().char_indices().nth(1).map_or("", |(at, _)| &letters.as_str()[at..]);
    letters.next().is_some_and(char::is_uppercase)
        && rest.chars().any(char::is_lowercase)
        && rest.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '’' | '-'))
}

fn word_at(view: &[u8], from: usize) -> usize {
    let length = view[from..].iter().take_while(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b'\'' | b'-')).count();
    from + length
}

/// Whether a range of the view is written like a name and is not known to be something else.
fn is_name(text: &str, view: &View, from: usize, to: usize) -> bool {
    is_capital(view.span(from, to).of(text)) && !is_in(&NO_NAMES, &view.bytes()[from..to])
}

fn is_in(set: &BTreeSet<&'static str>, word: &[u8]) -> bool {
    std::str::from_utf8(word).is_ok_and(|word| set.contains(word))
}

fn before(bytes: &[u8], from: usize, reach: usize) -> &[u8] {
    &bytes[from.saturating_sub(reach)..from]
}

/// Returns the whole name around the word `from..to`, with title, given name and surname, or `None` where it is none of staff.
pub(super) fn find(
    text: &str,
    view: &View,
    range: (usize, usize),
    kind: NameKind,
    place: Option<Place>,
) -> Option<(usize, usize)> {
    let bytes = view.bytes();
    let (from, to) = range;
    // "Big Steve": the name is the second word.
    let core = bytes[from..to].iter().position(|&b| b == b' ').map_or(from, |at| from + at + 1);
    if !is_name(text, view, core, to)
        || (kind == NameKind::Known && !is_in(&GIVEN, &bytes[core..to]))
        || KIN.is_match(before(bytes, from, 45))
        || SELF.is_match(before(bytes, from, 14))
    {
        return None;
    }
    let start = with_what_precedes(text, view, from, place)?;
    Some((start, with_what_follows(text, view, to)))
}

/// Where the name starts, title and given name included; `None` where no subject stands there.
fn with_what_precedes(text: &str, view: &View, from: usize, place: Option<Place>) -> Option<usize> {
    let bytes = view.bytes();
    let subject = place == Some(Place::Subject);
    let title = TITLE.captures(before(bytes, from, 12)).and_then(|found| found.name("title"));
    if let Some(title) = title {
        return Some(from.saturating_sub(12) + title.start());
    }
    if !subject {
        return Some(from);
    }
    let given = WORD_BEFORE.captures(before(bytes, from, 16)).and_then(|found| found.name("word")).map(|word| {
        let start = from.saturating_sub(16);
        (start + word.start(), start + word.end())
    });
    let given = given.filter(|&(start, end)| is_name(text, view, start, end) && is_in(&GIVEN, &bytes[start..end]));
    let start = given.map_or(from, |(start, _)| start);
    SUBJECT_PLACE.is_match(before(bytes, start, 14)).then_some(start)
}

/// Where the name ends, surnames included.
fn with_what_follows(text: &str, view: &View, to: usize) -> usize {
    let bytes = view.bytes();
    let mut end = to;
    for _ in 0..2 {
        if bytes.get(end) != Some(&b' ') {
            break;
        }
        let next = word_at(bytes, end + 1);
        if next < end + 3 || !is_name(text, view, end + 1, next) {
            break;
        }
        end = next;
    }
    if matches!(bytes.get(end), Some(b'\'' | b'-')) {
        let next = word_at(bytes, end + 1);
        if next > end + 1 && &bytes[end..next] != b"'s" {
            end = next;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::*;
    use crate::scoring::findings::MarkKind;

    #[test]
    fn the_lists_do_not_contradict_each_other() {
        assert!(GIVEN.len() > 900 && NO_NAMES.len() > 300);
        let both: Vec<&&str> = GIVEN.intersection(&NO_NAMES).collect();
        assert!(both.is_empty(), "{both:?}");
    }

    #[test]
    fn names_of_staff_are_found_and_other_words_are_not() {
        check(
            MarkKind::Staff,
            &[
                ("A man named Peter hung up on me", &["Peter"]),
                ("your agent Lisa promised it", &["Lisa"]),
                ("The manager, Paul, laughed", &["Paul"]),
                ("her name was Élodie", &["Élodie"]),
                ("Ask Mr. Ferreira about it", &["Mr. Ferreira"]),
                ("Priya Nair told me it was fine", &["Priya Nair"]),
                ("Two lads came, Tom and Big Steve", &["Tom", "Big Steve"]),
                ("Rosa in your returns team told me so", &["Rosa"]),
                ("the manager Was rude", &[]),
                ("your agent told me", &[]),
                ("THE MANAGER LIED", &[]),
                ("a feature called Autoplay", &[]),
                ("the person I spoke to", &[]),
                ("Everyone told me to stay away", &[]),
                ("My husband Dave told me so", &[]),
                ("Thanks, Laura", &[]),
                ("Amazon promised me a call", &[]),
            ],
        );
    }
}
