//! `manifest.toml`: what a package is called, where it comes from, and what its files must hash to.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{MANIFEST, PackageError};

/// Version of the package format that this program reads.
pub const FORMAT_VERSION: u32 = 1;

/// The manifest of a model package.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT_VERSION`].
    pub version: u32,
    /// Name of the package.
    pub name: String,
    /// Release of the package.
    pub release: String,
    /// Encoder that it was trained from.
    pub base: String,
    /// Licence of that encoder.
    pub base_licence: String,
    /// Licence of the package.
    pub licence: String,
    /// Most tokens that a message may have, `[CLS]` and `[SEP]` included.
    pub max_tokens: usize,
    /// Digest of every other file, lower-case hex.
    sha256: BTreeMap<String, String>,
}

impl Manifest {
    /// Parses a manifest; its version is judged before its fields, which another version may name differently.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, PackageError> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u64,
        }
        let invalid = |message: String| PackageError::Syntax { file: MANIFEST, message };
        let text = std::str::from_utf8(bytes).map_err(|error| invalid(error.to_string()))?;
        let Versioned { version } = toml::from_str(text).map_err(|error| invalid(error.message().to_owned()))?;
        if version != u64::from(FORMAT_VERSION) {
            return Err(PackageError::Version { found: version });
        }
        toml::from_str(text).map_err(|error| invalid(error.message().to_owned()))
    }

    /// Returns the digest that `file` must have.
    pub(super) fn sha256_of(&self, file: &str) -> Result<&str, PackageError> {
        self.sha256.get(file).map(String::as_str).ok_or_else(|| PackageError::NotListed { file: file.to_owned() })
    }

    /// Names of the listed files.
    pub(super) fn listed(&self) -> impl Iterator<Item = &str> {
        self.sha256.keys().map(String::as_str)
    }
}
