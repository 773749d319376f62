//! What can be wrong with a model package.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::FORMAT_VERSION;

/// Why a model package cannot be used.
#[derive(Debug, Error)]
pub enum PackageError {
    /// A file of the package is not there.
    #[error("the model package has no {}", file.display())]
    Missing {
        /// Where it was looked for.
        file: PathBuf,
    },
    /// A file of the package cannot be read.
    #[error("cannot read {}", file.display())]
    Read {
        /// Which.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is shorter than it says itself.
    #[error("{file} of the model package is cut short: {found} of {expected} bytes")]
    Truncated {
        /// Which.
        file: String,
        /// Bytes it should have.
        expected: usize,
        /// Bytes it has.
        found: usize,
    },
    /// A file is not the one that the manifest names.
    #[error(
        "{file} of the model package is not the file that the manifest names: sha256 {}..., expected {}...",
        short(found),
        short(expected)
    )]
    Digest {
        /// Which.
        file: String,
        /// Digest in the manifest.
        expected: String,
        /// Digest of the file.
        found: String,
    },
    /// The manifest names no digest for a file.
    #[error("manifest.toml of the model package lists no sha256 of {file}")]
    NotListed {
        /// Which file.
        file: String,
    },
    /// A file does not parse.
    #[error("{file} of the model package is not valid: {message}")]
    Syntax {
        /// Which.
        file: &'static str,
        /// What the parser said.
        message: String,
    },
    /// The package is of another format version.
    #[error("the model package has format version {found}; this program reads version {FORMAT_VERSION}")]
    Version {
        /// Version in the manifest.
        found: u64,
    },
    /// The package reads with the tables of another package than the one that this program has.
    #[error(
        "the model package shares the tables of a package with sha256 {}...; this program has {}...",
        short(expected),
        short(found)
    )]
    Shares {
        /// Digest in the manifest.
        expected: String,
        /// Digest of the weights that are compiled in.
        found: String,
    },
    /// The configuration describes an encoder that the engines do not implement.
    #[error("config.json of the model package: {field} is {found}, expected {expected}")]
    Config {
        /// Field of the configuration.
        field: &'static str,
        /// Its value.
        found: String,
        /// What it may be.
        expected: String,
    },
    /// The manifest promises more tokens than the encoder has positions, or too few to hold a word.
    #[error("max_tokens of the model package is {max_tokens}; the encoder takes 3 to {positions}")]
    MaxTokens {
        /// Value of the manifest.
        max_tokens: usize,
        /// Positions of the encoder.
        positions: usize,
    },
    /// A tensor is missing or does not fit.
    #[error("tensor {name} of the model package {problem}")]
    Tensor {
        /// Name of the tensor.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A head does not fit.
    #[error("head \"{name}\" of the model package {problem}")]
    Head {
        /// Name of the head.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl PackageError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Missing { .. } => {
                "a model package is a folder with manifest.toml, config.json, tokenizer.json, model.safetensors and heads.toml; copy it whole"
            }
            Self::Read { .. } => "check the file's permissions",
            Self::Truncated { .. } | Self::Digest { .. } => {
                "copy the package again from where it came from; `amends models verify` checks a copy"
            }
            Self::Version { found } if *found > u64::from(FORMAT_VERSION) => {
                "the package is newer than this program: update amends, or use an older release of the package"
            }
            Self::Shares { .. } => "use the package with the release of amends that it came with",
            Self::Version { .. } => "use a newer release of the package",
            Self::Config { .. } => "only BERT-shaped encoders with GELU are supported; import one of them",
            Self::NotListed { .. }
            | Self::Syntax { .. }
            | Self::MaxTokens { .. }
            | Self::Tensor { .. }
            | Self::Head { .. } => "the package was not written as docs/model-package.md says; write it again",
        };
        Some(hint.to_owned())
    }
}

/// First 12 characters of a digest: enough to tell two apart.
fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}
