//! What can go wrong with templates and drafts.

use std::path::PathBuf;

use super::weight::Unit;
use crate::message::Channel;

/// Templates that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// A file of the override folder cannot be read.
    #[error("cannot read the template {}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file of the override folder overrides nothing.
    #[error("{} is no template that could be overridden", path.display())]
    UnknownFile {
        /// Which.
        path: PathBuf,
        /// Names that can be overridden.
        known: Vec<String>,
    },
    /// A template is not handlebars.
    #[error("template {template}, line {line}: {reason}")]
    Syntax {
        /// Which template.
        template: String,
        /// Line, counted from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A template uses a variable or helper that does not exist.
    #[error("template {template}, line {line}: unknown {what} \"{name}\"")]
    UnknownName {
        /// Which template.
        template: String,
        /// Line, counted from 1.
        line: usize,
        /// `variable` or `helper`.
        what: &'static str,
        /// What it uses.
        name: String,
        /// What it could use.
        known: Vec<String>,
    },
    /// A data file beside the templates is not TOML of the right shape.
    #[error("{file}, line {line}: {reason}")]
    Data {
        /// Which file.
        file: String,
        /// Line, counted from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A data file beside the templates lacks an entry.
    #[error("{file} has no entry for {what}")]
    Missing {
        /// Which file.
        file: String,
        /// What is missing.
        what: String,
    },
}

impl TemplateError {
    pub(super) fn data(file: &str, text: &str, error: &toml::de::Error) -> Self {
        let at = error.span().map_or(0, |span| span.start);
        Self::Data {
            file: file.to_owned(),
            line: text.get(..at).unwrap_or_default().matches('\n').count() + 1,
            reason: error.message().replace('\n', " "),
        }
    }

    /// Returns what to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownFile { known, .. } => Some(format!(
                "a template is called as it is built in, e.g. acknowledge/issue.hbs or closing/take_offline.public.short.hbs; known: {}",
                known.join(", ")
            )),
            Self::UnknownName { known, what, .. } => Some(format!("known {what}s: {}", known.join(", "))),
            Self::Missing { .. } => Some("copy the entry from the built-in file".to_owned()),
            Self::Unreadable { .. } | Self::Syntax { .. } | Self::Data { .. } => None,
        }
    }
}

/// A draft that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// A template failed although it was checked.
    #[error("template {template} failed: {reason}")]
    Render {
        /// Which template.
        template: String,
        /// Why.
        reason: String,
    },
    /// A value was given for a slot that this draft does not have.
    #[error("this draft has no slot \"{name}\"")]
    UnknownSlot {
        /// What was given.
        name: String,
        /// Slots that it has.
        known: Vec<String>,
    },
    /// A value was given for a fact that only a verdict can confirm.
    #[error("\"{name}\" admits a fact and cannot be filled in")]
    NotAFill {
        /// What was given.
        name: String,
    },
    /// The decision takes responsibility, and the verdict is that the complaint is unfounded.
    #[error("the decision takes responsibility although the verdict is unfounded")]
    VerdictMismatch,
    /// Even the shortest form is longer than the channel allows.
    #[error("the shortest draft has {shortest} {} and {channel} takes {limit}", unit.words())]
    DoesNotFit {
        /// Where it would be posted.
        channel: Channel,
        /// What the channel takes.
        limit: usize,
        /// What is counted.
        unit: Unit,
        /// What the shortest form needs.
        shortest: usize,
    },
    /// The playbook's hours leave no working day within a year.
    #[error("no working day within a year of {from}")]
    NoWorkingDay {
        /// The day from which was counted.
        from: jiff::civil::Date,
    },
}

impl DraftError {
    /// Returns what to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownSlot { known, .. } if known.is_empty() => Some("this draft has nothing to fill in".to_owned()),
            Self::UnknownSlot { known, .. } => Some(format!("its slots: {}", known.join(", "))),
            Self::NotAFill { .. } => Some("confirm it with --verdict valid, or leave it to the edit".to_owned()),
            Self::VerdictMismatch => Some("decide again with the verdict".to_owned()),
            Self::DoesNotFit { .. } => {
                Some("shorten names and address in [voice], the promise's failing, or the short templates".to_owned())
            }
            Self::NoWorkingDay { .. } => Some("look at days and closed_on in [hours]".to_owned()),
            Self::Render { .. } => None,
        }
    }
}
