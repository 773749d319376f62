//! The worklist: what to do first, in which blocks, and why it is here.

use std::io::{self, Write};

use crate::analysis::Validity;
use crate::decision::{Acknowledge, Apology, Closing, Decision, Disposition};
use crate::message::Visibility;
use crate::pipeline::ScoredRow;

use super::style::{Style, fit, safe_line};
use super::{OutputOptions, RowWriter};

/// Widths of the columns before the two that share the rest of the line.
const FIXED: [(&str, usize); 10] = [
    ("prio", 4),
    ("sev", 3),
    ("validity", 12),
    ("ack", 3),
    ("apol", 4),
    ("opt", 3),
    ("close", 5),
    ("channel", 12),
    ("asked", 5),
    ("issue", 12),
];
/// Most lines of a row in the two wrapped columns.
const MOST_LINES: usize = 3;

/// Writes rows as a table with wrapped text columns, as they come.
pub(super) struct TableWriter<'a> {
    options: OutputOptions,
    out: &'a mut dyn Write,
    say: usize,
    act: usize,
    rows: u64,
}

impl<'a> TableWriter<'a> {
    pub(super) fn new(options: OutputOptions, out: &'a mut dyn Write) -> Self {
        let fixed: usize = FIXED.iter().map(|(_, width)| width + 1).sum();
        let rest = options.width.saturating_sub(fixed + 2).max(40);
        let say = rest * 11 / 20;
        Self { say, act: rest - say, options, out, rows: 0 }
    }

    fn header(&mut self) -> io::Result<()> {
        let mut line: String = FIXED.iter().map(|(name, width)| format!("{name:<width$} ")).collect();
        line.push_str(&format!("{:<say$} do now", "what they say", say = self.say));
        writeln!(self.out, "{}", self.options.style.dim(line.trim_end()))
    }
}

impl RowWriter for TableWriter<'_> {
    fn row(&mut self, row: &ScoredRow) -> io::Result<()> {
        if self.rows == 0 {
            self.header()?;
        }
        self.rows += 1;
        let style = self.options.style;
        let say = wrap(&excerpt(row), self.say);
        let act = wrap(&do_now(row), self.act);
        let blank = " ".repeat(FIXED.iter().map(|(_, width)| width + 1).sum());
        for line in 0..say.len().max(act.len()) {
            let start = if line == 0 { fixed_cells(row, style) } else { blank.clone() };
            let said = say.get(line).map_or("", String::as_str);
            let todo = act.get(line).map_or("", String::as_str);
            let pad = " ".repeat(self.say.saturating_sub(unicode_width::UnicodeWidthStr::width(said)));
            let todo = if row.decision.dispositions.contains(&Disposition::Escalate) {
                style.red(todo)
            } else {
                todo.to_owned()
            };
            writeln!(self.out, "{}", format!("{start}{said}{pad} {todo}").trim_end())?;
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        if self.rows == 0 {
            writeln!(self.out, "no rows")?;
        }
        self.out.flush()
    }
}

fn fixed_cells(row: &ScoredRow, style: Style) -> String {
    let scores = row.analysis.scores();
    let blocks = &row.decision.blocks;
    let priority = row.priority.as_ref().map_or_else(|| "-".to_owned(), |priority| format!("{:.0}", priority.score));
    let severity = scores.map_or_else(|| "-".to_owned(), |scores| format!("{:.0}", scores.severity));
    let validity = match scores {
        Some(scores) if scores.complaint => match scores.validity {
            Validity::LikelyValid => "likely valid",
            Validity::Unclear => "unclear",
            Validity::LikelyUnfounded => "unfounded?",
        },
        Some(_) => "no complaint",
        None => "not scored",
    };
    let apology = match blocks.apology {
        Apology::None => "-",
        Apology::Empathy => "emp",
        Apology::Responsibility => "resp",
    };
    let options = if blocks.options.is_empty() { "-".to_owned() } else { blocks.options.len().to_string() };
    let public = if row.message.visibility == Visibility::Public { "*" } else { "" };
    let asked = match row.thread.contacts {
        0 => "-".to_owned(),
        1 => "1".to_owned(),
        more => format!("{more}!"),
    };
    let issue = scores.and_then(|scores| scores.issue.as_deref()).unwrap_or("-");
    let channel = fit(&format!("{}{public}", row.message.channel), FIXED[7].1);
    let cells = [
        format!("{priority:>4}"),
        format!("{severity:>3}"),
        format!("{validity:<12}"),
        format!("{:<3}", tick(blocks.acknowledge != Acknowledge::Off)),
        format!("{apology:<4}"),
        format!("{options:<3}"),
        format!("{:<5}", tick(blocks.closing != Closing::Off)),
        format!("{channel:<12}"),
        format!("{asked:<5}"),
        format!("{:<12}", fit(&issue.replace('_', " "), FIXED[9].1)),
    ];
    let mut line = String::new();
    for (index, cell) in cells.iter().enumerate() {
        let painted = match index {
            0 => style.bold(cell),
            2 if cell.starts_with("likely") => style.green(cell),
            2 if cell.starts_with("unfounded") => style.yellow(cell),
            2 if cell.starts_with('n') => style.dim(cell),
            8 if cell.contains('!') => style.red(cell),
            _ => cell.clone(),
        };
        line.push_str(&painted);
        line.push(' ');
    }
    line
}

const fn tick(on: bool) -> &'static str {
    if on { "✓" } else { "-" }
}

/// Returns the words that put the row where it is: around the trigger, else around what weighs most, else the beginning.
fn excerpt(row: &ScoredRow) -> String {
    /// Bytes of context before the words.
    const BEFORE: usize = 40;
    let text = &row.message.text;
    let scores = row.analysis.scores();
    let weightiest = scores.and_then(|scores| scores.harm_parts.iter().find_map(|part| part.span));
    let span = row.analysis.triggers.first().map(|hit| hit.span).or(weightiest);
    let from = span.map_or(0, |span| text.floor_char_boundary(span.from.saturating_sub(BEFORE).min(text.len())));
    // Begin at a word, unless the words are near the beginning anyway.
    let from = if from < BEFORE { 0 } else { text[from..].find(' ').map_or(from, |space| from + space + 1) };
    let line = safe_line(&text[from..]);
    if line.is_empty() {
        return row
            .message
            .rating
            .map_or_else(|| "(no text)".to_owned(), |r| format!("({:.0}/{:.0}, no text)", r.value, r.scale));
    }
    let open = if from == 0 { "\"" } else { "\"… " };
    format!("{open}{line}\"")
}

/// Returns what to do now, in words.
fn do_now(row: &ScoredRow) -> String {
    let decision = &row.decision;
    let mut steps = Vec::new();
    if decision.dispositions.contains(&Disposition::Escalate) {
        steps.push(escalation(decision));
    }
    for disposition in &decision.dispositions {
        let step = match disposition {
            Disposition::Acknowledge if decision.blocks.acknowledge == Acknowledge::NotListenedTo => {
                "acknowledge, the silence too"
            }
            Disposition::Acknowledge if decision.dispositions.len() == 1 => "acknowledge",
            Disposition::Empathy => "empathy",
            Disposition::Apologize => "apologise, fact to confirm",
            Disposition::TakeOffline => "move to a private channel",
            Disposition::Interim => "interim reply with a date",
            Disposition::FollowUp => "follow up",
            Disposition::Thank => "thank",
            Disposition::StopUnsolvable => "letter: cannot solve",
            Disposition::StopAbusive => "letter: we stop here",
            Disposition::NoReply => "no reply needed",
            Disposition::Offer => {
                steps.push(format!(
                    "{} option{}",
                    decision.blocks.options.len(),
                    plural(decision.blocks.options.len())
                ));
                continue;
            }
            Disposition::Acknowledge | Disposition::Escalate => continue,
        };
        steps.push(step.to_owned());
    }
    if decision.blocks.closing == Closing::WhoAnswersWhen {
        steps.push("say who answers and when".to_owned());
    }
    safe_line(&steps.join(" · "))
}

fn escalation(decision: &Decision) -> String {
    let triggers: Vec<_> = decision.triggers.iter().map(|trigger| trigger.name().replace('_', " ")).collect();
    let to = decision.owner.as_ref().map_or_else(String::new, |owner| {
        let deputy = owner.deputy.as_ref().map_or_else(String::new, |deputy| format!(" (deputy {deputy})"));
        format!(" {}{deputy}", owner.name)
    });
    if triggers.is_empty() { format!("ESCALATE{to}") } else { format!("ESCALATE{to}: {}", triggers.join(", ")) }
}

const fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// Returns at most [`MOST_LINES`] lines of at most `width` columns; the last one ends with `…` when text was left out.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let lines = textwrap::wrap(text, width);
    let cut = lines.len() > MOST_LINES;
    let mut kept: Vec<String> = lines.into_iter().take(MOST_LINES).map(std::borrow::Cow::into_owned).collect();
    if cut && let Some(last) = kept.last_mut() {
        last.push_str(" …");
        *last = fit(last, width);
        if !last.ends_with('…') {
            last.push('…');
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapping_says_that_it_left_something_out() {
        let lines = wrap("one two three four five six seven eight nine ten", 10);
        assert_eq!(lines.len(), MOST_LINES);
        assert!(lines[2].ends_with('…'), "{lines:?}");
        assert!(lines.iter().all(|line| unicode_width::UnicodeWidthStr::width(line.as_str()) <= 10), "{lines:?}");
        assert_eq!(wrap("one two", 10), ["one two"]);
    }
}
