//! The fast path: the static model answers where its terms allow it, the encoder answers the rest.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::{Judge, JudgeError, Reading};
use crate::analysis::AnsweredBy;
use crate::engine::fast::{FastAnswer, FastModel, differing};
use crate::engine::tokenizer::Encoded;

/// Of so many messages that the static model could answer, the encoder answers one as well, to see how often they differ on the messages at hand.
const CHECK_ONE_OF: u64 = 32;

/// What the static model did in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FastReport {
    /// Messages that were scored.
    pub messages: u64,
    /// Messages that the static model answered.
    pub answered: u64,
    /// Messages that it could have answered and that the encoder answered to compare.
    pub checked: u64,
    /// Labels of these, over all heads that both answer.
    pub labels: u64,
    /// How many of them differed.
    pub differing: u64,
}

/// Counts of a run; messages are judged on many threads.
#[derive(Debug, Default)]
pub(super) struct Tally {
    messages: AtomicU64,
    answered: AtomicU64,
    checked: AtomicU64,
    labels: AtomicU64,
    differing: AtomicU64,
}

impl Tally {
    fn report(&self) -> FastReport {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        FastReport {
            messages: read(&self.messages),
            answered: read(&self.answered),
            checked: read(&self.checked),
            labels: read(&self.labels),
            differing: read(&self.differing),
        }
    }
}

fn count(counter: &AtomicU64, by: usize) {
    counter.fetch_add(by as u64, Ordering::Relaxed);
}

impl Judge {
    /// Lets the static model of the package answer what its terms allow; evidence of single rows is still the encoder's.
    ///
    /// # Errors
    /// When the package has no static model.
    pub fn with_fast(mut self) -> Result<Self, JudgeError> {
        if self.package.fast().is_none() {
            return Err(JudgeError::NoFast);
        }
        self.fast = Some(Tally::default());
        Ok(self)
    }

    /// Returns what the static model did so far; `None` when it was not asked.
    pub fn fast_report(&self) -> Option<FastReport> {
        self.fast.as_ref().map(Tally::report)
    }

    /// Returns the static model's or the encoder's word on every text.
    pub(super) fn answer(&self, texts: &[&str]) -> Result<Vec<Reading>, JudgeError> {
        let encoded = self.encode(texts)?;
        match (self.package.fast(), &self.fast) {
            (Some(model), Some(tally)) => self.cascade(&encoded, model, tally),
            _ => self.ask(&encoded.iter().collect::<Vec<_>>()),
        }
    }

    fn cascade(&self, encoded: &[Encoded], model: &FastModel, tally: &Tally) -> Result<Vec<Reading>, JudgeError> {
        let sure: Vec<Option<FastAnswer>> = encoded.par_iter().map(|encoded| model.sure(&encoded.ids)).collect();
        let is_final = |encoded: &Encoded, sure: &Option<FastAnswer>| sure.is_some() && !is_checked(&encoded.ids);
        let asked: Vec<&Encoded> =
            encoded.iter().zip(&sure).filter(|(encoded, sure)| !is_final(encoded, sure)).map(|(one, _)| one).collect();
        let mut read = self.ask(&asked)?.into_iter();
        count(&tally.messages, encoded.len());
        count(&tally.answered, encoded.len() - asked.len());
        let readings = encoded.iter().zip(sure).filter_map(|(encoded, sure)| {
            if is_final(encoded, &sure) {
                let heads = sure?.heads;
                return Some(Reading { heads, truncated: encoded.truncated_tokens, answered_by: AnsweredBy::Fast });
            }
            let reading = read.next()?;
            if let Some(own) = sure {
                let (differ, labels) = differing(&own, &reading.heads);
                count(&tally.checked, 1);
                count(&tally.labels, labels);
                count(&tally.differing, differ);
            }
            Some(reading)
        });
        Ok(readings.collect())
    }
}

/// Whether the encoder answers a message in any case: by its tokens, so that every run over it does the same.
fn is_checked(ids: &[u32]) -> bool {
    // Fowler-Noll-Vo, 64 bits, over whole ids.
    let hash = ids
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, id| (hash ^ u64::from(*id)).wrapping_mul(0x0000_0100_0000_01b3));
    (hash >> 32).is_multiple_of(CHECK_ONE_OF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_one_of_so_many_messages_is_checked() {
        let checked = (0..3200_u32).filter(|id| is_checked(&[101, *id, id * 7, 102])).count();
        assert!((60..140).contains(&checked), "{checked}");
    }
}
