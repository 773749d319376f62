//! Heads and rules to scores.
