//! `amends eval`: the scores beside labels that people gave.

mod suites;
mod text;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::engine::package::ModelPackage;
use crate::evaluate::baseline::{self, Baseline};
use crate::evaluate::faithfulness;
use crate::evaluate::report::{Named, REPORT_VERSION};
use crate::evaluate::suite::{self, SuiteError, SuiteReport};
use crate::evaluate::{Answer, Condition, Dataset, EvalError, JudgedHead, Report, System, Wanted, assess};
use crate::ingest::IngestError;
use crate::message::Channel;
use crate::pipeline::{Event, Judge, RunOptions, ScoredRow};
use crate::report::{self, PlotError};

use super::args::{BaselineChoice, EvalArgs, JudgeArgs, ReportFormat};
use super::env::Environment;
use super::error::{CliError, Exit};
use super::{input, interrupt, judge, progress};

/// Runs the verb.
pub(super) fn run(args: &EvalArgs, env: &Environment) -> Result<Exit, CliError> {
    interrupt::listen()?;
    let judges = judges(args, env)?;
    let suites = suites(args, &judges[0])?;
    let (mut report, partly) = if args.files.is_empty() {
        let model = judges[0].package().model_ref();
        let report =
            Report { version: REPORT_VERSION, model: format!("{} {}", model.name, model.release), ..Report::default() };
        (report, false)
    } else {
        labelled(args, &judges, env)?
    };
    report.suites = suites;
    write(args, &report, env)?;
    Ok(if partly { Exit::Input } else { Exit::Done })
}

/// Runs the suites with the first model.
fn suites(args: &EvalArgs, judge: &Judge) -> Result<Vec<SuiteReport>, CliError> {
    let channel = args.input.channel.unwrap_or(Channel::Other);
    let run = |path: &PathBuf| {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| CliError::new(Exit::Input, format!("{file} cannot be read")).because(error))?;
        suite::run(&file, &text, judge, channel).map_err(|error| {
            let exit = if matches!(error, SuiteError::Judge(_)) { Exit::Other } else { Exit::Input };
            CliError::from_error(exit, &error)
        })
    };
    args.suite.iter().map(run).collect()
}

/// Judges the labelled files; with whether some of it could not be read.
fn labelled(args: &EvalArgs, judges: &[Judge], env: &Environment) -> Result<(Report, bool), CliError> {
    let wanted = wanted(args, &judges[0])?;
    let inputs = input::open(&args.files, &args.input, args.quiet, env)?;
    let data = Dataset::read(inputs.sources(), &wanted).map_err(|error| refused(&error))?;
    data.check(&wanted.heads).map_err(|error| refused(&error))?;
    let train = train(args, &wanted)?;
    let mut models = Vec::new();
    let mut complaints = Vec::new();
    for (number, judge) in judges.iter().enumerate() {
        let most = if number == 0 { args.faithfulness.unwrap_or(0) } else { 0 };
        models.push(judged(args, &inputs, judge, &data, &wanted, env, &mut Sample { most, rows: &mut complaints })?);
    }
    distinguish(&mut models);
    let mut report = judges[0].install(|| {
        let made = |baseline: Baseline| {
            let made = baseline::answers(baseline, &data, &wanted.heads, train.as_ref());
            (baseline.name().to_owned(), made)
        };
        let baselines: Vec<_> = chosen(args).into_iter().map(made).collect();
        assess(&data, &wanted.heads, &wanted.slices, &models, &baselines)
    });
    if args.faithfulness.is_some() {
        report.faithfulness = faithfulness::faithfulness(&judges[0], &complaints)
            .map_err(|error| CliError::from_error(Exit::Other, &error).hint_if(error.hint()))?;
    }
    if !args.quiet {
        say_what_was_left_out(&report, env)?;
    }
    Ok((report, data.unreadable > 0 || inputs.some_failed))
}

/// Complaints whose evidence is checked: the first ones that are scored.
struct Sample<'a> {
    most: usize,
    rows: &'a mut Vec<ScoredRow>,
}

/// One judge for each model package.
fn judges(args: &EvalArgs, env: &Environment) -> Result<Vec<Judge>, CliError> {
    let build = |model: Option<PathBuf>| {
        let judge = JudgeArgs {
            playbook: args.playbook.clone(),
            model,
            engine: args.engine,
            variant: args.variant,
            threads: args.threads,
            runtime: args.runtime.clone(),
            severity_head: args.severity_head,
        };
        judge::build(&judge, env)
    };
    if args.model.is_empty() {
        return Ok(vec![build(None)?]);
    }
    let folder = |model: &PathBuf| (model != Path::new("built-in")).then(|| model.clone());
    args.model.iter().map(|model| build(folder(model))).collect()
}

/// Reads what is to be judged from the arguments.
fn wanted(args: &EvalArgs, judge: &Judge) -> Result<Wanted, CliError> {
    let mut wanted = Wanted { group: args.group.clone(), ..labels_of(&args.labels, &args.map, judge.package())? };
    for part in &args.among {
        let Some((name, labels)) = part.split_once('=') else {
            return Err(form(part, "HEAD=LABEL,LABEL"));
        };
        let name = name.trim().replace(':', "_");
        let Some(at) = wanted.heads.iter().position(|head| head.name == name) else {
            return Err(CliError::usage(format!("--among names \"{name}\", which --labels does not")));
        };
        let labels = split(labels);
        let labels: Vec<&str> = labels.iter().map(|label| unquoted(label)).collect();
        wanted.heads[at] = wanted.heads[at].clone().among(&labels).map_err(|error| refused(&error))?;
    }
    let slices = args.slice.iter().flat_map(|columns| split(columns));
    wanted.slices = slices.map(|column| unquoted(&column).to_owned()).collect();
    wanted.only = args
        .only
        .iter()
        .map(|part| Condition::parse(part))
        .collect::<Result<_, _>>()
        .map_err(|error| refused(&error))?;
    Ok(wanted)
}

/// Reads `--labels` and `--map`.
///
/// # Errors
/// When one is not of the right form, or names a head that is not there.
pub(super) fn labels_of(labels: &[String], map: &[String], package: &ModelPackage) -> Result<Wanted, CliError> {
    let mut wanted = Wanted::default();
    for part in labels.iter().flat_map(|labels| split(labels)) {
        let Some((head, column)) = part.split_once('=') else { return Err(form(&part, "HEAD=COLUMN")) };
        let head = JudgedHead::new(head, unquoted(column), package).map_err(|error| refused(&error))?;
        if wanted.heads.iter().any(|known| known.name == head.name) {
            return Err(refused(&EvalError::Twice { head: head.name }));
        }
        wanted.heads.push(head);
    }
    for part in map {
        let parsed = part.rsplit_once('=').and_then(|(cell, label)| Some((cell.split_once(':')?, label)));
        let Some(((column, value), label)) = parsed else { return Err(form(part, "COLUMN:VALUE=LABEL")) };
        wanted.map.insert((column.trim().to_owned(), value.trim().to_owned()), label.trim().to_owned());
    }
    Ok(wanted)
}

fn form(part: &str, form: &'static str) -> CliError {
    refused(&EvalError::Form { part: part.to_owned(), form })
}

/// Splits at commas outside double quotes.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for symbol in text.chars() {
        quoted ^= symbol == '"';
        match (symbol, parts.last_mut()) {
            (',', _) if !quoted => parts.push(String::new()),
            (symbol, Some(part)) => part.push(symbol),
            (_, None) => {}
        }
    }
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// Takes surrounding double quotes away.
fn unquoted(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

fn chosen(args: &EvalArgs) -> Vec<Baseline> {
    let of = |choice: &BaselineChoice| match choice {
        BaselineChoice::Majority => Baseline::Majority,
        BaselineChoice::Vader => Baseline::Vader,
        BaselineChoice::Tfidf => Baseline::Tfidf,
        BaselineChoice::Stars => Baseline::Stars,
    };
    let asked: Vec<Baseline> = args.baselines.iter().map(of).collect();
    Baseline::ALL.into_iter().filter(|baseline| asked.contains(baseline)).collect()
}

/// Rows that baselines learn from.
fn train(args: &EvalArgs, wanted: &Wanted) -> Result<Option<Dataset>, CliError> {
    if args.train.is_empty() {
        return Ok(None);
    }
    let (sources, _) = input::sources(&args.train, &args.input)?;
    // Conditions and slices are about the rows that are judged.
    let wanted = Wanted { slices: Vec::new(), group: None, only: Vec::new(), ..wanted.clone() };
    let data = Dataset::read(&sources, &wanted).map_err(|error| refused(&error))?;
    data.check(&wanted.heads).map_err(|error| refused(&error))?;
    Ok(Some(data))
}

/// Scores the files with one model and keeps what it says of the labelled rows.
fn judged(
    args: &EvalArgs,
    inputs: &input::Inputs,
    judge: &Judge,
    data: &Dataset,
    wanted: &Wanted,
    env: &Environment,
    sample: &mut Sample<'_>,
) -> Result<System, CliError> {
    let places: BTreeMap<(&str, u64), usize> =
        data.rows.iter().enumerate().map(|(at, row)| ((row.origin.file.as_str(), row.origin.row), at)).collect();
    let mut answers: Vec<Vec<Option<Answer>>> = vec![vec![None; data.rows.len()]; wanted.heads.len()];
    let bar = progress::bar(inputs.survey().rows(), args.quiet, env);
    let run = inputs.run(judge, &RunOptions::default(), &mut |event| {
        interrupt::check()?;
        bar.inc(1);
        if let Event::Scored(row) = event
            && let Some(&at) = places.get(&(row.message.origin.file.as_str(), row.message.origin.row))
        {
            for (head, answers) in wanted.heads.iter().zip(&mut answers) {
                answers[at] = head.answer(&row, judge.package()).map_err(|error| refused(&error))?;
            }
            if sample.rows.len() < sample.most && row.analysis.scores().is_some_and(|scores| scores.complaint) {
                sample.rows.push(*row);
            }
        }
        Ok(())
    });
    bar.finish_and_clear();
    run?;
    let model = judge.package().model_ref();
    Ok(System { name: format!("{} {}", model.name, model.release), answers })
}

/// Numbers models that have the same name.
fn distinguish(models: &mut [System]) {
    let names: Vec<String> = models.iter().map(|model| model.name.clone()).collect();
    for (at, model) in models.iter_mut().enumerate() {
        if names.iter().filter(|name| **name == model.name).count() > 1 {
            model.name = format!("{} ({})", model.name, at + 1);
        }
    }
}

fn say_what_was_left_out(report: &Report, env: &Environment) -> Result<(), CliError> {
    let left = report.left_out;
    let parts = [
        (left.unlabelled, "without a label"),
        (left.excluded, "excluded by --where"),
        (left.repeated, "repeated, counted once"),
        (left.unscored, "labelled but not scored (no text, not in English, not from a customer)"),
        (left.unreadable, "unreadable"),
    ];
    let said: Vec<String> =
        parts.iter().filter(|(rows, _)| *rows > 0).map(|(rows, why)| format!("{rows} {why}")).collect();
    let said = if said.is_empty() { "none left out".to_owned() } else { format!("left out: {}", said.join(" · ")) };
    super::warn_wrapped(&format!("{} rows judged · {said}", report.rows), env.width, 2, str::to_owned)
}

fn write(args: &EvalArgs, report: &Report, env: &Environment) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    match args.format {
        ReportFormat::Text => {
            text::write(report, env, &mut out)?;
            suites::write(report, env, &mut out)?;
        }
        ReportFormat::Json => writeln!(out, "{}", json(report)?)?,
        ReportFormat::Html => write!(out, "{}", html(report)?)?,
    }
    if let Some(folder) = &args.out {
        let files = folder_files(report)?;
        let failed = |error: io::Error| {
            CliError::new(Exit::Other, format!("{} cannot be written", folder.display())).because(error)
        };
        std::fs::create_dir_all(folder).map_err(failed)?;
        for (name, content) in &files {
            std::fs::write(folder.join(name), content).map_err(failed)?;
        }
        if !args.quiet {
            let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
            super::warn_wrapped(&format!("{}: {}", folder.display(), names.join(", ")), env.width, 2, str::to_owned)?;
        }
    }
    Ok(())
}

/// The files of `--out`: the report twice, and the plots of the first model.
fn folder_files(report: &Report) -> Result<Vec<(String, String)>, CliError> {
    let mut files = vec![("eval.json".to_owned(), json(report)? + "\n"), ("eval.html".to_owned(), html(report)?)];
    let model = report.model.as_str();
    let mut add = |head: &str, what: &str, svg: Result<String, PlotError>| -> Result<(), CliError> {
        let svg = svg.map_err(|error| CliError::from_error(Exit::Other, &error))?;
        files.push((format!("{head}-{what}.svg"), report::standalone(&svg)));
        Ok(())
    };
    for (head, bins) in report.reliability.get(model).into_iter().flat_map(Named::iter) {
        add(head, "reliability", report::reliability(&[(model, bins)]))?;
    }
    for (head, points) in report.coverage.get(model).into_iter().flat_map(Named::iter) {
        add(head, "coverage", report::coverage(&[(model, points)]))?;
    }
    for (head, counts) in report.confusion.get(model).into_iter().flat_map(Named::iter) {
        add(head, "confusion", report::confusion(counts))?;
    }
    Ok(files)
}

fn html(report: &Report) -> Result<String, CliError> {
    report::page(report).map_err(|error| CliError::from_error(Exit::Other, &error))
}

fn json(report: &Report) -> Result<String, CliError> {
    serde_json::to_string_pretty(report).map_err(|error| CliError::from_error(Exit::Other, &error))
}

/// Turns an error into message, hint and exit code.
pub(super) fn refused(error: &EvalError) -> CliError {
    let exit = match error {
        EvalError::Form { .. }
        | EvalError::UnknownHead { .. }
        | EvalError::Twice { .. }
        | EvalError::NoSuchLabel { .. }
        | EvalError::NoProbabilities { .. }
        | EvalError::NoSuchColumn { .. }
        | EvalError::Ingest(IngestError::NoSuchColumn { .. }) => Exit::Usage,
        EvalError::MissingHead { .. } => Exit::Invalid,
        EvalError::UnknownLabel(_)
        | EvalError::NoLabels { .. }
        | EvalError::SingleClass { .. }
        | EvalError::Ingest(_) => Exit::Input,
    };
    let hint = error.hint();
    CliError::from_error(exit, error).hint_if(hint)
}
