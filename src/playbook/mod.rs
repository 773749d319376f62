//! The company's policy as data.
