//! The measuring process: one engine, asked over its standard input.

use std::io::{self, BufRead};
use std::num::NonZero;
use std::time::Instant;

use super::protocol::{Answer, Ask, receive, send};
use crate::cli::args::BenchWorkerArgs;
use crate::cli::env::Environment;
use crate::cli::error::{CliError, Exit};
use crate::cli::judge::{self, Request};
use crate::cli::models;
use crate::engine::package::ModelPackage;
use crate::engine::pool::EnginePool;
use crate::engine::tokenizer::TextTokenizer;

/// Runs until its standard input ends.
pub(in crate::cli) fn run(args: &BenchWorkerArgs, env: &Environment) -> Result<Exit, CliError> {
    let mut out = io::stdout();
    match serve(args, env, &mut io::stdin().lock(), &mut out) {
        Ok(()) => Ok(Exit::Done),
        Err(error) => {
            send(&mut out, &Answer::Failed { message: error.to_string() })?;
            Err(error)
        }
    }
}

fn serve(
    args: &BenchWorkerArgs,
    env: &Environment,
    from: &mut dyn BufRead,
    out: &mut dyn io::Write,
) -> Result<(), CliError> {
    let failed = |error: &(dyn std::error::Error + 'static)| CliError::from_error(Exit::Other, error);
    let package = models::load(args.model.as_deref())?;
    let threads = usize::from(args.threads);
    let request = Request { engine: args.engine, variant: args.variant, threads, runtime: &args.runtime };
    let engines = judge::engines(&request, &package, env)?;
    let isa = engines.first().map_or_else(String::new, |engine| engine.info().isa.clone());
    let pool = EnginePool::new(engines, package.config().hidden).map_err(|error| failed(&error))?;
    let pool = pool.with_batch(NonZero::new(usize::from(args.batch)).unwrap_or(NonZero::<usize>::MIN));
    let tokenizer = TextTokenizer::new(&package).map_err(|error| failed(&error))?;
    let mut ids: Vec<Vec<u32>> = Vec::new();
    while let Some(ask) = receive(from)? {
        let embed = |ids: &[Vec<u32>]| {
            let views: Vec<&[u32]> = ids.iter().map(Vec::as_slice).collect();
            pool.embed_all(&views).map_err(|error| failed(&error))
        };
        let answer = match ask {
            Ask::First(text) => {
                let first = tokenizer.encode(&text).map_err(|error| failed(&error))?.ids;
                for row in embed(&[first])?.rows() {
                    drop(package.heads().apply(row));
                }
                Answer::Ready { isa: isa.clone() }
            }
            Ask::Texts(texts) => {
                ids = encode(&tokenizer, &texts).map_err(|error| failed(&error))?;
                Answer::Tokens {
                    tokens: ids.iter().map(|ids| ids.len() as u64).sum(),
                    operations: ids.iter().map(|ids| package.config().operations(ids.len())).sum(),
                }
            }
            Ask::Run => {
                let start = Instant::now();
                drop(embed(&ids)?);
                Answer::Took(start.elapsed().as_secs_f64())
            }
            Ask::Latency(most) => Answer::Latency(latencies(&package, &ids[..most.min(ids.len())], embed)?),
            Ask::Answers(most) => {
                let found = embed(&ids[..most.min(ids.len())])?;
                Answer::Embeddings(found.rows().map(<[f32]>::to_vec).collect())
            }
            Ask::Labels => Answer::Labels(embed(&ids)?.rows().map(|row| labels(&package, row)).collect()),
            Ask::Memory => Answer::Memory(peak_megabytes()),
        };
        send(out, &answer)?;
    }
    Ok(())
}

fn encode(
    tokenizer: &TextTokenizer,
    texts: &[String],
) -> Result<Vec<Vec<u32>>, crate::engine::tokenizer::TokenizerError> {
    texts.iter().map(|text| tokenizer.encode(text).map(|encoded| encoded.ids)).collect()
}

/// Index of each head's label: the most probable one, or what a two-way head says by its threshold.
fn labels(package: &ModelPackage, embedding: &[f32]) -> Vec<u16> {
    let answers = package.heads().apply(embedding);
    let label = |(name, labels): (&String, &Vec<(String, f32)>)| {
        let threshold = package.heads().get(name).and_then(|head| head.threshold);
        let best = match (threshold, labels.as_slice()) {
            (Some(threshold), [_, (_, yes)]) => usize::from(*yes >= threshold),
            _ => (0..labels.len()).max_by(|a, b| labels[*a].1.total_cmp(&labels[*b].1)).unwrap_or(0),
        };
        u16::try_from(best).unwrap_or(u16::MAX)
    };
    answers.iter().map(label).collect()
}

/// Milliseconds from token ids to probabilities, message by message.
fn latencies(
    package: &ModelPackage,
    ids: &[Vec<u32>],
    embed: impl Fn(&[Vec<u32>]) -> Result<crate::engine::Embeddings, CliError>,
) -> Result<Vec<f64>, CliError> {
    let one = |ids: &Vec<u32>| {
        let start = Instant::now();
        for row in embed(std::slice::from_ref(ids))?.rows() {
            drop(package.heads().apply(row));
        }
        Ok(start.elapsed().as_secs_f64() * 1e3)
    };
    ids.iter().map(one).collect()
}

/// The largest resident set of this process; only Linux tells.
fn peak_megabytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes / 1024.0)
}
