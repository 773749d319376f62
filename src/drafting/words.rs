//! Words that the program itself puts together: dates, counts, choices. They are data of each language.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time};
use serde::Deserialize;

use super::calendar::{CallSlots, Deadline};

/// Words of a language.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    /// Between the last two of several: `or`.
    or: String,
    /// Once, twice, ... as far as there are words.
    counts: Vec<String>,
    /// Beyond that: `{count} times`.
    count_more: String,
    /// Somebody of us by first name: `{first} from {role}`.
    owner_named: String,
    /// A team where people may not be named: `our {role} team`.
    owner_unnamed: String,
    /// Whether a letter goes on in small letters after `Hello Lee,` even on a new line.
    letters_go_on: bool,
    /// First words of sentences that keep their capital after `Hello Lee,`.
    keep_capital: Vec<String>,
    /// Label of a slot for words of the playbook that nobody has put into this language: `{text}`.
    untranslated: String,
    /// Names of days and forms of dates.
    dates: Dates,
}

/// How dates and times are said.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dates {
    weekdays: [String; 7],
    weekdays_short: [String; 7],
    months: [String; 12],
    months_short: [String; 12],
    /// `{weekday} {day} {month}`.
    day: String,
    /// The same with short names.
    day_short: String,
    /// `by {day}`.
    by_day: String,
    /// `today by {time}`.
    by_time: String,
    /// `today at {first} or {second}`.
    call_today: String,
    /// `today at {first} or on {day} at {second}`.
    call_mixed: String,
    /// `on {day} at {first} or {second}`.
    call_later: String,
    /// `on {day}`.
    call_day: String,
}

impl Words {
    /// Returns what is missing: a form that lacks one of its places, by name.
    pub(super) fn incomplete(&self) -> Option<String> {
        let dates = &self.dates;
        let forms: [(&str, &str, &[&str]); 12] = [
            ("count_more", &self.count_more, &["{count}"]),
            ("owner_named", &self.owner_named, &["{first}", "{role}"]),
            ("owner_unnamed", &self.owner_unnamed, &["{role}"]),
            ("untranslated", &self.untranslated, &["{text}"]),
            ("dates.day", &dates.day, &["{weekday}", "{day}", "{month}"]),
            ("dates.day_short", &dates.day_short, &["{weekday}", "{day}", "{month}"]),
            ("dates.by_day", &dates.by_day, &["{day}"]),
            ("dates.by_time", &dates.by_time, &["{time}"]),
            ("dates.call_today", &dates.call_today, &["{first}", "{second}"]),
            ("dates.call_mixed", &dates.call_mixed, &["{first}", "{day}", "{second}"]),
            ("dates.call_later", &dates.call_later, &["{day}", "{first}", "{second}"]),
            ("dates.call_day", &dates.call_day, &["{day}"]),
        ];
        if self.counts.is_empty() {
            return Some("words.counts with a word".to_owned());
        }
        forms.iter().find_map(|(name, form, places)| {
            let place = places.iter().find(|place| !form.contains(**place))?;
            Some(format!("words.{name} with {place}"))
        })
    }

    /// Returns `once`, `twice`, `11 times`. Nothing counts as once.
    pub(super) fn times(&self, count: u32) -> String {
        let index = usize::try_from(count.max(1) - 1).unwrap_or(usize::MAX);
        match self.counts.get(index) {
            Some(word) => word.clone(),
            None => filled(&self.count_more, &[("{count}", &count.to_string())]),
        }
    }

    /// Returns `a`, `a or b`, `a, b or c`; a comma stands before the last `or` where the parts are long.
    pub(super) fn any_of(&self, parts: &[&str]) -> String {
        match parts {
            [] => String::new(),
            [only] => (*only).to_owned(),
            [most @ .., last] => {
                let comma = if parts.iter().any(|part| part.contains(' ')) { "," } else { "" };
                format!("{}{comma} {} {last}", most.join(", "), self.or)
            }
        }
    }

    /// Returns `Nora from customer care`.
    pub(super) fn owner_named(&self, first: &str, role: &str) -> String {
        filled(&self.owner_named, &[("{first}", first), ("{role}", role)])
    }

    /// Returns `our customer care team`.
    pub(super) fn owner_unnamed(&self, role: &str) -> String {
        filled(&self.owner_unnamed, &[("{role}", role)])
    }

    /// Returns the label of a slot for words that are in another language.
    pub(super) fn untranslated(&self, text: &str) -> String {
        filled(&self.untranslated, &[("{text}", text)])
    }

    /// Returns a text that goes on after `Hello Lee,` on the same line (`inline`) or the next: with a small letter where the
    /// language wants one.
    pub(super) fn go_on(&self, text: &str, inline: bool) -> String {
        if !inline && !self.letters_go_on {
            return text.to_owned();
        }
        let first_word = text.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
        let mut letters = text.chars();
        match letters.next() {
            Some(first) if !self.keep_capital.iter().any(|word| word == first_word) => {
                first.to_lowercase().chain(letters).collect()
            }
            _ => text.to_owned(),
        }
    }

    /// Returns `Thursday 26 November`.
    pub(super) fn day(&self, date: Date) -> String {
        day_in(&self.dates.day, date, &self.dates.weekdays, &self.dates.months)
    }

    /// Returns `Thu 26 Nov`.
    pub(super) fn day_short(&self, date: Date) -> String {
        day_in(&self.dates.day_short, date, &self.dates.weekdays_short, &self.dates.months_short)
    }

    /// Returns `today by 14:30`, `by Thursday 26 November`.
    pub(super) fn deadline(&self, deadline: Deadline) -> String {
        match deadline {
            Deadline::Today(time) => filled(&self.dates.by_time, &[("{time}", &clock(time))]),
            Deadline::On(date) => filled(&self.dates.by_day, &[("{day}", &self.day(date))]),
        }
    }

    /// Returns `today by 14:30`, `by Thu 26 Nov`.
    pub(super) fn deadline_short(&self, deadline: Deadline) -> String {
        match deadline {
            Deadline::Today(_) => self.deadline(deadline),
            Deadline::On(date) => filled(&self.dates.by_day, &[("{day}", &self.day_short(date))]),
        }
    }

    /// Returns two times for a call, in words that follow `May I call you`.
    pub(super) fn call_slots(&self, slots: CallSlots) -> String {
        let dates = &self.dates;
        match slots {
            CallSlots::Today(first, second) => {
                filled(&dates.call_today, &[("{first}", &clock(first)), ("{second}", &clock(second))])
            }
            CallSlots::TodayOrOn(first, date, second) => filled(
                &dates.call_mixed,
                &[("{first}", &clock(first)), ("{day}", &self.day(date)), ("{second}", &clock(second))],
            ),
            CallSlots::On(date, first, second) => filled(
                &dates.call_later,
                &[("{day}", &self.day(date)), ("{first}", &clock(first)), ("{second}", &clock(second))],
            ),
            CallSlots::Day(date) => filled(&dates.call_day, &[("{day}", &self.day(date))]),
        }
    }
}

fn day_in(form: &str, date: Date, weekdays: &[String; 7], months: &[String; 12]) -> String {
    let weekday = named(weekdays, date.weekday().to_monday_zero_offset());
    let month = named(months, date.month() - 1);
    filled(form, &[("{weekday}", weekday), ("{day}", &date.day().to_string()), ("{month}", month)])
}

fn named<const N: usize>(names: &[String; N], index: i8) -> &str {
    usize::try_from(index).ok().and_then(|index| names.get(index)).map_or("", String::as_str)
}

fn clock(time: Time) -> String {
    time.strftime("%H:%M").to_string()
}

fn filled(form: &str, places: &[(&str, &str)]) -> String {
    places.iter().fold(form.to_owned(), |text, (place, value)| text.replace(place, value))
}

/// What the playbook says in its own language, put into another: by the words themselves, so that a translation never outlives
/// the text that it was made of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(super) struct Translations(BTreeMap<String, String>);

impl Translations {
    /// Returns the translation of a text.
    pub(super) fn of(&self, text: &str) -> Option<&str> {
        self.0.get(text).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;
    use crate::drafting::Templates;
    use crate::language::Language;

    fn words(language: Language) -> Words {
        Templates::embedded().unwrap().pack(language).unwrap().phrases().words().clone()
    }

    #[test]
    fn counts_and_choices_are_words() {
        let words = words(Language::EN);
        assert_eq!(
            [0, 1, 2, 3, 10, 11].map(|n| words.times(n)),
            ["once", "once", "twice", "three times", "ten times", "11 times"]
        );
        assert_eq!(words.any_of(&[]), "");
        assert_eq!(words.any_of(&["a"]), "a");
        assert_eq!(words.any_of(&["a", "b"]), "a or b");
        assert_eq!(words.any_of(&["a tea", "b", "c"]), "a tea, b, or c");
    }

    #[test]
    fn dates_are_said_in_the_language() {
        let thursday = Deadline::On(date(2026, 11, 26));
        let noon = Deadline::Today(time(12, 30, 0, 0));
        let (english, german) = (words(Language::EN), words(Language::DE));
        assert_eq!(english.deadline(thursday), "by Thursday 26 November");
        assert_eq!(english.deadline_short(thursday), "by Thu 26 Nov");
        assert_eq!(english.deadline(noon), "today by 12:30");
        assert_eq!(german.deadline(thursday), "bis Donnerstag, 26. November");
        assert_eq!(german.deadline(noon), "heute bis 12:30 Uhr");
        let slots = CallSlots::TodayOrOn(time(16, 0, 0, 0), date(2026, 11, 24), time(10, 0, 0, 0));
        assert_eq!(english.call_slots(slots), "today at 16:00 or on Tuesday 24 November at 10:00");
        assert_eq!(german.call_slots(slots), "heute um 16:00 Uhr oder am Dienstag, 24. November, um 10:00 Uhr");
    }

    #[test]
    fn sentences_go_on_after_a_greeting() {
        let (english, german) = (words(Language::EN), words(Language::DE));
        assert_eq!(english.go_on("You waited.", true), "you waited.");
        assert_eq!(english.go_on("You waited.", false), "You waited.");
        assert_eq!(english.go_on("I can see.", true), "I can see.");
        assert_eq!(english.go_on("Is it?", true), "is it?");
        assert_eq!(english.go_on("", true), "");
        assert_eq!(german.go_on("Ich verstehe.", false), "ich verstehe.");
        assert_eq!(german.go_on("Sie warten.", false), "Sie warten.");
    }
}
