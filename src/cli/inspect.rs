//! `amends inspect`: what was understood of an export.

use std::io::{self, Write};

use crate::ingest::{Layout, MappedBy, Source};
use crate::message::Message;

use super::args::{InspectArgs, TextOrJson};
use super::env::Environment;
use super::error::{CliError, Exit};
use super::input;
use super::output::style::{Style, fit, safe_line};

/// Width of the labels.
const LABEL: usize = 10;

/// Runs the verb.
pub(super) fn run(args: &InspectArgs, env: &Environment) -> Result<Exit, CliError> {
    let (sources, some_failed) = input::sources(&args.files, &args.input)?;
    let layouts: Vec<&Layout> = sources.iter().map(Source::layout).collect();
    let mut out = io::stdout();
    match args.format {
        TextOrJson::Json => {
            serde_json::to_writer_pretty(&mut out, &layouts).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        TextOrJson::Text => {
            let style = Style::new(env.color_out());
            for (index, layout) in layouts.iter().enumerate() {
                if index > 0 {
                    writeln!(out)?;
                }
                describe(layout, style, env.width, &mut out)?;
            }
        }
    }
    Ok(if some_failed { Exit::Input } else { Exit::Done })
}

fn describe(layout: &Layout, style: Style, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let mut line = |label: &str, text: &str| {
        writeln!(out, "{} {}", style.dim(format!("{label:<LABEL$}")), fit(&safe_line(text), width - LABEL - 1))
    };
    line("file", &layout.file)?;
    let variant = layout.variant.as_ref().map_or_else(String::new, |variant| format!(", {variant}"));
    line("format", &format!("{} ({}{variant})", layout.title, layout.format))?;
    let delimiter = layout.delimiter.map_or_else(String::new, |delimiter| match delimiter {
        '\t' => ", delimiter tab".to_owned(),
        other => format!(", delimiter {other}"),
    });
    let quoting = if layout.quoting == Some(false) { ", no quoting" } else { "" };
    let list = layout.list.as_ref().map_or_else(String::new, |list| format!(", rows under {list}"));
    line("written as", &format!("{}{delimiter}{quoting}{list}", layout.kind.name()))?;
    line("encoding", &format!("{}, {}", layout.encoding.name, layout.encoding.found_by.phrase()))?;
    let more = if layout.sampled_all { "" } else { " or more" };
    line("rows", &format!("{}{more}", layout.rows_sampled))?;
    for (index, mapped) in layout.columns.iter().enumerate() {
        let why = match mapped.by {
            MappedBy::Given => "as given",
            MappedBy::Format => "by the format",
            MappedBy::Name => "by its name",
        };
        let label = if index == 0 { "columns" } else { "" };
        line(label, &format!("{:<14} <- {}  ({why})", mapped.field.name(), mapped.column))?;
    }
    let unused: Vec<&str> = layout
        .headers
        .iter()
        .filter(|header| !layout.columns.iter().any(|mapped| mapped.column == **header))
        .map(String::as_str)
        .collect();
    if !unused.is_empty() {
        line("kept as is", &unused.join(", "))?;
    }
    for note in &layout.notes {
        line("note", note)?;
    }
    for message in &layout.samples {
        line("sample", &sample(message))?;
    }
    Ok(())
}

fn sample(message: &Message) -> String {
    let when = message
        .created_at
        .as_ref()
        .and_then(|at| at.utc)
        .map_or_else(String::new, |at| format!("{} ", at.strftime("%Y-%m-%d")));
    let stars = message.rating.map_or_else(String::new, |rating| format!("{:.0}/{:.0} ", rating.value, rating.scale));
    format!("{} {when}{stars}\"{}\"", message.id, message.text)
}
