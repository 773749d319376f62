//! Int8 weights with a scale per row, and back.

/// A matrix of `rows` rows as int8 with one scale per row; `row * scale` is what it stands for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Quantised {
    pub(crate) values: Vec<i8>,
    pub(crate) scales: Vec<f32>,
}

/// Rounds each row of `values` (row-major, `columns` wide, at least 1) to 255 steps that are symmetric about 0.
pub(crate) fn quantise(values: &[f32], columns: usize) -> Quantised {
    let mut all = Quantised { values: Vec::with_capacity(values.len()), scales: Vec::new() };
    for row in values.chunks(columns) {
        let most = row.iter().fold(0_f32, |most, value| most.max(value.abs()));
        // A row of zeros keeps a scale that divides.
        let scale = if most > 0.0 { most / 127.0 } else { 1.0 };
        #[expect(clippy::cast_possible_truncation, reason = "clamped to the range of an i8")]
        all.values.extend(row.iter().map(|value| (value / scale).round().clamp(-127.0, 127.0) as i8));
        all.scales.push(scale);
    }
    all
}

/// The floats that the engines compute with.
#[cfg(any(test, feature = "rust-bert"))]
pub(crate) fn dequantise(matrix: &Quantised, columns: usize) -> Vec<f32> {
    let rows = matrix.values.chunks(columns).zip(&matrix.scales);
    rows.flat_map(|(row, scale)| row.iter().map(move |value| f32::from(*value) * scale)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_moves_by_more_than_half_a_step() {
        let values: Vec<f32> = (0..60_u8).map(|i| (f32::from(i) * 0.37).sin() * f32::from(1 + i / 20)).collect();
        let matrix = quantise(&values, 20);
        let back = dequantise(&matrix, 20);
        for (at, (a, b)) in values.iter().zip(&back).enumerate() {
            assert!((a - b).abs() <= matrix.scales[at / 20] * 0.5001, "{a} {b}");
        }
        assert_eq!(quantise(&back, 20).values, matrix.values);
    }

    #[test]
    fn a_row_of_zeros_stays_zero() {
        let matrix = quantise(&[0.0, 0.0, 1.0, -2.0], 2);
        assert_eq!(matrix.values, [0, 0, 64, -127]);
        assert_eq!(dequantise(&matrix, 2)[..2], [0.0, 0.0]);
    }
}
