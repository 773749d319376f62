mod enumeration;
mod requirements;

use std::sync::LazyLock;

use proptest::prelude::*;

use super::testing::{Situation, analysis, any_situation, message, scores, unscored};
use super::{DecideInput, Issue, Level, Playbook, STARTER, check, decide};
use crate::analysis::{Analysis, Emotion, Sentiment, Trigger, Unscored, Validity};
use crate::decision::{Acknowledge, Apology, Closing, Decision, Disposition};
use crate::draft::Verdict;
use crate::message::{Channel, Message};
use crate::thread::ThreadState;

fn starter() -> Playbook {
    match Playbook::embedded() {
        Ok(playbook) => playbook,
        Err(errors) => panic!("{}", errors.render(false)),
    }
}

fn ask(message: &Message, analysis: &Analysis, verdict: Option<Verdict>) -> Decision {
    let thread = ThreadState::alone("t1");
    decide(&starter(), &DecideInput { message, thread: &thread, analysis, verdict })
}

/// Replaces text in the starter; fails when it is not there, so that no test passes by accident.
fn changed(from: &str, to: &str) -> String {
    assert!(STARTER.contains(from), "the starter has no {from:?}");
    STARTER.replacen(from, to, 1)
}

/// The message, line and hint of the first error of a changed starter.
fn refused(from: &str, to: &str) -> (String, String, String) {
    let text = changed(from, to);
    let errors = Playbook::parse("shop.toml", &text).unwrap_err();
    let first = errors.findings.iter().find(|finding| finding.level == Level::Error).unwrap();
    let line = text.lines().nth(first.line - 1).unwrap_or_default();
    (first.message.clone(), line.to_owned(), first.hint.clone().unwrap_or_default())
}

#[test]
fn starter_works_at_once() {
    let playbook = starter();
    assert_eq!(check(&playbook), []);
    assert!(playbook.is_starter());
    assert_eq!(playbook.digest().len(), 12);
    assert_eq!(playbook.policy().issues.len(), Issue::ALL.len());
    let last_line_less = STARTER.trim_end();
    let edited = Playbook::parse("mine.toml", last_line_less).unwrap();
    assert_ne!(edited.digest(), playbook.digest());
    assert!(!edited.is_starter());
}

#[test]
fn unknown_key_is_shown_with_line_caret_and_near_miss() {
    let text = changed("sign_off =", "sing_off =");
    let errors = Playbook::parse("shop.toml", &text).unwrap_err();
    insta::assert_snapshot!(errors.render(false), @"
    error: unknown field `sing_off`, expected one of `company`, `signer`, `public_signer`, `greeting`, `sign_off`, `email`, `words_to_use`, `words_to_avoid`, `published`
      --> shop.toml:17:1
       |
    17 | sing_off = \"Kind regards\"
       | ^^^^^^^^
       |
       = help: did you mean `sign_off`?
    ");
    assert!(
        errors
            .to_string()
            .starts_with("playbook shop.toml cannot be used: line 17, column 1: unknown field `sing_off`"),
        "{errors}"
    );
    assert_eq!(errors.hint().as_deref(), Some("did you mean `sign_off`?"));
}

#[test]
fn unknown_names_are_refused_where_they_stand() {
    let (message, line, hint) = refused("[issues.delivery]", "[issues.delivry]");
    assert!(message.contains("unknown variant `delivry`"), "{message}");
    assert_eq!(line, "[issues.delivry]");
    assert_eq!(hint, "did you mean `delivery`?");
    let (message, line, _) = refused("injury = {", "injuries = {");
    assert!(message.contains("injuries"), "{message}");
    assert!(line.starts_with("injuries"), "{line}");
    let (message, line, hint) = refused("[channels.employer_review]", "[channels.employe_review]");
    assert!(message.contains("employe_review"), "{message}");
    assert_eq!(line, "[channels.employe_review]");
    assert_eq!(hint, "did you mean `employer_review`?");
    let (message, line, _) = refused("name = \"starter\"", "name = starter");
    assert!(!message.is_empty());
    assert_eq!(line, "name = starter");
}

#[test]
fn missing_contact_or_path_is_an_error() {
    let (message, line, hint) = refused("[issues.delivery]\ncontact = \"nora\"", "[issues.delivery]");
    assert!(message.contains("missing field `contact`"), "{message}");
    assert_eq!(line, "[issues.delivery]");
    assert!(hint.contains("contact ="), "{hint}");
    let (message, line, hint) = refused(
        "escalation = [\n  { contact = \"ruth\", when = \"when money has to go back, or after 24 hours\", after_hours = 24 },\n]",
        "escalation = []",
    );
    assert_eq!(message, "issue type billing has no escalation path");
    assert_eq!(line, "[issues.billing]");
    assert!(hint.contains("escalation ="), "{hint}");
}

#[test]
fn people_that_do_not_exist_are_found() {
    let (message, line, hint) = refused("deputy = \"ben\"", "deputy = \"bem\"");
    assert_eq!(message, "there is no contact `bem`");
    assert_eq!(line, "deputy = \"bem\"");
    assert_eq!(hint, "did you mean `ben`?");
    let (message, ..) = refused("deputy = \"ben\"", "deputy = \"nora\"");
    assert_eq!(message, "nora is their own deputy");
    let (message, ..) = refused("press = { contact = \"ruth\"", "press = { contact = \"zoe\"");
    assert_eq!(message, "there is no contact `zoe`");
    let (message, line, _) = refused("press = { contact = \"ruth\", reply_within_hours = 4 }", "");
    assert_eq!(message, "trigger press has no contact");
    assert_eq!(line, "[triggers]");
    let (message, ..) = refused("approver = \"sam\"", "approver = \"sammy1\"");
    assert_eq!(message, "there is no contact `sammy1`");
}

#[test]
fn what_a_customer_would_notice_is_found() {
    for swag in ["a coffee mug with our name", "a branded gift", "a T-shirt", "a goodie bag"] {
        let (message, line, _) = refused("free delivery on your next order", swag);
        assert!(message.contains("is swag"), "{message}");
        assert!(line.contains(swag));
    }
    let (message, line, hint) = refused(
        "reply_within_hours = { low = 48, medium = 24, high = 8 }",
        "reply_within_hours = { low = 48, medium = 72, high = 8 }",
    );
    assert!(message.contains("a higher severity waits longer"), "{message}");
    assert!(line.contains("72"));
    assert!(!hint.is_empty());
    let (message, line, _) = refused("'free returns?'", "'free returns('");
    assert_eq!(message, "promise returns.free: \"free returns(\" is no valid expression");
    assert_eq!(line, "id = \"returns.free\"");
    let (message, ..) = refused("free delivery on your next order", "{{offer}}");
    assert!(message.contains("no template expressions"), "{message}");
}

#[test]
fn promises_of_the_starter_are_found_where_they_are_meant() {
    use crate::scoring::{Promise, PromiseSet, analyse_with_promises};
    let playbook = starter();
    let promises: Vec<Promise> = playbook
        .policy()
        .promises
        .iter()
        .map(|promise| Promise {
            id: promise.id.get_ref().clone(),
            text: promise.text.clone(),
            says: promise.quoted_by.clone(),
            broken: promise.broken_by.clone(),
        })
        .collect();
    let set = PromiseSet::new(&promises).unwrap();
    let broken = |text: &str| {
        analyse_with_promises(text, &set, None)
            .promises
            .first()
            .filter(|promise| promise.broken)
            .map(|promise| promise.id.clone())
    };
    for (text, id) in [
        ("You promised next day delivery. It is Friday and my order is still not here.", "delivery.next-day"),
        ("Where is my parcel?", "delivery.next-day"),
        ("The kettle died and you refused my warranty claim.", "quality.warranty"),
        ("The vase arrived smashed.", "wrong_or_damaged.as-ordered"),
        ("You sent me the wrong size.", "wrong_or_damaged.as-ordered"),
        ("I have not received my refund.", "refund.14-days"),
        ("They charged me twice for one order.", "billing.shown-price"),
        ("Nobody answers my emails.", "service.one-working-day"),
        ("This is false advertising.", "advertising.holds"),
        ("You won't take it back although I kept the receipt.", "returns.free"),
    ] {
        assert_eq!(broken(text).as_deref(), Some(id), "{text}");
    }
    for text in [
        "I ordered a lamp and I do not like the colour.",
        "Lovely service, my order arrived the next day.",
        "The waiter was rude to my mother.",
        "The app crashes when I open it.",
    ] {
        assert_eq!(broken(text), None, "{text}");
    }
}

#[test]
fn rules_that_cannot_stand_are_found() {
    let (message, line, hint) =
        refused("when = { validity = [\"likely_unfounded\"] }", "when = { sentiment = [\"negative\"] }");
    assert_eq!(message, "rule goodwill lets offers depend on tone");
    assert!(line.contains("sentiment"));
    assert!(hint.contains("validity"));
    let (message, ..) = refused("add = [\"escalate\"]", "add = [\"stop_abusive\"]");
    assert!(message.contains("only a person decides"), "{message}");
    let (message, ..) = refused("then = { options = 3 }", "then = { options = 4 }");
    assert!(message.contains("more than 3 options"), "{message}");
    let (message, ..) = refused("then = { options = 3 }", "then = { }");
    assert!(message.contains("sets nothing"), "{message}");
    let (message, ..) = refused("id = \"goodwill\"", "id = \"keep-and-date\"");
    assert!(message.contains("two rules `keep-and-date`"), "{message}");
}

#[test]
fn hours_and_thresholds_are_checked() {
    let (message, ..) = refused("closes = \"17:30\"", "closes = \"08:00\"");
    assert!(message.contains("closes before it opens"), "{message}");
    let (message, ..) = refused("\"16:30\"]", "\"19:30\"]");
    assert!(message.contains("outside the working day"), "{message}");
    let (message, ..) = refused("call_slots = [\"10:00\", \"14:00\", \"16:30\"]", "call_slots = []");
    assert!(message.contains("fewer than two"), "{message}");
    let (message, ..) = refused("days = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]", "days = []");
    assert!(message.contains("no working day"), "{message}");
    let (message, ..) = refused("severity_high = 60", "severity_high = 20");
    assert!(message.contains("below severity_medium"), "{message}");
    let (message, ..) = refused("schema = 1", "schema = 9");
    assert!(message.contains("schema 1, not 9"), "{message}");
}

#[test]
fn an_issue_without_offers_is_a_warning() {
    let text = STARTER.replace(", \"advertising\"", "");
    let playbook = Playbook::parse("shop.toml", &text).unwrap();
    let findings = check(&playbook);
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].level, Level::Warning);
    assert_eq!(findings[0].message, "nothing may be offered for issue type advertising");
    let mut no_offer = scores(Issue::Advertising);
    no_offer.validity = Validity::LikelyValid;
    let email = message(Channel::Email, "The ad said otherwise.");
    let thread = ThreadState::alone("t1");
    let decision = decide(
        &playbook,
        &DecideInput { message: &email, thread: &thread, analysis: &analysis(no_offer, &[]), verdict: None },
    );
    assert_eq!(decision.blocks.options, []);
    assert!(decision.blocks.why[2].reason.contains("no offer"));
}

#[test]
fn a_valid_complaint_by_email_gets_all_four_blocks() {
    let email = message(Channel::Email, "You promised next day delivery.");
    let mut valid = scores(Issue::Delivery);
    valid.validity = Validity::LikelyValid;
    let decision = ask(&email, &analysis(valid, &[]), None);
    assert_eq!(decision.blocks.acknowledge, Acknowledge::Issue);
    assert_eq!(decision.blocks.apology, Apology::Responsibility);
    let offers: Vec<_> = decision.blocks.options.iter().map(|offer| offer.id.as_str()).collect();
    assert_eq!(offers, ["courier", "refund-full"]);
    assert_eq!(decision.blocks.closing, Closing::OwnerAndDate);
    assert_eq!(
        decision.blocks.why.clone().map(|why| why.rule),
        ["always-acknowledge", "own-what-is-valid", "offer-when-valid", "keep-and-date"]
    );
    let owner = decision.owner.unwrap();
    assert_eq!((owner.name.as_str(), owner.deputy.as_deref()), ("Nora Lind", Some("Ben Castle")));
    assert_eq!(decision.escalation[0].contact.name, "Sam Okafor");
    assert_eq!(
        decision.dispositions,
        [Disposition::Acknowledge, Disposition::Apologize, Disposition::Offer, Disposition::FollowUp]
    );
}

#[test]
fn verdicts_win_over_scores() {
    let email = message(Channel::Email, "My order is late.");
    let unclear = analysis(scores(Issue::Delivery), &[]);
    let by_score = ask(&email, &unclear, None);
    assert_eq!(by_score.blocks.apology, Apology::Empathy);
    let valid = ask(&email, &unclear, Some(Verdict::Valid));
    assert_eq!(valid.blocks.apology, Apology::Responsibility);
    let mut sure = scores(Issue::Delivery);
    sure.validity = Validity::LikelyValid;
    let unfounded = ask(&email, &analysis(sure, &[]), Some(Verdict::Unfounded));
    assert_eq!(unfounded.blocks.apology, Apology::Empathy);
    assert_eq!(unfounded.blocks.options.len(), 1);
    assert_eq!(unfounded.blocks.why[2].rule, "goodwill");
}

#[test]
fn shouting_is_not_paid() {
    let email = message(Channel::Email, "My order is late.");
    let mut calm = scores(Issue::Delivery);
    calm.validity = Validity::LikelyValid;
    let mut loud = calm.clone();
    (loud.severity, loud.anger, loud.emotion) = (99.0, 1.0, Emotion::Anger);
    (calm.severity, calm.anger, calm.emotion) = (5.0, 0.0, Emotion::Other);
    assert_eq!(
        ask(&email, &analysis(loud, &[]), None).blocks.options,
        ask(&email, &analysis(calm, &[]), None).blocks.options
    );
}

#[test]
fn what_they_ask_for_comes_first() {
    let email = message(Channel::Email, "I want my money back.");
    let mut wants = scores(Issue::Delivery);
    wants.validity = Validity::LikelyValid;
    wants.remedy = Some("refund".to_owned());
    let decision = ask(&email, &analysis(wants, &[]), None);
    assert_eq!(decision.blocks.options[0].id, "refund-full");
}

#[test]
fn triggers_beat_every_score() {
    for &trigger in Trigger::ALL {
        let email = message(Channel::Email, "words");
        let mut valid = scores(Issue::Quality);
        valid.validity = Validity::LikelyValid;
        let decision = ask(&email, &analysis(valid, &[trigger]), Some(Verdict::Valid));
        assert_eq!(decision.blocks.apology, Apology::Empathy);
        assert_eq!(decision.blocks.options, []);
        assert_eq!(decision.blocks.closing, Closing::WhoAnswersWhen);
        assert_eq!(decision.dispositions[0], Disposition::Escalate);
        assert_eq!(decision.blocks.why[1].rule, format!("trigger-{trigger}"));
        assert!(decision.owner.is_some());
    }
}

#[test]
fn public_complaints_offer_nothing_and_go_private() {
    for channel in [Channel::X, Channel::GoogleBusiness, Channel::Tripadvisor, Channel::Forum] {
        let public = message(channel, "Late again.");
        let mut valid = scores(Issue::Delivery);
        valid.validity = Validity::LikelyValid;
        let decision = ask(&public, &analysis(valid, &[]), None);
        assert_eq!(decision.blocks.options, [], "{channel}");
        assert_eq!(decision.blocks.closing, Closing::TakeOffline);
        assert!(decision.dispositions.contains(&Disposition::TakeOffline));
        assert!(decision.dispositions.contains(&Disposition::FollowUp));
    }
}

#[test]
fn public_offers_stay_off_review_sites_and_appear_elsewhere() {
    let text = STARTER.replace("id = \"courier\"\n", "id = \"courier\"\npublic = true\n").replace(
        "when = { public = true }\nthen = { options = 0 }",
        "when = { public = true }\nthen = { options = 2 }",
    );
    let playbook = Playbook::parse("shop.toml", &text).unwrap();
    let mut valid = scores(Issue::Delivery);
    valid.validity = Validity::LikelyValid;
    let analysis = analysis(valid, &[]);
    let thread = ThreadState::alone("t1");
    let offers = |channel| {
        let message = message(channel, "Late.");
        decide(&playbook, &DecideInput { message: &message, thread: &thread, analysis: &analysis, verdict: None })
    };
    let forum = offers(Channel::Forum);
    assert_eq!(forum.blocks.options.len(), 1);
    assert_eq!(forum.blocks.options[0].id, "courier");
    let review = offers(Channel::Yelp);
    assert_eq!(review.blocks.options, []);
    assert_eq!(review.blocks.why[2].rule, "invariant-offers-in-their-place");
}

#[test]
fn praise_is_thanked_and_chatter_is_left_alone() {
    let praise = message(Channel::Email, "Lovely shop.");
    let mut positive = scores(Issue::Other);
    (positive.complaint, positive.sentiment) = (false, Sentiment::Positive);
    let decision = ask(&praise, &analysis(positive, &[]), None);
    assert_eq!(decision.blocks.acknowledge, Acknowledge::Thanks);
    assert_eq!(decision.blocks.apology, Apology::None);
    assert_eq!(decision.dispositions, [Disposition::Thank]);

    let mut neutral = scores(Issue::Other);
    (neutral.complaint, neutral.sentiment) = (false, Sentiment::Neutral);
    let chatter = message(Channel::Email, "I have the blue one.");
    let decision = ask(&chatter, &analysis(neutral.clone(), &[]), None);
    assert_eq!(decision.dispositions, [Disposition::NoReply]);
    assert_eq!(decision.blocks.why[0].rule, "nothing-to-answer");
    let question = message(Channel::Email, "Do you have the blue one?");
    let decision = ask(&question, &analysis(neutral, &[]), None);
    assert_eq!(decision.blocks.acknowledge, Acknowledge::Issue);
    assert_eq!(decision.blocks.apology, Apology::None);
}

#[test]
fn a_message_without_scores_needs_a_person() {
    let german = message(Channel::Email, "Wo bleibt meine Bestellung?");
    let decision = ask(&german, &unscored(Unscored::NotEnglish, Some("deu"), &[]), None);
    assert_eq!(decision.dispositions, [Disposition::Interim]);
    assert_eq!(decision.blocks.acknowledge, Acknowledge::Off);
    assert!(decision.blocks.why[0].reason.ends_with("needs a person who reads German"));
    let empty = ask(&german, &unscored(Unscored::Empty, None, &[]), None);
    assert_eq!(empty.dispositions, [Disposition::NoReply]);
    let ours = ask(&german, &unscored(Unscored::NotFromCustomer, None, &[Trigger::Legal]), None);
    assert_eq!(ours.dispositions, [Disposition::NoReply]);
    assert_eq!(ours.triggers, []);
    let trigger = ask(&german, &unscored(Unscored::NotEnglish, Some("deu"), &[Trigger::Legal]), None);
    assert_eq!(trigger.blocks.closing, Closing::WhoAnswersWhen);
    assert!(trigger.fired.iter().any(|rule| rule.id == "needs-a-person"));
}

#[test]
fn employees_are_offered_nothing_and_reach_their_own_contact() {
    let review = message(Channel::EmployerReview, "Management never listens.");
    let mut valid = scores(Issue::Staff);
    valid.validity = Validity::LikelyValid;
    let decision = ask(&review, &analysis(valid, &[]), None);
    assert_eq!(decision.blocks.options, []);
    assert_eq!(decision.owner.unwrap().id, "ruth");
}

#[test]
fn silence_turns_and_circumstances_are_named() {
    let email = message(Channel::Email, "Still nothing.");
    let mut thread = ThreadState::alone("t1");
    (thread.contacts, thread.turns, thread.answered) = (3, 4, true);
    thread.company_spoke_before = true;
    let mut odd = scores(Issue::Delivery);
    odd.issue = Some("parking".to_owned());
    let analysis = analysis(odd, &[]);
    let playbook = starter();
    let input = DecideInput { message: &email, thread: &thread, analysis: &analysis, verdict: None };
    let decision = decide(&playbook, &input);
    assert_eq!(decision.blocks.acknowledge, Acknowledge::NotListenedTo);
    assert_eq!(decision.blocks.closing, Closing::TakeOffline);
    assert_eq!(decision.blocks.why[3].rule, "long-thread-moves-offline");
    for id in ["issue-not-listed", "already-answered", "name-the-silence"] {
        assert!(decision.fired.iter().any(|rule| rule.id == id), "{id}: {:?}", decision.fired);
    }
    let tweet = message(Channel::X, "Still nothing.");
    let capped = ThreadState { company_turns: 2, ..thread.clone() };
    let decision = decide(&playbook, &DecideInput { message: &tweet, thread: &capped, ..input });
    assert_eq!(decision.blocks.why[3].rule, "public-replies-capped");
}

/// The starter until a test asks for a changed one; reading it for every random case would take minutes.
static STARTER_PLAYBOOK: LazyLock<Playbook> = LazyLock::new(starter);

/// One rule that asks for everything that is forbidden.
static HOSTILE: LazyLock<Playbook> = LazyLock::new(|| {
    let (head, _) = STARTER.split_once("[[rules]]").unwrap();
    let rules = "[[rules]]\nid = \"all\"\nwhy = \"everything\"\n\
        then = { acknowledge = \"thanks\", apology = \"responsibility\", options = 3, closing = \"off\", add = [\"no_reply\"] }\n";
    let text = format!("{head}{rules}");
    Playbook::parse("hostile.toml", &text).unwrap()
});

fn consistent(playbook: &Playbook, situation: &Situation) -> Result<(), TestCaseError> {
    let input = DecideInput {
        message: &situation.message,
        thread: &situation.thread,
        analysis: &situation.analysis,
        verdict: situation.verdict,
    };
    let decision = decide(playbook, &input);
    let blocks = &decision.blocks;
    prop_assert_eq!(&decision, &decide(playbook, &input));
    prop_assert!(!decision.dispositions.is_empty());
    prop_assert!(decision.owner.is_some());
    prop_assert!(blocks.options.len() <= 3);
    prop_assert!(blocks.why.iter().all(|why| !why.rule.is_empty() && !why.reason.is_empty()));
    prop_assert!(!decision.dispositions.contains(&Disposition::StopAbusive));
    prop_assert!(!decision.dispositions.contains(&Disposition::StopUnsolvable));
    if !decision.triggers.is_empty() {
        prop_assert_eq!(blocks.apology, Apology::Empathy);
        prop_assert!(blocks.options.is_empty());
        prop_assert_eq!(blocks.closing, Closing::WhoAnswersWhen);
        prop_assert!(decision.dispositions.contains(&Disposition::Escalate));
        prop_assert!(matches!(blocks.acknowledge, Acknowledge::Issue | Acknowledge::NotListenedTo));
    }
    let scored = situation.analysis.scores();
    if blocks.apology == Apology::Responsibility {
        prop_assert!(situation.verdict != Some(Verdict::Unfounded));
        prop_assert!(
            situation.verdict == Some(Verdict::Valid)
                || scored.is_some_and(|scores| scores.validity == Validity::LikelyValid && scores.complaint)
        );
    }
    if situation.message.visibility == crate::message::Visibility::Public
        || situation.message.channel == Channel::EmployerReview
        || scored.is_none()
    {
        prop_assert!(blocks.options.is_empty());
    }
    if scored.is_some_and(|scores| scores.complaint) {
        prop_assert!(!matches!(blocks.acknowledge, Acknowledge::Off | Acknowledge::Thanks));
        prop_assert!(!matches!(blocks.closing, Closing::Off | Closing::Plain));
    }
    if blocks.acknowledge == Acknowledge::Off {
        prop_assert_eq!(blocks.closing, Closing::Off);
        prop_assert_eq!(blocks.apology, Apology::None);
        prop_assert!(blocks.options.is_empty());
    } else {
        prop_assert!(blocks.closing != Closing::Off);
    }
    if blocks.acknowledge == Acknowledge::Thanks {
        prop_assert_eq!(blocks.apology, Apology::None);
        prop_assert!(blocks.options.is_empty());
    }
    let no_reply = decision.dispositions.contains(&Disposition::NoReply);
    prop_assert!(!no_reply || decision.dispositions.len() == 1);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn decisions_are_total_and_consistent(situation in any_situation()) {
        consistent(&STARTER_PLAYBOOK, &situation)?;
    }

    #[test]
    fn hostile_rules_change_no_invariant(situation in any_situation()) {
        consistent(&HOSTILE, &situation)?;
    }

    #[test]
    fn parsing_never_panics(text in "\\PC{0,200}", at in 0..STARTER.len(), cut in 0_usize..40) {
        let _findings = Playbook::parse("x", &text).map_err(|errors| errors.render(false));
        if STARTER.is_char_boundary(at) {
            let end = (at..STARTER.len()).find(|&end| end >= at + cut && STARTER.is_char_boundary(end)).unwrap_or(at);
            let broken = format!("{}{}", &STARTER[..at], &STARTER[end..]);
            let _findings = Playbook::parse("x", &broken).map_err(|errors| errors.render(true));
        }
    }
}
