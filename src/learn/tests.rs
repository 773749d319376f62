use super::*;
use crate::engine::package::testing;
use crate::evaluate::random::Random;

/// Embeddings around a centre for each label, and the labels.
fn rows(count: usize, labels: usize, noise: f64, seed: u64) -> (Vec<Vec<f32>>, Vec<usize>) {
    let mut random = Random::new(seed);
    let mut centres = Random::new(77);
    let hidden = testing::tiny().heads().hidden();
    let centres: Vec<Vec<f64>> = (0..labels).map(|_| (0..hidden).map(|_| centres.unit() - 0.5).collect()).collect();
    let gold: Vec<usize> = (0..count).map(|at| at % labels).collect();
    let embeddings = gold
        .iter()
        .map(|label| {
            #[expect(clippy::cast_possible_truncation, reason = "any rounding will do")]
            let row = centres[*label].iter().map(|x| (x + noise * (random.unit() - 0.5)) as f32).collect();
            row
        })
        .collect();
    (embeddings, gold)
}

fn labelled<'a>(head: &'a str, embeddings: &'a [Vec<f32>], gold: &[usize]) -> Labelled<'a> {
    Labelled { head, embeddings: embeddings.iter().map(Vec::as_slice).collect(), gold: gold.to_vec() }
}

#[test]
fn a_head_that_knows_nothing_learns_from_rows_that_tell() {
    let package = testing::tiny();
    let (embeddings, gold) = rows(150, 3, 1.0, 5);
    let (trial, head) = trial(&package, &labelled("sentiment", &embeddings, &gold), &Settings::default()).unwrap();
    assert_eq!(trial.ruling, Ruling::Gained, "{trial:?}");
    assert!(trial.figures[0].after.value > 0.9, "{trial:?}");
    let head = head.unwrap();
    assert!(head.corpora.contains(&"own rows".to_owned()));
    // The written head says of unseen rows of the same kind what the trial promised.
    let (unseen, gold) = rows(150, 3, 1.0, 6);
    let right = unseen
        .iter()
        .zip(&gold)
        .filter(|(row, gold)| {
            let p = head.probabilities(row);
            (0..3).all(|label| p[label] <= p[**gold])
        })
        .count();
    assert!(right > 130, "{right} of 150");
}

#[test]
fn labels_by_chance_are_no_gain_and_only_a_reason_forces_them() {
    let package = testing::tiny();
    let (embeddings, _) = rows(80, 2, 1.0, 5);
    let mut random = Random::new(4);
    let gold: Vec<usize> = (0..80).map(|_| random.below(2)).collect();
    // The old head is made right on these rows, so that nothing can be gained.
    let head = package.heads().get("complaint").unwrap();
    let gold: Vec<usize> = embeddings
        .iter()
        .zip(gold)
        .map(|(row, chance)| {
            let says = usize::from(head.probabilities(row)[1] >= 0.5);
            if random.below(4) == 0 { chance } else { says }
        })
        .collect();
    let rows = labelled("complaint", &embeddings, &gold);
    let yes = gold.iter().filter(|label| **label == 1).count();
    assert!((LEAST_ROWS..=gold.len() - LEAST_ROWS).contains(&yes), "the test needs both labels, {yes} say yes");
    let (tried, head) = trial(&package, &rows, &Settings::default()).unwrap();
    assert_eq!(tried.ruling, Ruling::NoGain, "{tried:?}");
    assert!(head.is_none());
    let force = Settings { force: Some("the new labels are ours".to_owned()), ..Settings::default() };
    let (tried, head) = trial(&package, &rows, &force).unwrap();
    assert!(matches!(&tried.ruling, Ruling::Forced { reason } if reason.contains("ours")), "{tried:?}");
    assert!(head.is_some());
}

#[test]
fn rows_that_are_all_told_right_do_not_make_the_head_certain() {
    let package = testing::tiny();
    let (embeddings, gold) = rows(40, 2, 0.1, 5);
    let settings = Settings { force: Some("whatever the old head says".to_owned()), ..Settings::default() };
    let (trial, head) = trial(&package, &labelled("complaint", &embeddings, &gold), &settings).unwrap();
    assert!((trial.figures[0].after.value - 1.0).abs() < 1e-9, "{trial:?}");
    // Of 20 rows of a label one more would have been another: 21 in 22 is what they can show.
    let sure = head.unwrap().probabilities(&embeddings[0])[0];
    assert!((0.9..0.995).contains(&sure), "{sure}");
}

#[test]
fn too_few_rows_are_not_tried() {
    let package = testing::tiny();
    let (embeddings, mut gold) = rows(30, 3, 0.1, 5);
    gold.iter_mut().enumerate().for_each(|(at, gold)| *gold = usize::from(at < 9));
    let force = Settings { force: Some("never mind".to_owned()), ..Settings::default() };
    let (trial, head) = trial(&package, &labelled("sentiment", &embeddings, &gold), &force).unwrap();
    assert_eq!(trial.ruling, Ruling::TooFew);
    assert!(head.is_none() && trial.figures.is_empty());
    let thin: Vec<&str> = trial.thin().map(|(label, _)| label.as_str()).collect();
    assert_eq!(thin, ["neutral"]);
}

#[test]
fn the_same_rows_give_the_same_head_on_any_number_of_threads() {
    let package = testing::tiny();
    let (embeddings, gold) = rows(90, 3, 2.0, 8);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| trial(&package, &labelled("sentiment", &embeddings, &gold), &Settings::default()).unwrap())
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn what_cannot_be_learned_is_named() {
    let package = testing::tiny();
    let (embeddings, gold) = rows(30, 2, 0.1, 5);
    let error = trial(&package, &labelled("mood", &embeddings, &gold), &Settings::default()).unwrap_err();
    assert!(error.to_string().contains("\"mood\"") && error.to_string().contains("sentiment"), "{error}");
    let settings = Settings { folds: 11, ..Settings::default() };
    let error = trial(&package, &labelled("complaint", &embeddings, &gold), &settings).unwrap_err();
    assert_eq!(error.to_string(), "11 folds; it takes 2 to 10");
}
