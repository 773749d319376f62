//! `amends bench`: every engine of this build side by side, each in a process of its own, repetitions interleaved.

mod labels;
mod messages;
mod output;
mod path;
mod peak;
mod process;
mod protocol;
pub(super) mod worker;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::engine::heads::cosine;
use crate::evaluate::timing::{self, Median};

use super::args::{BenchArgs, EngineChoice, VariantChoice};
use super::env::Environment;
use super::error::{CliError, Exit};
use super::{interrupt, judge, models};
use messages::{LeftOut, Messages};
use process::{Process, engine_name, unexpected, variant_name};
use protocol::{Answer, Ask};

/// Messages that are timed one by one, and compared between engines.
const SINGLES: usize = 100;

/// Processes started anew for the cold start, for each row; the first of them is the one that is measured on.
const STARTS: usize = 3;

/// What one process runs.
#[derive(Debug, Clone, Copy)]
struct Row {
    engine: EngineChoice,
    variant: VariantChoice,
    threads: usize,
    batch: usize,
}

/// The report; its names are a contract (docs/benchmarks.md).
#[derive(Debug, Serialize)]
struct Report {
    machine: Machine,
    results: Vec<Measured>,
    skipped: Vec<Skipped>,
    /// The whole path from file to record; none where the native engine was not asked for.
    end_to_end: Option<path::EndToEnd>,
}

/// What it ran on.
#[derive(Debug, Serialize)]
struct Machine {
    cpu: Option<String>,
    cores: usize,
    messages: usize,
    left_out: LeftOut,
    tokens: u64,
    repetitions: usize,
    /// What the machine can do at most, by its own micro-benchmark.
    peaks: Vec<peak::Peak>,
}

/// The figures of one row.
#[derive(Debug, Serialize)]
struct Measured {
    engine: &'static str,
    variant: &'static str,
    isa: String,
    threads: usize,
    batch: usize,
    messages_per_second: f64,
    ci95: [f64; 2],
    tokens_per_second: f64,
    latency_p50_ms: Option<f64>,
    latency_p95_ms: Option<f64>,
    cold_start_ms: Option<f64>,
    peak_rss_mb: Option<f64>,
    /// Operations of the encoder's matrix products by time, as a share of the peak in the same arithmetic on as many threads.
    share_of_peak: Option<f64>,
    /// Mean cosine with the reference.
    agreement: Option<f64>,
    /// Share of labels, over all heads and messages, that are those of the reference.
    equal_labels: Option<f64>,
    /// Share of right labels, by head; of `--labels`.
    accuracy: BTreeMap<String, f64>,
}

/// An engine that did not run.
#[derive(Debug, Serialize)]
struct Skipped {
    engine: String,
    why: String,
}

/// A row that is being measured.
struct Running {
    row: Row,
    process: Process,
    isa: String,
    starts: Vec<f64>,
    rates: Vec<f64>,
    embeddings: Vec<Vec<f32>>,
    labels: Vec<Vec<u16>>,
    latencies: Vec<f64>,
    /// Megabytes.
    memory: Option<f64>,
}

/// What all rows have in common.
struct Work {
    texts: Vec<String>,
    tokens: u64,
    operations: u64,
}

/// What came of measuring.
struct Outcome {
    running: Vec<Running>,
    skipped: Vec<Skipped>,
    peaks: Vec<peak::Peak>,
    path: Option<path::EndToEnd>,
}

/// Runs the verb.
pub(super) fn run(args: &BenchArgs, env: &Environment) -> Result<Exit, CliError> {
    interrupt::listen()?;
    if let Some(file) = &args.plot {
        output::check_plot(file)?;
    }
    // A package that cannot be used is one error here, not one for each process.
    let package = models::load(args.model.as_deref())?;
    let gold = labels::read(args, &package)?;
    let Messages { texts, left_out } = match &gold {
        Some(gold) => gold.messages(args.messages as usize),
        None => messages::read(args)?,
    };
    let mut work = Work { texts, tokens: 0, operations: 0 };
    let Outcome { running, skipped, peaks, path } = measure(args, &mut work, env)?;
    if running.is_empty() {
        let why = skipped.first().map_or_else(String::new, |skipped| skipped.why.clone());
        return Err(CliError::new(Exit::Other, format!("no engine could run: {why}")));
    }
    let reference = running
        .iter()
        .position(|one| one.row.engine == EngineChoice::Libtorch && one.row.variant == VariantChoice::F32)
        .or_else(|| running.iter().position(|one| one.row.variant == VariantChoice::F32))
        .unwrap_or(0);
    let reference = &running[reference];
    let results = running.iter().filter_map(|one| {
        let accuracy = gold.as_ref().map_or_else(BTreeMap::new, |gold| gold.accuracy(&package, &one.labels));
        one.figures(&work, &peaks, reference, accuracy)
    });
    let results = results.collect();
    let machine = Machine {
        cpu: cpu(),
        cores: judge::cores(),
        messages: work.texts.len(),
        left_out,
        tokens: work.tokens,
        repetitions: usize::from(args.repetitions),
        peaks,
    };
    let report = Report { machine, results, skipped, end_to_end: path };
    output::write(&report, args.format, env)?;
    if let Some(file) = &args.plot {
        output::plot(&report, file)?;
    }
    Ok(Exit::Done)
}

/// Starts every process and asks them in turn.
fn measure(args: &BenchArgs, work: &mut Work, env: &Environment) -> Result<Outcome, CliError> {
    let (mut running, mut skipped) = (Vec::new(), Vec::new());
    for row in rows(args)? {
        match Running::start(args, row, work) {
            Ok(one) => running.push(one),
            Err(error) => skipped.push(Skipped {
                engine: format!("{} {}", engine_name(row.engine), variant_name(row.variant)),
                why: error.to_string(),
            }),
        }
    }
    skipped.dedup_by(|a, b| a.engine == b.engine);
    let mut peaks = peak::Peaks::new(args, running.iter().map(|one| one.row.threads))?;
    let wants_path = running.iter().any(|one| one.row.engine == EngineChoice::Native);
    let mut path = if wants_path { Some(path::Path::new(args, &work.texts, env)?) } else { None };
    for repetition in 0..=args.repetitions {
        peaks.measure();
        for one in &mut running {
            interrupt::check()?;
            let Answer::Took(seconds) = one.ask(&Ask::Run)? else { continue };
            // The first round warms caches and clocks up.
            if repetition > 0 {
                one.rates.push(work.texts.len() as f64 / seconds);
            }
        }
        if let Some(path) = &mut path {
            path.run(repetition > 0)?;
        }
    }
    for _ in 1..STARTS {
        for one in &mut running {
            interrupt::check()?;
            one.starts.push(Process::start(args, &one.row, &work.texts[0])?.1);
        }
    }
    for one in &mut running {
        interrupt::check()?;
        if let Answer::Latency(found) = one.ask(&Ask::Latency(SINGLES))? {
            one.latencies = found;
        }
        if let Answer::Memory(found) = one.ask(&Ask::Memory)? {
            one.memory = found;
        }
        if let Answer::Embeddings(found) = one.ask(&Ask::Answers(SINGLES))? {
            one.embeddings = found;
        }
        if let Answer::Labels(found) = one.ask(&Ask::Labels)? {
            one.labels = found;
        }
    }
    Ok(Outcome { running, skipped, peaks: peaks.best(), path: path.and_then(|path| path.figures()) })
}

impl Running {
    fn start(args: &BenchArgs, row: Row, work: &mut Work) -> Result<Self, CliError> {
        let (mut process, milliseconds, isa) = Process::start(args, &row, &work.texts[0])?;
        match process.ask(&Ask::Texts(work.texts.clone()))? {
            Answer::Tokens { tokens, operations } => (work.tokens, work.operations) = (tokens, operations),
            other => return Err(unexpected(&other)),
        }
        Ok(Self {
            row,
            process,
            isa,
            starts: vec![milliseconds],
            rates: Vec::new(),
            embeddings: Vec::new(),
            labels: Vec::new(),
            latencies: Vec::new(),
            memory: None,
        })
    }

    fn ask(&mut self, ask: &Ask) -> Result<Answer, CliError> {
        self.process.ask(ask)
    }

    fn figures(
        &self,
        work: &Work,
        peaks: &[peak::Peak],
        reference: &Self,
        accuracy: BTreeMap<String, f64>,
    ) -> Option<Measured> {
        let Median { value, ci95 } = timing::median(&self.rates)?;
        let messages = work.texts.len() as f64;
        let cosines: Vec<f64> = self
            .embeddings
            .iter()
            .zip(&reference.embeddings)
            .map(|(own, other)| f64::from(cosine(own, other)))
            .collect();
        let pairs = || self.labels.iter().zip(&reference.labels).flat_map(|(own, other)| own.iter().zip(other));
        let equal = pairs().filter(|(own, other)| own == other).count();
        let operations = value * work.operations as f64 / messages;
        let peak = peaks
            .iter()
            .find(|peak| peak.variant == variant_name(self.row.variant) && peak.threads == self.row.threads);
        Some(Measured {
            engine: engine_name(self.row.engine),
            variant: variant_name(self.row.variant),
            isa: self.isa.clone(),
            threads: self.row.threads,
            batch: self.row.batch,
            messages_per_second: value,
            ci95,
            tokens_per_second: value * work.tokens as f64 / messages,
            latency_p50_ms: timing::quantile(&self.latencies, 0.5),
            latency_p95_ms: timing::quantile(&self.latencies, 0.95),
            cold_start_ms: timing::quantile(&self.starts, 0.5),
            peak_rss_mb: self.memory,
            share_of_peak: peak.map(|peak| operations / peak.operations_per_second),
            agreement: (!cosines.is_empty()).then(|| cosines.iter().sum::<f64>() / cosines.len() as f64),
            equal_labels: (!self.labels.is_empty()).then(|| equal as f64 / pairs().count().max(1) as f64),
            accuracy,
        })
    }
}

/// Returns the rows that the arguments ask for.
fn rows(args: &BenchArgs) -> Result<Vec<Row>, CliError> {
    let all = [
        (EngineChoice::Native, VariantChoice::Int8),
        (EngineChoice::Native, VariantChoice::F32),
        (EngineChoice::Onnx, VariantChoice::Int8),
        (EngineChoice::Onnx, VariantChoice::F32),
        (EngineChoice::Libtorch, VariantChoice::F32),
        (EngineChoice::Libtorch, VariantChoice::Bf16),
    ];
    for name in &args.engines {
        if !all.iter().any(|pair| names(*pair, name)) {
            return Err(CliError::usage(format!("no engine \"{name}\""))
                .hint("engines are native, onnx and libtorch, with a variant as in native:int8"));
        }
    }
    let threads = match args.threads.as_slice() {
        [] if judge::cores() > 1 => vec![1, judge::cores()],
        [] => vec![1],
        given => given.iter().copied().map(usize::from).collect(),
    };
    let mut rows = Vec::new();
    for pair in all {
        if !args.engines.is_empty() && !args.engines.iter().any(|name| names(pair, name)) {
            continue;
        }
        for &threads in &threads {
            for batch in &args.batch {
                rows.push(Row { engine: pair.0, variant: pair.1, threads, batch: usize::from(*batch) });
            }
        }
    }
    Ok(rows)
}

/// Whether `name` means this engine: by its name, or its name and variant.
fn names((engine, variant): (EngineChoice, VariantChoice), name: &str) -> bool {
    match name.split_once(':') {
        None => name == engine_name(engine),
        Some((first, second)) => first == engine_name(engine) && second == variant_name(variant),
    }
}

/// The processor's name; only Linux tells.
fn cpu() -> Option<String> {
    let info = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_is_named_alone_or_with_its_variant() {
        let pair = (EngineChoice::Native, VariantChoice::Int8);
        assert!(names(pair, "native") && names(pair, "native:int8"));
        assert!(!names(pair, "onnx") && !names(pair, "native:f32") && !names(pair, "native:"));
    }
}
