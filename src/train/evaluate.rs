//! What a set of weights predicts on rows that were held out, and how good that is.

use super::Similarity;
use super::calibrate::{self, Sample};
use super::corpora::{Example, Library, Origin, Part, Target};
use super::metrics::{Estimate, Metric, Pair, difference, estimate};
use super::model::{Padded, Precision, Weights};
use super::schedule::Tokens;

/// A head's calibration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// Logits are divided by it.
    pub temperature: f64,
    /// Probability from which a two-way head says yes.
    pub threshold: Option<f64>,
}

/// One figure of the card.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Rows it was measured on: a corpus, or a part of one.
    pub rows_of: String,
    /// The head.
    pub head: String,
    /// What was measured.
    pub metric: Metric,
    /// Number of rows.
    pub rows: usize,
    /// With the weights as trained, f32.
    pub trained: Estimate,
    /// With the weights as shipped, int8.
    pub shipped: Estimate,
    /// Shipped minus trained, paired.
    pub difference: Estimate,
}

/// Rows of the given parts.
pub(crate) fn held_out(library: &Library, parts: &[Part]) -> Vec<usize> {
    (0..library.examples.len()).filter(|at| parts.contains(&library.examples[*at].part)).collect()
}

/// Logits of all heads for the given examples, in their order.
pub(crate) fn logits(
    weights: &Weights,
    tokens: &Tokens,
    examples: &[usize],
    limit: usize,
    precision: Precision,
) -> Vec<Vec<f32>> {
    let ids: Vec<Vec<u32>> = examples.iter().map(|example| tokens.whole(*example, limit)).collect();
    let mut order: Vec<usize> = (0..ids.len()).collect();
    order.sort_by_key(|at| ids[*at].len());
    let mut found = vec![Vec::new(); ids.len()];
    for rows in order.chunks(16) {
        let batch = Padded::new(&rows.iter().map(|at| ids[*at].as_slice()).collect::<Vec<_>>());
        let logits = tch::no_grad(|| {
            let pooled = weights.pooled(&batch, &weights.word_rows(&batch), precision, 0.0);
            weights.logits(&pooled)
        });
        for (at, row) in rows.iter().zip(0_i64..) {
            let row = logits.get(row);
            let mut values = vec![0_f32; row.numel()];
            let width = values.len();
            row.copy_data(&mut values, width);
            found[*at] = values;
        }
    }
    found
}

/// Compares the similarity projection of `weights` with the embeddings of `frozen` on up to 600 rows, evenly taken.
pub(crate) fn similarity(weights: &Weights, frozen: &Weights, tokens: &Tokens, examples: &[usize]) -> Similarity {
    let stride = examples.len().div_ceil(600).max(1);
    let picked: Vec<usize> = examples.iter().copied().step_by(stride).collect();
    let embed = |weights: &Weights, project: bool| -> Vec<Vec<f32>> {
        let row = |example: &usize| {
            let ids = tokens.whole(*example, 128);
            let batch = Padded::new(&[&ids]);
            let found = tch::no_grad(|| {
                let pooled = weights.pooled(&batch, &weights.word_rows(&batch), Precision::F32, 0.0);
                if project { weights.similarity(&pooled) } else { pooled }
            });
            let mut values = vec![0_f32; found.numel()];
            let width = values.len();
            found.copy_data(&mut values, width);
            values
        };
        picked.iter().map(row).collect()
    };
    let (own, base) = (embed(weights, true), embed(frozen, false));
    let same: f64 = own.iter().zip(&base).map(|(a, b)| cosine(a, b)).sum();
    let pairs: Vec<(f64, f64)> = (0..picked.len())
        .flat_map(|a| [1, 7, 31].map(|step| (a, (a + step) % picked.len())))
        .map(|(a, b)| (cosine(&own[a], &own[b]), cosine(&base[a], &base[b])))
        .collect();
    Similarity { rows: picked.len(), cosine: same / picked.len().max(1) as f64, correlation: correlation(&pairs) }
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(1e-12)
}

fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let n = pairs.len().max(1) as f64;
    let (x, y) = pairs.iter().fold((0.0, 0.0), |(x, y), pair| (x + pair.0 / n, y + pair.1 / n));
    let sum = |f: &dyn Fn(f64, f64) -> f64| pairs.iter().map(|(a, b)| f(a - x, b - y)).sum::<f64>();
    sum(&|a, b| a * b) / (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt().max(1e-12)
}

/// Predictions on held-out rows, with the means to read them.
pub(crate) struct Predictions<'a> {
    pub(crate) library: &'a Library,
    /// First column of each head.
    pub(crate) offsets: &'a [usize],
    pub(crate) examples: &'a [usize],
    pub(crate) logits: &'a [Vec<f32>],
}

impl Predictions<'_> {
    /// Rows with a target for `head`, and that target.
    pub(crate) fn rows(&self, head: usize) -> impl Iterator<Item = (&Example, &Target, &[f32])> {
        let width = self.library.heads[head].labels.len();
        self.examples.iter().zip(self.logits).flat_map(move |(example, logits)| {
            let example = &self.library.examples[*example];
            let own = &logits[self.offsets[head]..self.offsets[head] + width];
            example.targets.iter().filter(move |target| target.head == head).map(move |target| (example, target, own))
        })
    }

    /// Fits every head on the calibration rows. Silver targets count only where there is nothing else.
    pub(crate) fn calibrate(&self) -> Vec<Calibration> {
        self.calibrate_on(Part::Calibration)
    }

    /// Fits every head on its rows of one part.
    pub(crate) fn calibrate_on(&self, part: Part) -> Vec<Calibration> {
        let fit = |head: usize| {
            let mine: Vec<_> = self.rows(head).filter(|(example, _, _)| example.part == part).collect();
            let gold = mine.iter().any(|(_, target, _)| target.origin == Origin::Gold);
            let wanted = if gold { Origin::Gold } else { Origin::Silver };
            let mine: Vec<_> = mine.into_iter().filter(|(_, target, _)| target.origin == wanted).collect();
            let samples: Vec<Sample> = mine.iter().map(|(_, target, logits)| sample(target, logits)).collect();
            let temperature = calibrate::temperature(&samples);
            let threshold = self.library.heads[head].two_way.then(|| {
                let rows: Vec<(f64, bool)> = samples
                    .iter()
                    .map(|row| (calibrate::softmax(&row.logits, temperature)[1], row.goal[1] > 0.5))
                    .collect();
                calibrate::threshold(&rows)
            });
            Calibration { temperature, threshold }
        };
        (0..self.library.heads.len()).map(fit).collect()
    }

    /// Pairs of `head` on the rows that `keep` wants; rows with several true labels are left out.
    pub(crate) fn pairs(&self, head: usize, calibration: Calibration, keep: impl Fn(&Example) -> bool) -> Vec<Pair> {
        let single = self.rows(head).filter(|(example, target, _)| target.labels.len() == 1 && keep(example));
        single
            .map(|(_, target, logits)| {
                let kept: Vec<usize> = kept(target, logits.len());
                let row: Vec<f64> = kept.iter().map(|label| f64::from(logits[*label])).collect();
                let p = calibrate::softmax(&row, calibration.temperature);
                let best = match calibration.threshold {
                    Some(threshold) => usize::from(p.get(1).is_some_and(|yes| *yes >= threshold)),
                    None => (0..p.len()).max_by(|a, b| p[*a].total_cmp(&p[*b])).unwrap_or(0),
                };
                Pair { gold: target.labels[0].0, predicted: kept[best], confidence: p[best] }
            })
            .collect()
    }
}

fn kept(target: &Target, labels: usize) -> Vec<usize> {
    target.among.clone().unwrap_or_else(|| (0..labels).collect())
}

fn sample(target: &Target, logits: &[f32]) -> Sample {
    let kept = kept(target, logits.len());
    let goal =
        |label: &usize| target.labels.iter().find(|(own, _)| own == label).map_or(0.0, |(_, share)| f64::from(*share));
    Sample {
        logits: kept.iter().map(|label| f64::from(logits[*label])).collect(),
        goal: kept.iter().map(goal).collect(),
    }
}

/// The figures of the card: corpus, head, metrics.
const FIGURES: [(&str, &str, &[Metric]); 16] = [
    ("xci", "complaint", &[Metric::MacroF1]),
    ("xci without random tweets", "complaint", &[Metric::MacroF1]),
    ("xci", "reproach_tweet", &[Metric::MacroF1, Metric::Kappa, Metric::WithinOne]),
    ("cesamard", "complaint", &[Metric::MacroF1]),
    ("cesamard", "reproach_review", &[Metric::MacroF1, Metric::Kappa, Metric::WithinOne]),
    ("fincorp", "reproach_finance", &[Metric::MacroF1, Metric::Kappa, Metric::WithinOne]),
    ("semeval_sentiment", "sentiment", &[Metric::MacroRecall, Metric::MacroF1]),
    ("sst2", "sentiment", &[Metric::Accuracy]),
    ("cesamard", "sentiment", &[Metric::MacroF1]),
    ("fincorp", "sentiment", &[Metric::MacroF1]),
    ("tweeteval_emotion", "emotion_tweet", &[Metric::MacroF1, Metric::Accuracy]),
    ("goemotions", "emotion", &[Metric::MacroF1, Metric::Accuracy]),
    ("tweeteval_emotion", "anger", &[Metric::MacroF1]),
    ("goemotions", "anger", &[Metric::MacroF1]),
    ("banking77", "intent", &[Metric::Accuracy, Metric::MacroF1]),
    ("cfpb", "product", &[Metric::Accuracy, Metric::MacroF1]),
];

/// Heads whose labels come from rules and tables; what is measured is agreement with those.
const SILVER: [&str; 2] = ["issue", "remedy"];

/// All figures on the rows of `part`, with the weights as trained and as shipped on the same rows.
pub(crate) fn figures(
    part: Part,
    trained: (&Predictions<'_>, &[Calibration]),
    shipped: (&Predictions<'_>, &[Calibration]),
) -> Vec<Figure> {
    let library = trained.0.library;
    let mut figures = Vec::new();
    let mut add = |rows_of: &str, head: usize, metrics: &[Metric], keep: &dyn Fn(&Example) -> bool| {
        let [first, second] = [trained, shipped].map(|(found, calibration)| found.pairs(head, calibration[head], keep));
        if first.is_empty() {
            return;
        }
        for metric in metrics {
            figures.push(Figure {
                rows_of: rows_of.to_owned(),
                head: library.heads[head].name.clone(),
                metric: *metric,
                rows: first.len(),
                trained: estimate(&first, *metric),
                shipped: estimate(&second, *metric),
                difference: difference(&first, &second, *metric),
            });
        }
    };
    // banking77 has no dev part: its figure is that of its calibration rows.
    let measured = |example: &Example, corpus: &str| {
        let part = if corpus == "banking77" { Part::Calibration } else { part };
        library.corpora.get(example.corpus).is_some_and(|own| own.name == corpus) && example.part == part
    };
    let head_of = |name: &str| library.heads.iter().position(|head| head.name == name);
    for (rows_of, head, metrics) in FIGURES {
        let Some(head) = head_of(head) else { continue };
        let corpus = rows_of.split(' ').next().unwrap_or(rows_of);
        let whole = corpus == rows_of;
        add(rows_of, head, metrics, &|example| {
            measured(example, corpus) && (whole || !example.slice.starts_with("random_"))
        });
    }
    for name in SILVER {
        let Some(head) = head_of(name) else { continue };
        for corpus in ["xci", "cesamard", "fincorp", "cfpb", "banking77"] {
            add(corpus, head, &[Metric::Accuracy], &|example| measured(example, corpus));
        }
    }
    for (head, named) in library.heads.iter().enumerate() {
        if !SILVER.contains(&named.name.as_str()) {
            let any =
                |example: &Example| library.corpora.get(example.corpus).is_some_and(|own| measured(example, &own.name));
            add("all of its corpora", head, &[Metric::CalibrationError], &any);
        }
    }
    figures
}
