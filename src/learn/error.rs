//! Why heads cannot be learned at all.

/// Why heads cannot be learned at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LearnError {
    /// The package has no such head.
    #[error("the model package has no head \"{head}\"; it has {}", known.join(", "))]
    NoHead {
        /// What was asked for.
        head: String,
        /// Heads of the package.
        known: Vec<String>,
    },
    /// The head's labels do not exclude each other.
    #[error(
        "head \"{head}\" judges each label on its own (sigmoid); only heads whose labels exclude each other can be learned"
    )]
    NotExclusive {
        /// The head.
        head: String,
    },
    /// The head's labels are sums of a classifier's outputs.
    #[error(
        "head \"{head}\" adds up several outputs for a label; only heads with one output for each label can be learned"
    )]
    Grouped {
        /// The head.
        head: String,
    },
    /// The rows cannot be split into so many parts.
    #[error("{folds} folds; it takes {least} to {most}", least = super::FOLDS.start(), most = super::FOLDS.end())]
    Folds {
        /// What was asked for.
        folds: usize,
    },
}
