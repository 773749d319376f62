//! The loss of all heads.

use tch::{Kind, Tensor};

use super::Settings;
use super::corpora::{Head, Library};
use super::model::count;
use super::schedule::Use;

/// First column of each head in the logits.
pub(crate) fn offsets(heads: &[Head]) -> Vec<usize> {
    heads
        .iter()
        .scan(0, |next, head| {
            let first = *next;
            *next += head.labels.len();
            Some(first)
        })
        .collect()
}

/// The loss of all heads over the rows of a job.
pub(crate) struct Objective<'a> {
    pub(crate) settings: &'a Settings,
    library: &'a Library,
    offsets: Vec<usize>,
    /// Weight of each label of each head.
    balance: Vec<Vec<f64>>,
}

impl<'a> Objective<'a> {
    pub(crate) fn new(library: &'a Library, batches: &[Vec<Use>], settings: &'a Settings) -> Self {
        let offsets = offsets(&library.heads);
        let mut seen: Vec<Vec<f64>> = library.heads.iter().map(|head| vec![0.0; head.labels.len()]).collect();
        for row in batches.iter().flatten() {
            for target in &library.examples[row.example].targets {
                for (label, share) in &target.labels {
                    seen[target.head][*label] += f64::from(*share) * target.weight;
                }
            }
        }
        let balance = library.heads.iter().zip(seen).map(|(head, seen)| balance(&seen, head.balance)).collect();
        Self { settings, library, offsets, balance }
    }

    /// The weighted sum over rows and heads; a scalar.
    pub(crate) fn loss(&self, logits: &Tensor, rows: &[Use]) -> Tensor {
        let mut total = Tensor::from(0_f32);
        for (index, head) in self.library.heads.iter().enumerate() {
            let width = head.labels.len();
            let mut places: Vec<i64> = Vec::new();
            let (mut wanted, mut barred, mut weights) = (Vec::new(), Vec::new(), Vec::new());
            for (place, row) in rows.iter().enumerate() {
                for target in self.library.examples[row.example].targets.iter().filter(|target| target.head == index) {
                    places.push(count(place));
                    let mut goal = vec![0_f32; width];
                    let mut weight = 0.0;
                    for (label, share) in &target.labels {
                        goal[*label] += share;
                        weight += f64::from(*share) * self.balance[index][*label];
                    }
                    wanted.extend(goal);
                    let out = |label: usize| target.among.as_ref().is_some_and(|among| !among.contains(&label));
                    barred.extend((0..width).map(|label| if out(label) { -1e4_f32 } else { 0.0 }));
                    weights.push(weight * target.weight * head.weight);
                }
            }
            if places.is_empty() {
                continue;
            }
            let shape = [count(places.len()), count(width)];
            let wanted = Tensor::from_slice(&wanted).view(shape);
            let weights = Tensor::from_slice(&weights).to_kind(Kind::Float);
            let own = logits
                .narrow(1, count(self.offsets[index]), count(width))
                .index_select(0, &Tensor::from_slice(&places));
            let log_p = (own + Tensor::from_slice(&barred).view(shape)).log_softmax(1, Kind::Float);
            let mut each = -(&wanted * &log_p).sum_dim_intlist([1_i64].as_slice(), false, Kind::Float);
            if head.ordered {
                let apart = (log_p.exp() - &wanted).cumsum(1, Kind::Float).square();
                each += apart.sum_dim_intlist([1_i64].as_slice(), false, Kind::Float) * self.settings.ordered;
            }
            total += (each * weights).sum(Kind::Float);
        }
        total
    }
}

/// Weights of labels by inverse frequency to the given power, 1 on average over rows.
fn balance(seen: &[f64], power: f64) -> Vec<f64> {
    let total: f64 = seen.iter().sum();
    if total <= 0.0 {
        return vec![1.0; seen.len()];
    }
    let raw: Vec<f64> = seen.iter().map(|n| if *n > 0.0 { (total / n).powf(power) } else { 0.0 }).collect();
    let mean: f64 = raw.iter().zip(seen).map(|(weight, n)| weight * n / total).sum();
    raw.into_iter().map(|weight| weight / mean).collect()
}
