//! VADER, through the crate `vader-sentimental`.

use vader_sentimental::SentimentIntensityAnalyzer;

use super::super::heads::{Answer, JudgedHead};

/// Compound score from which a text is positive, and below whose negative it is negative (the authors' own).
const THRESHOLD: f64 = 0.05;

/// Answers for sentiment (three ways by the compound score), complaint (a negative text is one; the score is the compound score upside down) and
/// severity (the same score); nothing for other heads.
pub(super) fn answer(text: &str, head: &JudgedHead) -> Option<Answer> {
    if !matches!(head.name.as_str(), "sentiment" | "complaint" | "severity") {
        return None;
    }
    let compound = SentimentIntensityAnalyzer::new().polarity_scores(text).compound;
    let label = |name: &str| head.labels.iter().position(|label| label == name);
    let sentiment = match compound {
        compound if compound >= THRESHOLD => "positive",
        compound if compound <= -THRESHOLD => "negative",
        _ => "neutral",
    };
    match head.name.as_str() {
        // Where only two ways are compared, the sign decides.
        "sentiment" if label(sentiment).is_none() => Some(Answer {
            label: label(if compound < 0.0 { "negative" } else { "positive" }),
            probabilities: None,
            score: None,
        }),
        "sentiment" => Some(Answer { label: label(sentiment), probabilities: None, score: None }),
        "complaint" => Some(Answer {
            label: Some(usize::from(sentiment == "negative")),
            probabilities: None,
            score: Some(-compound),
        }),
        _ => Some(Answer { label: None, probabilities: None, score: Some(-compound) }),
    }
}
