//! What the heads of a model say, by name and label.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::analysis::{Emotion, Reproach, Sentiment};
use crate::engine::package::import::KnownHead;
use crate::message::{Channel, named_enum};

use super::ScoringError;
use super::issue::ISSUE_TYPES;
use super::remedy::REMEDIES_KNOWN;

/// Every head's calibrated probabilities by label, as the engine's heads give them.
pub type HeadProbs = BTreeMap<String, Vec<(String, f32)>>;

named_enum! {
    /// Family of the corpus that a four-level reproach head learned from.
    ReproachFamily, "reproach family" {
        /// Tweets to brands.
        Tweet = "tweet",
        /// Product reviews.
        Review = "review",
        /// Tweets about banks and money.
        Finance = "finance",
    }
}

impl ReproachFamily {
    const fn head(self) -> &'static str {
        match self {
            Self::Tweet => "reproach_tweet",
            Self::Review => "reproach_review",
            Self::Finance => "reproach_finance",
        }
    }
}

/// Returns every head that means something here, with its labels; `intent` and `product` take any labels.
pub fn known() -> Vec<KnownHead> {
    let head = |name, labels: Vec<&'static str>, ordered| KnownHead { name, labels, ordered };
    let levels = || Reproach::ALL.iter().map(|level| level.name()).collect();
    vec![
        head("sentiment", Sentiment::ALL.iter().map(|label| label.name()).collect(), false),
        head("complaint", vec!["no", "yes"], false),
        head("reproach", levels(), true),
        head("reproach_tweet", levels(), true),
        head("reproach_review", levels(), true),
        head("reproach_finance", levels(), true),
        head("emotion", Emotion::ALL.iter().map(|label| label.name()).collect(), false),
        head("anger", vec!["no", "yes"], false),
        head("issue", ISSUE_TYPES.to_vec(), false),
        head("remedy", REMEDIES_KNOWN.to_vec(), false),
        head("intent", Vec::new(), false),
        head("product", Vec::new(), false),
    ]
}

/// Returns the names of those heads of `all` that scores are made of.
pub fn scored<'a>(all: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let known = known();
    let all: Vec<&str> = all.collect();
    // The tweets' emotions are only asked where there are no others; intent and product are handed through.
    let counts = |name: &str| match name {
        "intent" | "product" => false,
        "emotion_tweet" => !all.contains(&"emotion"),
        _ => known.iter().any(|head| head.name == name),
    };
    all.iter().copied().filter(|name| counts(name)).collect()
}

/// Checks that a head which means something here has exactly its labels; heads with other names may have any.
///
/// # Errors
/// When a label is missing, or one is unknown.
pub fn check_labels(name: &str, labels: &[String]) -> Result<(), ScoringError> {
    let Some(kind) = known().into_iter().find(|kind| kind.name == name && !kind.labels.is_empty()) else {
        return Ok(());
    };
    if let Some(label) = kind.labels.iter().find(|label| !labels.iter().any(|own| own == **label)) {
        return Err(ScoringError::MissingLabel { head: name.to_owned(), label: (*label).to_owned() });
    }
    match labels.iter().find(|own| !kind.labels.contains(&own.as_str())) {
        Some(label) => Err(ScoringError::UnknownLabel { head: name.to_owned(), label: label.clone() }),
        None => Ok(()),
    }
}

/// Labels of one head with their probabilities.
pub(super) type Labels = [(String, f32)];

fn head<'a>(heads: &'a HeadProbs, name: &str) -> Result<&'a Labels, ScoringError> {
    heads.get(name).map(Vec::as_slice).ok_or_else(|| ScoringError::MissingHead { name: name.to_owned() })
}

fn label(labels: &Labels, head: &str, name: &str) -> Result<f32, ScoringError> {
    labels
        .iter()
        .find(|(label, _)| label == name)
        .map(|(_, p)| *p)
        .ok_or_else(|| ScoringError::MissingLabel { head: head.to_owned(), label: name.to_owned() })
}

/// Returns the most likely sentiment, its probability and P(positive) - P(negative).
pub(super) fn sentiment(heads: &HeadProbs) -> Result<(Sentiment, f32, f32), ScoringError> {
    let labels = head(heads, "sentiment")?;
    let p = |sentiment: Sentiment| label(labels, "sentiment", sentiment.name());
    let (negative, neutral, positive) = (p(Sentiment::Negative)?, p(Sentiment::Neutral)?, p(Sentiment::Positive)?);
    let (best, most) = if negative >= neutral && negative >= positive {
        (Sentiment::Negative, negative)
    } else if positive > neutral {
        (Sentiment::Positive, positive)
    } else {
        (Sentiment::Neutral, neutral)
    };
    Ok((best, most, positive - negative))
}

/// Returns P(complaint).
pub(super) fn complaint(heads: &HeadProbs) -> Result<f32, ScoringError> {
    label(head(heads, "complaint")?, "complaint", "yes")
}

/// Returns the four-level head in force: its labels, as the head has them.
///
/// A family that was asked for must be there. Else the review head on review channels, the tweet head elsewhere; a package without that one
/// answers with the first it has of tweet, review, finance, or with its only `reproach` head.
pub(super) fn reproach_in_force(
    heads: &HeadProbs,
    asked: Option<ReproachFamily>,
    channel: Channel,
) -> Result<&Labels, ScoringError> {
    if let Some(family) = asked {
        return head(heads, family.head());
    }
    let usual = if channel.is_review() { ReproachFamily::Review } else { ReproachFamily::Tweet };
    [usual, ReproachFamily::Tweet, ReproachFamily::Review, ReproachFamily::Finance]
        .iter()
        .map(|family| family.head())
        .chain(["reproach"])
        .find_map(|name| heads.get(name))
        .map(Vec::as_slice)
        .ok_or_else(|| ScoringError::MissingHead { name: usual.head().to_owned() })
}

/// Returns the most likely level and the probabilities of all four, lowest level first.
pub(super) fn reproach(labels: &Labels) -> Result<(Reproach, [f32; 4]), ScoringError> {
    let mut levels = [0.0; 4];
    let mut best = (Reproach::NoExplicitReproach, f32::NEG_INFINITY);
    for (slot, &level) in levels.iter_mut().zip(Reproach::ALL) {
        *slot = label(labels, "reproach", level.name())?;
        if *slot > best.1 {
            best = (level, *slot);
        }
    }
    Ok((best.0, levels))
}

/// Returns the most likely emotion and P(anger).
///
/// The emotion comes from `emotion`, else from `emotion_tweet` (whose optimism is joy), else it is anger or other by the `anger` head. Anger
/// comes from `anger`, else from the same head as the emotion. Without any of the three nothing is made up.
pub(super) fn emotion(heads: &HeadProbs) -> Result<(Emotion, f32), ScoringError> {
    let anger_head = heads.get("anger").map(|labels| label(labels, "anger", "yes")).transpose()?;
    let named = [("emotion", heads.get("emotion")), ("emotion_tweet", heads.get("emotion_tweet"))];
    let Some((name, labels)) = named.into_iter().find_map(|(name, labels)| Some((name, labels?))) else {
        let anger = anger_head.ok_or_else(|| ScoringError::MissingHead { name: "emotion".to_owned() })?;
        return Ok((if anger >= 0.5 { Emotion::Anger } else { Emotion::Other }, anger));
    };
    let mut best = (Emotion::Other, f32::NEG_INFINITY);
    for (label, p) in labels {
        let emotion = if label == "optimism" { Ok(Emotion::Joy) } else { label.parse() };
        let emotion =
            emotion.map_err(|_| ScoringError::UnknownLabel { head: name.to_owned(), label: label.clone() })?;
        if *p > best.1 {
            best = (emotion, *p);
        }
    }
    let anger = match anger_head {
        Some(anger) => anger,
        None => label(labels, name, "anger")?,
    };
    Ok((best.0, anger))
}

/// Returns the probability of one emotion, from the head that [`emotion`] reads; of several labels that mean it, the likeliest.
pub(super) fn probability_of(heads: &HeadProbs, emotion: Emotion) -> Result<f32, ScoringError> {
    let Some(labels) = heads.get("emotion").or_else(|| heads.get("emotion_tweet")) else {
        let anger = label(head(heads, "anger")?, "anger", "yes")?;
        return Ok(if emotion == Emotion::Anger { anger } else { 1.0 - anger });
    };
    let means = |label: &str| label == emotion.name() || (label == "optimism" && emotion == Emotion::Joy);
    labels
        .iter()
        .filter(|(label, _)| means(label))
        .map(|(_, p)| *p)
        .reduce(f32::max)
        .ok_or_else(|| ScoringError::MissingLabel { head: "emotion".to_owned(), label: emotion.name().to_owned() })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn labels(of: &[(&str, f32)]) -> Vec<(String, f32)> {
        of.iter().map(|&(label, p)| (label.to_owned(), p)).collect()
    }

    /// Heads of a message that is a complaint with this probability and has this level of reproach.
    pub(in crate::scoring) fn heads(complaint: f32, level: Reproach) -> HeadProbs {
        let sure = |wanted: Reproach| if wanted == level { 0.91 } else { 0.03 };
        let reproach: Vec<(String, f32)> = Reproach::ALL.iter().map(|&l| (l.name().to_owned(), sure(l))).collect();
        [
            (
                "sentiment",
                labels(&[("negative", complaint * 0.9), ("neutral", 0.1), ("positive", 0.9 - complaint * 0.9)]),
            ),
            ("complaint", labels(&[("no", 1.0 - complaint), ("yes", complaint)])),
            ("reproach_tweet", reproach.clone()),
            ("reproach_review", reproach),
            ("emotion", labels(&[("anger", 0.6), ("joy", 0.1), ("other", 0.3)])),
            ("anger", labels(&[("no", 0.4), ("yes", 0.6)])),
        ]
        .into_iter()
        .map(|(name, labels)| (name.to_owned(), labels))
        .collect()
    }

    #[test]
    fn the_family_follows_the_channel_unless_asked_for() {
        let mut heads = heads(0.5, Reproach::Blame);
        heads.insert("reproach_review".to_owned(), labels(&[("blame", 0.2)]));
        assert_eq!(reproach_in_force(&heads, None, Channel::Yelp).unwrap().len(), 1);
        assert_eq!(reproach_in_force(&heads, None, Channel::Email).unwrap().len(), 4);
        assert_eq!(reproach_in_force(&heads, Some(ReproachFamily::Review), Channel::Email).unwrap().len(), 1);
        let missing = reproach_in_force(&heads, Some(ReproachFamily::Finance), Channel::X).unwrap_err();
        assert!(missing.to_string().contains("reproach_finance"), "{missing}");
        heads.remove("reproach_review");
        assert_eq!(reproach_in_force(&heads, None, Channel::Yelp).unwrap().len(), 4);
    }

    #[test]
    fn emotion_is_derived_from_what_is_there_and_never_made_up() {
        let mut heads = heads(0.5, Reproach::Blame);
        assert_eq!(emotion(&heads).unwrap(), (Emotion::Anger, 0.6));
        heads.remove("emotion");
        assert_eq!(emotion(&heads).unwrap(), (Emotion::Anger, 0.6));
        heads.insert("emotion_tweet".to_owned(), labels(&[("anger", 0.2), ("optimism", 0.8)]));
        assert_eq!(emotion(&heads).unwrap(), (Emotion::Joy, 0.6));
        heads.remove("anger");
        assert_eq!(emotion(&heads).unwrap(), (Emotion::Joy, 0.2));
        heads.remove("emotion_tweet");
        assert!(matches!(emotion(&heads), Err(ScoringError::MissingHead { name }) if name == "emotion"));
        heads.insert("emotion".to_owned(), labels(&[("envy", 1.0)]));
        assert!(matches!(emotion(&heads), Err(ScoringError::UnknownLabel { label, .. }) if label == "envy"));
    }

    #[test]
    fn known_heads_have_exactly_their_labels() {
        let check = |name: &str, labels: &[&str]| {
            check_labels(name, &labels.iter().map(|label| (*label).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(check("complaint", &["yes", "no"]), Ok(()));
        assert_eq!(check("intent", &["anything", "else"]), Ok(()));
        assert_eq!(check("of_their_own", &["a", "b"]), Ok(()));
        let missing = check("sentiment", &["negative", "positive"]).unwrap_err();
        assert_eq!(missing.to_string(), "head \"sentiment\" has no label \"neutral\"");
        let unknown = check("anger", &["no", "yes", "perhaps"]).unwrap_err();
        assert!(unknown.to_string().contains("perhaps"), "{unknown}");
    }

    #[test]
    fn missing_heads_and_labels_are_named() {
        assert!(matches!(sentiment(&HeadProbs::new()), Err(ScoringError::MissingHead { name }) if name == "sentiment"));
        assert!(matches!(complaint(&HeadProbs::new()), Err(ScoringError::MissingHead { name }) if name == "complaint"));
        let odd: HeadProbs = [("complaint".to_owned(), labels(&[("maybe", 1.0)]))].into();
        assert!(matches!(complaint(&odd), Err(ScoringError::MissingLabel { label, .. }) if label == "yes"));
        assert!(matches!(reproach(&labels(&[("blame", 1.0)])), Err(ScoringError::MissingLabel { .. })));
    }
}
