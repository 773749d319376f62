//! Verbs, settings, printing, exit codes.
