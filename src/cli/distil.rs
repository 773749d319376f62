//! `amends distil`: makes the static model of the fast path out of texts without labels.

use std::collections::HashSet;
use std::io::{self, Write};

use serde_json::json;

use crate::digest::sha256_hex;
use crate::engine::package::ModelPackage;
use crate::engine::package::WriteError;
use crate::engine::tokenizer::TextTokenizer;
use crate::learn::distil::{DistilSettings, Distilled, Distiller, Text};
use crate::learn::{card, distil};
use crate::message::AuthorRole;
use crate::pipeline::Judge;
use crate::scoring::heads;

use super::args::{DistilArgs, EngineChoice, JudgeArgs, RuntimeArgs, TextOrJson};
use super::env::Environment;
use super::error::{CliError, Exit};
use super::output::style::{Style, safe_line};
use super::{input, interrupt, judge, left_out, models, progress, warn, warn_wrapped};

/// Texts that the encoder reads at a time.
const CHUNK: usize = 512;

/// Rows that nothing is learned from.
#[derive(Default)]
struct LeftOut {
    unreadable: usize,
    ours: usize,
    repeated: usize,
    beyond: usize,
    unscored: usize,
}

/// Runs the verb.
pub(super) fn run(args: &DistilArgs, env: &Environment) -> Result<Exit, CliError> {
    interrupt::listen()?;
    if args.out.exists() {
        return Err(models::unwritten(&WriteError::Exists { dir: args.out.clone() }));
    }
    let judge = judge::build(
        &JudgeArgs {
            playbook: None,
            model: args.model.clone(),
            engine: EngineChoice::Native,
            variant: None,
            threads: args.threads,
            runtime: RuntimeArgs::default(),
            severity_head: None,
        },
        env,
    )?;
    let package = judge.package();
    let inputs = input::open(&args.files, &args.input, args.quiet, env)?;
    let (found, mut left_out) = different_texts(&inputs, args.messages.map_or(usize::MAX, |most| most as usize))?;
    let names: Vec<&str> = package.heads().iter().map(|head| head.name.as_str()).collect();
    let teacher = Distiller::new(package, &heads::scored(names.into_iter()));
    let texts = read(&judge, &teacher, &found, args.quiet, env)?;
    left_out.unscored = found.len() - texts.len();
    if !args.quiet {
        left_out.say(env)?;
    }
    let settings = DistilSettings { width: args.width.into(), epochs: args.epochs.into() };
    let distilled = teacher.distil(texts, settings).map_err(|error| {
        let hint = "any texts of the kind that you score will do; they need no labels".to_owned();
        CliError::from_error(Exit::Findings, &error).hint(hint)
    })?;
    interrupt::check()?;
    let from = package.model_ref();
    let release = args.release.clone().unwrap_or_else(|| card::next_distilled(&from.release));
    let text = card::with_distilled(package.card(), &from, &release, &distilled);
    let written = package
        .write_with_fast(&distilled.model, &release, &text, &args.out)
        .map_err(|error| models::unwritten(&error))?;
    write(args, &distilled, &written, env)?;
    Ok(if left_out.unreadable > 0 || inputs.some_failed { Exit::Input } else { Exit::Done })
}

/// Returns the different texts of customers, at most `most` of each file.
fn different_texts(inputs: &input::Inputs, most: usize) -> Result<(Vec<String>, LeftOut), CliError> {
    let mut seen = HashSet::new();
    let mut left_out = LeftOut::default();
    let mut texts = Vec::new();
    for source in inputs.sources() {
        let mut taken = 0;
        for row in source.messages().map_err(|error| input::refused(&error))? {
            interrupt::check()?;
            match row {
                Err(_) => left_out.unreadable += 1,
                Ok(row) if row.message.role != AuthorRole::Customer => left_out.ours += 1,
                Ok(_) if taken >= most => left_out.beyond += 1,
                Ok(row) if !seen.insert(sha256_hex(row.message.text.as_bytes())) => left_out.repeated += 1,
                Ok(row) => {
                    taken += 1;
                    texts.push(row.message.text);
                }
            }
        }
    }
    Ok((texts, left_out))
}

/// Asks the encoder about every text; those that it would not score are left out.
fn read(
    judge: &Judge,
    teacher: &Distiller<'_>,
    texts: &[String],
    quiet: bool,
    env: &Environment,
) -> Result<Vec<Text>, CliError> {
    let failed = |error: &(dyn std::error::Error + 'static)| CliError::from_error(Exit::Other, error);
    let tokenizer = TextTokenizer::new(judge.package()).map_err(|error| failed(&error))?;
    let bar = progress::bar(texts.len() as u64, quiet, env);
    let mut read = Vec::with_capacity(texts.len());
    for chunk in texts.chunks(CHUNK) {
        interrupt::check()?;
        let views: Vec<&str> = chunk.iter().map(String::as_str).collect();
        let embeddings = judge.embed(&views).map_err(|error| failed(&error))?;
        for (text, embedding) in chunk.iter().zip(embeddings) {
            let Some(embedding) = embedding else { continue };
            let encoded = tokenizer.encode(text).map_err(|error| failed(&error))?;
            read.push(teacher.text(encoded.ids, &embedding));
        }
        bar.inc(chunk.len() as u64);
    }
    bar.finish_and_clear();
    Ok(read)
}

impl LeftOut {
    fn say(&self, env: &Environment) -> Result<(), CliError> {
        let parts = [
            (self.unreadable, "unreadable"),
            (self.ours, "not of customers"),
            (self.repeated, "repeated, counted once"),
            (self.beyond, "beyond --messages"),
            (self.unscored, "not scored (no text, or not in English)"),
        ];
        left_out(&parts).map_or(Ok(()), |line| warn_wrapped(&line, env.width, 2, str::to_owned))
    }
}

fn write(args: &DistilArgs, distilled: &Distilled, package: &ModelPackage, env: &Environment) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    let terms = distilled.model.terms();
    let model = package.model_ref();
    match args.format {
        TextOrJson::Json => {
            let report = json!({
                "learned": distilled.learned,
                "terms": terms,
                "most_disagreement": distil::MOST_DISAGREEMENT,
                "heads": distilled.heads,
                "package": {"dir": args.out.display().to_string(), "name": model.name, "release": model.release, "digest": package.digest()},
            });
            writeln!(out, "{report:#}")?;
        }
        TextOrJson::Text => describe(distilled, Style::new(env.color_out()), &mut out)?,
    }
    if !args.quiet {
        let place = safe_line(&args.out.display().to_string());
        warn(&format!(
            "{place}: {} {} {}; use it with --fast --model {place}",
            model.name, model.release, model.digest
        ))?;
    }
    Ok(())
}

fn describe(distilled: &Distilled, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let terms = distilled.model.terms();
    writeln!(
        out,
        "learned from {} texts; of {} others the static model may answer {}",
        distilled.learned,
        terms.messages,
        style.bold(format!("{:.1} %", terms.answered * 100.0)),
    )?;
    writeln!(
        out,
        "then {:.2} % of all labels are not the encoder's (at most {:.2} %, one-sided 95 %)",
        terms.disagreement * 100.0,
        terms.at_most * 100.0
    )?;
    writeln!(out, "{:<18} {:>11} {:>17}", "head", "same on all", "same where it may")?;
    for head in &distilled.heads {
        let answered = head.answered.map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", share * 100.0));
        writeln!(out, "{:<18} {:>9.1} % {answered:>17}", head.head, head.all * 100.0)?;
    }
    Ok(())
}
