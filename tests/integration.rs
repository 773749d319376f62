//! One integration harness: one binary to link, a module per verb.
