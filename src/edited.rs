//! A text that may leave the house: edited by a human, and through the gate.

use serde::{Deserialize, Serialize};

use crate::draft::Verdict;
use crate::gate::{Level, Reply, Report, RuleId};
use crate::message::{Channel, Visibility};

/// Format version of a serialised [`Edited`].
pub const EDITED_VERSION: u32 = 1;

/// A reply that passed the gate, or was let through by a person who said why. There is no other way to make one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edited {
    /// [`EDITED_VERSION`].
    pub version: u32,
    /// The text, exactly as it is pasted.
    pub text: String,
    /// Where it is pasted.
    pub channel: Channel,
    /// Who can read it there.
    pub visibility: Visibility,
    /// A person's verdict, where one was given.
    pub verdict: Option<Verdict>,
    /// How it came through the gate.
    pub passage: Passage,
}

/// How a text came through the gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Passage {
    /// Without an error.
    Passed {
        /// Rules that warned, each once.
        warnings: Vec<RuleId>,
    },
    /// In spite of errors.
    Forced {
        /// Why, in a person's words.
        reason: String,
        /// Rules that were overruled, each once.
        errors: Vec<RuleId>,
    },
}

/// The gate holds the text back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{errors} error{} to settle first", if *errors == 1 { "" } else { "s" })]
pub struct HeldBack {
    /// Errors that the gate found.
    pub errors: usize,
}

impl Edited {
    /// Takes a text through the gate. `forced` is a person's reason to let it through in spite of errors.
    ///
    /// # Errors
    /// When the report holds errors and nobody gave a reason.
    pub fn new(reply: &Reply<'_>, report: &Report, forced: Option<&str>) -> Result<Self, HeldBack> {
        let passage = match (report.passes(), forced) {
            (true, _) => Passage::Passed { warnings: rules(report, Level::Warning) },
            (false, Some(reason)) if !reason.trim().is_empty() => {
                Passage::Forced { reason: reason.trim().to_owned(), errors: rules(report, Level::Error) }
            }
            (false, _) => return Err(HeldBack { errors: report.counts().0 }),
        };
        Ok(Self {
            version: EDITED_VERSION,
            text: reply.text.to_owned(),
            channel: reply.channel,
            visibility: reply.visibility,
            verdict: reply.verdict,
            passage,
        })
    }
}

fn rules(report: &Report, level: Level) -> Vec<RuleId> {
    let mut rules: Vec<RuleId> =
        report.findings.iter().filter(|finding| finding.level == level).map(|finding| finding.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::testing::{CLEAN, gate};

    #[test]
    fn a_clean_text_passes_and_another_needs_a_reason() {
        let gate = gate();
        let clean = Reply::new(CLEAN, Channel::Facebook);
        let edited = Edited::new(&clean, &gate.check(&clean), None).unwrap();
        assert_eq!(edited.passage, Passage::Passed { warnings: Vec::new() });
        let text = format!("{CLEAN} [[FILL: date]]");
        let slot = Reply::new(&text, Channel::Facebook);
        let report = gate.check(&slot);
        assert_eq!(Edited::new(&slot, &report, None), Err(HeldBack { errors: 1 }));
        assert_eq!(Edited::new(&slot, &report, Some("  ")), Err(HeldBack { errors: 1 }));
        let forced = Edited::new(&slot, &report, Some("agreed by phone")).unwrap();
        assert_eq!(
            forced.passage,
            Passage::Forced { reason: "agreed by phone".to_owned(), errors: vec![RuleId::UnfilledSlot] }
        );
    }
}
