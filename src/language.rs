//! Languages of templates.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A language that templates are written in, by its ISO 639-1 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language([u8; 2]);

/// A code that is not two small letters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no language code of two small letters")]
pub struct NoLanguage(pub String);

impl Language {
    /// English.
    pub const EN: Self = Self(*b"en");
    /// German.
    pub const DE: Self = Self(*b"de");

    /// Returns the code: `en`.
    pub fn code(&self) -> &str {
        // Only small ASCII letters get in.
        std::str::from_utf8(&self.0).unwrap_or("en")
    }

    /// Returns the name in English, or the code where it is not known: `German`.
    pub fn name(&self) -> &str {
        isolang(self.code()).unwrap_or_else(|| self.code())
    }
}

/// Returns the English name of the languages in which support is often given.
fn isolang(code: &str) -> Option<&'static str> {
    Some(match code {
        "en" => "English",
        "de" => "German",
        "fr" => "French",
        "es" => "Spanish",
        "it" => "Italian",
        "nl" => "Dutch",
        "pl" => "Polish",
        "pt" => "Portuguese",
        "sv" => "Swedish",
        _ => return None,
    })
}

impl Default for Language {
    fn default() -> Self {
        Self::EN
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Language {
    type Err = NoLanguage;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.as_bytes() {
            &[first, second] if first.is_ascii_lowercase() && second.is_ascii_lowercase() => Ok(Self([first, second])),
            _ => Err(NoLanguage(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Language {
    type Error = NoLanguage;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.code().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_two_small_letters() {
        assert_eq!("de".parse(), Ok(Language::DE));
        assert_eq!(Language::DE.to_string(), "de");
        assert_eq!((Language::DE.name(), "xx".parse::<Language>().unwrap().name()), ("German", "xx"));
        for wrong in ["", "d", "DE", "deu", "dé", "e1"] {
            assert_eq!(wrong.parse::<Language>(), Err(NoLanguage(wrong.to_owned())));
        }
    }
}
