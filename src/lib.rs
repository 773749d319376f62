//! amends scores customers' complaints, decides by the company's own playbook and drafts replies for a human to edit.
//!
//! The data flow, one function an arrow, every value immutable and serialisable:
//!
//! ```text
//! export --ingest--> Message --thread--> ThreadState
//! Message + ThreadState --scoring--> Analysis --playbook--> Decision --drafting--> Draft --(human)--> gate --> clipboard
//! ```
//!
//! - [`ingest`] reads exports as they are and yields [`message::Message`]s, and the [`thread::ThreadState`] of each.
//! - [`engine`] turns token ids into embeddings; [`scoring`] turns those, and rules over the text, into an
//!   [`analysis::Analysis`].
//! - [`playbook`] turns an analysis into a [`decision::Decision`] by the company's policy, a pure function.
//! - [`drafting`] fills templates: a [`draft::Draft`] in four blocks.
//! - [`gate`] lints the text that the human edited, before it is copied; what comes through is an [`edited::Edited`].
//! - [`pipeline`] runs the first three over a stream in constant memory, on all cores.
//! - [`evaluate`] says how good the scores are on labelled rows; [`report`] draws what it found.
//! - [`learn`] re-fits heads of a model on a company's own labelled rows.
//! - [`cli`] is the only module that prints, and the only one that reads the clock or the environment.
//!
//! Arrows between modules point one way: types know nobody, `engine` knows no playbook, `playbook` knows no engine, `drafting`
//! knows no engine, and nothing knows `cli`.

pub mod analysis;
pub mod cli;
pub mod decision;
mod digest;
pub mod draft;
pub mod drafting;
pub mod edited;
pub mod engine;
pub mod evaluate;
pub mod gate;
pub mod ingest;
pub mod language;
pub mod learn;
mod markup;
pub mod message;
pub mod pipeline;
pub mod playbook;
pub mod recorded;
pub mod report;
pub mod scoring;
pub mod thread;
#[cfg(feature = "rust-bert")]
pub mod train;
