//! Decisions to drafts.
