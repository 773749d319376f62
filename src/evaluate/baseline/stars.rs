//! The star rating.

use crate::message::Rating;

use super::super::heads::{Answer, JudgedHead};

/// Answers for sentiment (the lower two fifths negative, the middle neutral, the rest positive), complaint (up to two of five stars) and severity (fewer
/// stars, more severe); nothing without a rating, or for other heads.
pub(super) fn answer(rating: Option<Rating>, head: &JudgedHead) -> Option<Answer> {
    let rating = rating.filter(|rating| rating.scale > 0.0)?;
    let stars = f64::from(rating.value) / f64::from(rating.scale) * 5.0;
    let label = |name: &str| head.labels.iter().position(|label| label == name);
    match head.name.as_str() {
        "sentiment" => {
            let name = match stars {
                stars if stars <= 2.5 => "negative",
                stars if stars < 3.5 => "neutral",
                _ => "positive",
            };
            Some(Answer { label: Some(label(name)?), probabilities: None, score: None })
        }
        "complaint" => {
            Some(Answer { label: Some(usize::from(stars <= 2.5)), probabilities: None, score: Some(-stars) })
        }
        "severity" => Some(Answer { label: None, probabilities: None, score: Some(-stars) }),
        _ => None,
    }
}
