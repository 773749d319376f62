//! A BERT encoder told as plainly as possible, in `f64`: what engines are compared with.
#![allow(clippy::many_single_char_names, reason = "the names of the reference are those of the formulas")]

use super::package::EncoderConfig;

/// The last hidden states of a BERT encoder, a row for each token. `tensor` gives weights by their name in a package.
pub(crate) fn hidden_states(config: &EncoderConfig, tensor: impl Fn(&str) -> Vec<f64>, ids: &[u32]) -> Vec<Vec<f64>> {
    let hidden = config.hidden;
    let linear = |x: &[Vec<f64>], name: &str| -> Vec<Vec<f64>> {
        let (weight, bias) = (tensor(&format!("{name}.weight")), tensor(&format!("{name}.bias")));
        x.iter()
            .map(|row| {
                let outputs = weight.chunks(row.len()).zip(&bias);
                outputs.map(|(w, b)| w.iter().zip(row).map(|(w, x)| w * x).sum::<f64>() + b).collect()
            })
            .collect()
    };
    let norm = |x: &mut [Vec<f64>], name: &str| {
        let (weight, bias) = (tensor(&format!("{name}.weight")), tensor(&format!("{name}.bias")));
        for row in x {
            let mean = row.iter().sum::<f64>() / row.len() as f64;
            let variance = row.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / row.len() as f64;
            let deviation = (variance + f64::from(config.layer_norm_eps)).sqrt();
            for (i, value) in row.iter_mut().enumerate() {
                *value = (*value - mean) / deviation * weight[i] + bias[i];
            }
        }
    };
    let add = |x: &mut [Vec<f64>], y: &[Vec<f64>]| {
        for (x, y) in x.iter_mut().flatten().zip(y.iter().flatten()) {
            *x += y;
        }
    };
    let [words, positions, types] =
        ["word", "position", "token_type"].map(|table| tensor(&format!("embeddings.{table}_embeddings.weight")));
    let mut x: Vec<Vec<f64>> = ids
        .iter()
        .enumerate()
        .map(|(at, id)| {
            (0..hidden).map(|i| words[*id as usize * hidden + i] + positions[at * hidden + i] + types[i]).collect()
        })
        .collect();
    norm(&mut x, "embeddings.LayerNorm");
    let width = hidden / config.heads;
    for layer in 0..config.layers {
        let name = format!("encoder.layer.{layer}");
        let [queries, keys, values] =
            ["query", "key", "value"].map(|part| linear(&x, &format!("{name}.attention.self.{part}")));
        let mut context = vec![vec![0.0; hidden]; ids.len()];
        for head in 0..config.heads {
            let columns = head * width..(head + 1) * width;
            for (row, context) in context.iter_mut().enumerate() {
                let scores: Vec<f64> = keys
                    .iter()
                    .map(|key| columns.clone().map(|i| queries[row][i] * key[i]).sum::<f64>() / (width as f64).sqrt())
                    .collect();
                let sum: f64 = scores.iter().map(|score| score.exp()).sum();
                for i in columns.clone() {
                    context[i] = scores.iter().zip(&values).map(|(score, value)| score.exp() / sum * value[i]).sum();
                }
            }
        }
        let mut y = linear(&context, &format!("{name}.attention.output.dense"));
        add(&mut y, &x);
        norm(&mut y, &format!("{name}.attention.output.LayerNorm"));
        let mut inner = linear(&y, &format!("{name}.intermediate.dense"));
        for value in inner.iter_mut().flatten() {
            *value *= normal_distribution(*value);
        }
        x = linear(&inner, &format!("{name}.output.dense"));
        add(&mut x, &y);
        norm(&mut x, &format!("{name}.output.LayerNorm"));
    }
    x
}

/// Φ by integrating its density with Simpson's rule.
fn normal_distribution(x: f64) -> f64 {
    let steps = 400;
    let end = x.clamp(-9.0, 9.0);
    let width = end / f64::from(steps);
    let density = |at: f64| (-at * at / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let sum: f64 = (0..=steps)
        .map(|i| {
            let weight = if i == 0 || i == steps { 1.0 } else { f64::from(2 + 2 * (i % 2)) };
            weight * density(f64::from(i) * width)
        })
        .sum();
    0.5 + sum * width / 3.0
}
