//! What can go wrong with templates and drafts.

use std::path::PathBuf;

use super::weight::Unit;
use crate::analysis::Trigger;
use crate::draft::Situation;
use crate::language::Language;
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
    /// Two files override the same template.
    #[error("{} is there twice, the second time as {}", name, path.display())]
    Twice {
        /// Which.
        name: String,
        /// The second one.
        path: PathBuf,
    },
    /// A template is not handlebars.
    #[error("{file}:{line}: {reason}")]
    Syntax {
        /// Which file.
        file: String,
        /// Line, counted from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A template uses a variable, helper or part that does not exist.
    #[error("{file}:{line}: unknown {what} \"{name}\"")]
    UnknownName {
        /// Which file.
        file: String,
        /// Line, counted from 1.
        line: usize,
        /// `variable`, `helper` or `part`.
        what: &'static str,
        /// What it uses.
        name: String,
        /// What it could use.
        known: Vec<String>,
    },
    /// A template calls a helper in a way that cannot work.
    #[error("{file}:{line}: the helper \"{helper}\" is called otherwise")]
    Misuse {
        /// Which file.
        file: String,
        /// Line, counted from 1.
        line: usize,
        /// Which helper.
        helper: String,
        /// How it is called.
        usage: &'static str,
    },
    /// A data file beside the templates is not TOML of the right shape.
    #[error("{file}:{line}: {reason}")]
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
            Self::UnknownName { name, known, what, .. } => {
                let near = near(name, known).map_or_else(String::new, |near| format!("did you mean {near}? "));
                Some(format!("{near}known {what}s: {}", known.join(", ")))
            }
            Self::Misuse { usage, .. } => Some(format!("write {usage}")),
            Self::Twice { .. } => Some("files outside a language's folder are English; keep one of the two".to_owned()),
            Self::Missing { .. } => {
                Some("copy the entry from the built-in file; `amends templates list` shows them".to_owned())
            }
            Self::Syntax { .. } => Some(
                "templates are handlebars: {{variable}}, {{#if variable}}...{{else}}...{{/if}}, {{> part}}".to_owned(),
            ),
            Self::Unreadable { .. } | Self::Data { .. } => None,
        }
    }
}

/// Returns the known name that is most like `name`, where one is like it.
fn near<'a>(name: &str, known: &'a [String]) -> Option<&'a str> {
    known
        .iter()
        .map(|other| (strsim::jaro_winkler(name, other), other.as_str()))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, other)| other)
}

/// A draft that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// A template failed although its names were checked.
    #[error("{file}:{line}: {reason}")]
    Render {
        /// Which file.
        file: String,
        /// Line, counted from 1.
        line: usize,
        /// Why.
        reason: String,
    },
    /// There are no templates in the language.
    #[error("there are no templates in {}", language.name())]
    NoSuchLanguage {
        /// Which.
        language: Language,
        /// Languages that there are.
        known: Vec<Language>,
    },
    /// The playbook's language is no language code.
    #[error("the playbook's language \"{named}\" is no code of two small letters")]
    NotALanguage {
        /// What it says.
        named: String,
    },
    /// The situation is not written where the reply would stand.
    #[error("{situation} is written {}, not on {channel}", situation.place())]
    Misplaced {
        /// Which.
        situation: Situation,
        /// Where it would stand.
        channel: Channel,
    },
    /// A letter that stops the conversation lacks what has to come before it.
    #[error("{situation} is not written yet: it needs {}", lacks.join(", and "))]
    TooSoon {
        /// Which letter.
        situation: Situation,
        /// What it needs first.
        lacks: Vec<String>,
    },
    /// They have not said that it is settled for them.
    #[error("{situation} is not written yet: they have not said that it is settled for them")]
    NotSettled {
        /// Which letter.
        situation: Situation,
    },
    /// A hard trigger stands, and the conversation would be stopped, or they would be invited to tell others.
    #[error("{situation} is not written while {trigger} stands: somebody answers this one in person")]
    TriggerStands {
        /// Which letter.
        situation: Situation,
        /// Which trigger.
        trigger: Trigger,
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
            Self::Render { .. } => Some("guard it with {{#if variable}}, or see what there is with `amends templates check`".to_owned()),
            Self::NoSuchLanguage { known, .. } => {
                let codes: Vec<&str> = known.iter().map(Language::code).collect();
                Some(format!("there are: {}; another language is a folder of its own under --templates", codes.join(", ")))
            }
            Self::NotALanguage { .. } => Some("write language = \"en\"".to_owned()),
            Self::Misplaced { situation, .. } => Some(match situation.place() {
                "in public" => "answer where the complaint stands in public".to_owned(),
                _ => "say where the letter goes: --on email".to_owned(),
            }),
            Self::TooSoon { .. } => Some(
                "only a person stops a conversation: --by NAME --attempts N --offer-made \"WHAT\"; until then, draft interim or refusal"
                    .to_owned(),
            ),
            Self::NotSettled { .. } => {
                Some("ask them first: --situation satisfaction_check; once they said yes: --satisfied".to_owned())
            }
            Self::TriggerStands { .. } => Some("draft the reply; it names who answers and when".to_owned()),
        }
    }
}
