//! How good predictions are: figures of merit, their intervals, and what they are compared with.

pub mod folds;
pub mod metrics;
pub(crate) mod random;
