//! How good the scores are, on rows that people labelled.
//!
//! [`Dataset`] reads labels from the files that are scored; a [`JudgedHead`] says which part of the output each column is held against; [`assess()`]
//! puts all models and [`baseline`]s side by side on the same rows, with intervals and paired tests, and returns a [`Report`].
//! The formulas stand in docs/evaluation.md.

mod assess;
pub mod baseline;
mod dataset;
mod error;
pub mod faithfulness;
mod flat;
pub mod folds;
mod heads;
mod measures;
pub mod metrics;
pub(crate) mod minimise;
mod paired;
pub(crate) mod random;
pub mod report;
pub mod suite;
pub mod timing;

pub use assess::{System, assess, wilson};
pub use dataset::{Condition, Dataset, LabelledRow, Wanted};
pub use error::{EvalError, UnknownLabel};
pub use heads::{Answer, JudgedHead};
pub use measures::{DRAWS, Measure, Value};
pub use paired::{ROUNDS, mcnemar_exact};
pub use report::Report;
