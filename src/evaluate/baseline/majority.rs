//! The most frequent label.

use super::super::dataset::LabelledRow;
use super::super::heads::{Answer, JudgedHead};
use super::labelled;

/// Answers every labelled row with the most frequent label of the training rows, or of the rows themselves: leaving each row out would
/// answer two labels of equal number always wrong. There is no probability and no score, as they would be the same for every row.
pub(super) fn answers(
    rows: &[LabelledRow],
    at: usize,
    head: &JudgedHead,
    train: Option<&[&LabelledRow]>,
) -> Vec<Option<Answer>> {
    let gold = match train {
        Some(train) => labelled(train.iter().copied(), at).1,
        None => labelled(rows, at).1,
    };
    let count = |label: usize| gold.iter().filter(|own| **own == label).count();
    // The first of equals.
    let best = (0..head.labels.len()).rev().max_by_key(|label| count(*label));
    let answer = |row: &LabelledRow| {
        row.gold[at].as_ref()?;
        (!head.is_score() && !gold.is_empty()).then_some(Answer { label: best, probabilities: None, score: None })
    };
    rows.iter().map(answer).collect()
}
