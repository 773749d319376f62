//! Substantiation: how much a message argues and proves its claim, 0..=1.
//!
//! Each kind of evidence that is present counts once with its weight, combined as `1 - product of (1 - weight)`: ten dates prove no more than one, and
//! another kind never lowers it. The way it argues ([`argument`](super::argument)) is combined with that in the same way. Tone does not enter.

use super::findings::{MarkKind, TextFindings};
use super::points::combine;
use super::weights::Weights;

/// How much a text argues and proves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Substantiation {
    /// What its evidence alone amounts to, 0..=1.
    pub evidence: f32,
    /// Evidence and argument together, 0..=1.
    pub score: f32,
}

/// Returns the substantiation of a text.
pub fn substantiation(findings: &TextFindings, weights: &Weights) -> Substantiation {
    let present = MarkKind::ALL.into_iter().filter(|kind| findings.has(*kind));
    let evidence = combine(present.map(|kind| 100.0 * weight(kind, weights)));
    let argument = 100.0 * weights.argument * findings.argument.share();
    Substantiation { evidence: evidence / 100.0, score: combine([evidence, argument]) / 100.0 }
}

/// Returns the weight of a kind of evidence; 0 for contrary evidence.
pub(super) fn weight(kind: MarkKind, weights: &Weights) -> f32 {
    weights.substantiation.get(kind.name()).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::super::findings::analyse_text;
    use super::*;

    fn of(text: &str) -> f32 {
        substantiation(&analyse_text(text), Weights::embedded()).score
    }

    #[test]
    fn facts_substantiate_and_shouting_does_not() {
        assert!(of("Order 88213 was placed Monday for $60, I emailed you twice and have the receipt.") > 0.55);
        assert!(of("WORST COMPANY EVER!!! You are all idiots and liars!!!") < 0.05);
    }

    #[test]
    fn another_kind_of_evidence_never_lowers_it_and_the_same_kind_adds_nothing() {
        let one = of("Order 88213.");
        assert!((of("Order 88213, order 88214.") - one).abs() < 1e-6);
        assert!(of("Order 88213, paid $60.") > one);
        let argued =
            substantiation(&analyse_text("It came, but then it broke, because you told me so."), Weights::embedded());
        assert!(argued.score > argued.evidence && argued.evidence < 0.3, "{argued:?}");
    }
}
