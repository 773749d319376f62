//! What a run came to, in two lines on standard error.

use jiff::Timestamp;

use crate::analysis::{Outcome, Unscored};
use crate::cli::env::Environment;
use crate::cli::error::CliError;
use crate::cli::output::row::model_name;
use crate::cli::output::style::Style;
use crate::cli::{warn, warn_wrapped};
use crate::engine::fast::Terms;
use crate::message::AuthorRole;
use crate::pipeline::{FastReport, Judge, ScoredRow, Survey};

/// Counts over the rows of a run.
#[derive(Debug, Default)]
pub(super) struct Summary {
    pub(super) rows: u64,
    pub(super) unreadable: u64,
    complaints: u64,
    triggers: u64,
    unanswered: u64,
    oldest: Option<Timestamp>,
    foreign: u64,
    empty: u64,
    ours: u64,
    cut: u64,
    noticed: u64,
    damaged: u64,
    model: Option<String>,
}

impl Summary {
    /// Counts a row.
    pub(super) fn add(&mut self, row: &ScoredRow) {
        self.rows += 1;
        self.noticed += u64::from(!row.notices.is_empty());
        self.damaged += u64::from(row.notices.iter().any(|notice| notice.kind.is_damage()));
        self.cut += u64::from(row.analysis.truncated_tokens > 0);
        self.triggers += u64::from(!row.analysis.triggers.is_empty() && row.message.role == AuthorRole::Customer);
        match &row.analysis.outcome {
            Outcome::Scored(scores) => self.complaints += u64::from(scores.complaint),
            Outcome::Unscored { reason: Unscored::NotEnglish } => self.foreign += 1,
            Outcome::Unscored { reason: Unscored::Empty } => self.empty += 1,
            Outcome::Unscored { reason: Unscored::NotFromCustomer } => self.ours += 1,
        }
        // A thread waits once, with its last message; a complaint that was answered waits no more.
        let complains = row.analysis.scores().is_none_or(|scores| scores.complaint);
        if row.thread.contacts > 0 && row.thread.last_of_customer && complains && !row.message.text.is_empty() {
            self.unanswered += 1;
            if let Some(since) = row.thread.waiting_since {
                self.oldest = Some(self.oldest.map_or(since, |oldest| oldest.min(since)));
            }
        }
        if self.model.is_none() {
            self.model = Some(model_name(&row.analysis));
        }
    }

    /// Whether rows could not be read, or not as they were meant.
    pub(super) const fn is_damaged(&self) -> bool {
        self.unreadable + self.damaged > 0
    }

    /// Writes the summary to standard error.
    pub(super) fn write(
        &self,
        judge: &Judge,
        survey: &Survey,
        listed: bool,
        env: &Environment,
    ) -> Result<(), CliError> {
        let style = Style::new(env.color_err());
        let age = match (self.oldest, survey.threads().newest()) {
            (Some(oldest), Some(newest)) => {
                let hours = newest.duration_since(oldest).as_hours();
                if hours < 48 { format!(" (oldest {hours} hours)") } else { format!(" (oldest {} days)", hours / 24) }
            }
            _ => String::new(),
        };
        let one_or_more = |number: u64, one: &str| format!("{number} {one}{}", if number == 1 { "" } else { "s" });
        let mut parts = vec![one_or_more(self.rows, "message"), one_or_more(self.complaints, "complaint")];
        let mut count = |number: u64, text: &str| {
            if number > 0 {
                parts.push(format!("{number} {text}"));
            }
        };
        count(self.triggers, "with triggers");
        count(self.unanswered, &format!("nobody answered{age}"));
        count(self.foreign, "not in English (not scored)");
        count(self.empty, "without text (not scored)");
        count(self.ours, "of ours (not scored)");
        count(self.cut, "longer than the model reads");
        let hint = if listed { "" } else { ": --errors lists them" };
        for (number, what) in [(self.unreadable, "unreadable"), (self.noticed, "with remarks")] {
            if number > 0 {
                parts.push(format!("{} {what}{hint}", one_or_more(number, "row")));
            }
        }
        warn_wrapped(&parts.join(" · "), env.width, 0, |line| style.bold(line))?;
        if let (Some(fast), Some(model)) = (judge.fast_report(), judge.package().fast()) {
            warn_wrapped(&fast_line(fast, model.terms()), env.width, 0, str::to_owned)?;
        }
        let playbook = judge.playbook();
        let model = self.model.as_deref().unwrap_or("no model asked");
        let starter = if playbook.is_starter() { " (the starter: `amends playbook init` makes it yours)" } else { "" };
        warn(&style.dim(format!("model {model} · playbook {} {}{starter}", playbook.name(), playbook.digest())))
    }
}

/// What the fast path did, and what it may have cost.
fn fast_line(report: FastReport, terms: &Terms) -> String {
    let checked = if report.checked == 0 {
        String::new()
    } else {
        format!(
            " · on {} of its answers the encoder was asked, too: {} of {} labels differed",
            report.checked, report.differing, report.labels
        )
    };
    format!(
        "fast: the static model answered {} of {} messages{checked} · on {} held-back ones {:.2} % of all labels differed (at most {:.2} %)",
        report.answered,
        report.messages,
        terms.messages,
        terms.disagreement * 100.0,
        terms.at_most * 100.0
    )
}
