//! The worklist: what to do first, in which blocks, and why it is here.

use std::io::{self, Write};

use crate::analysis::Validity;
use crate::decision::{Acknowledge, Apology, Closing, Decision, Disposition};
use crate::pipeline::ScoredRow;

use super::style::{Style, fit, safe_line};
use super::{OutputOptions, RowWriter};

/// Columns of a row's first line; the id follows them.
const COLUMNS: [(&str, usize); 10] = [
    ("prio", 4),
    ("sev", 3),
    ("validity", 12),
    ("ack", 3),
    ("apol", 4),
    ("opt", 3),
    ("close", 5),
    ("channel", 20),
    ("asked", 5),
    ("issue", 16),
];
/// Columns by which what they say and what to do are indented.
const INDENT: usize = 9;
/// Most lines of what they say.
const MOST_LINES: usize = 2;

/// Writes a few lines for each row, as they come: the scores and blocks, what they say, what to do.
pub(super) struct TableWriter<'a> {
    options: OutputOptions,
    out: &'a mut dyn Write,
    rows: u64,
}

impl<'a> TableWriter<'a> {
    pub(super) fn new(options: OutputOptions, out: &'a mut dyn Write) -> Self {
        Self { options, out, rows: 0 }
    }
}

impl RowWriter for TableWriter<'_> {
    fn row(&mut self, row: &ScoredRow) -> io::Result<()> {
        let style = self.options.style;
        if self.rows == 0 {
            let names: Vec<String> = COLUMNS.iter().map(|(name, width)| format!("{name:<width$}")).collect();
            writeln!(self.out, "{}", style.dim(format!("{} id", names.join(" "))))?;
        }
        self.rows += 1;
        writeln!(self.out, "{}{}", cells(row, style), style.bold(safe_line(&row.message.id)))?;
        let room = self.options.width.saturating_sub(INDENT + 1);
        for line in wrap(&excerpt(row, room * MOST_LINES), room) {
            writeln!(self.out, "{:INDENT$}{line}", "")?;
        }
        let escalate = row.decision.dispositions.contains(&Disposition::Escalate);
        for (index, line) in textwrap::wrap(&do_now(row), room - 2).iter().enumerate() {
            let line = if escalate { style.red(line) } else { style.cyan(line) };
            let arrow = if index == 0 { style.dim("→") } else { " ".to_owned() };
            writeln!(self.out, "{:INDENT$}{arrow} {line}", "")?;
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

fn cells(row: &ScoredRow, style: Style) -> String {
    let scores = row.analysis.scores();
    let blocks = &row.decision.blocks;
    let validity = match scores {
        Some(scores) if scores.complaint => match scores.validity {
            Validity::LikelyValid => style.green(format!("{:<12}", "likely valid")),
            Validity::Unclear => format!("{:<12}", "unclear"),
            Validity::LikelyUnfounded => style.yellow(format!("{:<12}", "unfounded?")),
        },
        Some(_) => style.dim(format!("{:<12}", "no complaint")),
        None => style.dim(format!("{:<12}", "not scored")),
    };
    let apology = match blocks.apology {
        Apology::None => "-",
        Apology::Empathy => "emp",
        Apology::Responsibility => "resp",
    };
    let options = if blocks.options.is_empty() { "-".to_owned() } else { blocks.options.len().to_string() };
    let asked = match row.thread.contacts {
        0 => format!("{:<5}", "-"),
        1 => format!("{:<5}", "1"),
        more => style.red(format!("{:<5}", format!("{more}!"))),
    };
    let channel = format!("{} {}", row.message.channel.name().replace('_', " "), row.message.visibility.name());
    let issue = scores.and_then(|scores| scores.issue.as_deref()).unwrap_or("-").replace('_', " ");
    [
        style.bold(format!("{:>4}", rounded(row.priority.as_ref().map(|priority| priority.score)))),
        format!("{:>3}", rounded(scores.map(|scores| scores.severity))),
        validity,
        format!("{:<3}", tick(blocks.acknowledge != Acknowledge::Off)),
        format!("{apology:<4}"),
        format!("{options:<3}"),
        format!("{:<5}", tick(blocks.closing != Closing::Off)),
        format!("{channel:<20}"),
        asked,
        format!("{issue:<16}"),
    ]
    .into_iter()
    .map(|cell| cell + " ")
    .collect()
}

fn rounded(score: Option<f32>) -> String {
    score.map_or_else(|| "-".to_owned(), |score| format!("{score:.0}"))
}

const fn tick(on: bool) -> &'static str {
    if on { "✓" } else { "-" }
}

/// Returns the words that put the row where it is: around the trigger, else around what weighs most, else the beginning. They begin at the
/// start of the text where `room` columns reach them from there.
fn excerpt(row: &ScoredRow, room: usize) -> String {
    /// Bytes of context before the words.
    const BEFORE: usize = 60;
    let text = &row.message.text;
    let scores = row.analysis.scores();
    let weightiest = scores.and_then(|scores| scores.harm_parts.iter().find_map(|part| part.span));
    let span = row.analysis.triggers.first().map(|hit| hit.span).or(weightiest);
    let begin = span.filter(|span| span.to + 20 > room).map_or(0, |span| {
        let from = text.floor_char_boundary(span.from.saturating_sub(BEFORE));
        text[from..].find(' ').map_or(from, |space| from + space + 1)
    });
    let line = safe_line(&text[begin..]);
    if line.is_empty() {
        let stars = row
            .message
            .rating
            .map_or_else(String::new, |rating| format!("{:.0} of {:.0}, ", rating.value, rating.scale));
        return format!("({stars}no text)");
    }
    let open = if begin == 0 { "\"" } else { "\"… " };
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
        assert!(lines[MOST_LINES - 1].ends_with('…'), "{lines:?}");
        assert!(lines.iter().all(|line| unicode_width::UnicodeWidthStr::width(line.as_str()) <= 10), "{lines:?}");
        assert_eq!(wrap("one two", 10), ["one two"]);
    }
}
