//! From heads and findings to scores: the one place where the parts meet.

use crate::analysis::{AnsweredBy, Evidence, Scores, Validity};
use crate::message::Channel;
use crate::thread::ThreadState;

use super::ScoringError;
use super::findings::{MarkKind, TextFindings};
use super::heads::{self, HeadProbs, ReproachFamily};
use super::severity::{expected_reproach, severity};
use super::weights::Weights;
use super::{harm, issue, substantiation, validity};

/// Name under which the four-level head in force stands in [`Scores::heads`].
pub const REPROACH: &str = "reproach";

/// What scores are composed from.
#[derive(Debug, Clone, Copy)]
pub struct ComposeInput<'a> {
    /// Calibrated probabilities of every head.
    pub heads: &'a HeadProbs,
    /// What the rules found.
    pub findings: &'a TextFindings,
    /// Where the message was said.
    pub channel: Channel,
    /// Where it stands in its thread.
    pub thread: &'a ThreadState,
    /// Family of the reproach head, where it is chosen; else the channel decides.
    pub reproach: Option<ReproachFamily>,
    /// Probability from which it is a complaint (the threshold of the `complaint` head).
    pub complaint_threshold: f32,
    /// Which model answered.
    pub answered_by: AnsweredBy,
    /// Numbers of the formulas.
    pub weights: &'a Weights,
}

/// Composes the scores of one message.
///
/// The heads `sentiment`, `complaint`, one of the reproach heads and one of `emotion`, `emotion_tweet`, `anger` are needed; `issue` and
/// `remedy` are used where they are. The reproach head in force is added to the heads as [`REPROACH`]. Confidence is the lower of the probabilities of the
/// complaint decision and of the sentiment.
///
/// # Errors
/// When a head that is needed, or a label of it, is missing.
pub fn compose(input: &ComposeInput<'_>) -> Result<Scores, ScoringError> {
    let ComposeInput { findings, weights, .. } = *input;
    let (sentiment, sentiment_p, sentiment_score) = heads::sentiment(input.heads)?;
    let complaint_score = heads::complaint(input.heads)?;
    let complaint = complaint_score >= input.complaint_threshold;
    let in_force = heads::reproach_in_force(input.heads, input.reproach, input.channel)?;
    let (reproach, levels) = heads::reproach(in_force)?;
    let (emotion, anger) = heads::emotion(input.heads)?;

    let labels = |name: &str| input.heads.get(name).map(Vec::as_slice);
    let issue = issue::choose(&findings.issues, labels("issue"), "other", &weights.issue);
    let remedy = issue::choose(&findings.remedies, labels("remedy"), "none", &weights.remedy);

    let harm_parts = harm::parts(findings, issue.as_deref(), complaint_score, input.thread, &weights.harm);
    let harm = harm::harm(&harm_parts, &weights.harm);
    let severity = severity(harm, expected_reproach(levels, &weights.severity), complaint_score, &weights.severity);
    let substantiation = substantiation::substantiation(findings, weights);
    let judgement = validity::judge(findings, complaint, substantiation, issue.as_deref(), &weights.validity);
    let decided = if complaint { complaint_score } else { 1.0 - complaint_score };
    let evidence = evidence(findings, &harm_parts, &judgement, weights);

    let mut all = input.heads.clone();
    all.insert(REPROACH.to_owned(), in_force.to_vec());
    Ok(Scores {
        heads: all,
        sentiment,
        sentiment_score,
        complaint,
        complaint_score,
        reproach,
        harm,
        harm_parts,
        severity,
        emotion,
        anger,
        substantiation: substantiation.score,
        validity: judgement.label,
        validity_score: judgement.score,
        promise: judgement.promise,
        questions: judgement.questions,
        issue,
        remedy,
        confidence: decided.min(sentiment_p),
        answered_by: input.answered_by,
        evidence,
    })
}

/// What the rules found, as evidence, in the order of the text.
fn evidence(
    findings: &TextFindings,
    harm_parts: &[crate::analysis::HarmPart],
    judgement: &validity::Judgement,
    weights: &Weights,
) -> Vec<Evidence> {
    let mut evidence: Vec<Evidence> = findings
        .marks
        .iter()
        .map(|mark| {
            let (head, effect) = if mark.kind.is_contrary() {
                ("validity", -validity::points(mark.kind, &weights.validity))
            } else if matches!(mark.kind, MarkKind::RemedyAsked | MarkKind::StaysHere) {
                ("remedy", 0.0)
            } else {
                ("substantiation", substantiation::weight(mark.kind, weights))
            };
            Evidence { head: head.to_owned(), span: mark.span, effect, shows: mark.kind.shows().to_owned() }
        })
        .collect();
    evidence.extend(harm_parts.iter().filter_map(|part| {
        Some(Evidence { head: "harm".to_owned(), span: part.span?, effect: part.points, shows: part.dimension.clone() })
    }));
    evidence.extend(findings.triggers.iter().map(|hit| Evidence {
        head: "trigger".to_owned(),
        span: hit.span,
        effect: 0.0,
        shows: hit.trigger.name().to_owned(),
    }));
    if let Some(promise) = &judgement.promise
        && let Some(span) = promise.span
    {
        let broken = promise.broken && judgement.label != Validity::LikelyUnfounded;
        evidence.push(Evidence {
            head: "validity".to_owned(),
            span,
            effect: if promise.broken { weights.validity.promise * promise.score } else { 0.0 },
            shows: format!("promise {}{}", promise.id, if broken { ", broken" } else { "" }),
        });
    }
    evidence.sort_by(|a, b| a.span.cmp(&b.span).then_with(|| a.head.cmp(&b.head)).then_with(|| a.shows.cmp(&b.shows)));
    evidence
}

#[cfg(test)]
mod tests {
    use super::super::findings::analyse_text;
    use super::super::heads::tests::heads;
    use super::*;
    use crate::analysis::Reproach;

    fn scores(text: &str, heads: &HeadProbs) -> Result<Scores, ScoringError> {
        compose(&ComposeInput {
            heads,
            findings: &analyse_text(text),
            channel: Channel::Email,
            thread: &ThreadState::alone("t"),
            reproach: None,
            complaint_threshold: 0.5,
            answered_by: AnsweredBy::Encoder,
            weights: Weights::embedded(),
        })
    }

    #[test]
    fn a_calm_message_about_a_great_harm_outranks_an_angry_one_about_a_small_harm() {
        let calm = scores(
            "The heater caught fire and my daughter was burned on her arm.",
            &heads(0.85, Reproach::NoExplicitReproach),
        )
        .unwrap();
        let angry =
            scores("Your stupid app is slow, you lazy useless people!!!", &heads(0.97, Reproach::Blame)).unwrap();
        assert!(calm.severity > angry.severity + 10.0, "{} {}", calm.severity, angry.severity);
        assert!(calm.harm > angry.harm);
    }

    #[test]
    fn praise_has_hardly_any_severity() {
        let praise = scores(
            "Great service, no problems at all, it came a day early!",
            &heads(0.03, Reproach::NoExplicitReproach),
        )
        .unwrap();
        assert!(praise.severity < 3.0 && praise.harm < 5.0 && !praise.complaint, "{praise:?}");
    }

    #[test]
    fn the_reproach_head_in_force_and_the_evidence_are_part_of_the_scores() {
        let text = "Order 88213 was placed Monday and nobody answers my emails. I changed my mind.";
        let scores = scores(text, &heads(0.9, Reproach::Accusation)).unwrap();
        assert_eq!(scores.heads[REPROACH], scores.heads["reproach_tweet"]);
        assert_eq!(scores.reproach, Reproach::Accusation);
        assert!((scores.confidence - 0.81).abs() < 1e-5);
        let shown = |what: &str| scores.evidence.iter().find(|e| e.shows == what).map(|e| (e.span.of(text), e.effect));
        assert_eq!(shown("order or reference number").unwrap().0, "88213");
        assert!(shown("change of mind").unwrap().1 < 0.0);
    }

    #[test]
    fn each_head_that_is_needed_is_named_when_it_is_missing() {
        for (name, gone) in [
            ("sentiment", vec!["sentiment"]),
            ("complaint", vec!["complaint"]),
            ("reproach_tweet", vec!["reproach_tweet", "reproach_review"]),
            ("emotion", vec!["emotion", "anger"]),
        ] {
            let mut heads = heads(0.5, Reproach::Blame);
            for head in gone {
                heads.remove(head);
            }
            assert!(
                matches!(scores("x", &heads), Err(ScoringError::MissingHead { name: missing }) if missing == name),
                "{name}"
            );
        }
    }

    #[test]
    fn issue_and_remedy_heads_are_used_where_phrases_say_nothing() {
        let mut heads = heads(0.9, Reproach::Blame);
        heads.insert("issue".to_owned(), vec![("policy".to_owned(), 0.9)]);
        heads.insert("remedy".to_owned(), vec![("apology".to_owned(), 0.9)]);
        let scores = scores("Hm.", &heads).unwrap();
        assert_eq!((scores.issue.as_deref(), scores.remedy.as_deref()), (Some("policy"), Some("apology")));
    }
}
