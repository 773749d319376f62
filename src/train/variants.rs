//! More sentences out of those that we have: words changed for their neighbours, clauses crossed, words left out.
//!
//! Nobody labels them: a teacher says what it takes them for, and a smaller encoder learns that (Jiao et al. 2020, `TinyBERT`: distillation on data made from data).

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use regex::{Captures, Regex};
use tch::{Kind, Tensor};

use super::TrainError;
use super::model::count;
use super::random::Random;
use super::sentences::Lesson;

/// Neighbours of a word that may stand for it.
const NEAREST: usize = 12;
/// Cosine from which a word is a neighbour.
const NEAR: f64 = 0.35;
/// Words of so many letters or fewer hold a sentence together and are seldom changed.
const SHORT: usize = 3;
/// The share of the others' chance that they have.
const SHORT_SHARE: f64 = 0.3;
/// Words that a variant must have, and may have.
const WORDS: std::ops::RangeInclusive<usize> = 3..=60;

static WORD: LazyLock<Regex> = LazyLock::new(|| pattern("[A-Za-z]{2,}"));
static CLAUSE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?:[,;:] | (?:and|but|because|so|that|which|who|when|if|while|before|after|although|since|for|with)\b)")
});

fn pattern(text: &str) -> Regex {
    #[expect(clippy::unwrap_used, reason = "a constant that the tests compile")]
    Regex::new(text).unwrap()
}

/// Words with those that a table of vectors puts beside them.
#[derive(Debug)]
pub(crate) struct Neighbours(HashMap<String, Vec<String>>);

impl Neighbours {
    /// Compares the whole words of `vocabulary` by their rows of `table`, `[vocabulary, hidden]`.
    pub(crate) fn new(table: &Tensor, vocabulary: &HashMap<String, u32>) -> Result<Self, TrainError> {
        let failed = |source: tch::TchError| TrainError::Tokenizer(format!("the neighbours of its words: {source}"));
        let is_word = |word: &str| word.len() >= 2 && word.bytes().all(|byte| byte.is_ascii_lowercase());
        let words: BTreeMap<u32, &String> =
            vocabulary.iter().filter(|(word, _)| is_word(word)).map(|(word, id)| (*id, word)).collect();
        let ids: Vec<i64> = words.keys().map(|id| i64::from(*id)).collect();
        let words: Vec<&String> = words.into_values().collect();
        let rows = table.f_index_select(0, &Tensor::from_slice(&ids)).map_err(failed)?.to_kind(Kind::Float);
        let rows = &rows / rows.norm_scalaropt_dim(2, [1_i64].as_slice(), true);
        let mut found = HashMap::new();
        let wanted = count((NEAREST + 1).min(words.len()));
        for (first, own) in words.chunks(1024).enumerate() {
            let from = first * 1024;
            let cosines = rows.narrow(0, count(from), count(own.len())).matmul(&rows.tr());
            let (near, places) = cosines.topk(wanted, 1, true, true);
            let near: Vec<Vec<f64>> = near.to_kind(Kind::Double).try_into().map_err(failed)?;
            let places: Vec<Vec<i64>> = places.try_into().map_err(failed)?;
            for (at, word) in own.iter().enumerate() {
                let others = places[at].iter().zip(&near[at]).filter(|(_, near)| **near > NEAR);
                let others = others.filter_map(|(place, _)| words.get(usize::try_from(*place).ok()?));
                let others = others.filter(|other| **other != *word);
                found.insert((*word).clone(), others.map(|other| (*other).clone()).collect());
            }
        }
        Ok(Self(found))
    }

    /// `text` with some of its words changed; `share` of the longer ones on average.
    fn change(&self, text: &str, share: f64, random: &mut Random) -> String {
        let change = |found: &Captures<'_>| {
            let word = &found[0];
            let share = if word.len() > SHORT { share } else { share * SHORT_SHARE };
            let others = self.0.get(&word.to_ascii_lowercase()).filter(|others| !others.is_empty());
            let Some(others) = others.filter(|_| random.unit() < share) else { return word.to_owned() };
            let mut other = others[random.below(others.len())].clone();
            if word.starts_with(|first: char| first.is_ascii_uppercase()) {
                other[..1].make_ascii_uppercase();
            }
            other
        };
        WORD.replace_all(text, change).into_owned()
    }
}

/// A sentence that was made from another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variant {
    pub(crate) text: String,
    /// Place of the lesson that it was made from. Where two were crossed the other one has the same question and writer.
    pub(crate) of: usize,
}

/// About `each` variants of every lesson, without repeats.
pub(crate) fn variants(lessons: &[Lesson], each: usize, neighbours: &Neighbours, seed: u64) -> Vec<Variant> {
    let mut random = Random::new(seed);
    let mut partners: HashMap<(usize, &str), [Vec<usize>; 2]> = HashMap::new();
    for (at, lesson) in lessons.iter().enumerate() {
        let [all, unusual] = partners.entry((lesson.question, &lesson.writer)).or_default();
        all.push(at);
        if lesson.label > 0 {
            unusual.push(at);
        }
    }
    let mut known: std::collections::HashSet<String> = lessons.iter().map(|lesson| lesson.text.clone()).collect();
    let mut made = Vec::new();
    for (of, lesson) in lessons.iter().enumerate() {
        let [all, unusual] = &partners[&(lesson.question, lesson.writer.as_str())];
        for kind in 0..each {
            let own = lesson.text.trim();
            let text = match kind % 3 {
                0 => neighbours.change(own, 0.25, &mut random),
                1 => {
                    // What is unusual is rare, and half of the crossings shall have some of it.
                    let from = if random.unit() < 0.5 && !unusual.is_empty() { unusual } else { all };
                    let other = lessons[from[random.below(from.len())]].text.trim();
                    let [first, second] = if random.unit() < 0.5 { [own, other] } else { [other, own] };
                    neighbours.change(&cross(first, second, &mut random), 0.08, &mut random)
                }
                _ => {
                    let changed = neighbours.change(own, 0.4, &mut random);
                    let kept: Vec<&str> = changed.split_whitespace().filter(|_| random.unit() > 0.06).collect();
                    kept.join(" ")
                }
            };
            if WORDS.contains(&text.split_whitespace().count()) && known.insert(text.clone()) {
                made.push(Variant { text, of });
            }
        }
    }
    made
}

/// The beginning of one sentence and the end of another, cut at clauses where they have some.
fn cross(first: &str, second: &str, random: &mut Random) -> String {
    let mut cut = |text: &str| {
        let mut places: Vec<usize> = CLAUSE
            .find_iter(text)
            .map(|found| if found.as_str().starts_with(' ') { found.start() } else { found.start() + 1 })
            .collect();
        if places.is_empty() {
            places = text.match_indices(' ').map(|(at, _)| at).collect();
        }
        if places.is_empty() { text.len() } else { places[random.below(places.len())] }
    };
    let (head, tail) = (cut(first), cut(second));
    format!("{} {}", &first[..head], second[tail..].trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lesson(text: &str, writer: &str, label: usize) -> Lesson {
        Lesson { text: text.to_owned(), question: 0, label, writer: writer.to_owned() }
    }

    fn neighbours() -> Neighbours {
        let vocabulary = ["[PAD]", "parcel", "package", "late", "##late", "slow"].iter().zip(0..);
        let vocabulary: HashMap<String, u32> = vocabulary.map(|(word, id)| ((*word).to_owned(), id)).collect();
        let rows = [[1.0_f32, 1.0], [1.0, 0.1], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [0.1, 1.0]];
        Neighbours::new(&Tensor::from_slice2(&rows), &vocabulary).unwrap()
    }

    #[test]
    fn a_word_stands_for_its_neighbour_and_keeps_its_capital() {
        let found = neighbours();
        assert_eq!(found.0["parcel"], ["package"]);
        assert_eq!(found.0["late"], ["slow"]);
        let mut random = Random::new(1);
        assert_eq!(found.change("Parcel late, Zürich!", 1.0, &mut random), "Package slow, Zürich!");
    }

    #[test]
    fn clauses_are_crossed_within_a_writer_alone() {
        let lessons = [
            lesson("The parcel is late, we know", "A", 1),
            lesson("Your seat is paid, thank you", "A", 0),
            lesson("Zebras sleep here, mostly in herds", "B", 1),
        ];
        let made = variants(&lessons, 30, &neighbours(), 7);
        assert!(made.len() > 10, "{made:?}");
        let crossed = made.iter().filter(|variant| variant.text.contains("is late, thank you")).count();
        assert!(crossed > 0, "{made:?}");
        for variant in &made {
            assert_eq!(
                variant.text.contains("ebras") || variant.text.contains("herds"),
                variant.of == 2,
                "{variant:?}"
            );
        }
        assert_eq!(made, variants(&lessons, 30, &neighbours(), 7));
    }

    #[test]
    fn what_has_no_clause_is_cut_between_words() {
        let mut random = Random::new(3);
        for _ in 0..20 {
            let crossed = cross("one two three", "ä", &mut random);
            assert!(crossed.starts_with("one"), "{crossed}");
        }
    }
}
