//! Decisions to drafts.
//!
//! A draft has four blocks: acknowledge, apologize, options, closing. Each is a handlebars template of its own (`templates/en`, and
//! other languages beside it), chosen by the [`Situation`](crate::draft::Situation), by what the playbook decided and by who reads it; a layout (`reply`, or
//! `call_sheet`) puts greeting, blocks and signature together. Blocks include parts (`{{> gratitude}}`).
//!
//! For a block `closing/plain` under a review these names are looked for, and the first that exists is used:
//! `closing/plain.public_review`, `closing/plain.public`, `closing/plain`; in the form for tight limits each of them with `.short`
//! before that. Languages never stand in for one another. A template may hold several phrasings with a line `---` between them; the
//! case decides which one is used ([`Variety`]). Users override files one by one ([`Templates::with_overrides`]).
//!
//! The words for each issue and trigger are in `phrases.toml`, what each channel allows in `channels.toml`. [`draft`] is pure: the
//! time is handed in, and the customer's words are never part of a template.

mod audience;
mod built_in;
mod calendar;
mod catalogue;
pub mod channels;
mod compose;
mod context;
mod error;
pub mod example;
mod explain;
mod flaws;
mod helpers;
pub mod marker;
mod names;
mod notes;
mod person;
mod phrases;
mod plan;
pub mod proof;
mod situation;
mod templates;
mod variety;
pub mod weight;
mod words;

pub use catalogue::choosable;
pub use channels::{Channels, Limit, Profile};
pub use compose::{DraftInput, draft};
pub use error::{DraftError, TemplateError};
pub use explain::Explained;
pub use situation::Choice;
pub use templates::{Candidate, Listed, Source, Templates};
pub use variety::Variety;
pub use weight::Unit;

#[cfg(test)]
mod requirements;
#[cfg(test)]
mod tests;
