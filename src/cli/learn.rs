//! `amends learn`: fits heads anew on labelled rows, and says whether that made them better.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::engine::heads::Head;
use crate::engine::package::{ModelPackage, WriteError};
use crate::evaluate::metrics::Estimate;
use crate::evaluate::{Dataset, JudgedHead};
use crate::learn::{self, Labelled, Ruling, Settings, Trial};

use super::args::{EngineChoice, JudgeArgs, LearnArgs, RuntimeArgs, TextOrJson};
use super::env::Environment;
use super::error::{CliError, Exit};
use super::output::style::{Style, safe_line};
use super::{eval, input, interrupt, judge, left_out, models, warn, warn_wrapped};

/// Runs the verb.
pub(super) fn run(args: &LearnArgs, env: &Environment) -> Result<Exit, CliError> {
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
    let wanted = eval::labels_of(&args.labels, &args.map, package)?;
    let inputs = input::open(&args.files, &args.input, args.quiet, env)?;
    let data = Dataset::read(inputs.sources(), &wanted).map_err(|error| eval::refused(&error))?;
    let texts: Vec<&str> = data.rows.iter().map(|row| row.text.as_str()).collect();
    let embeddings = judge.embed(&texts).map_err(|error| CliError::from_error(Exit::Other, &error))?;
    interrupt::check()?;
    let settings = Settings { folds: args.folds.into(), force: args.reason.as_ref().map(|reason| safe_line(reason)) };
    let labelled: Vec<(Labelled<'_>, usize)> =
        wanted.heads.iter().enumerate().map(|(at, head)| rows_of(at, head, package, &data, &embeddings)).collect();
    let found: Vec<(Trial, Option<Head>)> = judge.install(|| {
        let tried = labelled.iter().map(|(labelled, _)| learn::trial(package, labelled, &settings));
        tried.collect::<Result<_, _>>().map_err(|error| CliError::from_error(Exit::Usage, &error))
    })?;
    interrupt::check()?;
    let (trials, heads): (Vec<Trial>, Vec<Option<Head>>) = found.into_iter().unzip();
    let learned = heads.into_iter().flatten().fold(package.heads().clone(), crate::engine::heads::HeadSet::with);
    let written = if trials.iter().any(|trial| trial.ruling.is_taken()) {
        let from = package.model_ref();
        let card = learn::card::with_learned(package.card(), &from, settings.folds, &trials);
        let release = learn::card::next_release(&from.release);
        Some(package.write_with(&learned, &release, &card, &args.out).map_err(|error| models::unwritten(&error))?)
    } else {
        None
    };
    if !args.quiet {
        let unfit = labelled.iter().map(|(_, left_out)| left_out).sum();
        let unscored = embeddings.iter().filter(|embedding| embedding.is_none()).count();
        say_what_was_left_out(&data, unscored, unfit, env)?;
    }
    write(args, &trials, written.as_ref(), env)?;
    if written.is_none() {
        return Err(CliError::new(Exit::Findings, "nothing was learned, and nothing written").hint(advice(&trials)));
    }
    Ok(if data.unreadable > 0 || inputs.some_failed { Exit::Input } else { Exit::Done })
}

/// Scored rows with exactly one label, which the package's head has; and how many have several labels or another one.
fn rows_of<'a>(
    at: usize,
    judged: &'a JudgedHead,
    package: &ModelPackage,
    data: &Dataset,
    embeddings: &'a [Option<Vec<f32>>],
) -> (Labelled<'a>, usize) {
    let own = package.heads().get(&judged.name).map_or(&[] as &[String], |head| head.labels.as_slice());
    let mut labelled = Labelled { head: &judged.name, embeddings: Vec::new(), gold: Vec::new() };
    let mut left_out = 0;
    for (row, embedding) in data.rows.iter().zip(embeddings) {
        let (Some(gold), Some(embedding)) = (&row.gold[at], embedding) else { continue };
        let place = match gold.as_slice() {
            [label] => own.iter().position(|own| *own == judged.labels[*label]),
            _ => None,
        };
        match place {
            Some(place) => {
                labelled.embeddings.push(embedding);
                labelled.gold.push(place);
            }
            None => left_out += 1,
        }
    }
    (labelled, left_out)
}

fn say_what_was_left_out(data: &Dataset, unscored: usize, unfit: usize, env: &Environment) -> Result<(), CliError> {
    let parts = [
        (data.unlabelled, "without a label"),
        (data.repeated, "repeated, counted once"),
        (unscored, "labelled but not scored (no text, or not in English)"),
        (unfit, "with several labels of a head, or one that the model's head does not have"),
        (data.unreadable, "unreadable"),
    ];
    left_out(&parts).map_or(Ok(()), |line| warn_wrapped(&line, env.width, 2, str::to_owned))
}

fn advice(trials: &[Trial]) -> String {
    if trials.iter().all(|trial| trial.ruling == Ruling::TooFew) {
        return format!("label more rows: a head needs two labels or more with {} rows each", learn::LEAST_ROWS);
    }
    "more labelled rows make smaller gains certain; --force --reason TEXT takes the new heads all the same".to_owned()
}

fn write(
    args: &LearnArgs,
    trials: &[Trial],
    written: Option<&ModelPackage>,
    env: &Environment,
) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    match args.format {
        TextOrJson::Json => {
            let heads: Map<String, Value> =
                trials.iter().map(|trial| (trial.head.clone(), trial_json(trial))).collect();
            let package = written.map(|package| {
                let model = package.model_ref();
                json!({"dir": args.out.display().to_string(), "name": model.name, "release": model.release, "digest": package.digest()})
            });
            let report = json!({"folds": args.folds, "heads": heads, "package": package});
            writeln!(out, "{report:#}")?;
        }
        TextOrJson::Text => {
            let style = Style::new(env.color_out());
            for trial in trials {
                describe(trial, style, &mut out)?;
            }
        }
    }
    if let Some(package) = written.filter(|_| !args.quiet) {
        let model = package.model_ref();
        let place = safe_line(&args.out.display().to_string());
        warn(&format!("{place}: {} {} {}; use it with --model {place}", model.name, model.release, model.digest))?;
    }
    Ok(())
}

fn describe(trial: &Trial, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let counts: Vec<String> =
        trial.labels.iter().filter(|(_, rows)| *rows > 0).map(|(label, rows)| format!("{label} {rows}")).collect();
    writeln!(out, "{}  {} rows: {}", style.bold(&trial.head), trial.rows, counts.join(", "))?;
    let thin: Vec<&str> = trial.thin().map(|(label, _)| label.as_str()).collect();
    for figure in &trial.figures {
        writeln!(
            out,
            "  {:<13} {}  to  {}  gain {}",
            figure.metric.name(),
            interval(figure.before),
            interval(figure.after),
            gain(figure.gain),
        )?;
    }
    if !thin.is_empty() {
        writeln!(out, "  fewer than {} rows, so measured and not learned: {}", learn::LEAST_ROWS, thin.join(", "))?;
    }
    match &trial.ruling {
        Ruling::Gained => writeln!(out, "  taken: {}", changes(trial)),
        Ruling::Forced { reason } => writeln!(out, "  taken without a certain gain ({reason}): {}", changes(trial)),
        Ruling::NoGain => writeln!(out, "  left as it was: the interval of the gain in macro-F1 is not above 0"),
        Ruling::TooFew => {
            writeln!(out, "  left as it was: fewer than two labels have {} rows", learn::LEAST_ROWS)
        }
    }
}

fn changes(trial: &Trial) -> String {
    let weights = trial
        .strength
        .map_or_else(|| "weights unchanged".to_owned(), |strength| format!("pull towards the old weights {strength}"));
    let threshold =
        trial.threshold.map_or_else(String::new, |(before, after)| format!(", threshold {before:.3} to {after:.3}"));
    format!("{weights}, temperature {:.3} to {:.3}{threshold}", trial.temperature.0, trial.temperature.1)
}

fn interval(estimate: Estimate) -> String {
    format!("{:.3} ({:.3} to {:.3})", estimate.value, estimate.low, estimate.high)
}

fn gain(estimate: Estimate) -> String {
    format!("{:+.3} ({:+.3} to {:+.3})", estimate.value, estimate.low, estimate.high)
}

fn trial_json(trial: &Trial) -> Value {
    let round = |value: f64| (value * 1e6).round() / 1e6;
    let estimate = |estimate: Estimate| json!({"value": round(estimate.value), "ci95": [round(estimate.low), round(estimate.high)]});
    let figures: Map<String, Value> = trial
        .figures
        .iter()
        .map(|figure| {
            let name = figure.metric.name().to_lowercase().replace(['-', ' '], "_");
            let value = json!({
                "before": estimate(figure.before), "after": estimate(figure.after), "gain": estimate(figure.gain),
            });
            (name, value)
        })
        .collect();
    let labels: Map<String, Value> = trial.labels.iter().map(|(label, rows)| (label.clone(), json!(rows))).collect();
    let (ruling, reason) = match &trial.ruling {
        Ruling::Gained => ("gained", None),
        Ruling::Forced { reason } => ("forced", Some(reason)),
        Ruling::NoGain => ("no_gain", None),
        Ruling::TooFew => ("too_few", None),
    };
    json!({
        "rows": trial.rows,
        "labels": labels,
        "least_rows": learn::LEAST_ROWS,
        "ruling": ruling,
        "reason": reason,
        "figures": figures,
        "strength": trial.strength,
        "temperature": {"before": trial.temperature.0, "after": trial.temperature.1},
        "threshold": trial.threshold.map(|(before, after)| json!({"before": before, "after": after})),
    })
}
