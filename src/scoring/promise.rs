//! The company's promises, and whether a message holds one of them against us.

use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::analysis::{PromiseMatch, Span};

use super::context;
use super::lexicon::{compile, embedded_regex, expression};
use super::sentences;
use super::view::View;
use super::weights::{PromiseWeights, Weights};

/// A promise of the company, as the playbook gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// Id in the playbook.
    pub id: String,
    /// What is promised, as the customer reads it.
    pub text: String,
    /// Phrases by which customers refer to it: regular expressions over lower-case text with straight apostrophes; a space is any white space, both ends are word boundaries.
    pub says: Vec<String>,
    /// Phrases that say that it was not kept; same form. They count without `says`, too.
    pub broken: Vec<String>,
}

/// Why promises cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PromiseError {
    /// A phrase is no valid expression.
    #[error("phrase \"{phrase}\" of promise {id} is not a valid expression: {message}")]
    Phrase {
        /// The promise.
        id: String,
        /// The phrase.
        phrase: String,
        /// What is wrong.
        message: String,
    },
}

impl PromiseError {
    /// Returns what to do about it.
    pub fn hint(&self) -> &'static str {
        "phrases are regular expressions: put a backslash before a dot, bracket or plus that is meant as such"
    }
}

/// Match of a promise that says so in the words of the promise's own phrases.
const BY_PHRASE: f32 = 0.9;
/// Match of a promise where only its breach is stated.
const BY_BREACH: f32 = 0.7;
/// Most sentences of a message that an encoder compares with the promises.
const MOST_COMPARED: usize = 4;
/// Least words of a sentence that is compared.
const LEAST_WORDS: usize = 4;
/// Likeness of a sentence that nobody compared.
pub const NOT_COMPARED: f32 = -1.0;
/// Most that a match by shared words or by similarity alone can reach.
const BY_LIKENESS: f32 = 0.85;
/// Least match that is reported.
const MIN_MATCH: f32 = 0.3;
/// Sentences after the promise in which its breach is looked for; one before it counts too.
const BREACH_AFTER: usize = 3;

/// Says that something did not happen as it should, whatever it was.
static BREACH: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:never (?:came|arrived|happened|received|got|showed|called|replied|answered|did)|(?:still|yet) (?:waiting|nothing|no\b|not|hasn'?t|haven'?t)|(?:has|have|had|did|was|were|is|are|do|does|could)(?:n'?t| not) (?:\w+ ){0,2}(?:arriv\w*|come?|came|receiv\w*|deliver\w*|kept|keep|honou?r\w*|work\w*|happen\w*|refund\w*|repl\w+|answer\w*|call\w*|get|got|here|apply|appl\w+|match\w*|true)|not (?:here|delivered|arrived|received|honou?red|true|as (?:promised|advertised|described))|it(?:'s| is) now|days? late|weeks? late|too late|refus(?:ed|ing|es)|den(?:ied|y|ies)|broke (?:your|the) (?:promise|word)|instead|but (?:it|they|you|nothing|no one|nobody|i (?:was|got|had))|nowhere|no sign|where is|where's|lied|lie|false|charged me anyway|charged anyway)\b",
    )
});

#[derive(Debug)]
struct Ready {
    id: String,
    text: String,
    says: Vec<Regex>,
    broken: Vec<Regex>,
    words: Vec<String>,
}

/// Promises, ready to match.
#[derive(Debug, Default)]
pub struct PromiseSet {
    promises: Vec<Ready>,
}

/// How like a promise a cosine makes a sentence, 0..=1.
fn likeness(cosine: f32, weights: PromiseWeights) -> f32 {
    let range = weights.cosine_sure - weights.cosine_none;
    if range > 0.0 { ((cosine - weights.cosine_none) / range).clamp(0.0, 1.0) } else { 0.0 }
}

/// A promise that a text relies on.
#[derive(Debug, Clone, PartialEq)]
pub struct PromiseFinding {
    /// Id in the playbook.
    pub id: String,
    /// How well it matches, 0..=1.
    pub score: f32,
    /// Whether the text says that it was not kept.
    pub broken: bool,
    /// Where the promise, or its breach, is named.
    pub span: Span,
}

impl From<&PromiseFinding> for PromiseMatch {
    fn from(finding: &PromiseFinding) -> Self {
        Self { id: finding.id.clone(), score: finding.score, broken: finding.broken, span: Some(finding.span) }
    }
}

impl PromiseSet {
    /// Compiles promises.
    ///
    /// # Errors
    /// When a phrase is not a valid expression.
    pub fn new(promises: &[Promise]) -> Result<Self, PromiseError> {
        let compile_all = |promise: &Promise, phrases: &[String]| -> Result<Vec<Regex>, PromiseError> {
            phrases
                .iter()
                .map(|phrase| {
                    compile(&expression(&phrase.to_lowercase())).map_err(|error| PromiseError::Phrase {
                        id: promise.id.clone(),
                        phrase: phrase.clone(),
                        message: error.to_string(),
                    })
                })
                .collect()
        };
        let ready = promises.iter().map(|promise| {
            Ok(Ready {
                id: promise.id.clone(),
                text: promise.text.clone(),
                says: compile_all(promise, &promise.says)?,
                broken: compile_all(promise, &promise.broken)?,
                words: content_words(View::new(&promise.text).bytes()),
            })
        });
        Ok(Self { promises: ready.collect::<Result<_, _>>()? })
    }

    /// Whether there is no promise.
    pub fn is_empty(&self) -> bool {
        self.promises.is_empty()
    }

    /// Number of promises.
    pub fn len(&self) -> usize {
        self.promises.len()
    }

    /// Returns what is promised, in order: what similarity compares sentences with.
    pub fn texts(&self) -> Vec<&str> {
        self.promises.iter().map(|promise| promise.text.as_str()).collect()
    }

    /// Returns which of the [`sentences::split`] of a complaint an encoder should compare with the promises: the first four of at least four words;
    /// none where a phrase of a promise was found already. What the sentence says of the promise is for the rules.
    pub fn promising(&self, text: &str) -> Vec<usize> {
        if self.is_empty() {
            return Vec::new();
        }
        let view = View::new(text);
        let bytes = view.bytes();
        let by_phrase = self
            .promises
            .iter()
            .any(|promise| promise.says.iter().chain(&promise.broken).any(|phrase| phrase.is_match(bytes)));
        if by_phrase {
            return Vec::new();
        }
        let parts = in_view(&view, &sentences::split(text));
        let words = |&(from, to): &(usize, usize)| {
            bytes[from..to].split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count()
        };
        let long = parts.iter().enumerate().filter(|(_, part)| words(part) >= LEAST_WORDS);
        long.map(|(index, _)| index).take(MOST_COMPARED).collect()
    }

    /// Returns the promises that a text relies on, best first, broken ones before kept ones.
    ///
    /// `sentences` are spans of the original text. `similarity[promise][sentence]` is a cosine, or [`NOT_COMPARED`]; rows or entries that are missing are unknown.
    pub fn find(&self, view: &View, sentences: &[Span], similarity: Option<&[Vec<f32>]>) -> Vec<PromiseFinding> {
        let parts = in_view(view, sentences);
        let mut found: Vec<PromiseFinding> = self
            .promises
            .iter()
            .enumerate()
            .filter_map(|(index, promise)| {
                promise.find(view, &parts, similarity.and_then(|all| all.get(index)).map(Vec::as_slice))
            })
            .collect();
        found.sort_by(|a, b| b.broken.cmp(&a.broken).then(b.score.total_cmp(&a.score)).then_with(|| a.id.cmp(&b.id)));
        found
    }
}

/// Ranges of the sentences in the view; sentences that the view does not reach are left out.
fn in_view(view: &View, sentences: &[Span]) -> Vec<(usize, usize)> {
    let length = view.bytes().len();
    let position = |offset: usize| {
        // Offsets grow with positions, so the first position that is not before the offset is found by halving.
        let (mut low, mut high) = (0, length);
        while low < high {
            let middle = usize::midpoint(low, high);
            if view.span(middle, middle).from < offset {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    };
    sentences.iter().map(|span| (position(span.from), position(span.to))).filter(|(from, to)| from < to).collect()
}

impl Ready {
    fn find(&self, view: &View, sentences: &[(usize, usize)], similarity: Option<&[f32]>) -> Option<PromiseFinding> {
        let bytes = view.bytes();
        let asserted = |regexes: &[Regex]| {
            let hits = regexes.iter().flat_map(|regex| regex.find_iter(bytes)).map(|hit| (hit.start(), hit.end()));
            hits.min()
        };
        let said = asserted(&self.says).filter(|&(from, to)| !denied(bytes, from, to));
        let stated_breach = asserted(&self.broken);
        let (score, place) = if let Some(place) = said {
            (BY_PHRASE, place)
        } else {
            let like = self.most_alike(bytes, sentences, similarity);
            match (stated_breach, like) {
                (Some(place), Some((score, _))) => (score.max(BY_BREACH), place),
                (Some(place), None) => (BY_BREACH, place),
                (None, like) => like?,
            }
        };
        let broken = stated_breach.is_some() || breach_near(bytes, sentences, place);
        (score >= MIN_MATCH).then(|| PromiseFinding {
            id: self.id.clone(),
            score,
            broken,
            span: view.span(place.0, place.1),
        })
    }

    /// The sentence that is most like the promise, by shared words or by similarity.
    fn most_alike(
        &self,
        bytes: &[u8],
        sentences: &[(usize, usize)],
        similarity: Option<&[f32]>,
    ) -> Option<(f32, (usize, usize))> {
        let mut best: Option<(f32, (usize, usize))> = None;
        for (index, &(from, to)) in sentences.iter().enumerate() {
            let shared = self.overlap(&bytes[from..to]);
            let cosine = similarity
                .and_then(|all| all.get(index))
                .map_or(0.0, |cosine| likeness(*cosine, Weights::embedded().promise));
            let score = shared.max(cosine) * BY_LIKENESS;
            if best.is_none_or(|(most, _)| score > most) {
                best = Some((score, (from, to)));
            }
        }
        best.filter(|(score, _)| *score >= MIN_MATCH)
    }

    /// Share of the promise's words that a sentence holds, 0 unless it holds at least three of them.
    fn overlap(&self, sentence: &[u8]) -> f32 {
        let words = content_words(sentence);
        let shared = self.words.iter().filter(|word| words.contains(word)).count();
        if shared < 3 {
            return 0.0;
        }
        shared as f32 / self.words.len() as f32
    }
}

/// "You never promised next day" speaks of no promise.
fn denied(bytes: &[u8], from: usize, to: usize) -> bool {
    static DENIAL: LazyLock<Regex> = LazyLock::new(|| {
        embedded_regex(
            r"\b(?:never|not|no|didn'?t|don'?t|doesn'?t|nobody)\s(?:\w+\s){0,2}(?:promis\w+|advertis\w+|offer\w*|guarante\w+|said|expect\w*|mention\w*)\b",
        )
    });
    let start = from.saturating_sub(50);
    let clause = &bytes[start..to];
    let cut = clause.iter().take(from - start).rposition(|b| matches!(b, b'.' | b'!' | b'?' | b'\n' | b','));
    DENIAL.is_match(cut.map_or(clause, |at| &clause[at + 1..])) && context::negated(bytes, from, to)
}

fn breach_near(bytes: &[u8], sentences: &[(usize, usize)], place: (usize, usize)) -> bool {
    let Some(home) = sentences.iter().position(|&(from, to)| from <= place.0 && place.0 < to) else {
        return false;
    };
    let first = home.saturating_sub(1);
    let last = (home + BREACH_AFTER).min(sentences.len() - 1);
    BREACH.is_match(&bytes[sentences[first].0..sentences[last].1])
}

/// Words that carry meaning, each once, without a plural s.
fn content_words(bytes: &[u8]) -> Vec<String> {
    const EMPTY: &[&str] = &[
        "the", "and", "you", "your", "our", "for", "with", "that", "this", "from", "are", "was", "will", "have", "has",
        "all", "any", "not", "can", "who", "they", "them", "their", "its", "but", "than", "then", "within", "every",
        "each", "per", "may", "before", "after", "when", "where", "which", "what", "into", "out", "get",
    ];
    let mut words: Vec<String> = bytes
        .split(|b| !b.is_ascii_alphanumeric())
        .filter(|word| word.len() >= 3 || (!word.is_empty() && word.iter().all(u8::is_ascii_digit)))
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .filter(|word| !EMPTY.contains(&word.as_str()))
        .map(|word| match word.strip_suffix('s') {
            Some(stem) if stem.len() > 3 && !stem.ends_with('s') => stem.to_owned(),
            _ => word,
        })
        .collect();
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::super::findings::analyse_with_promises;
    use super::super::sentences::split;
    use super::*;

    fn promises() -> PromiseSet {
        PromiseSet::new(&[
            Promise {
                id: "delivery.next-day".into(),
                text: "Orders before 15:00 arrive the next working day".into(),
                says: vec!["next[- ]?(?:working )?day(?: delivery)?".into()],
                broken: vec!["days? late".into()],
            },
            Promise {
                id: "returns.30".into(),
                text: "Return unworn shoes within 30 days for a full refund".into(),
                says: vec![],
                broken: vec![],
            },
        ])
        .unwrap()
    }

    fn find(text: &str) -> Vec<(String, f32, bool)> {
        let found = analyse_with_promises(text, &promises(), None).promises;
        found.into_iter().map(|f| (f.id, f.score, f.broken)).collect()
    }

    #[test]
    fn a_promise_that_is_quoted_and_broken_is_found() {
        let found = find(
            "You promised next day delivery on the checkout page. Order 88213 was placed Monday, it is now Friday.",
        );
        assert_eq!(found, [("delivery.next-day".to_owned(), BY_PHRASE, true)]);
    }

    #[test]
    fn a_promise_that_is_only_named_is_not_broken() {
        let found = find("I chose next-day delivery. Thank you!");
        assert_eq!(found, [("delivery.next-day".to_owned(), BY_PHRASE, false)]);
        assert_eq!(find("You never promised next day delivery, fair enough"), []);
        assert_eq!(find("The soup was cold"), []);
    }

    #[test]
    fn a_breach_counts_without_the_promise_and_shared_words_count_less() {
        assert_eq!(find("It came five days late"), [("delivery.next-day".to_owned(), BY_BREACH, true)]);
        let shared = find("I want to return my unworn shoes after 20 days and a full refund was refused.");
        assert_eq!(shared[0].0, "returns.30");
        assert!(shared[0].1 < BY_PHRASE && shared[0].1 >= 0.5 && shared[0].2, "{shared:?}");
    }

    #[test]
    fn similarity_finds_what_words_do_not() {
        let text = "Hello. The sneakers cannot be sent back, they said no.";
        let none = analyse_with_promises(text, &promises(), None).promises;
        assert!(none.is_empty());
        let similar = [vec![0.0, 0.1], vec![0.1, 0.8]];
        let found = analyse_with_promises(text, &promises(), Some(&similar)).promises;
        assert_eq!(found[0].id, "returns.30");
        assert_eq!(found[0].span, split(text)[1]);
    }

    #[test]
    fn sentences_of_four_words_are_compared_and_only_where_no_phrase_was_found() {
        let set = promises();
        assert_eq!(set.promising("Hello. The boots have not come. Bye"), [1]);
        assert!(set.promising("Hello. You promised next day delivery and nothing has come.").is_empty());
        assert!(set.promising("A lovely shop.").is_empty());
        assert!(PromiseSet::default().promising("It never came.").is_empty());
        assert_eq!(set.promising(&"It never came here. ".repeat(9)), [0, 1, 2, 3]);
        assert_eq!(set.texts().len(), set.len());
    }

    #[test]
    fn a_bad_phrase_is_named_with_its_promise() {
        let bad = Promise { id: "p".into(), text: String::new(), says: vec!["(".into()], broken: vec![] };
        let error = PromiseSet::new(&[bad]).unwrap_err();
        assert!(error.to_string().contains("promise p") && error.hint().contains("backslash"), "{error}");
    }
}
