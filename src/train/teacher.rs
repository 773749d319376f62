//! A larger encoder that says what it takes sentences for, so that a smaller one can learn it.

use std::fmt::Write as _;

use tch::Tensor;

use super::evaluate;
use super::out_of_fold::{Kept, table};
use super::recipe::Stage;
use super::workshop::{CHECKPOINT, Job, Workshop};
use super::{Progress, TrainError};

/// Where a part keeps what the teacher said.
const OPINIONS: &str = "opinions.safetensors";

/// The encoder with what it learns from.
pub(crate) struct Teacher<'a> {
    pub(crate) workshop: Workshop<'a>,
}

impl Teacher<'_> {
    /// What the card says of it, where it learned `corpus` by `stage`.
    pub(crate) fn write_card(&self, text: &mut String, stage: &Stage, corpus: &str) -> std::fmt::Result {
        let shape = &self.workshop.base.shape;
        let folder = self.workshop.settings.base.file_name().unwrap_or_default().display();
        writeln!(
            text,
            "\n## Teacher\n\n{folder}, an encoder of {} layers and {} wide, learned the sentences first: {} passes, peak rates {} and {}, its {} lowest layers and its tables fixed. It is not shipped.",
            shape.num_hidden_layers,
            shape.hidden_size,
            stage.passes[corpus],
            stage.encoder_rate,
            stage.head_rate,
            stage.fixed_layers,
        )
    }

    /// Learns what `job` may see and says what it takes each of `examples` for, as logits of all heads. What an earlier run said of the same is read.
    pub(crate) fn opinions(
        &self,
        job: &Job<'_>,
        examples: &[usize],
        report: &mut dyn FnMut(Progress),
    ) -> Result<Vec<Vec<f32>>, TrainError> {
        let workshop = &self.workshop;
        let (tokens, settings) = (&workshop.tokens, workshop.settings);
        let path = workshop.folder(&job.name).join(OPINIONS);
        let recipe = workshop.recipe(job);
        if settings.resume && path.exists() {
            let logits = Kept::read(&path, recipe)?.take("logits")?;
            return logits.try_into().map_err(|source| TrainError::checkpoint(&path, &source));
        }
        let trained = workshop.train(job, &workshop.library, None, report)?;
        report(Progress::Evaluate { rows: examples.len() });
        let found = evaluate::logits(&trained.weights, tokens, examples, settings.max_tokens, settings.precision);
        let all = [("logits", table(&found)), ("recipe", Tensor::from_slice(&[recipe.cast_signed()]))];
        Tensor::write_safetensors(&all, &path).map_err(|source| TrainError::checkpoint(&path, &source))?;
        // The weights are large, and nobody asks them again.
        let checkpoint = workshop.folder(&job.name).join(CHECKPOINT);
        std::fs::remove_file(&checkpoint).map_err(|source| TrainError::io(&checkpoint, source))?;
        Ok(found)
    }
}
