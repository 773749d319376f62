//! Distils the static model of the fast path from the encoder.
//!
//! The static model ([`FastModel`]) learns, on texts without labels, to give the probabilities that the encoder gives: the loss of a message is the sum
//! over its heads of the cross entropy with the encoder's probabilities, minimised by stochastic gradient descent with a step for each weight (Adagrad;
//! Duchi, Hazan and Singer 2011). Texts that it has not learned from then set its terms, and others measure what the terms are worth:
//!
//! - for each head, a logistic regression tells from the gap between the two highest logits how likely the encoder says something else; the mean over the
//!   heads is the *doubt* of a message;
//! - the terms let it answer up to the doubt at which the one-sided 95 % bound of the share of differing labels, over all labels of all messages, reaches
//!   [`MOST_DISAGREEMENT`]. Labels of messages that are left to the encoder cannot differ.

use serde::Serialize;

use super::regression::{Correction, Problem};
use crate::engine::fast::{FastHead, FastModel, Terms, gap};
use crate::engine::package::{I8Tensor, ModelPackage};
use crate::evaluate::random::Random;

/// Share of labels that may differ from the encoder's.
pub const MOST_DISAGREEMENT: f64 = 0.01;

/// Texts that are needed: a tenth of them has to bear a bound of a hundredth.
pub const LEAST_TEXTS: usize = 5_000;

/// Seed of the split, of the first weights, and of the order of learning.
const SEED: u64 = 11;

/// Length of a step before the first gradient.
const RATE: f32 = 0.05;

/// One-sided 95 % quantile of the normal distribution.
const Z: f64 = 1.645;

/// How the static model is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DistilSettings {
    /// Values of a token's vector.
    pub width: usize,
    /// Times that every text is learned from.
    pub epochs: usize,
}

impl Default for DistilSettings {
    fn default() -> Self {
        Self { width: 32, epochs: 3 }
    }
}

/// Why nothing can be distilled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DistilError {
    /// Too few texts.
    #[error("{found} texts; it takes {LEAST_TEXTS}")]
    TooFew {
        /// Different texts that could be read.
        found: usize,
    },
    /// No doubt is low enough.
    #[error(
        "the static model agrees with the encoder on no message well enough: fewer than {} of a hundred labels may differ",
        MOST_DISAGREEMENT * 100.0
    )]
    NoAgreement,
}

/// A text as the encoder read it.
#[derive(Debug, Clone)]
pub struct Text {
    ids: Vec<u32>,
    /// Probabilities of all outputs of all heads.
    goal: Vec<f32>,
}

/// What is distilled, and how well it agrees with the encoder.
#[derive(Debug, Clone)]
pub struct Distilled {
    /// The model, with its terms.
    pub model: FastModel,
    /// Texts that it learned from.
    pub learned: usize,
    /// Heads, with the share of held-back texts on which both say the same.
    pub heads: Vec<Agreement>,
}

/// How often the static model and the encoder give a text the same label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Agreement {
    /// The head.
    pub head: String,
    /// On all texts that were held back to measure.
    pub all: f64,
    /// On those of them that the static model may answer; `None` when there are none.
    pub answered: Option<f64>,
}

/// Distils one model.
#[derive(Debug)]
pub struct Distiller<'a> {
    package: &'a ModelPackage,
    heads: Vec<FastHead>,
}

impl<'a> Distiller<'a> {
    /// Prepares to distil the heads of `package` with these names; names that it does not have are left out.
    pub fn new(package: &'a ModelPackage, names: &[&str]) -> Self {
        let heads = names.iter().filter_map(|name| package.heads().get(name)).map(|head| FastHead {
            name: head.name.clone(),
            labels: head.labels.clone(),
            doubt: [0.0, 0.0],
        });
        Self { heads: heads.collect(), package }
    }

    /// Keeps what the heads say about the text with these tokens and this embedding.
    pub fn text(&self, ids: Vec<u32>, embedding: &[f32]) -> Text {
        let heads = self.heads.iter().filter_map(|head| self.package.heads().get(&head.name));
        let goal = heads.flat_map(|head| head.probabilities(&self.package.heads().input(head, embedding)));
        Text { ids, goal: goal.collect() }
    }

    /// Distils a static model from `texts`, which should all be different. Equal texts in equal order give equal bits.
    ///
    /// # Errors
    /// When there are too few texts, or the model agrees with the encoder nowhere.
    pub fn distil(&self, mut texts: Vec<Text>, settings: DistilSettings) -> Result<Distilled, DistilError> {
        if texts.len() < LEAST_TEXTS {
            return Err(DistilError::TooFew { found: texts.len() });
        }
        Random::new(SEED).shuffle(&mut texts);
        let tenth = texts.len() / 10;
        let measuring = texts.split_off(texts.len() - tenth);
        let setting = texts.split_off(texts.len() - tenth);
        let mut student = Student::new(self, settings.width);
        student.learn(&mut texts, settings.epochs);
        let open = Terms { most_doubt: 1.0, messages: 0, answered: 0.0, disagreement: 0.0, at_most: 0.0 };
        let model = student.model(self.heads.clone(), open.clone());
        let heads = self.doubts(&model, &setting);
        let model = model.with(heads.clone(), open.clone());
        let most_doubt = self.most_doubt(&model, &setting).ok_or(DistilError::NoAgreement)?;
        let (terms, agreement) = self.measure(&model, &measuring, most_doubt);
        Ok(Distilled { model: model.with(heads, terms), learned: texts.len(), heads: agreement })
    }

    /// For each head, whether the encoder gives the text another label.
    fn differs(&self, model: &FastModel, text: &Text) -> Vec<bool> {
        let logits = model.logits(&text.ids);
        self.parts(&logits).zip(self.parts(&text.goal)).map(|(own, goal)| highest(own) != highest(goal)).collect()
    }

    /// The part of each head in values of all outputs.
    fn parts<'v>(&self, values: &'v [f32]) -> impl Iterator<Item = &'v [f32]> {
        let mut rest = values;
        self.heads.iter().map(move |head| {
            let (own, others) = rest.split_at(head.labels.len());
            rest = others;
            own
        })
    }

    /// Fits the doubt of each head.
    fn doubts(&self, model: &FastModel, texts: &[Text]) -> Vec<FastHead> {
        let rows: Vec<usize> = (0..texts.len()).collect();
        let offsets = vec![vec![0.0; 2]; texts.len()];
        let gaps: Vec<Vec<f32>> =
            texts.iter().map(|text| self.parts(&model.logits(&text.ids)).map(gap).collect()).collect();
        let differs: Vec<Vec<bool>> = texts.iter().map(|text| self.differs(model, text)).collect();
        let fitted = self.heads.iter().enumerate().map(|(at, head)| {
            let features: Vec<Vec<f64>> = gaps.iter().map(|gaps| vec![f64::from(gaps[at]), 1.0]).collect();
            let gold: Vec<usize> = differs.iter().map(|differs| usize::from(differs[at])).collect();
            let problem = Problem {
                offsets: &offsets,
                features: &features,
                gold: &gold,
                rows: &rows,
                learned: &[0, 1],
                strength: 1.0,
            };
            let found = problem.fit(&Correction::none(2, 2));
            let weight = |of: usize| found.weights(1)[of] - found.weights(0)[of];
            FastHead { doubt: [narrow(weight(1)), narrow(weight(0))], ..head.clone() }
        });
        fitted.collect()
    }

    /// The highest doubt up to which the model may answer `texts`; `None` where it may answer none.
    fn most_doubt(&self, model: &FastModel, texts: &[Text]) -> Option<f32> {
        let mut rows: Vec<(f32, f64)> =
            texts.iter().map(|text| (model.answer(&text.ids).doubt, share(&self.differs(model, text)))).collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut shares = Shares { messages: texts.len(), ..Shares::default() };
        let mut most = None;
        for (doubt, share) in rows {
            shares.add(share);
            if shares.at_most() <= MOST_DISAGREEMENT {
                most = Some(doubt);
            }
        }
        most
    }

    fn measure(&self, model: &FastModel, texts: &[Text], most_doubt: f32) -> (Terms, Vec<Agreement>) {
        let mut shares = Shares { messages: texts.len(), ..Shares::default() };
        let mut equal = vec![(0_usize, 0_usize); self.heads.len()];
        for text in texts {
            let differs = self.differs(model, text);
            let answers = model.answer(&text.ids).doubt <= most_doubt;
            if answers {
                shares.add(share(&differs));
            }
            for ((all, answered), differs) in equal.iter_mut().zip(differs) {
                *all += usize::from(!differs);
                *answered += usize::from(!differs && answers);
            }
        }
        let agreement = self.heads.iter().zip(equal).map(|(head, (all, answered))| Agreement {
            head: head.name.clone(),
            all: all as f64 / texts.len().max(1) as f64,
            answered: (shares.answered > 0).then(|| answered as f64 / shares.answered as f64),
        });
        let terms = Terms {
            most_doubt,
            messages: shares.messages,
            answered: shares.answered as f64 / shares.messages.max(1) as f64,
            disagreement: shares.mean(),
            at_most: shares.at_most(),
        };
        (terms, agreement.collect())
    }
}

/// Shares of differing labels over some messages, of which the encoder answers those that were not added.
#[derive(Debug, Default)]
struct Shares {
    messages: usize,
    answered: usize,
    sum: f64,
    squares: f64,
}

impl Shares {
    fn add(&mut self, share: f64) {
        self.answered += 1;
        self.sum += share;
        self.squares += share * share;
    }

    fn mean(&self) -> f64 {
        self.sum / self.messages.max(1) as f64
    }

    /// One-sided 95 % bound of the mean over messages, by the normal approximation.
    fn at_most(&self) -> f64 {
        let count = self.messages.max(1) as f64;
        let variance = (self.squares / count - self.mean().powi(2)).max(0.0);
        self.mean() + Z * (variance / count).sqrt()
    }
}

/// The static model while it learns, with the squares of all gradients so far.
struct Student {
    /// Outputs of each head.
    heads: Vec<usize>,
    width: usize,
    table: Learned,
    weight: Learned,
    bias: Learned,
}

impl Student {
    fn new(distiller: &Distiller<'_>, width: usize) -> Self {
        let vocabulary = distiller.package.config().vocabulary;
        let heads: Vec<usize> = distiller.heads.iter().map(|head| head.labels.len()).collect();
        let outputs: usize = heads.iter().sum();
        let mut random = Random::new(SEED);
        // Vectors start at nothing, so that a token that is never seen says nothing; the layer must not, or no gradient would reach them.
        let start = (0..outputs * width).map(|_| narrow((random.unit() - 0.5) * 2.0 / (width as f64).sqrt()));
        Self {
            table: Learned::new(vec![0.0; vocabulary * width]),
            weight: Learned::new(start.collect()),
            bias: Learned::new(vec![0.0; outputs]),
            heads,
            width,
        }
    }

    fn learn(&mut self, texts: &mut [Text], epochs: usize) {
        let mut random = Random::new(SEED);
        for _ in 0..epochs {
            random.shuffle(texts);
            for text in texts.iter() {
                self.step(text);
            }
        }
    }

    fn step(&mut self, text: &Text) {
        let width = self.width;
        let count = text.ids.len().max(1) as f32;
        let mut mean = vec![0.0; width];
        for id in &text.ids {
            for (sum, value) in mean.iter_mut().zip(&self.table.values[*id as usize * width..]) {
                *sum += value / count;
            }
        }
        let rows = self.weight.values.chunks_exact(width).zip(&self.bias.values);
        let mut residual: Vec<f32> =
            rows.map(|(row, bias)| row.iter().zip(&mean).map(|(a, b)| a * b).sum::<f32>() + bias).collect();
        let mut first = 0;
        for outputs in &self.heads {
            subtract_goal(&mut residual[first..first + outputs], &text.goal[first..first + outputs]);
            first += outputs;
        }
        let mut back = vec![0.0; width];
        for (output, residual) in residual.iter().enumerate() {
            for (at, back) in back.iter_mut().enumerate() {
                *back += residual * self.weight.values[output * width + at];
                self.weight.step(output * width + at, residual * mean[at]);
            }
            self.bias.step(output, *residual);
        }
        for id in &text.ids {
            for (at, back) in back.iter().enumerate() {
                self.table.step(*id as usize * width + at, back / count);
            }
        }
    }

    /// The model as it will be stored.
    fn model(self, heads: Vec<FastHead>, terms: Terms) -> FastModel {
        let table = I8Tensor::rounded(&self.table.values, self.width);
        FastModel::new(table, self.weight.values, self.bias.values, heads, terms)
    }
}

/// Weights, each with the sum of its squared gradients.
struct Learned {
    values: Vec<f32>,
    squares: Vec<f32>,
}

impl Learned {
    fn new(values: Vec<f32>) -> Self {
        Self { squares: vec![0.0; values.len()], values }
    }

    fn step(&mut self, at: usize, gradient: f32) {
        self.squares[at] += gradient * gradient;
        self.values[at] -= RATE * gradient / (self.squares[at].sqrt() + 1e-8);
    }
}

/// Turns logits into their softmax less the goal.
fn subtract_goal(logits: &mut [f32], goal: &[f32]) {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for logit in logits.iter_mut() {
        *logit = (*logit - most).exp();
    }
    let sum: f32 = logits.iter().sum();
    for (value, goal) in logits.iter_mut().zip(goal) {
        *value = *value / sum - goal;
    }
}

/// Index of the highest value, the first of equal ones.
fn highest(values: &[f32]) -> usize {
    (0..values.len()).fold(0, |best, at| if values[at] > values[best] { at } else { best })
}

fn share(differs: &[bool]) -> f64 {
    differs.iter().filter(|differs| **differs).count() as f64 / differs.len().max(1) as f64
}

#[expect(clippy::cast_possible_truncation, reason = "a weight rounds to the nearest f32")]
fn narrow(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::package::testing;

    /// Texts of a few words; what the encoder "says" of them is a sum over the words, which a static model can learn.
    fn texts(teacher: &Distiller<'_>, package: &ModelPackage, count: usize, noise: f64) -> Vec<Text> {
        let mut random = Random::new(5);
        let vocabulary = package.config().vocabulary;
        let hidden = package.config().hidden;
        (0..count)
            .map(|_| {
                let ids: Vec<u32> =
                    (0..3 + random.below(9)).map(|_| u32::try_from(random.below(vocabulary)).unwrap()).collect();
                let mut embedding = vec![0.0; hidden];
                for id in &ids {
                    let mut own = Random::new(u64::from(*id));
                    for value in &mut embedding {
                        *value += narrow(4.0 * (own.unit() - 0.5));
                    }
                }
                for value in &mut embedding {
                    *value += narrow(noise * (random.unit() - 0.5));
                }
                teacher.text(ids, &embedding)
            })
            .collect()
    }

    fn teacher(package: &ModelPackage) -> Distiller<'_> {
        Distiller::new(package, &["sentiment", "complaint", "unknown"])
    }

    #[test]
    fn what_is_a_sum_over_tokens_is_learned_and_the_terms_hold_on_texts_that_set_nothing() {
        let package = testing::tiny();
        let teacher = teacher(&package);
        let texts = texts(&teacher, &package, 6000, 0.0);
        let settings = DistilSettings { width: 16, epochs: 4 };
        let distilled = teacher.distil(texts.clone(), settings).unwrap();
        let terms = distilled.model.terms();
        assert!(terms.answered > 0.5, "{terms:?}");
        assert!(terms.disagreement < 2.0 * MOST_DISAGREEMENT && terms.at_most > terms.disagreement, "{terms:?}");
        assert_eq!((terms.messages, distilled.learned), (600, 4800));
        for head in &distilled.heads {
            assert!(head.answered.unwrap() >= head.all && head.all > 0.8, "{head:?}");
        }
        let again = teacher.distil(texts, settings).unwrap();
        assert_eq!(
            again.model.answer(&[3, 4, 5]),
            distilled.model.answer(&[3, 4, 5]),
            "the same texts give the same bits"
        );
    }

    #[test]
    fn a_teacher_that_no_token_explains_is_hardly_ever_answered_for() {
        let package = testing::tiny();
        let teacher = teacher(&package);
        let noisy = texts(&teacher, &package, 5000, 400.0);
        match teacher.distil(noisy, DistilSettings { width: 8, epochs: 2 }) {
            Err(error) => assert_eq!(error, DistilError::NoAgreement),
            Ok(distilled) => assert!(distilled.model.terms().answered < 0.05, "{:?}", distilled.model.terms()),
        }
    }

    #[test]
    fn too_few_texts_are_refused() {
        let package = testing::tiny();
        let teacher = teacher(&package);
        let few = texts(&teacher, &package, 10, 0.0);
        let error = teacher.distil(few, DistilSettings::default()).unwrap_err();
        assert_eq!(error, DistilError::TooFew { found: 10 });
    }

    #[test]
    fn the_bound_lies_above_the_mean_and_closes_in_on_it() {
        let bound = |messages: usize| {
            let mut shares = Shares { messages, ..Shares::default() };
            for _ in 0..messages / 100 {
                shares.add(0.5);
            }
            (shares.mean(), shares.at_most())
        };
        let ((mean, few), (same, many)) = (bound(1000), bound(100_000));
        assert!((mean - same).abs() < 1e-12 && few > many && many > mean, "{mean} {few} {many}");
    }

    #[test]
    fn a_package_keeps_its_static_model_and_loses_it_with_other_heads() {
        let package = testing::tiny();
        let teacher = teacher(&package);
        let distilled = teacher.distil(texts(&teacher, &package, 5000, 0.0), DistilSettings { width: 8, epochs: 1 });
        let model = distilled.unwrap().model;
        let folder = tempfile::tempdir().unwrap();
        let written = package.write_with_fast(&model, "2", "# card\n", &folder.path().join("fast")).unwrap();
        let ids = [2, 7, 9, 11];
        assert_eq!(written.fast().unwrap().answer(&ids), model.answer(&ids));
        assert_eq!(
            written.f32("embeddings.word_embeddings.weight").unwrap(),
            package.f32("embeddings.word_embeddings.weight").unwrap()
        );
        let learned = written.write_with(package.heads(), "3", "# card\n", &folder.path().join("learned")).unwrap();
        assert!(learned.fast().is_none() && learned.f32("fast.weight").is_err());
    }
}
