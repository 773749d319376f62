//! Tests of whether two systems differ on the same rows.

use rayon::prelude::*;

use super::flat::Flat;
use super::measures::{Measure, Table};
use super::random::Random;

/// Rounds of the randomisation test; the smallest p is one in this many and one.
pub const ROUNDS: usize = 1999;

/// Exact two-sided McNemar test: of `first + second` rows on which exactly one of two systems is right, `first` are the first one's.
///
/// The p-value is twice the lower tail of a binomial with one half, at most 1. Returns 1 when the systems never differ.
pub fn mcnemar_exact(first: u64, second: u64) -> f64 {
    let (few, all) = (first.min(second), first + second);
    // ln C(all, k) - all ln 2, summed from k = 0: each term follows from the one before it.
    let mut log_term = -(all as f64) * std::f64::consts::LN_2;
    let mut tail = log_term.exp();
    for k in 1..=few {
        log_term += ((all - k + 1) as f64).ln() - (k as f64).ln();
        tail += log_term.exp();
    }
    (2.0 * tail).min(1.0)
}

/// Rows on which only the first, and only the second, is right.
pub(super) fn discordant(first: &Flat, second: &Flat) -> Option<(u64, u64)> {
    let right = |flat: &Flat| -> Option<Vec<bool>> {
        Some(flat.predicted()?.iter().zip(flat.gold()).map(|(predicted, gold)| predicted == gold).collect())
    };
    let pairs = right(first)?.into_iter().zip(right(second)?);
    Some(
        pairs.fold((0, 0), |(a, b), pair| (a + u64::from(pair == (true, false)), b + u64::from(pair == (false, true)))),
    )
}

/// Approximate randomisation (Noreen 1989): the share of rounds in which swapping the two systems' answers row by row, each with a probability of one
/// half, gives a difference at least as large as the one that was seen. One p-value for each measure of a label table; seeded.
pub(super) fn randomisation(
    first: &Flat,
    second: &Flat,
    labels: usize,
    measures: &[Measure],
) -> Option<Vec<Option<f64>>> {
    let answers = |flat: &Flat| -> Option<Vec<(usize, usize)>> {
        Some(flat.gold().iter().copied().zip(flat.predicted()?.iter().copied()).collect())
    };
    let (a, b) = (answers(first)?, answers(second)?);
    let differences = |swap: &mut dyn FnMut() -> bool| -> Vec<Option<f64>> {
        let mut tables = [vec![vec![0; labels]; labels], vec![vec![0; labels]; labels]];
        for (one, other) in a.iter().zip(&b) {
            let (one, other) = if swap() { (other, one) } else { (one, other) };
            tables[0][one.0][one.1] += 1;
            tables[1][other.0][other.1] += 1;
        }
        let [x, y] = [Table::new(&tables[0]), Table::new(&tables[1])];
        measures.iter().map(|measure| Some(of(&y, *measure)? - of(&x, *measure)?)).collect()
    };
    let seen = differences(&mut || false);
    let rounds: Vec<Vec<Option<f64>>> = (0..ROUNDS)
        .into_par_iter()
        .map(|round| {
            let mut random = Random::new(0xA11C_E000 + round as u64);
            differences(&mut || random.unit() < 0.5)
        })
        .collect();
    let p = |at: usize| {
        // A hair of slack, so that differences that are equal but for rounding count as equal.
        let seen = seen[at]?.abs() - 1e-12;
        let reached = rounds.iter().filter(|round| round[at].is_some_and(|value| value.abs() >= seen)).count();
        Some((reached + 1) as f64 / (ROUNDS + 1) as f64)
    };
    Some((0..measures.len()).map(p).collect())
}

fn of(table: &Table<'_>, measure: Measure) -> Option<f64> {
    match measure {
        Measure::Accuracy => table.accuracy(),
        Measure::MacroF1 => table.macro_f1(),
        Measure::MacroRecall => table.macro_recall(),
        Measure::Qwk => table.kappa(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::flat::tests::labels;
    use super::*;

    /// scipy: `binomtest(3, 14).pvalue`, `binomtest(30, 75).pvalue`, `binomtest(5, 10).pvalue`.
    #[test]
    fn mcnemar_is_a_binomial_test() {
        for (first, second, p) in
            [(3, 11, 0.057_373_046_875), (30, 45, 0.105_342_268_874_602_04), (5, 5, 1.0), (0, 0, 1.0)]
        {
            assert!((mcnemar_exact(first, second) - p).abs() < 1e-9, "{first} {second}");
            assert!((mcnemar_exact(second, first) - p).abs() < 1e-9);
        }
        // 0 of n: 2 / 2^n. Far beyond what factorials can hold, too.
        assert!((mcnemar_exact(0, 6) - 2.0 / 64.0).abs() < 1e-12);
        assert!(mcnemar_exact(1000, 2000) < 1e-60);
    }

    fn rows(right: &[bool]) -> Flat {
        let rows: Vec<(usize, usize, f64)> = right
            .iter()
            .enumerate()
            .map(|(row, right)| (row % 2, if *right { row % 2 } else { 1 - row % 2 }, 0.5))
            .collect();
        labels(&rows, 2)
    }

    #[test]
    fn discordant_rows_are_those_where_one_is_right() {
        let (a, b) = (rows(&[true, true, false, false, true]), rows(&[true, false, true, false, false]));
        assert_eq!(discordant(&a, &b), Some((2, 1)));
    }

    #[test]
    fn randomisation_tells_a_large_difference_from_none() {
        let good: Vec<bool> = (0..80).map(|row| row % 10 != 0).collect();
        let bad: Vec<bool> = (0..80).map(|row| row % 2 == 0).collect();
        let measures = [Measure::Accuracy, Measure::MacroF1];
        let far = randomisation(&rows(&good), &rows(&bad), 2, &measures).unwrap();
        assert!(far.iter().all(|p| p.unwrap() < 0.005), "{far:?}");
        let same = randomisation(&rows(&good), &rows(&good), 2, &measures).unwrap();
        assert!(same.iter().all(|p| (p.unwrap() - 1.0).abs() < 1e-12), "{same:?}");
    }

    #[test]
    fn randomisation_agrees_with_the_exact_test_on_accuracy() {
        // 11 rows only one gets right, 3 only the other: swapping is the same binomial as McNemar's.
        let a: Vec<bool> = (0..60).map(|row| row >= 11).collect();
        let b: Vec<bool> = (0..60).map(|row| !(11..14).contains(&row)).collect();
        let p = randomisation(&rows(&a), &rows(&b), 2, &[Measure::Accuracy]).unwrap()[0].unwrap();
        assert!((p - mcnemar_exact(11, 3)).abs() < 0.02, "{p}");
    }
}
