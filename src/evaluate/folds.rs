//! Splits of labelled rows for cross-validation.

use super::random::Random;

/// Assigns every row to one of `folds` parts so that each label is spread as evenly as its number allows.
///
/// Rows of a label are shuffled by `seed` and dealt out one by one, each label going on where the one before it stopped; so the parts differ by
/// at most one row, and the same labels and seed give the same parts. With fewer than two folds, everything is in part 0.
pub fn stratified(labels: &[usize], folds: usize, seed: u64) -> Vec<usize> {
    let mut random = Random::new(seed);
    let mut part = vec![0; labels.len()];
    let mut next = 0;
    for label in 0..labels.iter().max().map_or(0, |most| most + 1) {
        let mut rows: Vec<usize> = (0..labels.len()).filter(|row| labels[*row] == label).collect();
        random.shuffle(&mut rows);
        for row in rows {
            part[row] = next % folds.max(1);
            next += 1;
        }
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_is_spread_evenly() {
        let labels: Vec<usize> = (0..103).map(|row| usize::from(row % 5 == 0) + usize::from(row % 17 == 0)).collect();
        let parts = stratified(&labels, 5, 7);
        for label in 0..3 {
            let counts: Vec<usize> = (0..5)
                .map(|fold| parts.iter().zip(&labels).filter(|(part, own)| **part == fold && **own == label).count())
                .collect();
            let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
            assert!(most - least <= 1, "{label}: {counts:?}");
        }
        assert_eq!(parts, stratified(&labels, 5, 7));
        assert_ne!(parts, stratified(&labels, 5, 8));
    }

    #[test]
    fn few_rows_and_few_folds_are_no_trouble() {
        assert_eq!(stratified(&[], 5, 1), Vec::<usize>::new());
        assert_eq!(stratified(&[0, 1, 0], 1, 1), [0, 0, 0]);
        assert_eq!(stratified(&[0, 1, 0], 0, 1), [0, 0, 0]);
    }
}
