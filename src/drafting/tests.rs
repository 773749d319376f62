use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::{DateTime, date};
use proptest::prelude::*;

use super::{Choice, DraftError, DraftInput, Templates, Unit, Variety, draft, marker};
use crate::analysis::{Analysis, Emotion, PromiseMatch, Sentiment, Trigger, Unscored, Validity};
use crate::decision::{Acknowledge, Decision};
use crate::draft::{Draft, SlotKind, Verdict};
use crate::message::{Channel, Message, Visibility};
use crate::playbook::testing::{Situation, analysis, any_situation, message, scores, unscored};
use crate::playbook::{DecideInput, Issue, Playbook, decide};
use crate::thread::ThreadState;

static TEMPLATES: LazyLock<Templates> = LazyLock::new(|| Templates::embedded().unwrap());
static STARTER: LazyLock<Playbook> = LazyLock::new(|| Playbook::embedded().unwrap());

/// Monday, a quarter past nine.
fn now() -> DateTime {
    date(2026, 11, 23).at(9, 15, 0, 0)
}

fn decided(situation: &Situation) -> Decision {
    decide(
        &STARTER,
        &DecideInput {
            message: &situation.message,
            thread: &situation.thread,
            analysis: &situation.analysis,
            verdict: situation.verdict,
        },
    )
}

/// The first phrasing everywhere, so that snapshots do not turn on ids.
fn first() -> Choice {
    Choice { variety: Some(Variety::nth(0)), ..Choice::default() }
}

fn drafted_with(situation: &Situation, set: &BTreeMap<String, String>) -> Result<Draft, DraftError> {
    chosen(situation, set, &first())
}

fn chosen(situation: &Situation, set: &BTreeMap<String, String>, choice: &Choice) -> Result<Draft, DraftError> {
    draft(
        &TEMPLATES,
        &STARTER,
        &DraftInput {
            message: &situation.message,
            thread: &situation.thread,
            analysis: &situation.analysis,
            decision: &decided(situation),
            verdict: situation.verdict,
            set,
            choice,
            now: now(),
        },
    )
}

fn drafted(situation: &Situation) -> Draft {
    drafted_with(situation, &BTreeMap::new()).unwrap_or_else(|error| panic!("{error}: {situation:?}"))
}

fn situation(message: Message, analysis: Analysis) -> Situation {
    Situation { message, analysis, thread: ThreadState::alone("t1"), verdict: None }
}

/// What no draft may ever say.
const FORBIDDEN: &[&str] = &[
    "sorry you feel",
    "sorry if",
    "we received your message",
    "what would you like us to do",
    " mug",
    "unfortunately",
    "valued customer",
    "inconvenience",
    "we will refund",
    "contact customer service",
    "{{",
    "}}",
];

fn limit_holds(draft: &Draft, message: &Message) -> bool {
    let confirmed = marker::settle(&draft.text, Some(Verdict::Valid), &BTreeMap::new());
    TEMPLATES
        .channels()
        .get(message.channel)
        .and_then(|profile| profile.limit(message.channel, message.visibility))
        .is_none_or(|limit| limit.unit.length(confirmed.trim_end()) <= limit.most)
}

fn sound(draft: &Draft, situation: &Situation) {
    let text = draft.text.to_lowercase();
    for phrase in FORBIDDEN {
        assert!(!text.contains(phrase), "{phrase:?} in {}", draft.text);
    }
    assert!(limit_holds(draft, &situation.message), "{}", draft.text);
    assert_eq!(draft.blocks.len(), 4);
    for block in &draft.blocks {
        assert_eq!(block.on, !block.text.is_empty(), "{block:?}");
        assert!(draft.text.contains(&block.text), "{block:?} is not in {}", draft.text);
        assert!(!block.reason.is_empty(), "{block:?}");
    }
    assert!(draft.text.is_empty() || draft.text.ends_with('\n'));
    assert!(!draft.text.contains("\n\n\n") && !draft.text.contains("  "), "{}", draft.text);
    let doubled = [".. ", " .", " ,", "..", ",,", ": .", "( ", " )"];
    assert!(!doubled.iter().any(|odd| draft.text.contains(odd)), "{}", draft.text);
    let public = situation.message.visibility == Visibility::Public;
    if public {
        assert!(!draft.text.contains("Marsh"), "{}", draft.text);
        assert!(!draft.blocks[2].on, "{}", draft.text);
    }
}

#[test]
fn every_combination_renders_within_its_limit() {
    let mut count = 0;
    let triggers = [&[][..], &[Trigger::Legal][..], &[Trigger::Injury, Trigger::Minor][..], &[Trigger::SelfHarm][..]];
    let moods = [
        (true, Sentiment::Negative, Emotion::Surprise),
        (false, Sentiment::Negative, Emotion::Sadness),
        (false, Sentiment::Neutral, Emotion::Other),
        (false, Sentiment::Positive, Emotion::Joy),
    ];
    for &channel in Channel::ALL {
        for &issue in Issue::ALL {
            for &validity in Validity::ALL {
                for (complaint, sentiment, emotion) in moods {
                    for raised in triggers {
                        for (contacts, severity) in [(1, 20.0), (4, 70.0)] {
                            let mut found = scores(issue);
                            (found.validity, found.complaint, found.sentiment) = (validity, complaint, sentiment);
                            (found.emotion, found.severity, found.harm) = (emotion, severity, severity);
                            let mut situation =
                                situation(message(channel, "Why is it still broken?"), analysis(found, raised));
                            situation.thread.contacts = contacts;
                            sound(&drafted(&situation), &situation);
                            count += 1;
                        }
                    }
                }
            }
        }
    }
    assert_eq!(count, Channel::ALL.len() * Issue::ALL.len() * 3 * 4 * 4 * 2);
}

#[test]
fn every_promise_and_case_fits_the_tightest_channels() {
    for promise in &STARTER.policy().promises {
        for channel in [Channel::X, Channel::GooglePlay, Channel::Sms] {
            for text in ["", "stopped working, arrived broken, no reply, late"] {
                let mut found = scores(promise.issue);
                found.validity = Validity::LikelyValid;
                found.harm = 80.0;
                found.promise =
                    Some(PromiseMatch { id: promise.id.get_ref().clone(), score: 0.9, broken: true, span: None });
                let mut situation = situation(message(channel, text), analysis(found, &[]));
                situation.thread.contacts = 5;
                let draft = drafted(&situation);
                sound(&draft, &situation);
                assert!(draft.text.contains(&promise.failing), "{}", draft.text);
            }
        }
    }
}

fn late_order(channel: Channel) -> Situation {
    let mut late = scores(Issue::Delivery);
    late.validity = Validity::LikelyValid;
    late.promise = Some(PromiseMatch { id: "delivery.next-day".to_owned(), score: 0.91, broken: true, span: None });
    situation(message(channel, "Promised next day, still waiting."), analysis(late, &[]))
}

#[test]
fn email_valid_and_unanswered() {
    let mut situation = late_order(Channel::Email);
    situation.thread.contacts = 3;
    let draft = drafted(&situation);
    insta::assert_snapshot!(draft.text);
    assert_eq!(draft.slots.len(), 1);
    assert_eq!(draft.slots[0].kind, SlotKind::Confirm);
    assert!(draft.notes.iter().any(|note| note.contains("Sam Okafor approves it first")), "{:?}", draft.notes);
    assert!(draft.notes.iter().any(|note| note.contains("starter")), "{:?}", draft.notes);
}

#[test]
fn email_valid_by_verdict() {
    let mut situation = late_order(Channel::Email);
    situation.verdict = Some(Verdict::Valid);
    let draft = drafted(&situation);
    insta::assert_snapshot!(draft.text);
    assert_eq!(draft.slots, []);
    assert_eq!(draft.verdict, Some(Verdict::Valid));
}

#[test]
fn email_unclear_asks_its_questions() {
    let mut unclear = scores(Issue::Billing);
    unclear.emotion = Emotion::Fear;
    unclear.questions = vec![
        "On which day was it charged?".to_owned(),
        "an unfinished thought".to_owned(),
        "Which amount did you expect?".to_owned(),
    ];
    let situation = situation(message(Channel::Email, "I was charged twice."), analysis(unclear, &[]));
    insta::assert_snapshot!(drafted(&situation).text);
}

#[test]
fn email_unfounded() {
    let mut situation = late_order(Channel::Email);
    situation.verdict = Some(Verdict::Unfounded);
    let draft = drafted(&situation);
    insta::assert_snapshot!(draft.text);
    assert!(!draft.text.contains("promise"), "{}", draft.text);
}

#[test]
fn x_valid_and_unanswered() {
    let mut situation = late_order(Channel::X);
    situation.thread.contacts = 3;
    let draft = drafted(&situation);
    insta::assert_snapshot!(draft.text);
    assert!(draft.notes.iter().any(|note| note.contains("without a greeting")), "{:?}", draft.notes);
}

#[test]
fn google_review_serious() {
    let mut bad = scores(Issue::Staff);
    (bad.severity, bad.emotion) = (80.0, Emotion::Disgust);
    let situation =
        situation(message(Channel::GoogleBusiness, "The man at the counter laughed at my mother."), analysis(bad, &[]));
    insta::assert_snapshot!(drafted(&situation).text);
}

#[test]
fn google_play_crash() {
    let situation =
        situation(message(Channel::GooglePlay, "The app crashes on start."), analysis(scores(Issue::WebsiteApp), &[]));
    insta::assert_snapshot!(drafted(&situation).text);
}

#[test]
fn tripadvisor_names_nobody_and_gives_no_address() {
    let draft = drafted(&late_order(Channel::Tripadvisor));
    insta::assert_snapshot!(draft.text);
    for name in ["Lee", "Nora", "@"] {
        assert!(!draft.text.contains(name), "{}", draft.text);
    }
}

#[test]
fn chargeback_on_x_and_self_harm_by_email() {
    let mut late = late_order(Channel::X);
    late.analysis = analysis(scores(Issue::Billing), &[Trigger::Chargeback]);
    insta::assert_snapshot!("chargeback_on_x", drafted(&late).text);
    let mut worry = late_order(Channel::Email);
    worry.analysis = analysis(scores(Issue::Billing), &[Trigger::SelfHarm]);
    insta::assert_snapshot!("self_harm_by_email", drafted(&worry).text);
}

#[test]
fn employer_review_and_praise_and_chat() {
    let employer = situation(message(Channel::EmployerReview, "Nobody listens."), analysis(scores(Issue::Staff), &[]));
    insta::assert_snapshot!("employer_review", drafted(&employer).text);
    let mut kind = scores(Issue::Delivery);
    (kind.complaint, kind.sentiment) = (false, Sentiment::Positive);
    let praise = situation(message(Channel::Trustpilot, "So quick!"), analysis(kind, &[]));
    insta::assert_snapshot!("praise_on_trustpilot", drafted(&praise).text);
    insta::assert_snapshot!("chat_valid", drafted(&late_order(Channel::Chat)).text);
}

#[test]
fn values_fill_slots_and_nothing_else() {
    let mut calm = scores(Issue::Returns);
    (calm.complaint, calm.sentiment) = (false, Sentiment::Neutral);
    let situation = situation(message(Channel::Email, "Can I return it?"), analysis(calm, &[]));
    let asked = drafted(&situation);
    let names: Vec<_> = asked.slots.iter().map(|slot| slot.name.as_str()).collect();
    assert_eq!(names, ["answer"]);
    let set = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
    let filled = drafted_with(&situation, &set("answer", "Yes, within 30 days.")).unwrap();
    assert!(filled.text.contains("your return. Yes, within 30 days."), "{}", filled.text);
    assert_eq!(filled.slots, []);
    let faked = drafted_with(&situation, &set("answer", "[[FILL: x]] {{company}}")).unwrap();
    assert_eq!(faked.slots, []);
    let unknown = drafted_with(&situation, &set("anwser", "Yes")).unwrap_err();
    assert_eq!(unknown.to_string(), "this draft has no slot \"anwser\"");
    assert_eq!(unknown.hint().as_deref(), Some("its slots: answer"));
}

#[test]
fn an_admission_is_not_filled_in() {
    let situation = late_order(Channel::Email);
    let slot = drafted(&situation).slots[0].name.clone();
    let set = BTreeMap::from([(slot, "we were a little late".to_owned())]);
    let error = drafted_with(&situation, &set).unwrap_err();
    assert!(matches!(error, DraftError::NotAFill { .. }), "{error}");
    assert!(error.hint().unwrap().contains("--verdict valid"));
}

#[test]
fn a_decision_and_a_verdict_must_agree() {
    let situation = late_order(Channel::Email);
    let error = draft(
        &TEMPLATES,
        &STARTER,
        &DraftInput {
            message: &situation.message,
            thread: &situation.thread,
            analysis: &situation.analysis,
            decision: &decided(&situation),
            verdict: Some(Verdict::Unfounded),
            set: &BTreeMap::new(),
            choice: &first(),
            now: now(),
        },
    )
    .unwrap_err();
    assert_eq!(error, DraftError::VerdictMismatch);
    assert!(error.hint().is_some());
}

#[test]
fn silence_says_why() {
    let german = situation(message(Channel::Email, "Wo bleibt es?"), unscored(Unscored::NotEnglish, Some("deu"), &[]));
    let draft = drafted(&german);
    assert_eq!(draft.text, "");
    assert!(draft.blocks.iter().all(|block| !block.on));
    assert!(draft.notes.iter().any(|note| note.contains("reads German")), "{:?}", draft.notes);
    let set = BTreeMap::from([("answer".to_owned(), "x".to_owned())]);
    let error = drafted_with(&german, &set).unwrap_err();
    assert_eq!(error.hint().as_deref(), Some("this draft has nothing to fill in"));
}

#[test]
fn what_does_not_fit_is_an_error_and_never_cut() {
    let long = format!("email = \"{}@harbour.example\"", "customer-care-".repeat(20));
    let text = crate::playbook::STARTER.replace("email = \"care@harbourpine.example\"", &long);
    let playbook = Playbook::parse("long.toml", &text).unwrap();
    let situation = late_order(Channel::X);
    let error = draft(
        &TEMPLATES,
        &playbook,
        &DraftInput {
            message: &situation.message,
            thread: &situation.thread,
            analysis: &situation.analysis,
            decision: &decided(&situation),
            verdict: None,
            set: &BTreeMap::new(),
            choice: &first(),
            now: now(),
        },
    )
    .unwrap_err();
    let DraftError::DoesNotFit { limit, unit, shortest, .. } = error else {
        panic!("{error}");
    };
    assert_eq!((limit, unit), (280, Unit::XWeighted));
    assert!(shortest > 280);
    assert!(error.hint().is_some());
}

#[test]
fn a_promise_about_something_else_stays_out() {
    let mut situation = late_order(Channel::Email);
    let mut billing = scores(Issue::Billing);
    billing.validity = Validity::LikelyValid;
    billing.promise = situation.analysis.scores().and_then(|scores| scores.promise.clone());
    situation.analysis = analysis(billing, &[]);
    let text = drafted(&situation).text;
    assert!(!text.contains("on the day we promised") && !text.contains("15:00"), "{text}");
}

#[test]
fn the_last_public_reply_is_capped() {
    let mut situation = late_order(Channel::Forum);
    situation.thread.company_turns = 2;
    let draft = drafted(&situation);
    assert!(draft.text.contains("rather than in another round here"), "{}", draft.text);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_decision_can_be_drafted(
        situation in any_situation(),
        minutes in 0_i64..600_000,
    ) {
        let decision = decided(&situation);
        let input = DraftInput {
            message: &situation.message,
            thread: &situation.thread,
            analysis: &situation.analysis,
            decision: &decision,
            verdict: situation.verdict,
            set: &BTreeMap::new(),
            choice: &first(),
            now: now().checked_add(jiff::Span::new().minutes(minutes)).unwrap(),
        };
        let draft = draft(&TEMPLATES, &STARTER, &input).unwrap();
        prop_assert_eq!(draft.text.is_empty(), decision.blocks.acknowledge == Acknowledge::Off);
        prop_assert!(!draft.text.contains("{{"));
        prop_assert!(limit_holds(&draft, &situation.message), "{}", draft.text);
        for (block, on) in draft.blocks.iter().zip([
            decision.blocks.acknowledge != Acknowledge::Off,
            true,
            true,
            decision.blocks.acknowledge != Acknowledge::Off,
        ]) {
            prop_assert!(!block.on || on);
            prop_assert_eq!(block.on, !block.text.is_empty());
        }
        prop_assert!(draft.slots.iter().filter(|slot| slot.kind == SlotKind::Confirm).count() <= 1);
        if situation.verdict == Some(Verdict::Valid) {
            prop_assert!(draft.slots.iter().all(|slot| slot.kind == SlotKind::Fill));
        }
    }

    #[test]
    fn a_customer_cannot_write_into_the_draft(
        text in "([\\[\\]{} #/>!]|FILL: x|CONFIRM: y|company|if|\\PC){0,60}",
        author in "([\\[\\]{} ]|FILL: x|Lee|\\PC){0,20}",
        question in "([\\[\\]{} ]|FILL: x|\\PC){0,20}",
        value in "([\\[\\]{} ]|FILL: x|CONFIRM: y|\\PC){0,20}",
        complaint in any::<bool>(),
    ) {
        let mut found = scores(Issue::Quality);
        found.complaint = complaint;
        found.sentiment = Sentiment::Neutral;
        found.questions = vec![format!("{question}?")];
        let mut situation = situation(message(Channel::Email, &format!("{text}?")), analysis(found, &[]));
        situation.message.author = Some(author);
        let set = if complaint {
            BTreeMap::new()
        } else {
            BTreeMap::from([("answer".to_owned(), value)])
        };
        let draft = drafted_with(&situation, &set).unwrap();
        prop_assert!(!draft.text.contains("{{") && !draft.text.contains("}}"), "{}", draft.text);
        prop_assert_eq!(&draft.slots, &[], "{}", draft.text);
    }
}
