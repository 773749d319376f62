//! The whole path of `score`, from rows of an export to records, with what each part of it takes.

use std::io;
use std::time::Instant;

use rayon::prelude::*;
use serde::Serialize;

use crate::cli::args::{BenchArgs, EngineChoice, JudgeArgs};
use crate::cli::env::Environment;
use crate::cli::error::{CliError, Exit};
use crate::cli::judge::{self, Request};
use crate::engine::pool::EnginePool;
use crate::engine::tokenizer::TextTokenizer;
use crate::evaluate::timing;
use crate::ingest::{InputOptions, Source};
use crate::pipeline::{Event, Judge, RunError, RunOptions, Survey};

/// Figures of the whole path: the native engine's default variant, on all cores.
#[derive(Debug, Serialize)]
pub(super) struct EndToEnd {
    pub threads: usize,
    /// Median over the runs, everything included.
    pub messages_per_second: f64,
    /// What the encoder alone does on the same token ids, in turns with it.
    pub encoder_messages_per_second: f64,
    /// Their ratio.
    pub share_of_encoder: f64,
    pub seconds: Parts,
    /// The same path with `--fast`; absent where the package has no static model.
    pub fast: Option<Fast>,
}

/// The path on which the static model answers what it may.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Fast {
    pub messages_per_second: f64,
    /// Its rate by that of the path without it.
    pub ratio: f64,
    /// Share of messages that the static model answered.
    pub answered: f64,
}

/// Medians of seconds for all messages. Tokenising and encoding are timed alone, on all threads; rules are what is left of the whole.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Parts {
    /// Rows to messages.
    pub read: f64,
    pub tokenise: f64,
    pub encode: f64,
    /// Heads: embeddings to probabilities.
    pub heads: f64,
    /// Rules, threads and decision: the rest.
    pub rules: f64,
    /// Records to JSON.
    pub write: f64,
    pub whole: f64,
}

/// The path that is being measured.
pub(super) struct Path {
    judge: Judge,
    fast: Option<Judge>,
    /// Seconds of the path with `fast`.
    fast_seconds: Vec<f64>,
    pool: EnginePool,
    tokenizer: TextTokenizer,
    threads: usize,
    export: Vec<u8>,
    texts: Vec<String>,
    parts: Vec<Parts>,
}

impl Path {
    /// Prepares the path over `texts`, which become an export of their own.
    ///
    /// # Errors
    /// When the judge cannot be built.
    pub(super) fn new(args: &BenchArgs, texts: &[String], env: &Environment) -> Result<Self, CliError> {
        let failed = |error: &(dyn std::error::Error + 'static)| CliError::from_error(Exit::Other, error);
        let threads = judge::cores();
        let judge = JudgeArgs {
            playbook: None,
            model: args.model.clone(),
            engine: EngineChoice::Native,
            variant: None,
            threads: None,
            runtime: args.runtime.clone(),
            severity_head: None,
        };
        let arguments = judge;
        let judge = judge::build(&arguments, env)?;
        let fast = judge.package().fast().map(|_| judge::build(&arguments, env)).transpose()?;
        let fast = fast.map(Judge::with_fast).transpose().map_err(|error| failed(&error))?;
        let package = judge.package();
        let request = Request { engine: EngineChoice::Native, variant: None, threads, runtime: &args.runtime };
        let engines = judge::engines(&request, package, env)?;
        let pool = EnginePool::new(engines, package.config().hidden).map_err(|error| failed(&error))?;
        let tokenizer = TextTokenizer::new(package).map_err(|error| failed(&error))?;
        let mut writer = csv::Writer::from_writer(Vec::new());
        let record = |writer: &mut csv::Writer<Vec<u8>>, id: &str, text: &str| {
            writer.write_record([id, text]).map_err(|error| failed(&error))
        };
        record(&mut writer, "id", "text")?;
        for (number, text) in texts.iter().enumerate() {
            record(&mut writer, &number.to_string(), text)?;
        }
        let export = writer.into_inner().map_err(|error| CliError::from(error.into_error()))?;
        let texts = texts.to_vec();
        Ok(Self { judge, fast, fast_seconds: Vec::new(), pool, tokenizer, threads, export, texts, parts: Vec::new() })
    }

    /// Goes the path once; `counts` says whether it is kept.
    ///
    /// # Errors
    /// When the export cannot be read or scored.
    pub(super) fn run(&mut self, counts: bool) -> Result<(), CliError> {
        let failed = |error: &(dyn std::error::Error + 'static)| CliError::from_error(Exit::Other, error);
        let source = Source::from_reader("bench.csv", self.export.as_slice(), &InputOptions::default())
            .map_err(|error| failed(&error))?;
        let start = Instant::now();
        let rows = source.messages().map_err(|error| failed(&error))?.count();
        let read = seconds(start);
        debug_assert_eq!(rows, self.texts.len(), "the export holds every text");

        let start = Instant::now();
        let encoded = self
            .pool
            .install(|| self.texts.par_iter().map(|text| self.tokenizer.encode(text)).collect::<Result<Vec<_>, _>>())
            .map_err(|error| failed(&error))?;
        let tokenise = seconds(start);
        let ids: Vec<&[u32]> = encoded.iter().map(|encoded| encoded.ids.as_slice()).collect();
        let start = Instant::now();
        let embeddings = self.pool.embed_all(&ids).map_err(|error| failed(&error))?;
        let encode = seconds(start);
        let embeddings: Vec<&[f32]> = embeddings.rows().collect();
        let start = Instant::now();
        let answers: usize =
            self.pool.install(|| embeddings.par_iter().map(|row| self.judge.package().heads().apply(row).len()).sum());
        let heads = seconds(start);
        debug_assert!(answers > 0, "a package has heads");

        let sources = [source];
        let (whole, write) = whole(&self.judge, &sources)?;
        let fast = self.fast.as_ref().map(|judge| self::whole(judge, &sources)).transpose()?;
        if counts {
            self.fast_seconds.extend(fast.map(|(whole, _)| whole));
            // The export is read twice: once to find threads.
            let rules = (whole - 2.0 * read - tokenise - encode - heads - write).max(0.0);
            self.parts.push(Parts { read: 2.0 * read, tokenise, encode, heads, rules, write, whole });
        }
        Ok(())
    }

    fn fast_figures(&self, plain: f64) -> Option<Fast> {
        let report = self.fast.as_ref()?.fast_report()?;
        let seconds = timing::quantile(&self.fast_seconds, 0.5)?;
        Some(Fast {
            messages_per_second: self.texts.len() as f64 / seconds,
            ratio: plain / seconds,
            answered: report.answered as f64 / report.messages.max(1) as f64,
        })
    }

    /// Returns the medians; none without a run that counts.
    pub(super) fn figures(&self) -> Option<EndToEnd> {
        let median =
            |part: fn(&Parts) -> f64| timing::quantile(&self.parts.iter().map(part).collect::<Vec<f64>>(), 0.5);
        let seconds = Parts {
            read: median(|parts| parts.read)?,
            tokenise: median(|parts| parts.tokenise)?,
            encode: median(|parts| parts.encode)?,
            heads: median(|parts| parts.heads)?,
            rules: median(|parts| parts.rules)?,
            write: median(|parts| parts.write)?,
            whole: median(|parts| parts.whole)?,
        };
        let messages = self.texts.len() as f64;
        Some(EndToEnd {
            threads: self.threads,
            messages_per_second: messages / seconds.whole,
            encoder_messages_per_second: messages / seconds.encode,
            share_of_encoder: seconds.encode / seconds.whole,
            fast: self.fast_figures(seconds.whole),
            seconds,
        })
    }
}

/// Goes from rows to records; returns the seconds for all of it, and for writing.
fn whole(judge: &Judge, sources: &[Source]) -> Result<(f64, f64), CliError> {
    let failed = |error: &(dyn std::error::Error + 'static)| CliError::from_error(Exit::Other, error);
    let start = Instant::now();
    let survey = Survey::of(sources).map_err(|error| failed(&error))?;
    let mut write = 0.0;
    judge
        .run(sources, &survey, &RunOptions::default(), |event| {
            if let Event::Scored(row) = event {
                let start = Instant::now();
                serde_json::to_writer(io::sink(), &row)?;
                write += seconds(start);
            }
            Ok(())
        })
        .map_err(|error: RunError<serde_json::Error>| failed(&error))?;
    Ok((seconds(start), write))
}

fn seconds(start: Instant) -> f64 {
    start.elapsed().as_secs_f64()
}
