//! What repeated timings say: the median and how sure it is.

use super::measures::DRAWS;
use super::random::Random;

/// A median with the 95 % interval of its bootstrap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Median {
    /// The median.
    pub value: f64,
    /// Bounds of the interval.
    pub ci95: [f64; 2],
}

/// Returns the median of `values` with its interval; `None` of nothing.
pub fn median(values: &[f64]) -> Option<Median> {
    let value = quantile(values, 0.5)?;
    let mut random = Random::new(0x7151_4321);
    let mut medians: Vec<f64> = Vec::with_capacity(DRAWS);
    let mut drawn = vec![0.0; values.len()];
    for _ in 0..DRAWS {
        for slot in &mut drawn {
            *slot = values[random.below(values.len())];
        }
        medians.extend(quantile(&drawn, 0.5));
    }
    let ci95 = [quantile(&medians, 0.025)?, quantile(&medians, 0.975)?];
    Some(Median { value, ci95 })
}

/// Returns the value below which the `share` of `values` lies, between neighbours in proportion; `None` of nothing.
pub fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = share.clamp(0.0, 1.0) * (sorted.len().checked_sub(1)?) as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the length")]
    let below = place as usize;
    let above = (below + 1).min(sorted.len() - 1);
    Some((sorted[above] - sorted[below]).mul_add(place - below as f64, sorted[below]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_neighbours() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[3.0], 0.95), Some(3.0));
        assert_eq!(quantile(&[4.0, 1.0, 2.0, 3.0], 0.5), Some(2.5));
        assert_eq!(quantile(&[1.0, 2.0], 1.0), Some(2.0));
    }

    #[test]
    fn the_interval_holds_the_median_and_ignores_one_slow_run() {
        let found = median(&[10.0, 11.0, 10.5, 10.2, 90.0, 10.1, 10.4]).unwrap();
        assert_eq!(found.value.to_bits(), 10.4_f64.to_bits());
        assert!(found.ci95[0] >= 10.0 && found.ci95[0] <= 10.4 && found.ci95[1] >= 10.4, "{found:?}");
        assert_eq!(median(&[]), None);
    }
}
