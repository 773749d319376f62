//! Multinomial logistic regression over sparse rows, by L-BFGS.

use rayon::prelude::*;

use crate::evaluate::minimise::{Objective, Point, dot, minimise};

/// The gradient is small enough when its length fell to this share of what it was at zero weights.
const TOLERANCE: f64 = 1e-3;

/// Sparse rows, by row and by column.
#[derive(Debug)]
pub struct Rows {
    rows: Vec<Vec<(u32, f32)>>,
    columns: Vec<Vec<(u32, f32)>>,
}

impl Rows {
    /// Takes rows of (column, value), the columns ascending and below `columns`.
    pub fn new(rows: Vec<Vec<(u32, f32)>>, columns: usize) -> Self {
        let mut by_column = vec![Vec::new(); columns];
        for (number, row) in (0_u32..).zip(&rows) {
            for &(column, value) in row {
                by_column[column as usize].push((number, value));
            }
        }
        Self { rows, columns: by_column }
    }
}

/// Weights for each label: probabilities are the softmax of `row . weights + intercept`.
#[derive(Debug, Clone)]
pub struct Softmax {
    labels: usize,
    /// Column by column, a weight for each label; the intercepts last.
    weights: Vec<f64>,
}

impl Softmax {
    /// Minimises the mean log-loss plus `|weights|^2 / (2 strength rows)`; intercepts are free. Starts at `warm`, if that fits.
    ///
    /// Sums run in a fixed order, so the result does not depend on the number of threads.
    pub fn fit(rows: &Rows, gold: &[usize], labels: usize, strength: f64, warm: Option<&Self>) -> Self {
        let size = (rows.columns.len() + 1) * labels;
        let start = warm.filter(|warm| warm.weights.len() == size).map(|warm| warm.weights.clone());
        let problem = Problem { rows, gold, labels, penalty: 1.0 / (strength * rows.rows.len().max(1) as f64) };
        let floor = TOLERANCE * norm(&problem.at(&vec![0.0; size]).gradient);
        let weights = minimise(&problem, start.unwrap_or_else(|| vec![0.0; size]), floor);
        Self { labels, weights }
    }

    fn logits(&self, row: &[(u32, f32)]) -> Vec<f64> {
        logits(&self.weights, self.labels, row)
    }

    /// Returns a probability for each label.
    pub fn probabilities(&self, row: &[(u32, f32)]) -> Vec<f64> {
        let mut values = self.logits(row);
        softmax(&mut values);
        values
    }

    /// Returns the weights of a label: one a column, then the intercept.
    pub fn weights(&self, label: usize) -> impl Iterator<Item = f64> {
        self.weights.iter().skip(label).step_by(self.labels).copied()
    }

    /// Returns the most likely label, the first of equals.
    pub fn label(&self, row: &[(u32, f32)]) -> usize {
        let values = self.logits(row);
        (1..values.len()).fold(0, |best, at| if values[at] > values[best] { at } else { best })
    }
}

fn logits(weights: &[f64], labels: usize, row: &[(u32, f32)]) -> Vec<f64> {
    let mut values = weights[weights.len() - labels..].to_vec();
    for &(column, value) in row {
        let from = column as usize * labels;
        for (sum, weight) in values.iter_mut().zip(&weights[from..from + labels]) {
            *sum += f64::from(value) * weight;
        }
    }
    values
}

/// Turns logits into probabilities; returns the logarithm of their sum of exponentials.
pub(crate) fn softmax(values: &mut [f64]) -> f64 {
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = values.iter().map(|value| (value - most).exp()).sum();
    for value in values.iter_mut() {
        *value = (*value - most).exp() / sum;
    }
    most + sum.ln()
}

struct Problem<'a> {
    rows: &'a Rows,
    gold: &'a [usize],
    labels: usize,
    penalty: f64,
}

impl Objective for Problem<'_> {
    fn at(&self, weights: &[f64]) -> Point {
        let labels = self.labels;
        let n = self.rows.rows.len().max(1) as f64;
        // Residuals (probability less truth), row by row; each row on its own, so threads cannot change a sum.
        let found: Vec<(f64, Vec<f64>)> = self
            .rows
            .rows
            .par_iter()
            .zip(self.gold)
            .map(|(row, gold)| {
                let mut values = logits(weights, labels, row);
                let own = values[*gold];
                let loss = softmax(&mut values) - own;
                values[*gold] -= 1.0;
                (loss, values)
            })
            .collect();
        let free = weights.len() - labels;
        let mut gradient = vec![0.0; weights.len()];
        gradient[..free].par_chunks_mut(labels).zip(&self.rows.columns).enumerate().for_each(|(at, (own, column))| {
            for &(row, value) in column {
                for (sum, residual) in own.iter_mut().zip(&found[row as usize].1) {
                    *sum += f64::from(value) * residual;
                }
            }
            for (sum, weight) in own.iter_mut().zip(&weights[at * labels..]) {
                *sum = *sum / n + self.penalty * weight;
            }
        });
        for (_, residuals) in &found {
            for (sum, residual) in gradient[free..].iter_mut().zip(residuals) {
                *sum += residual / n;
            }
        }
        let loss = found.iter().map(|(loss, _)| loss).sum::<f64>() / n;
        Point { loss: loss + self.penalty / 2.0 * dot(&weights[..free], &weights[..free]), gradient }
    }
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(values: &[f32]) -> Vec<(u32, f32)> {
        (0..).zip(values).filter(|(_, value)| **value != 0.0).map(|(column, value)| (column, *value)).collect()
    }

    fn data() -> (Rows, [usize; 8]) {
        let rows = [[1.0, 0.0], [0.9, 0.3], [0.2, 0.8], [0.0, 1.0], [-1.0, 0.1], [-0.7, -0.6], [0.4, 0.4], [-0.2, 0.9]];
        (Rows::new(rows.iter().map(|values| row(values)).collect(), 2), [0, 0, 1, 1, 2, 2, 1, 0])
    }

    /// From scikit-learn 1.9.1, whose C multiplies the summed loss as ours does:
    /// `LogisticRegression(C=2.0, tol=1e-10, max_iter=10000).fit(X, y).predict_proba([[0.5, 0.5]])` on the same eight rows.
    #[test]
    fn probabilities_are_those_of_scikit_learn() {
        let (rows, gold) = data();
        let problem = Problem { rows: &rows, gold: &gold, labels: 3, penalty: 1.0 / 16.0 };
        let model = Softmax { labels: 3, weights: minimise(&problem, vec![0.0; 9], 1e-9) };
        let p = model.probabilities(&row(&[0.5, 0.5]));
        for (own, theirs) in p.iter().zip(SKLEARN) {
            assert!((own - theirs).abs() < 1e-6, "{p:?}");
        }
        let fitted = Softmax::fit(&rows, &gold, 3, 2.0, None).probabilities(&row(&[0.5, 0.5]));
        assert!(p.iter().zip(&fitted).all(|(exact, quick)| (exact - quick).abs() < 0.01), "{fitted:?}");
    }

    const SKLEARN: [f64; 3] = [0.493_423_963, 0.427_454_994, 0.079_121_042];

    #[test]
    fn the_gradient_is_the_slope_of_the_loss() {
        let (rows, gold) = data();
        let problem = Problem { rows: &rows, gold: &gold, labels: 3, penalty: 0.1 };
        let weights: Vec<f64> = (0..9).map(|at| f64::from(at) / 7.0 - 0.5).collect();
        let point = problem.at(&weights);
        for at in 0..9 {
            let mut moved = weights.clone();
            moved[at] += 1e-6;
            let slope = (problem.at(&moved).loss - point.loss) / 1e-6;
            assert!((slope - point.gradient[at]).abs() < 1e-5, "{at}: {slope} {}", point.gradient[at]);
        }
    }

    #[test]
    fn a_warm_start_ends_where_a_cold_one_does() {
        let (rows, gold) = data();
        let cold = Softmax::fit(&rows, &gold, 3, 4.0, None);
        let warm = Softmax::fit(&rows, &gold, 3, 4.0, Some(&Softmax::fit(&rows, &gold, 3, 1.0, None)));
        let (a, b) = (cold.probabilities(&row(&[0.3, -0.2])), warm.probabilities(&row(&[0.3, -0.2])));
        assert!(a.iter().zip(&b).all(|(x, y)| (x - y).abs() < 0.01), "{a:?} {b:?}");
        assert_eq!(cold.label(&row(&[2.0, 0.0])), 0);
    }
}
