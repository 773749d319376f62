//! Which rows are seen when. Everything is drawn once from the seed, so a resumed run sees what it would have seen.

use super::corpora::{Library, Part, plain};
use super::random::Random;
use super::recipe::{Held, OWN, Stage};
use super::{Settings, TrainError};
use tokenizers::Tokenizer;

/// Tokens of our own sentences and messages that training reads.
const OWN_TOKENS: usize = 160;
/// The run is cut into this many rounds, each with an even share of every corpus.
const ROUNDS: usize = 4;
/// Batches are made of this many rows sorted by length, so that little is padded and batches still differ.
const POOL: usize = 1024;

/// One use of an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) example: usize,
    pub(crate) plain: bool,
}

/// Token ids of every example, and of its plain form where that is used.
#[derive(Debug)]
pub(crate) struct Tokens {
    full: Vec<Vec<u32>>,
    plain: Vec<Vec<u32>>,
    limit: Vec<usize>,
    separator: u32,
}

impl Tokens {
    pub(crate) fn new(library: &Library, tokenizer: &Tokenizer, positions: usize) -> Result<Self, TrainError> {
        let failed = |source: tokenizers::Error| TrainError::Tokenizer(source.to_string());
        let separator = ["[SEP]", "</s>"].iter().find_map(|token| tokenizer.token_to_id(token));
        let separator = separator.ok_or_else(|| TrainError::Tokenizer("neither [SEP] nor </s>".into()))?;
        let mut tokens = Self { full: Vec::new(), plain: Vec::new(), limit: Vec::new(), separator };
        for example in &library.examples {
            let corpus = library.corpora.get(example.corpus);
            let mut full = tokenizer.encode_fast(example.text.as_str(), true).map_err(failed)?.get_ids().to_vec();
            cut(&mut full, positions, separator);
            tokens.full.push(full);
            let mut bare = Vec::new();
            if example.part == Part::Train && corpus.is_some_and(|corpus| corpus.plain > 0.0) {
                let text = plain(&example.text);
                if !text.is_empty() {
                    bare = tokenizer.encode_fast(text, true).map_err(failed)?.get_ids().to_vec();
                    cut(&mut bare, positions, separator);
                }
            }
            tokens.plain.push(bare);
            tokens.limit.push(corpus.map_or(OWN_TOKENS, |corpus| corpus.max_tokens));
        }
        Ok(tokens)
    }

    /// Ids of one use in training, cut to what its corpus allows.
    pub(crate) fn of(&self, row: Use) -> Vec<u32> {
        let plain = &self.plain[row.example];
        let mut ids = if row.plain && !plain.is_empty() { plain.clone() } else { self.full[row.example].clone() };
        cut(&mut ids, self.limit[row.example], self.separator);
        ids
    }

    /// Ids of an example cut to `limit`, as the shipped package sees it.
    pub(crate) fn whole(&self, example: usize, limit: usize) -> Vec<u32> {
        let mut ids = self.full[example].clone();
        cut(&mut ids, limit, self.separator);
        ids
    }

    fn length(&self, row: Use) -> usize {
        let plain = &self.plain[row.example];
        let ids = if row.plain && !plain.is_empty() { plain } else { &self.full[row.example] };
        ids.len().min(self.limit[row.example])
    }
}

fn cut(ids: &mut Vec<u32>, limit: usize, separator: u32) {
    if ids.len() > limit {
        ids.truncate(limit);
        if let Some(last) = ids.last_mut() {
            *last = separator;
        }
    }
}

/// The batches of a whole stage, in order, without the rows that are held out.
pub(crate) fn batches(
    library: &Library,
    tokens: &Tokens,
    settings: &Settings,
    stage: &Stage,
    held: Option<&Held>,
) -> Vec<Vec<Use>> {
    let mut random = Random::new(stage.seed(settings));
    let mut rounds: Vec<Vec<Use>> = vec![Vec::new(); ROUNDS];
    for corpus in 0..=library.corpora.len() {
        let rows: Vec<usize> = (0..library.examples.len())
            .filter(|index| library.examples[*index].corpus == corpus && library.examples[*index].part == Part::Train)
            .filter(|index| held.is_none_or(|held| !held.holds(library, &library.examples[*index])))
            .collect();
        let (name, bare) = library.corpora.get(corpus).map_or((OWN, 0.0), |c| (c.name.as_str(), c.plain));
        let passes = stage.passes.get(name).copied().unwrap_or(0.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive number of rows")]
        let wanted = (rows.len() as f64 * passes * settings.passes).round() as usize;
        let mut uses = Vec::with_capacity(wanted);
        while uses.len() < wanted {
            let mut pass = rows.clone();
            random.shuffle(&mut pass);
            pass.truncate(wanted - uses.len());
            uses.extend(pass);
        }
        for (at, example) in uses.into_iter().enumerate() {
            let plain = random.unit() < bare;
            rounds[at * ROUNDS / wanted.max(1)].push(Use { example, plain });
        }
    }
    let mut batches = Vec::new();
    for mut round in rounds {
        random.shuffle(&mut round);
        let mut of_round = Vec::new();
        for pool in round.chunks_mut(POOL) {
            pool.sort_by_key(|row| tokens.length(*row));
            let mut batch: Vec<Use> = Vec::new();
            for row in pool.iter() {
                let width = tokens.length(*row);
                if batch.len() == settings.batch_rows
                    || (batch.len() + 1) * width > settings.batch_tokens && !batch.is_empty()
                {
                    of_round.push(std::mem::take(&mut batch));
                }
                batch.push(*row);
            }
            if !batch.is_empty() {
                of_round.push(batch);
            }
        }
        random.shuffle(&mut of_round);
        batches.extend(of_round);
    }
    batches
}
