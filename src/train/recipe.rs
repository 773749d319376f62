//! The stages of a run, as `recipe.toml` beside this file describes them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::corpora::{Example, Library, Part};
use super::random::stable_hash;
use super::{Settings, TrainError};

/// The corpus name of our own sentences in a recipe.
pub(crate) const OWN: &str = "own";
/// The corpus whose slices are domains.
const DOMAINS_OF: &str = "xci";

/// How a package is trained.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Parts of the cross-validation.
    pub folds: usize,
    /// Corpora that are cross-validated.
    pub cross_validated: Vec<String>,
    /// Share (0..1) of out-of-fold predictions in the labels of the last run; 0 leaves the labels alone.
    pub soft: f64,
    /// The stages, first to last.
    pub stage: Vec<Stage>,
    /// The last stage once more in other forms, each from the weights that it began from: what is shipped is the mean of all.
    #[serde(default)]
    pub again: Vec<Stage>,
    /// The stage by which leaving one domain out is measured.
    pub domain: Option<Stage>,
}

/// A stage of a recipe.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Its name; also that of its folder in the run.
    pub name: String,
    /// Rate of the top encoder layer at its peak.
    pub encoder_rate: f64,
    /// Rate of the heads at its peak.
    pub head_rate: f64,
    /// Added to the seed of the run; 0 when absent.
    #[serde(default)]
    pub seed: u64,
    /// Leaves the tables of tokens and positions as they are, so that the package can share them; `false` when absent.
    #[serde(default)]
    pub fixed_embeddings: bool,
    /// Leaves so many of the lowest layers as they are; 0 when absent.
    #[serde(default)]
    pub fixed_layers: usize,
    /// How often every training row of a corpus is used.
    pub passes: BTreeMap<String, f64>,
}

impl Stage {
    /// The seed of everything that the stage draws.
    pub(crate) fn seed(&self, settings: &Settings) -> u64 {
        settings.seed.wrapping_add(self.seed)
    }
}

impl Recipe {
    /// The last stage in all its forms.
    pub(crate) fn last(&self) -> impl Iterator<Item = &Stage> {
        self.stage.last().into_iter().chain(&self.again)
    }

    /// The recipe of the shipped package.
    pub(crate) fn built_in() -> Result<Self, TrainError> {
        toml::from_str(include_str!("recipe.toml"))
            .map_err(|source| TrainError::Data { name: "recipe.toml", message: source.to_string() })
    }
}

/// Training rows that a job must not see.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Held {
    /// One part of the cross-validated corpora, by hash of the text.
    Fold {
        /// The part.
        fold: usize,
        /// Of how many.
        of: usize,
        /// The corpora.
        corpora: Vec<String>,
    },
    /// Slices of corpora: domains, or writers.
    Slices {
        /// The corpora.
        corpora: Vec<String>,
        /// Tags of the slices.
        slices: Vec<String>,
    },
}

impl Held {
    /// One domain of the complaints.
    pub(crate) fn domain(name: String) -> Self {
        Self::Slices { corpora: vec![DOMAINS_OF.to_owned()], slices: vec![name] }
    }

    /// Whether `example` is held out.
    pub(crate) fn holds(&self, library: &Library, example: &Example) -> bool {
        let Some(corpus) = library.corpora.get(example.corpus) else { return false };
        if example.part != Part::Train {
            return false;
        }
        match self {
            // The two last digits already choose the calibration rows.
            Self::Fold { fold, of, corpora } => {
                corpora.contains(&corpus.name) && stable_hash(&example.text) / 100 % *of as u64 == *fold as u64
            }
            Self::Slices { corpora, slices } => corpora.contains(&corpus.name) && slices.contains(&example.slice),
        }
    }
}

/// The domains of complaints in alphabetical order; random tweets are none.
pub(crate) fn domains(library: &Library) -> Vec<String> {
    let of = library.corpora.iter().position(|corpus| corpus.name == DOMAINS_OF);
    let mut found: Vec<String> = library
        .examples
        .iter()
        .filter(|example| Some(example.corpus) == of && !example.slice.starts_with("random_"))
        .map(|example| example.slice.clone())
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_recipe_keeps_what_is_cross_validated_out_of_the_first_stages() {
        let recipe = Recipe::built_in().unwrap();
        let (last, first) = recipe.stage.split_last().unwrap();
        for corpus in &recipe.cross_validated {
            assert!(first.iter().all(|stage| !stage.passes.contains_key(corpus)));
            assert!(last.passes[corpus] > 0.0);
        }
        assert!((0.0..1.0).contains(&recipe.soft));
    }
}
