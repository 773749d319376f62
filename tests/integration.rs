//! One integration harness: one binary to link, a module per verb.
#![allow(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    clippy::format_collect,
    reason = "tests panic to fail, and so do their helpers; nobody waits for their allocations"
)]

mod support;

mod bad_input;
mod bench;
mod check;
mod contract;
mod distil;
mod draft;
mod eval;
mod inspect;
mod learn;
mod models;
mod playbook;
mod readme;
mod score;
mod templates;
