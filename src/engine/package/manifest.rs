//! `manifest.toml`: what a package is called, where it comes from, and what its files must hash to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{MANIFEST, PackageError};

/// Version of the package format that this program reads.
pub const FORMAT_VERSION: u32 = 1;

/// How the last hidden states of a message become one embedding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    /// The mean over all tokens, `[CLS]` and `[SEP]` included.
    #[default]
    Mean,
    /// The first token, `[CLS]`.
    Cls,
}

impl Pooling {
    /// Name: `mean` or `cls`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Cls => "cls",
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// The manifest of a model package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// How a message's hidden states become its embedding; the mean where the manifest does not say.
    #[serde(default, skip_serializing_if = "Pooling::is_usual")]
    pub pooling: Pooling,
    /// Digest (lower-case hex) of the `model.safetensors` of the package that is compiled in, where this one reads with its tokenizer and its tables of
    /// tokens and positions, and holds none itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shares: Option<String>,
    /// Digest of every other file, lower-case hex.
    pub(super) sha256: BTreeMap<String, String>,
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

    /// Replaces all digests.
    pub(super) fn set_digests(&mut self, digests: impl Iterator<Item = (String, String)>) {
        self.sha256 = digests.collect();
    }

    /// Replaces the digest of one file.
    pub(super) fn set_digest(&mut self, file: &str, digest: String) {
        self.sha256.insert(file.to_owned(), digest);
    }

    /// Returns the manifest as TOML.
    pub(super) fn to_toml(&self) -> Result<String, PackageError> {
        toml::to_string(self).map_err(|error| PackageError::Syntax { file: MANIFEST, message: error.to_string() })
    }
}
