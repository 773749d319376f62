//! Reads texts again, without some of their words, to find out which words carried the scores.

use rayon::prelude::*;

use crate::analysis::{AnsweredBy, Span};
use crate::scoring::attribution::{self, Attribution, HEADS, HeadScores, PartReading};
use crate::scoring::{ComposeInput, analyse_text, compose, view};

use super::{Judge, JudgeError, ScoredRow};

/// Rows whose readings are made together: enough to fill the batches, few enough to hold in memory.
const TOGETHER: usize = 16;

/// A text to be read for a row.
struct Query {
    row: usize,
    text: String,
}

/// What is known of a row on the way.
struct Search<'a> {
    /// Index of the row.
    row: usize,
    /// The part of the text that rules and model read.
    text: &'a str,
    full: HeadScores,
    parts: Vec<PartReading>,
}

impl Judge {
    /// Returns the scores of other texts in the place of a row's: same channel, thread and model. `None` for a row that has no scores.
    ///
    /// `emotion` of the result is the probability of the row's own emotion in these texts. No promise enters.
    ///
    /// # Errors
    /// See [`JudgeError`].
    pub fn rescore(&self, row: &ScoredRow, texts: &[String]) -> Result<Option<Vec<HeadScores>>, JudgeError> {
        if row.analysis.scores().is_none() {
            return Ok(None);
        }
        let queries: Vec<Query> = texts.iter().map(|text| Query { row: 0, text: text.clone() }).collect();
        self.pool.install(|| self.answers(std::slice::from_ref(row), &queries)).map(Some)
    }

    /// Returns what carried the scores of each row, in the order of [`HEADS`]; nothing for a row that has no scores.
    ///
    /// How the search goes, and what it costs, is told in [`attribution`].
    ///
    /// # Errors
    /// See [`JudgeError`].
    pub fn attribute(&self, rows: &[ScoredRow]) -> Result<Vec<Vec<Attribution>>, JudgeError> {
        let mut found = Vec::with_capacity(rows.len());
        for group in rows.chunks(TOGETHER) {
            found.extend(self.pool.install(|| self.attribute_group(group))?);
        }
        Ok(found)
    }

    fn attribute_group(&self, rows: &[ScoredRow]) -> Result<Vec<Vec<Attribution>>, JudgeError> {
        let mut searches = self.read_parts(rows)?;
        let words = self.search_words(rows, &searches)?;
        let mut found: Vec<Vec<Attribution>> = rows.iter().map(|_| Vec::new()).collect();
        for (search, mut words) in searches.drain(..).zip(words) {
            found[search.row] = (0..HEADS.len())
                .map(|head| Attribution {
                    head: HEADS[head],
                    score: search.full.get(HEADS[head]).unwrap_or_default(),
                    sentences: if search.parts.len() > 1 {
                        attribution::best_sentences(head, &search.full, &search.parts)
                    } else {
                        Vec::new()
                    },
                    words: std::mem::take(&mut words[head]),
                })
                .collect();
        }
        Ok(found)
    }

    /// Reads every part of every text alone, and the text without it.
    fn read_parts<'a>(&self, rows: &'a [ScoredRow]) -> Result<Vec<Search<'a>>, JudgeError> {
        let mut searches = Vec::new();
        let mut queries = Vec::new();
        for (row, scored) in rows.iter().enumerate() {
            let Some(scores) = scored.analysis.scores() else { continue };
            let text = read_part(&scored.message.text);
            let full = HeadScores::of(scores, scores.emotion, self.weights)?;
            for part in attribution::parts(text) {
                queries.push(Query { row, text: attribution::without(text, &[part]) });
                queries.push(Query { row, text: part.of(text).to_owned() });
            }
            searches.push(Search { row, text, full, parts: Vec::new() });
        }
        let mut answers = self.answers(rows, &queries)?.into_iter();
        for search in &mut searches {
            for part in attribution::parts(search.text) {
                if let (Some(without), Some(alone)) = (answers.next(), answers.next()) {
                    search.parts.push(PartReading { part, without, alone });
                }
            }
        }
        Ok(searches)
    }

    /// Returns, for each search and head, the words of its best part.
    fn search_words(
        &self,
        rows: &[ScoredRow],
        searches: &[Search<'_>],
    ) -> Result<Vec<Vec<Vec<attribution::Effect>>>, JudgeError> {
        // Heads often agree on the sentence; each is read once.
        let mut queries = Vec::new();
        let mut plans: Vec<Vec<(usize, Vec<Span>)>> = Vec::with_capacity(searches.len());
        for search in searches {
            let mut plan: Vec<(usize, Vec<Span>)> = Vec::new();
            for head in 0..HEADS.len() {
                let Some(best) = attribution::best_part(head, &search.full, &search.parts) else { continue };
                if plan.iter().any(|(part, _)| *part == best) {
                    continue;
                }
                let part = search.parts[best].part;
                let units = attribution::units(search.text, part);
                queries.extend(units.iter().map(|unit| {
                    let inside = Span { from: unit.from - part.from, to: unit.to - part.from };
                    Query { row: search.row, text: attribution::without(part.of(search.text), &[inside]) }
                }));
                plan.push((best, units));
            }
            plans.push(plan);
        }
        let losses = self.answers(rows, &queries)?;
        let mut rest = losses.as_slice();
        let mut spans: Vec<Vec<Vec<Span>>> = Vec::with_capacity(searches.len());
        let mut queries = Vec::new();
        for (search, plan) in searches.iter().zip(&plans) {
            let mut read = Vec::with_capacity(plan.len());
            for (part, units) in plan {
                let (of_part, others) = rest.split_at(units.len());
                read.push((*part, units, of_part));
                rest = others;
            }
            let of_heads = (0..HEADS.len()).map(|head| {
                let best = attribution::best_part(head, &search.full, &search.parts);
                let Some((part, units, losses)) = read.iter().find(|(part, ..)| Some(*part) == best) else {
                    return Vec::new();
                };
                attribution::candidates(head, &search.full, &search.parts[*part].alone, units, losses)
            });
            let of_heads: Vec<Vec<Span>> = of_heads.collect();
            queries.extend(
                of_heads
                    .iter()
                    .flatten()
                    .map(|span| Query { row: search.row, text: attribution::without(search.text, &[*span]) }),
            );
            spans.push(of_heads);
        }
        let measured = self.answers(rows, &queries)?;
        let mut rest = measured.as_slice();
        let words = searches.iter().zip(&spans).map(|(search, of_heads)| {
            let of_heads = of_heads.iter().enumerate().map(|(head, spans)| {
                let (of_head, others) = rest.split_at(spans.len());
                rest = others;
                attribution::best_words(head, &search.full, spans, of_head)
            });
            of_heads.collect()
        });
        Ok(words.collect())
    }

    /// Reads the texts, each in the place of its row's.
    fn answers(&self, rows: &[ScoredRow], queries: &[Query]) -> Result<Vec<HeadScores>, JudgeError> {
        let texts: Vec<&str> = queries.iter().map(|query| query.text.as_str()).collect();
        let readings = self.read(&texts)?;
        queries
            .par_iter()
            .zip(readings)
            .map(|(query, reading)| {
                let row = &rows[query.row];
                let scores = compose(&ComposeInput {
                    heads: &reading.heads,
                    findings: &analyse_text(&query.text),
                    channel: row.message.channel,
                    thread: &row.thread,
                    reproach: self.family,
                    complaint_threshold: self.complaint_threshold(),
                    answered_by: AnsweredBy::Encoder,
                    weights: self.weights,
                })?;
                let emotion = row.analysis.scores().map_or(scores.emotion, |scores| scores.emotion);
                Ok(HeadScores::of(&scores, emotion, self.weights)?)
            })
            .collect()
    }
}

/// The part of a text that the rules read; the model reads no further either.
fn read_part(text: &str) -> &str {
    let end = text.char_indices().nth(view::MAX_CHARS).map_or(text.len(), |(at, _)| at);
    &text[..end]
}
