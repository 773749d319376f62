//! Minimising a smooth convex function of many weights.

use std::collections::VecDeque;

/// Pairs of steps that are remembered.
const MEMORY: usize = 8;

/// Most iterations.
const ITERATIONS: usize = 200;

/// Value and gradient at a point.
#[derive(Debug, Clone)]
pub(crate) struct Point {
    pub(crate) loss: f64,
    pub(crate) gradient: Vec<f64>,
}

/// A convex function with a gradient.
pub(crate) trait Objective {
    /// Returns value and gradient at `weights`.
    fn at(&self, weights: &[f64]) -> Point;
}

/// L-BFGS (Nocedal and Wright 2006, algorithm 7.5) with a backtracking line search, from `start` until the gradient is no longer than `floor`, at most 200
/// steps. Sums run in a fixed order: equal inputs give equal bits.
pub(crate) fn minimise(objective: &impl Objective, start: Vec<f64>, floor: f64) -> Vec<f64> {
    let mut weights = start;
    let mut point = objective.at(&weights);
    let mut memory: VecDeque<(Vec<f64>, Vec<f64>, f64)> = VecDeque::new();
    for _ in 0..ITERATIONS {
        let length = dot(&point.gradient, &point.gradient).sqrt();
        if length <= floor {
            break;
        }
        let direction = direction(&point.gradient, &memory);
        let slope = dot(&direction, &point.gradient);
        // Without memory the direction is the gradient itself, which says nothing about a good step.
        let mut step = if memory.is_empty() { (1.0 / length).max(1.0) } else { 1.0 };
        let moved = loop {
            let tried: Vec<f64> = weights.iter().zip(&direction).map(|(weight, d)| weight + step * d).collect();
            let there = objective.at(&tried);
            if there.loss <= point.loss + 1e-4 * step * slope {
                break Some((tried, there));
            }
            step /= 2.0;
            if step < 1e-10 {
                break None;
            }
        };
        let Some((next, there)) = moved else { break };
        let s: Vec<f64> = next.iter().zip(&weights).map(|(a, b)| a - b).collect();
        let y: Vec<f64> = there.gradient.iter().zip(&point.gradient).map(|(a, b)| a - b).collect();
        let curvature = dot(&s, &y);
        if curvature > 1e-12 * dot(&y, &y) {
            if memory.len() == MEMORY {
                memory.pop_front();
            }
            memory.push_back((s, y, 1.0 / curvature));
        }
        weights = next;
        point = there;
    }
    weights
}

/// Minus the gradient times the inverse Hessian as the remembered steps show it.
fn direction(gradient: &[f64], memory: &VecDeque<(Vec<f64>, Vec<f64>, f64)>) -> Vec<f64> {
    let mut q = gradient.to_vec();
    let mut alphas = Vec::with_capacity(memory.len());
    for (s, y, rho) in memory.iter().rev() {
        let alpha = rho * dot(s, &q);
        add(&mut q, y, -alpha);
        alphas.push(alpha);
    }
    if let Some((_, y, rho)) = memory.back() {
        let scale = 1.0 / (rho * dot(y, y));
        for value in &mut q {
            *value *= scale;
        }
    }
    for ((s, y, rho), alpha) in memory.iter().zip(alphas.into_iter().rev()) {
        let beta = rho * dot(y, &q);
        add(&mut q, s, alpha - beta);
    }
    for value in &mut q {
        *value = -*value;
    }
    q
}

/// Adds `scale` times `b` to `a`.
pub(crate) fn add(a: &mut [f64], b: &[f64], scale: f64) {
    for (x, y) in a.iter_mut().zip(b) {
        *x += scale * y;
    }
}

/// Sum of products, in eight partial sums that are added in a fixed order.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let ((a, rest_a), (b, rest_b)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    for (x, y) in a.iter().zip(b) {
        for (sum, (x, y)) in sums.iter_mut().zip(x.iter().zip(y)) {
            *sum += x * y;
        }
    }
    let rest: f64 = rest_a.iter().zip(rest_b).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bowl of different curvature along each axis, with its bottom at 1, 2, 3, ...
    struct Bowl(usize);

    impl Objective for Bowl {
        fn at(&self, weights: &[f64]) -> Point {
            let bottom = |at: usize| (at + 1) as f64;
            let steep = |at: usize| 10_f64.powi(i32::try_from(at % 4).unwrap());
            let away: Vec<f64> = (0..self.0).map(|at| weights[at] - bottom(at)).collect();
            Point {
                loss: away.iter().enumerate().map(|(at, d)| steep(at) * d * d / 2.0).sum(),
                gradient: away.iter().enumerate().map(|(at, d)| steep(at) * d).collect(),
            }
        }
    }

    #[test]
    fn the_bottom_of_a_bowl_is_found_from_anywhere() {
        for start in [0.0, -50.0, 400.0] {
            let found = minimise(&Bowl(9), vec![start; 9], 1e-8);
            for (at, value) in found.iter().enumerate() {
                assert!((value - (at + 1) as f64).abs() < 1e-6, "{found:?}");
            }
        }
    }

    #[test]
    fn a_start_at_the_bottom_stays_there() {
        assert_eq!(minimise(&Bowl(2), vec![1.0, 2.0], 1e-8), [1.0, 2.0]);
    }

    #[test]
    fn a_dot_product_counts_every_place() {
        let a: Vec<f64> = (1..=19).map(f64::from).collect();
        assert!((dot(&a, &a) - 2470.0).abs() < 1e-9);
        assert!(dot(&[], &[]).abs() < 1e-12);
    }
}
