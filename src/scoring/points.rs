//! How points are combined.

/// Combines points on the scale 0..=100 as `100 * (1 - product of (1 - p / 100))`: more never gives less, and nothing passes 100.
pub fn combine(points: impl IntoIterator<Item = f32>) -> f32 {
    let rest: f64 = points.into_iter().map(|p| 1.0 - f64::from(p.clamp(0.0, 100.0)) / 100.0).product();
    #[allow(clippy::cast_possible_truncation, reason = "a value in 0..=100")]
    let combined = (100.0 * (1.0 - rest)) as f32;
    combined
}

/// Points that grow by `per_decade` with each factor of ten: `base` at 1, within 0..=`max`. 0 for nothing.
pub(super) fn logarithmic(value: f64, base: f32, per_decade: f32, max: f32) -> f32 {
    if value <= 0.0 {
        return 0.0;
    }
    #[allow(clippy::cast_possible_truncation, reason = "the logarithm of a finite f64 is small")]
    let decades = value.log10() as f32;
    (base + per_decade * decades).clamp(0.0, max)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn points_combine_and_grow_with_the_logarithm() {
        assert!((combine([50.0, 50.0]) - 75.0).abs() < 1e-4);
        assert!(combine([]).abs() < 1e-6);
        assert!((logarithmic(100.0, 8.0, 11.0, 60.0) - 30.0).abs() < 1e-4);
        assert!(logarithmic(0.0, 8.0, 11.0, 60.0).abs() < 1e-6);
        assert!((logarithmic(1e30, 8.0, 11.0, 60.0) - 60.0).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn more_never_gives_less(points in prop::collection::vec(0.0f32..=100.0, 0..8), more in 0.0f32..=100.0) {
            let fewer = combine(points.iter().copied());
            let all = combine(points.iter().copied().chain([more]));
            prop_assert!((0.0..=100.0).contains(&all) && all + 1e-3 >= fewer);
        }
    }
}
