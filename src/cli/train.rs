//! `amends train`: fine-tunes a model package (feature `rust-bert`).
