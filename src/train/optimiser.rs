//! `AdamW` with a rate per tensor, an average of the weights, and word embeddings that are updated row by row.

use tch::{Device, Kind, Tensor};

use super::model::{HEADS_BIAS, HEADS_WEIGHT, Padded, SIMILARITY, WORDS, Weights, count};
use super::recipe::Stage;
use super::{Settings, TrainError};

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;
const CLIP: f64 = 1.0;
/// The average is taken every so many steps; that is as good and costs less.
const AVERAGE_EVERY: usize = 8;

/// Weights in training with everything that a later step depends on.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) weights: Weights,
    /// Exponential average of the weights: this is what is evaluated and shipped.
    pub(crate) average: Weights,
    first: Vec<Tensor>,
    second: Vec<Tensor>,
    word_first: Tensor,
    word_second: Tensor,
    /// Updates that each row of the word table has had, for bias correction.
    word_updates: Tensor,
    /// Steps done.
    pub(crate) step: usize,
}

impl State {
    pub(crate) fn new(mut weights: Weights) -> Self {
        let average = weights.detached_copy();
        weights.require_gradients();
        let zeros = |tensor: &Tensor| Tensor::zeros_like(tensor).set_requires_grad(false);
        Self {
            first: weights.dense.iter().map(|(_, tensor)| zeros(tensor)).collect(),
            second: weights.dense.iter().map(|(_, tensor)| zeros(tensor)).collect(),
            word_first: zeros(&weights.words),
            word_second: zeros(&weights.words),
            word_updates: Tensor::zeros([weights.shape.vocab_size, 1], (Kind::Float, Device::Cpu)),
            weights,
            average,
            step: 0,
        }
    }

    /// Takes one step down the gradient of `loss`; `words` are the leaf rows that it was computed from.
    ///
    /// `with_similarity` says whether the loss contains the similarity projection.
    pub(crate) fn step(&mut self, loss: &Tensor, batch: &Padded, words: &Tensor, with_similarity: bool, plan: &Plan) {
        let used: Vec<usize> = (0..self.weights.dense.len())
            .filter(|at| with_similarity || self.weights.dense[*at].0 != SIMILARITY)
            .filter(|at| !plan.fixed_embeddings || !self.weights.dense[*at].0.starts_with("embeddings."))
            .filter(|at| layer(&self.weights.dense[*at].0).is_none_or(|layer| layer >= plan.fixed_layers))
            .collect();
        let mut inputs: Vec<&Tensor> = used.iter().map(|at| &self.weights.dense[*at].1).collect();
        if !plan.fixed_embeddings {
            inputs.push(words);
        }
        let gradients = Tensor::run_backward(&[loss], &inputs, false, false);
        tch::no_grad(|| self.update(&gradients, &used, batch, plan));
        self.step += 1;
        if self.step.is_multiple_of(AVERAGE_EVERY) {
            tch::no_grad(|| self.track(plan.settings.average));
        }
    }

    fn update(&mut self, gradients: &[Tensor], used: &[usize], batch: &Padded, plan: &Plan) {
        let norms: Vec<Tensor> = gradients.iter().map(Tensor::norm).collect();
        let norm = Tensor::stack(&norms, 0).norm().double_value(&[]);
        let shrink = if norm > CLIP { CLIP / norm } else { 1.0 };
        let done = i32::try_from(self.step + 1).unwrap_or(i32::MAX);
        let (correct1, correct2) = (1.0 - BETA1.powi(done), 1.0 - BETA2.powi(done));
        let progress = plan.rate_at(self.step);
        for (gradient, at) in gradients.iter().zip(used) {
            let (name, weight) = &mut self.weights.dense[*at];
            let rate = progress * plan.rates[*at];
            let gradient = gradient * shrink;
            let first = &mut self.first[*at];
            let second = &mut self.second[*at];
            drop(first.lerp_(&gradient, 1.0 - BETA1));
            drop(second.lerp_(&gradient.square(), 1.0 - BETA2));
            if decays(name) {
                drop(weight.g_mul_scalar_(1.0 - rate * plan.settings.weight_decay));
            }
            // weight -= rate * (first / correct1) / (sqrt(second / correct2) + epsilon), with the factors on one side
            let mut below = second.sqrt();
            drop(below.g_add_scalar_(EPSILON * correct2.sqrt()));
            drop(below.g_mul_scalar_(-correct1 / (rate * correct2.sqrt())));
            if rate > 0.0 {
                drop(weight.addcdiv_(first, &below));
            }
        }
        if let Some(gradient) = gradients.get(used.len()) {
            self.update_words(&(gradient * shrink), &batch.unique, progress * plan.word_rate);
        }
    }

    fn update_words(&mut self, gradient: &Tensor, rows: &Tensor, rate: f64) {
        let updates = self.word_updates.index_select(0, rows) + 1.0;
        let first = self.word_first.index_select(0, rows).lerp(gradient, 1.0 - BETA1);
        let second = self.word_second.index_select(0, rows).lerp(&gradient.square(), 1.0 - BETA2);
        let power = |base: f64| -> Tensor { 1.0 - (&updates * base.ln()).exp() };
        let above: Tensor = &first / power(BETA1);
        let ratio: Tensor = &second / power(BETA2);
        let below = ratio.sqrt() + EPSILON;
        let words = self.weights.words.index_select(0, rows) - above / below * rate;
        drop(self.weights.words.index_copy_(0, rows, &words));
        drop(self.word_first.index_copy_(0, rows, &first));
        drop(self.word_second.index_copy_(0, rows, &second));
        drop(self.word_updates.index_copy_(0, rows, &updates));
    }

    fn track(&mut self, decay: f64) {
        // Early on the average must forget the start faster than `decay` says.
        let steps = self.step as f64;
        let each = decay.min((1.0 + steps) / (10.0 + steps));
        let share = 1.0 - each.powi(i32::try_from(AVERAGE_EVERY).unwrap_or(1));
        drop(self.average.words.lerp_(&self.weights.words, share));
        for ((_, average), (_, weight)) in self.average.dense.iter_mut().zip(&self.weights.dense) {
            drop(average.lerp_(weight, share));
        }
    }

    fn tensors(&self) -> Vec<(String, Tensor)> {
        let mut all = Vec::new();
        for (kind, weights) in [("weight", &self.weights), ("average", &self.average)] {
            all.extend(weights.named().map(|(name, tensor)| (format!("{kind}.{name}"), tensor.detach())));
        }
        for (kind, moments) in [("first", &self.first), ("second", &self.second)] {
            let named = self.weights.dense.iter().zip(moments);
            all.extend(named.map(|((name, _), tensor)| (format!("{kind}.{name}"), tensor.shallow_clone())));
        }
        for (kind, tensor) in
            [("first", &self.word_first), ("second", &self.word_second), ("updates", &self.word_updates)]
        {
            all.push((format!("{kind}.{WORDS}"), tensor.shallow_clone()));
        }
        all
    }

    /// Writes everything to `path`, through a temporary file: an interruption leaves the checkpoint before it.
    pub(crate) fn save(&self, path: &std::path::Path, recipe: u64) -> Result<(), TrainError> {
        let failed = |message: String| TrainError::Checkpoint { path: path.into(), message };
        let mut all = self.tensors();
        all.push(("progress".into(), Tensor::from_slice(&[count(self.step), recipe.cast_signed()])));
        let part = path.with_extension("part");
        Tensor::write_safetensors(&all, &part).map_err(|source| failed(source.to_string()))?;
        std::fs::rename(&part, path).map_err(|source| failed(source.to_string()))
    }

    /// Takes everything from the checkpoint at `path`, which must be of the same recipe.
    pub(crate) fn load(&mut self, path: &std::path::Path, recipe: u64) -> Result<(), TrainError> {
        let failed = |message: String| TrainError::Checkpoint { path: path.into(), message };
        let found = Tensor::read_safetensors(path).map_err(|source| failed(source.to_string()))?;
        let found: std::collections::HashMap<String, Tensor> = found.into_iter().collect();
        let progress = found.get("progress").ok_or_else(|| failed("it says no step".into()))?;
        let written = if progress.size() == [2] { progress.int64_value(&[1]).cast_unsigned() } else { 0 };
        if written != recipe {
            let message = format!(
                "it was written by a run with other settings or other data ({written:016x}, now {recipe:016x})"
            );
            return Err(failed(message));
        }
        tch::no_grad(|| {
            for (name, mut into) in self.tensors() {
                let from = found.get(&name).ok_or_else(|| failed(format!("{name} is missing")))?;
                into.f_copy_(from).map_err(|source| failed(source.to_string()))?;
            }
            Ok(())
        })?;
        self.step = usize::try_from(progress.int64_value(&[0])).map_err(|source| failed(source.to_string()))?;
        Ok(())
    }
}

/// Matrices shrink towards zero; biases and layer norms do not, and neither does the identity of `similarity`.
fn decays(name: &str) -> bool {
    name.ends_with(".weight") && !name.contains("LayerNorm") && name != SIMILARITY && !name.starts_with("embeddings.")
}

/// The layer that a tensor belongs to, counted from the tokens.
fn layer(name: &str) -> Option<usize> {
    name.strip_prefix("encoder.layer.").and_then(|rest| rest.split('.').next()?.parse().ok())
}

/// Rates over the run.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    settings: &'a Settings,
    /// Seed of the dropout, to which the step is added.
    pub(crate) seed: u64,
    steps: usize,
    fixed_embeddings: bool,
    fixed_layers: usize,
    rates: Vec<f64>,
    word_rate: f64,
}

impl<'a> Plan<'a> {
    pub(crate) fn new(settings: &'a Settings, stage: &Stage, weights: &Weights, steps: usize) -> Self {
        let layers = weights.shape.num_hidden_layers;
        let below = |depth: usize| stage.encoder_rate * settings.layer_decay.powi(i32::try_from(depth).unwrap_or(0));
        let rate = |name: &str| match name {
            HEADS_WEIGHT | HEADS_BIAS | SIMILARITY => stage.head_rate,
            _ => below(layer(name).map_or(layers, |layer| layers - 1 - layer)),
        };
        Self {
            settings,
            seed: stage.seed(settings),
            steps,
            fixed_embeddings: stage.fixed_embeddings,
            fixed_layers: stage.fixed_layers,
            rates: weights.dense.iter().map(|(name, _)| rate(name)).collect(),
            word_rate: below(layers),
        }
    }

    /// The share of the full rate at a step: a linear rise, then a linear fall to nothing.
    fn rate_at(&self, step: usize) -> f64 {
        let (step, steps) = (step as f64 + 1.0, self.steps as f64);
        let rise = (steps * self.settings.warm_up).max(1.0);
        if step < rise { step / rise } else { ((steps + 1.0 - step) / (steps + 1.0 - rise)).max(0.0) }
    }
}
