//! Decisions over the whole space of states that rules can tell apart, under each of the three playbooks.

use super::*;
use crate::decision::{BlockName, Offline};
use crate::playbook::{REGULATED, SERVICE, decide_with, trace};
use crate::recorded::{Conversation, OfferAnswer, Recorded, RecordedOffer};

/// Where a message can stand: turns, contacts, public replies of ours.
const PLACES: [(u32, u32, u32); 4] = [(1, 1, 0), (4, 3, 0), (3, 1, 1), (5, 1, 2)];

fn records() -> [Recorded; 3] {
    let refused = RecordedOffer { id: "courier".to_owned(), answer: Some(OfferAnswer::Refused) };
    [
        Recorded::default(),
        Recorded { attempts: 3, offers: vec![refused], unreasonable: true, ..Recorded::default() },
        Recorded { attempts: 1, conversation: Conversation::Held, ..Recorded::default() },
    ]
}

/// Runs `look` on every state and returns how many there are.
fn for_every_state(playbook: &Playbook, mut look: impl FnMut(&DecideInput<'_>, &Recorded, &Decision)) -> usize {
    let messages = [Channel::Email, Channel::X, Channel::Yelp, Channel::EmployerReview]
        .map(|channel| message(channel, "It is late, and nobody says why."));
    let mut states = 0;
    for complaint in [true, false] {
        for &sentiment in Sentiment::ALL {
            for &validity in Validity::ALL {
                for (harm, severity) in [(5.0, 10.0), (45.0, 45.0), (90.0, 90.0)] {
                    for triggers in [&[][..], &[Trigger::Legal][..]] {
                        let mut found = scores(Issue::Billing);
                        (found.complaint, found.sentiment, found.validity) = (complaint, sentiment, validity);
                        (found.harm, found.severity) = (harm, severity);
                        let analysis = analysis(found, triggers);
                        for message in &messages {
                            for (turns, contacts, company_turns) in PLACES {
                                let thread = ThreadState {
                                    turns,
                                    contacts,
                                    company_turns,
                                    company_spoke_before: company_turns > 0,
                                    ..ThreadState::alone("t1")
                                };
                                for verdict in [None, Some(Verdict::Valid), Some(Verdict::Unfounded)] {
                                    for recorded in &records() {
                                        let input =
                                            DecideInput { message, thread: &thread, analysis: &analysis, verdict };
                                        look(&input, recorded, &decide_with(playbook, &input, recorded));
                                        states += 1;
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    states
}

#[test]
fn decisions_are_total_deterministic_and_keep_what_is_promised() {
    for text in [STARTER, SERVICE, REGULATED] {
        let playbook = Playbook::parse("p.toml", text).unwrap();
        let states = for_every_state(&playbook, |input, recorded, decision| {
            let blocks = &decision.blocks;
            let complaint = input.analysis.scores().is_some_and(|scores| scores.complaint) || input.verdict.is_some();
            assert!(!decision.dispositions.is_empty() && decision.owner.is_some());
            assert!(blocks.why.iter().all(|why| !why.rule.is_empty() && !why.reason.is_empty()));
            assert!(!decision.dispositions.iter().any(|what| what.name().starts_with("stop")));
            if !decision.triggers.is_empty() {
                assert_eq!((blocks.options.len(), blocks.apology), (0, Apology::Empathy));
                assert_eq!(blocks.closing, Closing::WhoAnswersWhen);
                assert_eq!(decision.candidates, []);
            }
            if input.verdict == Some(Verdict::Unfounded) {
                assert_ne!(blocks.apology, Apology::Responsibility);
            }
            if complaint {
                assert!(matches!(blocks.acknowledge, Acknowledge::Issue | Acknowledge::NotListenedTo));
                assert_ne!(blocks.apology, Apology::None);
            }
            if decision.offline == Offline::Move {
                assert!(input.thread.company_spoke_before || recorded.acknowledged(), "moved before acknowledged");
            }
            for candidate in &decision.candidates {
                assert!(recorded.attempts >= 2 && !recorded.offers.is_empty() && !candidate.decided_by.is_empty());
            }
            assert_eq!(
                decision.escalation.iter().filter(|step| Some(&step.contact) == decision.owner.as_ref()).count(),
                0
            );
        });
        assert_eq!(states, 2 * 3 * 3 * 3 * 2 * 4 * 4 * 3 * 3);
    }
}

#[test]
fn the_path_agrees_with_the_decision() {
    for text in [STARTER, SERVICE, REGULATED] {
        let playbook = Playbook::parse("p.toml", text).unwrap();
        let mut seen = 0;
        for_every_state(&playbook, |input, recorded, decision| {
            seen += 1;
            if seen % 23 != 0 {
                return;
            }
            let path = trace(&playbook, input, recorded);
            assert_eq!(path.len(), playbook.policy().rules.len());
            for rule in &path {
                assert_eq!(rule.fits, rule.conditions.iter().all(|asked| asked.holds), "{}", rule.id);
                let decides = BlockName::ALL.iter().zip(&decision.blocks.why).filter(|(_, why)| why.rule == rule.id);
                assert_eq!(rule.decides, decides.map(|(&block, _)| block).collect::<Vec<_>>(), "{}", rule.id);
            }
        });
    }
}

#[test]
fn offers_do_not_follow_tone() {
    for text in [STARTER, SERVICE, REGULATED] {
        let playbook = Playbook::parse("p.toml", text).unwrap();
        for_every_state(&playbook, |input, recorded, decision| {
            let Some(scores) =
                input.analysis.scores().filter(|scores| scores.complaint && scores.sentiment == Sentiment::Negative)
            else {
                return;
            };
            let mut calm = scores.clone();
            (calm.severity, calm.anger, calm.sentiment) = (0.0, 0.0, Sentiment::Positive);
            let triggers: Vec<Trigger> = decision.triggers.clone();
            let calm = analysis(calm, &triggers);
            let other = decide_with(&playbook, &DecideInput { analysis: &calm, ..*input }, recorded);
            assert_eq!(other.blocks.options, decision.blocks.options);
        });
    }
}

#[test]
fn offers_grow_with_validity_and_never_shrink_with_harm_of_a_valid_complaint() {
    let playbook = Playbook::parse("p.toml", STARTER).unwrap();
    let email = message(Channel::Email, "words");
    let thread = ThreadState::alone("t1");
    for &issue in Issue::ALL {
        let count = |validity: Validity, harm: f32| {
            let mut found = scores(issue);
            (found.validity, found.harm) = (validity, harm);
            let analysis = analysis(found, &[]);
            let input = DecideInput { message: &email, thread: &thread, analysis: &analysis, verdict: None };
            decide(&playbook, &input).blocks.options.len()
        };
        for harm in [10.0, 40.0, 80.0] {
            assert!(count(Validity::LikelyUnfounded, harm) <= count(Validity::LikelyValid, harm), "{issue} {harm}");
        }
        assert!(count(Validity::LikelyValid, 80.0) >= count(Validity::LikelyValid, 50.0), "{issue}");
    }
}
