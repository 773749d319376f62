//! Exports to messages.
