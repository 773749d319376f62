//! One integration harness: one binary to link, a module per verb.
#![allow(clippy::missing_panics_doc, reason = "tests panic to fail")]

mod support;

mod bad_input;
mod contract;
mod draft;
mod inspect;
mod models;
mod playbook;
mod readme;
mod score;
