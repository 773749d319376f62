//! Export to scored rows, streamed.
//!
//! Two passes: [`Survey`] reads ids, authors and times of all sources into a small index; then a [`Judge`] scores the texts in chunks, on all cores,
//! and hands rows on in input order. Memory for texts is bounded by the chunk.

mod attribute;
mod fast;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::analysis::{Analysis, AnsweredBy, Outcome, Span};
use crate::decision::Decision;
use crate::engine::package::ModelPackage;
use crate::engine::pool::EnginePool;
use crate::engine::tokenizer::{Encoded, TextTokenizer, TokenizerError};
use crate::engine::{Engine, InferError};
use crate::ingest::{IngestError, Notice, Row, RowError, Source};
use crate::message::{Channel, Message};
use crate::playbook::{DecideInput, Playbook, decide};
use crate::scoring::promise::NOT_COMPARED;
use crate::scoring::{
    self, HeadProbs, ModelAnswer, Prepared, Priority, Promise, PromiseError, PromiseSet, ReproachFamily,
    ScoringContext, Weights,
};
use crate::thread::{ThreadIndex, ThreadIndexBuilder, ThreadState};

pub use fast::FastReport;
use fast::Tally;

/// Format version of a serialised [`ScoredRow`].
pub const SCORED_ROW_VERSION: u32 = 1;

/// Messages judged at a time: enough to sort by length and to keep all cores busy, little enough to hold in memory.
const CHUNK: usize = 512;

/// A message with everything that was found and decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoredRow {
    /// [`SCORED_ROW_VERSION`].
    pub version: u32,
    /// The message.
    pub message: Message,
    /// Where it stands in its thread.
    pub thread: ThreadState,
    /// Remarks on the row that was read (cells missing, an id seen before).
    pub notices: Vec<Notice>,
    /// What was found.
    pub analysis: Analysis,
    /// Who first; absent when there is nothing to answer.
    pub priority: Option<Priority>,
    /// What the playbook says.
    pub decision: Decision,
}

impl ScoredRow {
    /// Returns why the row is as it is, in words: what was not scored, rules that fired, remarks.
    pub fn reasons(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        if let Outcome::Unscored { reason } = &self.analysis.outcome {
            reasons.push(reason.text().to_owned());
        }
        if self.analysis.truncated_tokens > 0 {
            reasons.push(format!("the model did not see the last {} tokens", self.analysis.truncated_tokens));
        }
        let unread = scoring::unread_chars(&self.message.text);
        if unread > 0 {
            reasons.push(format!("the rules did not read the last {unread} characters"));
        }
        reasons.extend(self.decision.fired.iter().map(|rule| format!("{}: {}", rule.id, rule.why)));
        reasons.extend(self.notices.iter().map(|notice| notice.reason.clone()));
        reasons
    }
}

/// What the first pass found.
#[derive(Debug)]
pub struct Survey {
    threads: ThreadIndex,
    columns: Vec<String>,
    rows: u64,
}

impl Survey {
    /// Reads all sources once.
    ///
    /// # Errors
    /// When a source cannot be read any further. Rows that cannot be understood are left to the second pass, which reports them.
    pub fn of(sources: &[Source]) -> Result<Self, IngestError> {
        let mut threads = ThreadIndexBuilder::default();
        let mut columns: Vec<String> = Vec::new();
        let mut known = BTreeSet::new();
        let mut rows = 0;
        for source in sources {
            for row in source.messages()? {
                rows += 1;
                let Ok(Row { message, .. }) = row else { continue };
                for (name, _) in &message.input {
                    if !known.contains(name) {
                        known.insert(name.clone());
                        columns.push(name.clone());
                    }
                }
                threads.add(&message);
            }
        }
        Ok(Self { threads: threads.build(), columns, rows })
    }

    /// Puts a row into its thread, and remarks on an id that stood before.
    fn place(&self, row: Row) -> Item {
        let Row { message, mut notices } = row;
        if let Some(earlier) = self.threads.earlier(&message) {
            notices.push(Notice::of_repeat(&message, &earlier));
        }
        let thread = self.threads.state(&message);
        Item { message, thread, notices }
    }

    /// Returns the index of threads.
    pub const fn threads(&self) -> &ThreadIndex {
        &self.threads
    }

    /// Returns the columns of all sources, in the order in which they were first seen.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Returns the number of rows, unreadable ones included.
    pub const fn rows(&self) -> u64 {
        self.rows
    }
}

/// What a run hands on, in input order.
#[derive(Debug)]
pub enum Event {
    /// A row that was judged.
    Scored(Box<ScoredRow>),
    /// A row that could not be understood.
    Unreadable(RowError),
    /// A row that was read and not asked for.
    Skipped,
}

/// How a run is done.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// Only these ids; empty means all.
    pub ids: BTreeSet<String>,
    /// Find out which sentences and words carried the scores.
    pub explain: bool,
}

/// Why a run ended early.
#[derive(Debug, Error)]
pub enum RunError<E> {
    /// A source failed between the two passes.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// The judge failed.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// Whoever takes the rows failed.
    #[error("{0}")]
    Sink(E),
}

/// Why messages could not be judged.
#[derive(Debug, Error)]
pub enum JudgeError {
    /// The text could not be cut into tokens.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// The engine failed.
    #[error(transparent)]
    Infer(#[from] InferError),
    /// The package lacks a head that scores need.
    #[error(transparent)]
    Scoring(#[from] scoring::ScoringError),
    /// The system gives us no threads.
    #[error("cannot start the worker threads")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// A promise of the playbook cannot be searched for.
    #[error(transparent)]
    Promise(#[from] PromiseError),
    /// The package has no static model.
    #[error("the model package has no static model for the fast path")]
    NoFast,
}

impl JudgeError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Tokenizer(error) => error.hint(),
            Self::Infer(_) | Self::Threads(_) => None,
            Self::Scoring(error) => Some(error.hint().to_owned()),
            Self::Promise(error) => Some(error.hint().to_owned()),
            Self::NoFast => Some("`amends distil` makes one; or leave --fast out".to_owned()),
        }
    }
}

/// Scores messages with one model and decides by one playbook.
pub struct Judge {
    fast: Option<Tally>,
    package: Arc<ModelPackage>,
    tokenizer: TextTokenizer,
    pool: EnginePool,
    playbook: Playbook,
    promises: PromiseSet,
    /// What each promise says, in the similarity space.
    promise_vectors: Vec<Vec<f32>>,
    family: Option<ReproachFamily>,
    weights: &'static Weights,
}

impl Judge {
    /// Makes a judge out of a package, the engines that run it (one for each thread), and a playbook. `family` forces a four-level head;
    /// otherwise the channel of a message says which one counts.
    ///
    /// # Errors
    /// When the package's tokenizer is broken, or a promise of the playbook cannot be searched for or read by the engine.
    pub fn new(
        package: Arc<ModelPackage>,
        engines: Vec<Box<dyn Engine>>,
        playbook: Playbook,
        family: Option<ReproachFamily>,
    ) -> Result<Self, JudgeError> {
        let promises: Vec<Promise> = playbook.policy().promises.iter().map(promise).collect();
        let tokenizer = TextTokenizer::new(&package)?;
        let promises = PromiseSet::new(&promises)?;
        let pool = EnginePool::new(engines, package.config().hidden)?;
        let weights = Weights::embedded();
        let mut judge = Self {
            fast: None,
            package,
            tokenizer,
            pool,
            playbook,
            promises,
            promise_vectors: Vec::new(),
            family,
            weights,
        };
        judge.promise_vectors = judge.pool.install(|| judge.vectors(&judge.promises.texts()))?;
        Ok(judge)
    }

    /// Returns the playbook.
    pub const fn playbook(&self) -> &Playbook {
        &self.playbook
    }

    /// Returns the model package.
    pub fn package(&self) -> &ModelPackage {
        &self.package
    }

    /// Returns the embedding behind the scores of each text; `None` for a text that would be left unscored.
    ///
    /// # Errors
    /// See [`JudgeError`].
    pub fn embed(&self, texts: &[&str]) -> Result<Vec<Option<Vec<f32>>>, JudgeError> {
        self.pool.install(|| {
            let scored = |text: &&str| scoring::prepare(&Message::alone(Channel::Other, *text)).is_scored();
            let scored: Vec<bool> = texts.par_iter().map(scored).collect();
            let kept = texts.iter().zip(&scored).filter(|(_, scored)| **scored).map(|(text, _)| *text);
            let kept: Vec<&str> = kept.collect();
            let encoded = kept.par_iter().map(|text| self.tokenizer.encode(text)).collect::<Result<Vec<_>, _>>()?;
            let ids: Vec<&[u32]> = encoded.iter().map(|encoded| encoded.ids.as_slice()).collect();
            let embeddings = self.pool.embed_all(&ids)?;
            let mut rows = embeddings.rows();
            Ok(scored.iter().map(|scored| if *scored { rows.next().map(<[f32]>::to_vec) } else { None }).collect())
        })
    }

    /// Runs work on the judge's threads.
    pub fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.pool.install(work)
    }

    /// Judges a message that stands alone.
    ///
    /// # Errors
    /// See [`JudgeError`].
    pub fn judge_one(&self, message: Message) -> Result<ScoredRow, JudgeError> {
        let thread = ThreadState::alone(message.id.clone());
        let mut rows = self.judge(vec![Item { message, thread, notices: Vec::new() }], None, true)?;
        // One item in, one row out.
        Ok(rows.remove(0))
    }

    /// Judges messages; one row for each, in order. `newest` is the newest time of the export, to which waiting is counted.
    ///
    /// # Errors
    /// See [`JudgeError`]; nothing is returned then.
    pub fn judge(
        &self,
        items: Vec<Item>,
        newest: Option<Timestamp>,
        explain: bool,
    ) -> Result<Vec<ScoredRow>, JudgeError> {
        self.pool.install(|| self.judge_here(items, newest, explain))
    }

    /// Judges on the threads of the pool.
    fn judge_here(
        &self,
        items: Vec<Item>,
        newest: Option<Timestamp>,
        explain: bool,
    ) -> Result<Vec<ScoredRow>, JudgeError> {
        let prepared: Vec<Prepared> = items.par_iter().map(|item| scoring::prepare(&item.message)).collect();
        let texts: Vec<&str> = items
            .iter()
            .zip(&prepared)
            .filter(|(_, prepared)| prepared.is_scored())
            .map(|(item, _)| item.message.text.as_str())
            .collect();
        let mut read = self.answer(&texts)?.into_iter();
        let read: Vec<Option<Reading>> =
            prepared.iter().map(|prepared| if prepared.is_scored() { read.next() } else { None }).collect();
        let similarities = self.similarities(&items, &read)?;
        let mut rows: Vec<ScoredRow> = items
            .into_par_iter()
            .zip(prepared)
            .zip(read)
            .zip(similarities)
            .map(|(((item, prepared), read), similarity)| self.row(item, &prepared, read, similarity, newest))
            .collect::<Result<_, _>>()?;
        if explain {
            let attributions = self.attribute(&rows)?;
            for (row, found) in rows.iter_mut().zip(attributions) {
                if let Outcome::Scored(scores) = &mut row.analysis.outcome {
                    let evidence = scoring::attribution::evidence(&found, scores.emotion);
                    scores.evidence.extend(evidence);
                }
            }
        }
        Ok(rows)
    }

    fn row(
        &self,
        item: Item,
        prepared: &Prepared,
        read: Option<Reading>,
        similarity: Option<Vec<Vec<f32>>>,
        newest: Option<Timestamp>,
    ) -> Result<ScoredRow, JudgeError> {
        let Item { message, thread, notices } = item;
        let context = ScoringContext {
            model: self.package.model_ref(),
            engine: self.pool.description().to_owned(),
            promises: &self.promises,
            reproach: self.family,
            complaint_threshold: self.complaint_threshold(),
            weights: self.weights,
        };
        let answer = read.map(|read| ModelAnswer {
            heads: read.heads,
            answered_by: read.answered_by,
            truncated_tokens: read.truncated,
            similarity,
        });
        let analysis = scoring::analysis(&message, &thread, prepared, answer.as_ref(), &context)?;
        let decision = decide(
            &self.playbook,
            &DecideInput { message: &message, thread: &thread, analysis: &analysis, verdict: None },
        );
        let priority = scoring::priority(&analysis, &message, &thread, newest, &self.weights.priority);
        Ok(ScoredRow { version: SCORED_ROW_VERSION, message, thread, notices, analysis, priority, decision })
    }

    /// Compares sentences of complaints with the promises; `None` where no sentence is worth it.
    fn similarities(&self, items: &[Item], read: &[Option<Reading>]) -> Result<Vec<Option<Vec<Vec<f32>>>>, JudgeError> {
        let threshold = self.complaint_threshold();
        let is_complaint = |reading: &Reading| {
            let yes = reading.heads.get("complaint").and_then(|labels| labels.iter().find(|(label, _)| label == "yes"));
            yes.is_some_and(|(_, p)| *p >= threshold)
        };
        let chosen: Vec<(Vec<Span>, Vec<usize>)> = items
            .par_iter()
            .zip(read)
            .map(|(item, read)| match read {
                Some(reading) if is_complaint(reading) => {
                    let chosen = self.promises.promising(&item.message.text);
                    if chosen.is_empty() {
                        (Vec::new(), chosen)
                    } else {
                        (scoring::sentences::split(&item.message.text), chosen)
                    }
                }
                _ => (Vec::new(), Vec::new()),
            })
            .collect();
        let texts: Vec<&str> = items
            .iter()
            .zip(&chosen)
            .flat_map(|(item, (spans, chosen))| chosen.iter().map(|index| spans[*index].of(&item.message.text)))
            .collect();
        let mut vectors = self.vectors(&texts)?.into_iter();
        let similarities = chosen.into_iter().map(|(spans, chosen)| {
            if chosen.is_empty() {
                return None;
            }
            let mut similarity = vec![vec![NOT_COMPARED; spans.len()]; self.promise_vectors.len()];
            for index in chosen {
                let sentence = vectors.next()?;
                for (row, promise) in similarity.iter_mut().zip(&self.promise_vectors) {
                    row[index] = promise.iter().zip(&sentence).map(|(a, b)| a * b).sum();
                }
            }
            Some(similarity)
        });
        Ok(similarities.collect())
    }

    /// Returns texts in the similarity space, each of length 1.
    fn vectors(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, JudgeError> {
        let encoded = self.encode(texts)?;
        let ids: Vec<&[u32]> = encoded.iter().map(|encoded| encoded.ids.as_slice()).collect();
        let embeddings = self.pool.embed_all(&ids)?;
        Ok(embeddings.rows().map(|row| self.package.heads().similarity(row)).collect())
    }

    /// The probability from which a message is a complaint.
    fn complaint_threshold(&self) -> f32 {
        self.package.heads().get("complaint").and_then(|head| head.threshold).unwrap_or(0.5)
    }

    /// Returns the tokens of every text.
    fn encode(&self, texts: &[&str]) -> Result<Vec<Encoded>, JudgeError> {
        Ok(texts.par_iter().map(|text| self.tokenizer.encode(text)).collect::<Result<_, _>>()?)
    }

    /// Returns the encoder's word on every text, of every head.
    fn read(&self, texts: &[&str]) -> Result<Vec<Reading>, JudgeError> {
        self.ask(&self.encode(texts)?.iter().collect::<Vec<_>>())
    }

    /// Asks the encoder, and every head.
    fn ask(&self, encoded: &[&Encoded]) -> Result<Vec<Reading>, JudgeError> {
        let ids: Vec<&[u32]> = encoded.iter().map(|encoded| encoded.ids.as_slice()).collect();
        let embeddings = self.pool.embed_all(&ids)?;
        let rows: Vec<&[f32]> = embeddings.rows().collect();
        Ok(rows
            .par_iter()
            .zip(encoded)
            .map(|(row, encoded)| Reading {
                heads: self.package.heads().apply(row),
                truncated: encoded.truncated_tokens,
                answered_by: AnsweredBy::Encoder,
            })
            .collect())
    }

    /// Judges every row of the sources and hands it to `sink`, in input order.
    ///
    /// # Errors
    /// When a source, the judge or the sink fails; see [`RunError`].
    pub fn run<E>(
        &self,
        sources: &[Source],
        survey: &Survey,
        options: &RunOptions,
        mut sink: impl FnMut(Event) -> Result<(), E>,
    ) -> Result<(), RunError<E>> {
        let newest = survey.threads.newest();
        for source in sources {
            let mut chunk: Vec<Result<Item, Event>> = Vec::with_capacity(CHUNK);
            for row in source.messages()? {
                chunk.push(match row {
                    Err(error) => Err(Event::Unreadable(error)),
                    Ok(row) if !options.ids.is_empty() && !options.ids.contains(&row.message.id) => Err(Event::Skipped),
                    Ok(row) => Ok(survey.place(row)),
                });
                if chunk.len() == CHUNK {
                    self.flush(&mut chunk, newest, options, &mut sink)?;
                }
            }
            self.flush(&mut chunk, newest, options, &mut sink)?;
        }
        Ok(())
    }

    fn flush<E>(
        &self,
        chunk: &mut Vec<Result<Item, Event>>,
        newest: Option<Timestamp>,
        options: &RunOptions,
        sink: &mut impl FnMut(Event) -> Result<(), E>,
    ) -> Result<(), RunError<E>> {
        // Others keep their place between the rows that are judged together.
        let mut items = Vec::with_capacity(chunk.len());
        let places: Vec<Option<Event>> = chunk
            .drain(..)
            .map(|entry| match entry {
                Ok(item) => {
                    items.push(item);
                    None
                }
                Err(event) => Some(event),
            })
            .collect();
        let mut rows = self.judge(items, newest, options.explain)?.into_iter();
        for place in places {
            let event = place.or_else(|| rows.next().map(|row| Event::Scored(Box::new(row))));
            if let Some(event) = event {
                sink(event).map_err(RunError::Sink)?;
            }
        }
        Ok(())
    }
}

/// A message with its place in its thread, ready to be judged.
#[derive(Debug, Clone)]
pub struct Item {
    /// The message.
    pub message: Message,
    /// Where it stands.
    pub thread: ThreadState,
    /// Remarks on the row.
    pub notices: Vec<Notice>,
}

/// What the model said about a text.
struct Reading {
    heads: HeadProbs,
    truncated: u32,
    answered_by: AnsweredBy,
}

/// A promise of the playbook as scoring searches for it.
fn promise(entry: &crate::playbook::schema::Promise) -> Promise {
    Promise {
        id: entry.id.get_ref().clone(),
        text: entry.text.clone(),
        says: entry.quoted_by.clone(),
        broken: entry.broken_by.clone(),
    }
}

#[cfg(test)]
mod tests;
