//! A larger encoder that says what it takes sentences for, so that a smaller one can learn it.

use std::fmt::Write as _;
use std::path::Path;

use tch::Tensor;
use tokenizers::Tokenizer;

use super::corpora::Library;
use super::evaluate;
use super::model::Weights;
use super::objective::offsets;
use super::out_of_fold::table;
use super::recipe::Stage;
use super::schedule::Tokens;
use super::variants::Neighbours;
use super::vocabulary::{self, Extended};
use super::workshop::{CHECKPOINT, Job, Workshop};
use super::{Progress, Settings, TrainError};

/// Where a part keeps what the teacher said.
const OPINIONS: &str = "opinions.safetensors";

/// The encoder in a folder, before it is known what it shall read.
pub(crate) struct Candidate<'a> {
    settings: &'a Settings,
    vocabulary: Extended,
    tokenizer: Tokenizer,
    base: Weights,
}

impl<'a> Candidate<'a> {
    /// Reads the encoder in [`Settings::base`] and gives it fresh heads of `labels` in all.
    pub(crate) fn open(settings: &'a Settings, labels: usize) -> Result<Self, TrainError> {
        let path = settings.base.join("tokenizer.json");
        let text = std::fs::read_to_string(&path).map_err(|source| TrainError::io(&path, source))?;
        let vocabulary = vocabulary::extend(&text)?;
        let tokenizer = vocabulary.tokenizer()?;
        let mut base = Weights::from_base(&settings.base, labels, settings.seed.cast_signed())?;
        vocabulary.initialise(&mut base, tokenizer.token_to_id("[UNK]"))?;
        Ok(Self { settings, vocabulary, tokenizer, base })
    }

    /// Words by its table.
    pub(crate) fn neighbours(&self) -> Result<Neighbours, TrainError> {
        Neighbours::new(&self.base.words, &self.tokenizer.get_vocab(false))
    }

    /// The teacher of a library's heads.
    pub(crate) fn of(self, library: Library) -> Result<Teacher<'a>, TrainError> {
        let Self { settings, vocabulary, tokenizer, base } = self;
        let positions = usize::try_from(base.shape.max_position_embeddings).unwrap_or(usize::MAX);
        let tokens = Tokens::new(&library, &tokenizer, positions)?;
        let offsets = offsets(&library.heads);
        Ok(Teacher { workshop: Workshop { settings, library, vocabulary, tokens, offsets, base } })
    }
}

/// The encoder with what it learns from.
pub(crate) struct Teacher<'a> {
    workshop: Workshop<'a>,
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
            return read(&path, recipe);
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

fn read(path: &Path, recipe: u64) -> Result<Vec<Vec<f32>>, TrainError> {
    let failed = |message: String| TrainError::Checkpoint { path: path.into(), message };
    let found = Tensor::read_safetensors(path).map_err(|source| TrainError::checkpoint(path, &source))?;
    let get = |name: &str| {
        let tensor = found.iter().find(|(own, _)| own == name).map(|(_, tensor)| tensor);
        tensor.ok_or_else(|| failed(format!("{name} is missing")))
    };
    let written = get("recipe")?;
    if written.size() != [1] || written.int64_value(&[0]).cast_unsigned() != recipe {
        return Err(failed("it was written by a run with other settings or other data".into()));
    }
    get("logits")?.try_into().map_err(|source| TrainError::checkpoint(path, &source))
}
