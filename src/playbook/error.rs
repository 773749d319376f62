//! What is wrong with a playbook, and where.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level as Title, Renderer, Snippet};
use serde::{Deserialize, Serialize};

/// How bad a finding is, in a playbook and in a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The playbook cannot be used; the text is not copied.
    Error,
    /// It can be; somebody should look once more.
    Warning,
}

impl Level {
    /// Returns the name used in outputs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One thing that is wrong with a playbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// Half-open range of UTF-8 bytes of the playbook's text.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Finding {
    /// Returns a finding with the line and column of `span` in `text`. A span outside the text is moved to its end.
    pub(super) fn new(level: Level, text: &str, span: &Range<usize>, message: impl Into<String>) -> Self {
        let mut start = span.start.min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let mut end = span.end.clamp(start, text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            level,
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            span: start..end,
            message: message.into(),
            hint: None,
        }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Renders the finding as `file:line:column` with the line, a caret under the words, and the hint. `source` names the file,
    /// `text` is its text. With `color`, ANSI colours are used.
    pub fn render(&self, source: &str, text: &str, color: bool) -> String {
        let title = match self.level {
            Level::Error => Title::ERROR,
            Level::Warning => Title::WARNING,
        };
        let snippet =
            Snippet::source(text).path(source).fold(true).annotation(AnnotationKind::Primary.span(self.span.clone()));
        let mut group = title.primary_title(self.message.as_str()).element(snippet);
        if let Some(hint) = &self.hint {
            group = group.element(Title::HELP.message(hint.as_str()));
        }
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group])
    }
}

/// A playbook that cannot be used, with everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaybookErrors {
    /// The file, as the user named it.
    pub source_name: String,
    /// Its text.
    pub text: String,
    /// What is wrong, warnings too, in the order of the file. At least one is an error.
    pub findings: Vec<Finding>,
}

impl PlaybookErrors {
    /// Renders every finding with its line of the file, a caret and a hint.
    pub fn render(&self, color: bool) -> String {
        render_findings(&self.source_name, &self.text, &self.findings, color)
    }

    /// Returns what to do about the first error.
    pub fn hint(&self) -> Option<String> {
        self.first().and_then(|finding| finding.hint.clone())
    }

    fn first(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.level == Level::Error)
    }
}

impl fmt::Display for PlaybookErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "playbook {} cannot be used", self.source_name)?;
        if let Some(first) = self.first() {
            write!(f, ": line {}, column {}: {}", first.line, first.column, first.message)?;
        }
        let errors = self.findings.iter().filter(|finding| finding.level == Level::Error).count();
        if errors > 1 {
            write!(f, " (and {} more)", errors - 1)?;
        }
        Ok(())
    }
}

impl std::error::Error for PlaybookErrors {}

/// Renders findings one below the other, as [`Finding::render`] does.
pub fn render_findings(source: &str, text: &str, findings: &[Finding], color: bool) -> String {
    findings.iter().map(|finding| finding.render(source, text, color)).collect::<Vec<_>>().join("\n")
}

/// Turns an error of the TOML reader into a finding, with a near miss where an unknown name has one.
pub(super) fn from_toml(text: &str, error: &toml::de::Error) -> Finding {
    let message = error.message();
    let span = error.span().unwrap_or(0..0);
    let finding = Finding::new(Level::Error, text, &span, message.replace('\n', " "));
    let mut quoted = message.split('`').skip(1).step_by(2);
    if message.starts_with("unknown field") || message.starts_with("unknown variant") {
        let Some(name) = quoted.next() else {
            return finding;
        };
        let known: Vec<&str> = quoted.collect();
        return match did_you_mean(name, known.iter().copied()) {
            Some(near) => finding.hint(format!("did you mean `{near}`?")),
            None => finding,
        };
    }
    match (message.starts_with("missing field"), quoted.next()) {
        (true, Some("contact")) => finding.hint("name who answers: contact = \"ID\", an id of [contacts]"),
        (true, Some("escalation")) => {
            finding.hint("say who is behind them: escalation = [{ contact = \"ID\", when = \"after ...\" }]")
        }
        (true, Some(field)) => finding.hint(format!("add a line `{field} = ...`")),
        _ => finding,
    }
}

/// Returns the known name that is most like `name`, if one is near.
pub(super) fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
