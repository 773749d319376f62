//! Severity: harm and reproach together, 0..=100.
//!
//! ```text
//! H = harm / 100
//! R = sum over the four levels of P(level) * worth of the level
//! severity = 100 * P(complaint) * (1 - (1 - a H) (1 - b R)) / (1 - (1 - a) (1 - b))
//! ```
//!
//! with *a* = `severity.harm` and *b* = `severity.reproach` of the weights. It never falls when harm, reproach or the probability of a complaint
//! rises. Since *a* is much larger than *b*, a calm message about a great harm outranks an angry one about a small harm; and what is no
//! complaint has hardly any severity, whatever words it uses.

use super::weights::SeverityWeights;

/// Returns the expected worth of reproach, 0..=1, from the probabilities of the levels, lowest first.
pub fn expected_reproach(levels: [f32; 4], weights: &SeverityWeights) -> f32 {
    let total: f32 = levels.iter().sum();
    if total <= 0.0 {
        return 0.0;
    }
    let worth: f32 = levels.iter().zip(weights.levels).map(|(p, worth)| p * worth).sum();
    (worth / total).clamp(0.0, 1.0)
}

/// Returns severity, 0..=100, from harm (0..=100), expected reproach (0..=1) and P(complaint).
pub fn severity(harm: f32, reproach: f32, complaint: f32, weights: &SeverityWeights) -> f32 {
    let joint = |harm: f32, reproach: f32| 1.0 - (1.0 - weights.harm * harm) * (1.0 - weights.reproach * reproach);
    let most = joint(1.0, 1.0);
    if most <= 0.0 {
        return 0.0;
    }
    let (harm, reproach) = ((harm / 100.0).clamp(0.0, 1.0), reproach.clamp(0.0, 1.0));
    (100.0 * complaint.clamp(0.0, 1.0) * joint(harm, reproach) / most).clamp(0.0, 100.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::scoring::weights::Weights;

    fn weights() -> SeverityWeights {
        Weights::embedded().severity
    }

    #[test]
    fn a_calm_message_about_a_great_harm_outranks_an_angry_one_about_a_small_harm() {
        let calm = expected_reproach([0.9, 0.1, 0.0, 0.0], &weights());
        let angry = expected_reproach([0.0, 0.0, 0.1, 0.9], &weights());
        assert!(severity(65.0, calm, 0.8, &weights()) > severity(15.0, angry, 1.0, &weights()));
    }

    #[test]
    fn praise_has_no_severity_and_the_worst_has_all() {
        assert!(severity(40.0, 0.5, 0.02, &weights()) < 2.0);
        assert!((severity(100.0, 1.0, 1.0, &weights()) - 100.0).abs() < 1e-3);
    }

    #[test]
    fn levels_that_do_not_sum_to_one_are_weighed_as_shares() {
        assert!((expected_reproach([0.0, 0.0, 0.0, 0.5], &weights()) - 1.0).abs() < 1e-6);
        assert!(expected_reproach([0.0; 4], &weights()).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn severity_is_monotone(h in 0.0f32..=100.0, r in 0.0f32..=1.0, p in 0.0f32..=1.0, dh in 0.0f32..=50.0, dr in 0.0f32..=0.5, dp in 0.0f32..=0.5) {
            let base = severity(h, r, p, &weights());
            prop_assert!((0.0..=100.0).contains(&base));
            for more in [severity(h + dh, r, p, &weights()), severity(h, r + dr, p, &weights()), severity(h, r, p + dp, &weights())] {
                prop_assert!(more + 1e-3 >= base);
            }
        }
    }
}
