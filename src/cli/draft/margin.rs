//! The four blocks beside the draft: on or off, in which variant, and why.

use std::io::{self, Write};

use crate::cli::output::style::{Style, safe_line};
use crate::draft::{Draft, DraftBlock};

/// Width of the names in the margin.
const NAME: usize = 12;

/// Writes the blocks with variant and reason, then notes: what stands on standard error beside the text.
pub(super) fn write_blocks(draft: &Draft, style: Style, width: usize, out: &mut dyn Write) -> io::Result<()> {
    for block in &draft.blocks {
        let state = if block.on { style.green("on ") } else { style.dim("off") };
        let name = style.bold(format!("{:<NAME$}", block.name));
        writeln!(out, "{name}{state}  {:<16}  {}", block.variant, style.dim(safe_line(&block.reason)))?;
    }
    for note in &draft.notes {
        let note = safe_line(note);
        for (index, line) in textwrap::wrap(&note, width.saturating_sub(NAME).max(40)).iter().enumerate() {
            writeln!(out, "{:<NAME$}{line}", if index == 0 { "note" } else { "" })?;
        }
    }
    Ok(())
}

/// Writes the text with the names of the blocks in the margin, where both streams are the same terminal: names go to `margin`, the
/// text itself to `text`.
pub(super) fn write_beside(
    draft: &Draft,
    style: Style,
    width: usize,
    text: &mut dyn Write,
    margin: &mut dyn Write,
) -> io::Result<()> {
    let room = width.saturating_sub(NAME + 2).clamp(30, 100);
    for line in draft.text.lines() {
        let name = starts_block(draft, line).map_or("", |block| block.name.as_str());
        let wrapped = textwrap::wrap(line, room);
        for (index, piece) in wrapped.iter().enumerate() {
            let name = if index == 0 { name } else { "" };
            write!(margin, "{}{} ", style.bold(format!("{name:<NAME$}")), style.dim("│"))?;
            margin.flush()?;
            writeln!(text, "{piece}")?;
            text.flush()?;
        }
    }
    Ok(())
}

/// Returns the block whose first line this is.
fn starts_block<'a>(draft: &'a Draft, line: &str) -> Option<&'a DraftBlock> {
    draft.blocks.iter().find(|block| block.on && block.text.lines().next() == Some(line))
}
