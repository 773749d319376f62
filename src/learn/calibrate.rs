//! Temperatures and thresholds, fitted on rows that no gradient has seen.

/// One row of a head: logits over the labels that the corpus chose from, and the shares that are true.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) logits: Vec<f64>,
    pub(crate) goal: Vec<f64>,
}

/// Softmax of logits over a temperature.
pub(crate) fn softmax(logits: &[f64], temperature: f64) -> Vec<f64> {
    let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let raised: Vec<f64> = logits.iter().map(|logit| ((logit - most) / temperature).exp()).collect();
    let sum: f64 = raised.iter().sum();
    raised.into_iter().map(|value| value / sum).collect()
}

fn loss(samples: &[Sample], temperature: f64) -> f64 {
    let row = |sample: &Sample| -> f64 {
        let p = softmax(&sample.logits, temperature);
        sample.goal.iter().zip(p).map(|(goal, p)| -goal * p.max(1e-12).ln()).sum()
    };
    samples.iter().map(row).sum()
}

/// The temperature between 0.2 and 5 at which the likelihood is largest; 1 without samples.
pub(crate) fn temperature(samples: &[Sample]) -> f64 {
    if samples.is_empty() {
        return 1.0;
    }
    // Golden-section search over the logarithm: the loss has one minimum there.
    let ratio = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (0.2_f64.ln(), 5.0_f64.ln());
    for _ in 0..40 {
        let (left, right) = (high - ratio * (high - low), low + ratio * (high - low));
        if loss(samples, left.exp()) < loss(samples, right.exp()) {
            high = right;
        } else {
            low = left;
        }
    }
    f64::midpoint(low, high).exp()
}

/// The probability of *yes* from which a two-way head says yes, by macro-F1 on `rows` (probability, truth).
///
/// The one nearest to 0.5 that is within a standard error of the best: probabilities are calibrated, so anything else
/// needs a reason that is more than a few rows.
pub(crate) fn threshold(rows: &[(f64, bool)]) -> f64 {
    let figure = |cut: f64| {
        let mut counts = [[0.0_f64; 2]; 2];
        for (p, yes) in rows {
            counts[usize::from(*yes)][usize::from(*p >= cut)] += 1.0;
        }
        let [[tn, fp], [fn_, tp]] = counts;
        let f1 = |right: f64, wrong: f64| if right + wrong > 0.0 { 2.0 * right / (2.0 * right + wrong) } else { 0.0 };
        f64::midpoint(f1(tp, fp + fn_), f1(tn, fp + fn_))
    };
    let cuts: Vec<(f64, f64)> = (50..=150).map(|at| f64::from(at) / 200.0).map(|cut| (cut, figure(cut))).collect();
    let best = cuts.iter().map(|(_, figure)| *figure).fold(0.0, f64::max);
    let error = (best * (1.0 - best) / rows.len().max(1) as f64).sqrt();
    let near = cuts.iter().filter(|(_, figure)| *figure >= best - error).map(|(cut, _)| *cut);
    near.min_by(|a, b| (a - 0.5).abs().total_cmp(&(b - 0.5).abs())).unwrap_or(0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temperature_undoes_a_scale() {
        // 80 % of the rows with a logit gap of 4 are right: softmax(4 / t) = .8 at t = 4 / ln 4
        let sample =
            |right: bool| Sample { logits: vec![4.0, 0.0], goal: if right { vec![1.0, 0.0] } else { vec![0.0, 1.0] } };
        let samples: Vec<Sample> = (0..100).map(|i| sample(i % 5 != 0)).collect();
        assert!((temperature(&samples) - 4.0 / 4.0_f64.ln()).abs() < 1e-3);
        assert!((temperature(&[]) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_threshold_moves_only_for_a_reason() {
        let rows = |yes: f64, no: f64| -> Vec<(f64, bool)> {
            (0..100).map(|i| if i < 30 { (yes, true) } else { (no, false) }).collect()
        };
        assert!((threshold(&rows(0.9, 0.1)) - 0.5).abs() < 1e-9);
        assert!((threshold(&rows(0.9, 0.6)) - 0.605).abs() < 1e-9);
        assert!((threshold(&rows(0.4, 0.1)) - 0.4).abs() < 1e-9);
        assert!((threshold(&[]) - 0.5).abs() < 1e-9);
    }
}
