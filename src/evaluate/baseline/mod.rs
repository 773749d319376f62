//! What a model has to beat: the majority, VADER, TF-IDF with logistic regression, the star rating.

mod lexicon;
pub mod logistic;
mod majority;
mod stars;
pub mod tfidf;

use std::collections::{BTreeMap, BTreeSet};

use super::dataset::{Dataset, LabelledRow};
use super::folds::stratified;
use super::heads::{Answer, JudgedHead};

/// Folds of a cross-validated baseline.
const FOLDS: usize = 5;

/// Seed of the folds.
const SEED: u64 = 17;

/// A baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Baseline {
    /// The most frequent label of the training rows.
    Majority,
    /// The lexicon VADER (Hutto and Gilbert 2014), for sentiment, complaint and severity.
    Vader,
    /// Words and letter sequences weighted by rarity, with multinomial logistic regression.
    Tfidf,
    /// The star rating, for sentiment, complaint and severity.
    Stars,
}

impl Baseline {
    /// Its name on the command line and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Majority => "majority",
            Self::Vader => "vader",
            Self::Tfidf => "tfidf",
            Self::Stars => "stars",
        }
    }

    /// Every baseline.
    pub const ALL: [Self; 4] = [Self::Majority, Self::Vader, Self::Tfidf, Self::Stars];
}

/// What a baseline says of the rows of a dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    /// Head by head, row by row; `None` where it has nothing to say.
    pub answers: Vec<Vec<Option<Answer>>>,
    /// How it was made, in words: which rows it learned from.
    pub note: String,
}

/// Lets a baseline answer every row. With training rows it learns from those, except rows whose text is to be judged; without, it is cross-validated on the rows themselves (the
/// majority is counted on them).
pub fn answers(baseline: Baseline, data: &Dataset, heads: &[JudgedHead], train: Option<&Dataset>) -> Answers {
    let apart = train.map(|train| apart(train, data));
    let train = apart.as_deref();
    let each = |answer: &dyn Fn(usize, &JudgedHead) -> Vec<Option<Answer>>| -> Vec<Vec<Option<Answer>>> {
        heads.iter().enumerate().map(|(at, head)| answer(at, head)).collect()
    };
    let learned = |without: &str| match train {
        Some(rows) => format!("learned from {} training rows", rows.len()),
        None => without.to_owned(),
    };
    match baseline {
        Baseline::Majority => Answers {
            answers: each(&|at, head| majority::answers(&data.rows, at, head, train)),
            note: learned("counted on these rows"),
        },
        Baseline::Vader => Answers {
            answers: each(&|_, head| data.rows.iter().map(|row| lexicon::answer(&row.text, head)).collect()),
            note: "a lexicon; compound score from .05 on positive, from -.05 down negative".to_owned(),
        },
        Baseline::Stars => Answers {
            answers: each(&|_, head| data.rows.iter().map(|row| stars::answer(row.rating, head)).collect()),
            note: "the star rating, where a row has one".to_owned(),
        },
        Baseline::Tfidf => {
            let folds = data.rows.first().is_some_and(|row| row.group.is_some());
            Answers {
                answers: each(&|at, head| learned_by_tfidf(&data.rows, at, head, train)),
                note: learned(if folds {
                    "cross-validated on these rows, one group left out at a time"
                } else {
                    "5-fold cross-validated on these rows"
                }),
            }
        }
    }
}

/// Training rows whose text is not to be judged.
fn apart<'t>(train: &'t Dataset, data: &Dataset) -> Vec<&'t LabelledRow> {
    let judged: BTreeSet<&str> = data.rows.iter().map(|row| row.text.trim()).collect();
    train.rows.iter().filter(|row| !judged.contains(row.text.trim())).collect()
}

/// Rows with a label of a head: text and first true label.
fn labelled<'r>(rows: impl IntoIterator<Item = &'r LabelledRow>, head: usize) -> (Vec<&'r str>, Vec<usize>) {
    rows.into_iter().filter_map(|row| Some((row.text.as_str(), *row.gold[head].as_ref()?.first()?))).unzip()
}

fn learned_by_tfidf(
    rows: &[LabelledRow],
    at: usize,
    head: &JudgedHead,
    train: Option<&[&LabelledRow]>,
) -> Vec<Option<Answer>> {
    let mut answers = vec![None; rows.len()];
    let with_label: Vec<usize> = (0..rows.len()).filter(|row| rows[*row].gold[at].is_some()).collect();
    let (texts, gold) = labelled(rows, at);
    let mut learn = |texts_in: &[&str], gold_in: &[usize], asked: &[usize]| {
        let Some(model) = tfidf::TextClassifier::fit(texts_in, gold_in, head.labels.len()) else { return };
        for &row in asked {
            let said = model.probabilities(texts[row]);
            answers[with_label[row]] = Some(Answer::of_probabilities(said, head));
        }
    };
    if let Some(train) = train {
        let (texts_in, gold_in) = labelled(train.iter().copied(), at);
        learn(&texts_in, &gold_in, &(0..with_label.len()).collect::<Vec<_>>());
        return answers;
    }
    let parts = groups(rows, &with_label).unwrap_or_else(|| stratified(&gold, FOLDS, SEED));
    for part in 0..parts.iter().max().map_or(0, |most| most + 1) {
        let (asked, kept): (Vec<usize>, Vec<usize>) = (0..parts.len()).partition(|row| parts[*row] == part);
        let texts_in: Vec<&str> = kept.iter().map(|row| texts[*row]).collect();
        let gold_in: Vec<usize> = kept.iter().map(|row| gold[*row]).collect();
        learn(&texts_in, &gold_in, &asked);
    }
    answers
}

/// One part for each group, where rows have groups.
fn groups(rows: &[LabelledRow], picked: &[usize]) -> Option<Vec<usize>> {
    let names: Option<Vec<&str>> = picked.iter().map(|row| rows[*row].group.as_deref()).collect();
    let names = names?;
    let numbers: BTreeMap<&str, usize> =
        names.iter().collect::<BTreeSet<_>>().into_iter().enumerate().map(|(number, name)| (*name, number)).collect();
    Some(names.iter().map(|name| numbers[name]).collect())
}
