//! Cross-validation: what weights say about rows that they have not seen, as figures and as softer labels.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use tch::Tensor;

use super::calibrate::softmax;
use super::corpora::{Library, Origin, Part};
use super::evaluate::{self, Calibration, Figure, Predictions};
use super::metrics::{Metric, Pair, difference, estimate};
use super::model::{Precision, Weights, count};
use super::schedule::Tokens;
use super::{TrainError, export};

/// Logits of all heads on rows that were held out of a part of the run.
#[derive(Debug)]
pub(crate) struct Unseen {
    /// The rows, as indices of examples.
    pub(crate) examples: Vec<usize>,
    /// With the weights as trained.
    pub(crate) trained: Vec<Vec<f32>>,
    /// With the weights rounded to int8.
    pub(crate) shipped: Vec<Vec<f32>>,
}

impl Unseen {
    /// Predicts the rows.
    pub(crate) fn predict(weights: &Weights, tokens: &Tokens, examples: Vec<usize>, limit: usize) -> Self {
        let trained = evaluate::logits(weights, tokens, &examples, limit, Precision::F32);
        let shipped = evaluate::logits(&export::rounded(weights), tokens, &examples, limit, Precision::F32);
        Self { examples, trained, shipped }
    }

    /// Writes the predictions; `recipe` says by which weights they were made.
    pub(crate) fn save(&self, path: &Path, recipe: u64) -> Result<(), TrainError> {
        let failed = |message: String| TrainError::Checkpoint { path: path.into(), message };
        let examples: Vec<i64> = self.examples.iter().map(|example| count(*example)).collect();
        let all = [
            ("examples", Tensor::from_slice(&examples)),
            ("trained", table(&self.trained)),
            ("shipped", table(&self.shipped)),
            ("recipe", Tensor::from_slice(&[recipe.cast_signed()])),
        ];
        Tensor::write_safetensors(&all, path).map_err(|source| failed(source.to_string()))
    }

    /// Reads predictions that were written for the same recipe.
    pub(crate) fn load(path: &Path, recipe: u64) -> Result<Self, TrainError> {
        let mut kept = Kept::read(path, recipe)?;
        let read = |source: tch::TchError| TrainError::checkpoint(path, &source);
        let examples: Vec<i64> = kept.take("examples")?.try_into().map_err(read)?;
        Ok(Self {
            examples: examples.into_iter().filter_map(|example| usize::try_from(example).ok()).collect(),
            trained: kept.take("trained")?.try_into().map_err(read)?,
            shipped: kept.take("shipped")?.try_into().map_err(read)?,
        })
    }
}

/// Tensors that an earlier run kept beside the number of its recipe.
pub(crate) struct Kept {
    path: PathBuf,
    tensors: HashMap<String, Tensor>,
}

impl Kept {
    /// Reads a file that was written for the same recipe.
    pub(crate) fn read(path: &Path, recipe: u64) -> Result<Self, TrainError> {
        let tensors = Tensor::read_safetensors(path).map_err(|source| TrainError::checkpoint(path, &source))?;
        let mut kept = Self { path: path.into(), tensors: tensors.into_iter().collect() };
        if kept.take("recipe")?.int64_value(&[0]).cast_unsigned() != recipe {
            return Err(kept.failed("it was written by a run with other settings or other data".into()));
        }
        Ok(kept)
    }

    /// Takes the tensor of that name out.
    pub(crate) fn take(&mut self, name: &str) -> Result<Tensor, TrainError> {
        self.tensors.remove(name).ok_or_else(|| self.failed(format!("{name} is missing")))
    }

    fn failed(&self, message: String) -> TrainError {
        TrainError::Checkpoint { path: self.path.clone(), message }
    }
}

/// Rows of equal length as a tensor.
pub(crate) fn table(rows: &[Vec<f32>]) -> Tensor {
    Tensor::from_slice(&rows.concat()).view([count(rows.len()), -1])
}

/// Head and metrics of the figures by cross-validation.
const FIGURES: [(&str, &str, &[Metric]); 6] = [
    ("xci", "complaint", &[Metric::MacroF1]),
    ("xci without random tweets", "complaint", &[Metric::MacroF1]),
    ("xci", "reproach_tweet", &[Metric::MacroF1, Metric::Kappa, Metric::WithinOne]),
    ("cesamard", "complaint", &[Metric::MacroF1]),
    ("cesamard", "reproach_review", &[Metric::MacroF1, Metric::Kappa, Metric::WithinOne]),
    ("cesamard", "sentiment", &[Metric::MacroF1]),
];

/// All parts of a cross-validation.
pub(crate) struct OutOfFold<'a> {
    pub(crate) library: &'a Library,
    pub(crate) offsets: &'a [usize],
    pub(crate) parts: &'a [Unseen],
}

impl OutOfFold<'_> {
    /// Calibration for each part, fitted on the others, with the weights as trained or as shipped.
    fn calibrations(&self, shipped: bool) -> Vec<Vec<Calibration>> {
        let logits = |part: &Unseen| if shipped { part.shipped.clone() } else { part.trained.clone() };
        let fit = |left_out: usize| {
            let others = || self.parts.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, part)| part);
            let examples: Vec<usize> = others().flat_map(|part| part.examples.clone()).collect();
            let logits: Vec<Vec<f32>> = others().flat_map(logits).collect();
            self.predictions(&examples, &logits).calibrate_on(Part::Train)
        };
        (0..self.parts.len()).map(fit).collect()
    }

    fn predictions<'b>(&'b self, examples: &'b [usize], logits: &'b [Vec<f32>]) -> Predictions<'b> {
        Predictions { library: self.library, offsets: self.offsets, examples, logits }
    }

    /// The figures; every row is judged by weights and by a calibration that have not seen it.
    pub(crate) fn figures(&self) -> Vec<Figure> {
        let calibrations = [self.calibrations(false), self.calibrations(true)];
        let pairs = |shipped: bool, head: usize, rows_of: &str| -> Vec<Pair> {
            let corpus = rows_of.split(' ').next().unwrap_or(rows_of);
            let parts = self.parts.iter().zip(&calibrations[usize::from(shipped)]);
            parts
                .flat_map(|(part, calibration)| {
                    let logits = if shipped { &part.shipped } else { &part.trained };
                    self.predictions(&part.examples, logits).pairs(head, calibration[head], |example| {
                        let own = self.library.corpora.get(example.corpus).map(|own| own.name.as_str());
                        let random = example.slice.starts_with("random_");
                        (rows_of == "all" || own == Some(corpus)) && (corpus == rows_of || !random)
                    })
                })
                .collect()
        };
        let mut figures = Vec::new();
        let mut add = |rows_of: &str, name: &str, metrics: &[Metric]| {
            let Some(head) = self.library.heads.iter().position(|head| head.name == name) else { return };
            let (trained, shipped) = (pairs(false, head, rows_of), pairs(true, head, rows_of));
            if trained.is_empty() {
                return;
            }
            figures.extend(metrics.iter().map(|metric| Figure {
                rows_of: rows_of.to_owned(),
                head: name.to_owned(),
                metric: *metric,
                rows: trained.len(),
                trained: estimate(&trained, *metric),
                shipped: estimate(&shipped, *metric),
                difference: difference(&trained, &shipped, *metric),
            }));
        };
        for (rows_of, head, metrics) in FIGURES {
            add(rows_of, head, metrics);
        }
        for head in ["complaint", "reproach_tweet", "reproach_review"] {
            add("all", head, &[Metric::Accuracy, Metric::CalibrationError]);
        }
        figures
    }

    /// The library with labels of the predicted rows mixed with what was predicted, at a share of `soft`.
    ///
    /// Only labels that the corpus gives are mixed; those of our rules and tables stay.
    pub(crate) fn soften(&self, soft: f64) -> Library {
        let mut library = self.library.clone();
        for (part, calibration) in self.parts.iter().zip(self.calibrations(false)) {
            for (example, logits) in part.examples.iter().zip(&part.trained) {
                for target in &mut library.examples[*example].targets {
                    if target.origin != Origin::Gold || target.among.is_some() {
                        continue;
                    }
                    let width = self.library.heads[target.head].labels.len();
                    let own = &logits[self.offsets[target.head]..self.offsets[target.head] + width];
                    let own: Vec<f64> = own.iter().map(|logit| f64::from(*logit)).collect();
                    let predicted = softmax(&own, calibration[target.head].temperature);
                    target.labels = mixed(&target.labels, &predicted, soft);
                }
            }
        }
        library
    }
}

/// Shares of `labels`, moved towards `predicted` by `soft`.
#[expect(clippy::cast_possible_truncation, reason = "probabilities")]
pub(crate) fn mixed(labels: &[(usize, f32)], predicted: &[f64], soft: f64) -> Vec<(usize, f32)> {
    let share = |label: usize| labels.iter().find(|(own, _)| *own == label).map_or(0.0, |(_, share)| f64::from(*share));
    (0..predicted.len()).map(|label| (label, ((1.0 - soft) * share(label) + soft * predicted[label]) as f32)).collect()
}

/// Macro-F1 of complaint, pooled over domains that were left out one at a time, at the threshold of one half.
pub(crate) fn left_out_domains(library: &Library, offsets: &[usize], parts: &[Unseen]) -> Option<Figure> {
    let head = library.heads.iter().position(|head| head.name == "complaint")?;
    let calibration = Calibration { temperature: 1.0, threshold: Some(0.5) };
    let pairs = |shipped: bool| -> Vec<Pair> {
        let one = |part: &Unseen| {
            let logits = if shipped { &part.shipped } else { &part.trained };
            Predictions { library, offsets, examples: &part.examples, logits }.pairs(head, calibration, |_| true)
        };
        parts.iter().flat_map(one).collect()
    };
    let (trained, shipped) = (pairs(false), pairs(true));
    if trained.is_empty() {
        return None;
    }
    Some(Figure {
        rows_of: "xci, each domain left out".into(),
        head: "complaint".into(),
        metric: Metric::MacroF1,
        rows: trained.len(),
        trained: estimate(&trained, Metric::MacroF1),
        shipped: estimate(&shipped, Metric::MacroF1),
        difference: difference(&trained, &shipped, Metric::MacroF1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_move_towards_what_was_predicted() {
        let moved = mixed(&[(1, 1.0)], &[0.5, 0.25, 0.25], 0.4);
        let expected = [0.2, 0.7, 0.1];
        for ((label, share), (at, expected)) in moved.iter().zip(expected.iter().enumerate()) {
            assert_eq!(*label, at);
            assert!((share - expected).abs() < 1e-6, "{moved:?}");
        }
        assert!((moved.iter().map(|(_, share)| share).sum::<f32>() - 1.0).abs() < 1e-6);
    }
}
