//! The libtorch engine.
