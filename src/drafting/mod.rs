//! Decisions to drafts.
//!
//! A draft has four blocks: acknowledge, apologize, options, closing. Each is a handlebars template of its own (`templates/en`), chosen by
//! what the playbook decided and by who reads it; a layout (`reply`) puts greeting, blocks and signature together. For a block
//! `closing/plain` that everybody reads, these names are looked for, the first that exists is used: `closing/plain.public_review`,
//! `closing/plain.public`, `closing/plain`; in the form for tight limits each of them with `.short` before that. Users override
//! files one by one ([`Templates::with_overrides`]).
//!
//! The words for each issue and trigger are in `phrases.toml`, what each channel allows in `channels.toml`. [`draft`] is pure: the
//! time is handed in, and the customer's words are never part of a template.

mod audience;
mod calendar;
mod catalogue;
pub mod channels;
mod compose;
mod context;
mod error;
pub mod marker;
mod names;
mod notes;
mod person;
mod phrases;
mod templates;
pub mod weight;

pub use channels::{Channels, Limit, Profile};
pub use compose::{DraftInput, draft};
pub use error::{DraftError, TemplateError};
pub use templates::Templates;
pub use weight::Unit;

#[cfg(test)]
mod tests;
