//! The layout of a file: what detection found, put for a person.

use std::collections::BTreeMap;
use std::io;

use super::columns::Field;
use super::convert::Plan;
use super::date;
use super::encoding::{EncodingEvidence, EncodingUsed};
use super::error::NoticeKind;
use super::format::{Rule, plain};
use super::json::Shape;
use super::layout::{Kind, LAYOUT_VERSION, Layout, MappedBy, MappedColumn};
use super::raw::Form;
use super::sample::Sampled;

/// Messages that a layout shows.
const SHOWN: usize = 3;

/// Tells a person what was understood.
pub(crate) fn layout(plan: &Plan, sampled: &Sampled, found_by: EncodingEvidence) -> io::Result<Layout> {
    let reading = &plan.reading;
    let (kind, delimiter, quoting, list) = match &reading.form {
        Form::Delimited { dialect, .. } => {
            (Kind::Delimited, Some(char::from(dialect.delimiter)), Some(dialect.quoting), None)
        }
        Form::Json(Shape::Array(path)) => (Kind::Json, None, None, (!path.is_empty()).then(|| path.join("."))),
        Form::Json(Shape::Lines | Shape::Values) => (Kind::JsonLines, None, None, None),
    };
    let mut shown = Vec::new();
    let mut counts = Counts::default();
    for raw in reading.rows()?.take(sampled.rows.len() + sampled.errors) {
        let Ok(row) = raw.and_then(|raw| plan.message(raw)) else {
            counts.errors += 1;
            continue;
        };
        counts.rows += 1;
        counts.without_text += u64::from(row.message.text.trim().is_empty());
        counts.day_or_month +=
            u64::from(row.message.created_at.as_ref().is_some_and(|at| date::is_three_numbers(&at.original)));
        for notice in &row.notices {
            counts.kinds.entry(notice.kind).or_insert_with(|| (0, notice.to_string())).0 += 1;
        }
        if shown.len() < SHOWN {
            shown.push(row.message);
        }
    }
    Ok(Layout {
        version: LAYOUT_VERSION,
        file: reading.file.clone(),
        kind,
        format: plan.format.map_or("generic", |format| format.name.as_str()).to_owned(),
        title: plan.format.map_or_else(|| "messages of no known format".to_owned(), |format| format.title.clone()),
        variant: plan.format.and_then(|format| format.variant(&sampled.headers)).map(str::to_owned),
        encoding: EncodingUsed { name: reading.encoding.name().to_owned(), found_by },
        delimiter,
        quoting,
        list,
        headers: sampled.headers.clone(),
        columns: plan
            .columns
            .iter()
            .map(|(field, column)| MappedColumn { field: *field, column: column.name.clone(), by: column.by })
            .collect(),
        rows_sampled: counts.rows + counts.errors,
        sampled_all: sampled.all,
        notes: notes(plan, sampled, found_by, &counts),
        samples: shown,
    })
}

#[derive(Default)]
struct Counts {
    rows: u64,
    errors: u64,
    without_text: u64,
    day_or_month: u64,
    kinds: BTreeMap<NoticeKind, (u64, String)>,
}

fn notes(plan: &Plan, sampled: &Sampled, found_by: EncodingEvidence, counts: &Counts) -> Vec<String> {
    let mut notes = Vec::new();
    let of = if sampled.all {
        "of the rows".to_owned()
    } else {
        format!("of the first {} rows", counts.rows + counts.errors)
    };
    match found_by {
        EncodingEvidence::Guessed => notes.push(format!(
            "the file is not UTF-8; {} is a guess: if letters look wrong, give the encoding",
            plan.reading.encoding.name()
        )),
        EncodingEvidence::MostlyValid => {
            notes.push("parts of the file are not UTF-8; they are shown as \u{FFFD} and reported by row".to_owned());
        }
        _ => {}
    }
    if counts.without_text > 0 {
        notes.push(format!("{} {of} have no text", counts.without_text));
    }
    if counts.errors > 0 {
        notes.push(format!("{} {of} cannot be read", counts.errors));
    }
    notes.extend(counts.kinds.values().map(|(count, first)| format!("{count} {of} have a notice; the first: {first}")));
    if let Some(format) = plan.format
        && let Some(text) = plan.columns.get(&Field::Text)
        && text.by == MappedBy::Format
        && format.rule(Rule::SubjectIsText)
        && format.columns.get("title").is_some_and(|names| names.iter().any(|name| plain(name) == plain(&text.name)))
    {
        notes.push(
            "there is no column of descriptions: the subject alone is the text; export the description too".to_owned(),
        );
    }
    if counts.day_or_month > 0 {
        let order = if plan.day_first { "day first" } else { "month first" };
        notes.push(format!("dates such as 03/04/2020 are read {order}"));
    }
    if plan.format.is_none() && !plan.columns.contains_key(&Field::Id) {
        notes.push("no column is the id: rows are called FILE:ROW".to_owned());
    }
    notes
}
