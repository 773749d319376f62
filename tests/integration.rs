//! One harness.
