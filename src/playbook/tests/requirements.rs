//! A test for each requirement of the articles that is about policy and decisions; docs/playbook.md lists them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::*;
use crate::decision::{Offline, Stage};
use crate::playbook::schema::WatchKind;
use crate::playbook::{Known, REGULATED, SERVICE, check_known, decide_with, sla};
use crate::recorded::{Conversation, OfferAnswer, Recorded, RecordedOffer, Satisfaction};

fn all_three() -> [Playbook; 3] {
    [STARTER, SERVICE, REGULATED].map(|text| match Playbook::parse("p.toml", text) {
        Ok(playbook) => playbook,
        Err(errors) => panic!("{}", errors.render(false)),
    })
}

fn with_record(message: &Message, thread: &ThreadState, analysis: &Analysis, recorded: &Recorded) -> Decision {
    decide_with(&starter(), &DecideInput { message, thread, analysis, verdict: None }, recorded)
}

fn late() -> Analysis {
    analysis(scores(Issue::Delivery), &[])
}

fn valid() -> Analysis {
    let mut scores = scores(Issue::Delivery);
    scores.validity = Validity::LikelyValid;
    analysis(scores, &[])
}

fn refused_offer() -> RecordedOffer {
    RecordedOffer { id: "courier".to_owned(), answer: Some(OfferAnswer::Refused) }
}

fn errors_of(text: &str) -> Vec<String> {
    let errors = Playbook::parse("p.toml", text).unwrap_err();
    errors.findings.into_iter().filter(|finding| finding.level == Level::Error).map(|finding| finding.message).collect()
}

#[test]
fn a1_three_complete_playbooks_pass_the_check() {
    for playbook in all_three() {
        assert_eq!(check(&playbook), [], "{}", playbook.name());
        let policy = playbook.policy();
        assert!(policy.contacts.values().all(|contact| contact.get_ref().deputy.is_some()));
        assert!(policy.issues.values().all(|issue| !issue.get_ref().escalation.is_empty()));
        assert!(policy.rules.iter().all(|rule| !rule.why.is_empty() && !rule.examples.is_empty()));
        assert!(policy.promises.len() >= 8 && policy.offers.len() >= 10);
    }
}

#[test]
fn a1_a_contact_without_a_deputy_is_refused() {
    let (message, line, hint) = refused("role = \"management\"\ndeputy = \"sam\"", "role = \"management\"");
    assert_eq!(message, "contact ruth has no deputy");
    assert_eq!(line, "[contacts.ruth]");
    assert!(hint.contains("deputy ="));
}

#[test]
fn a1_an_unreachable_rule_is_refused_where_it_stands() {
    let (message, line, hint) = refused(
        "[[rules]]\nid = \"goodwill\"",
        "[[rules]]\nid = \"too-late\"\nwhy = \"never\"\nwhen = { validity = [\"unclear\"], harm_min = 40 }\nthen = { options = 1 }\n\n[[rules]]\nid = \"goodwill\"",
    );
    assert!(message.starts_with("rule too-late is unreachable: wherever it fits,"), "{message}");
    assert!(message.contains("offer-while-unclear"), "{message}");
    assert_eq!(line, "id = \"too-late\"");
    assert!(hint.contains("move it up"));
}

#[test]
fn a1_examples_of_rules_run_as_tests() {
    let (message, line, hint) = refused(
        "{ say = \"Late again!\", channel = \"email\", fires = false }",
        "{ say = \"Late again!\", channel = \"email\" }",
    );
    assert_eq!(message, "rule offers-are-private does not fire for \"Late again!\", and the example says that it does");
    assert!(line.contains("channel = \"email\""));
    assert_eq!(hint, "public asks yes, found no");
    let (message, _, hint) = refused(
        "{ say = \"My order is late.\", fires = false }",
        "{ say = \"My order is late.\", contacts = 4, fires = false }",
    );
    assert!(message.contains("fires for \"My order is late.\""), "{message}");
    assert_eq!(hint, "it decides acknowledge");
    let (_, _, hint) = refused(
        "{ say = \"It is late; my lawyer will write.\", validity = \"likely_valid\", trigger = [\"legal\"], fires = false }",
        "{ say = \"It is late; my lawyer will write.\", validity = \"likely_valid\", trigger = [\"legal\"] }",
    );
    assert_eq!(hint, "trigger-legal decides apologize");
}

#[test]
fn a1_a_rule_without_an_example_is_a_warning() {
    let at = STARTER.find("examples = [\n  { say = \"My order is late.\" },").unwrap();
    let end = at + STARTER[at..].find("\n]\n").unwrap() + 3;
    let text = format!("{}{}", &STARTER[..at], &STARTER[end..]);
    let findings = check(&Playbook::parse("p.toml", &text).unwrap());
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].level, Level::Warning);
    assert!(findings[0].message.contains("has no example"), "{}", findings[0].message);
}

#[test]
fn a1_what_lives_outside_the_playbook_must_exist() {
    let text = changed("when = { contacts_min = 2 }\nthen = { acknowledge = \"not_listened_to\" }", "when = { contacts_min = 2 }\nthen = { acknowledge = \"not_listened_to\", templates = { acknowledge = \"acknowledge/isue\" } }")
        .replacen("# [gate]\n", "[gate]\ncapitels = { off = true, reason = \"codes\" }\n", 1)
        .replacen("language = \"en\"", "language = \"xx\"", 1);
    let playbook = Playbook::parse("p.toml", &text).unwrap();
    let templates = ["acknowledge/issue".to_owned()];
    let known = Known { gate_rules: &["capitals"], templates: &templates, languages: &["en", "de"] };
    let findings: Vec<(String, Option<String>)> =
        check_known(&playbook, &known).into_iter().map(|finding| (finding.message, finding.hint)).collect();
    assert_eq!(
        findings,
        [
            (
                "no templates are built in for the language \"xx\"".to_owned(),
                Some("known: en, de; a folder of your own goes with --templates".to_owned())
            ),
            ("the gate has no rule `capitels`".to_owned(), Some("did you mean `capitals`?".to_owned())),
            (
                "there is no template `acknowledge/isue`".to_owned(),
                Some("did you mean `acknowledge/issue`?".to_owned())
            ),
        ]
    );
    let right = [("acknowledge/isue"), "acknowledge/issue"].map(str::to_owned);
    let known = Known { gate_rules: &["capitels"], templates: &right, languages: &["xx"] };
    assert_eq!(check_known(&playbook, &known), []);
    let email = message(Channel::Email, "Again nothing.");
    let thread = ThreadState { contacts: 3, ..ThreadState::alone("t1") };
    let decision =
        decide(&playbook, &DecideInput { message: &email, thread: &thread, analysis: &late(), verdict: None });
    assert_eq!(decision.templates.values().collect::<Vec<_>>(), ["acknowledge/isue"]);
}

#[test]
fn a1_limits_and_clocks_are_checked() {
    for (from, to, says) in [
        ("max_amount = 250", "max_amount = -1", "no amount of money"),
        ("currency = \"GBP\"\n", "", "without a currency"),
        ("per_customer = 2", "per_customer = 0", "can never be chosen"),
        (
            "min_validity = \"likely_unfounded\"\nmax_harm = 60",
            "min_validity = \"unclear\"\nmax_validity = \"likely_unfounded\"\nmax_harm = 60",
            "max_validity lies below",
        ),
        ("attempts_min = 2", "attempts_min = 0", "without an attempt"),
        ("second_reader = \"ruth\"", "second_reader = \"ruht\"", "no contact `ruht`"),
        ("without a solution\", after_hours = 72 },", "without a solution\", after_hours = 2 },", "comes sooner"),
        ("\"Harbour & Pine\" = [\"Harbor", "\"Harbour\" = [\"Harbor", "on no list of [watch]"),
        ("profile = \"default\"", "profile = \"regulated\"", "names no ombudsman"),
        (
            "when = { severity_min = 85, complaint = true }",
            "when = { severity_min = 85, severity_below = 80 }",
            "can never fit",
        ),
    ] {
        let messages = errors_of(&changed(from, to));
        assert!(messages.iter().any(|message| message.contains(says)), "{says}: {messages:?}");
    }
}

#[test]
fn d14_the_times_of_final_letters_are_checked() {
    for (from, to, says) in [
        ("within_working_days = 15", "within_working_days = 0", "due on no day"),
        ("within_working_days = 15", "within_working_days = 41", "later than the final letters of the others"),
        ("[\"billing\", \"refund\", \"fraud\"]", "[\"billing\", \"billing\"]", "has two times"),
    ] {
        let errors = errors_of(&REGULATED.replace(from, to));
        assert!(errors.iter().any(|error| error.contains(says)), "{says}: {errors:?}");
    }
}

#[test]
fn a2_without_offers_nothing_is_offered() {
    let (head, rest) = STARTER.split_once("[[offers]]").unwrap();
    let (_, rules) = rest.split_once("[[rules]]").unwrap();
    let playbook = Playbook::parse("bare.toml", &format!("{head}[[rules]]{rules}")).unwrap();
    assert!(check(&playbook).iter().all(|finding| finding.level == Level::Warning));
    let email = message(Channel::Email, "Late.");
    let thread = ThreadState::alone("t1");
    let decision =
        decide(&playbook, &DecideInput { message: &email, thread: &thread, analysis: &valid(), verdict: None });
    assert_eq!(decision.blocks.options, []);
    assert!(!decision.dispositions.contains(&Disposition::Offer));
}

#[test]
fn a3_same_inputs_give_the_same_bytes() {
    let email = message(Channel::Email, "Late.");
    let one = serde_json::to_string(&ask(&email, &valid(), None)).unwrap();
    let again = serde_json::to_string(&ask(&email, &valid(), None)).unwrap();
    assert_eq!(one, again);
    let read: Decision = serde_json::from_str(&one).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), one);
}

#[test]
fn a4_a_verdict_overrides_and_a_switch_needs_a_reason() {
    let email = message(Channel::Email, "Late.");
    assert_eq!(ask(&email, &late(), Some(Verdict::Valid)).blocks.apology, Apology::Responsibility);
    assert_eq!(ask(&email, &valid(), Some(Verdict::Unfounded)).blocks.apology, Apology::Empathy);
    let text = STARTER.replacen("# [gate]\n", "[gate]\ncapitals = { off = true, reason = \" \" }\n", 1);
    assert_eq!(errors_of(&text), ["rule capitals of the gate is switched off without a reason"]);
}

#[test]
fn a5_each_client_has_a_playbook_and_decisions_name_it() {
    let [shop, airline, bank] = all_three();
    let clients: Vec<_> =
        [&airline, &bank].map(|playbook| playbook.policy().client.clone()).into_iter().flatten().collect();
    assert_eq!(clients, ["Meridian Air", "Larkfield Savings"]);
    let email = message(Channel::Email, "Late.");
    let thread = ThreadState::alone("t1");
    let names: BTreeSet<String> = [&shop, &airline, &bank]
        .map(|playbook| {
            let input = DecideInput { message: &email, thread: &thread, analysis: &late(), verdict: None };
            let decision = decide(playbook, &input);
            assert_eq!(decision.playbook, playbook.reference());
            decision.owner.unwrap().name
        })
        .into();
    assert_eq!(names.len(), 3, "three houses, three people who answer");
}

#[test]
fn a7_the_path_up_says_who_and_when() {
    let email = message(Channel::Email, "Late.");
    let decision = ask(&email, &late(), None);
    let steps: Vec<_> = decision.escalation.iter().map(|step| (step.contact.name.as_str(), step.after_hours)).collect();
    assert_eq!(steps, [("Sam Okafor", Some(24)), ("Ruth Adler", Some(72))]);
    let thread = ThreadState::alone("t1");
    let analysis = late();
    let input = DecideInput { message: &email, thread: &thread, analysis: &analysis, verdict: None };
    let now = "2026-11-23T09:00:00+00:00[UTC]".parse().unwrap();
    let schedule = sla::schedule(&starter(), &input, &decision, &now).unwrap();
    assert_eq!(schedule.steps[0].due.unwrap().to_string(), "2026-11-24T09:00:00");
}

#[test]
fn b1_names_of_the_watch_list_are_found_and_rules_can_ask_for_them() {
    let [shop, airline, _] = all_three();
    let hits = shop.watch("I wrote to Ruth Adler of harbor pine and of Harbor & Pine.");
    assert_eq!(hits.iter().map(|hit| hit.kind).collect::<Vec<_>>(), [WatchKind::Executives, WatchKind::Company]);
    let email = message(Channel::Email, "I have written to helene brandt about my bag.");
    let thread = ThreadState::alone("t1");
    let input = DecideInput { message: &email, thread: &thread, analysis: &late(), verdict: None };
    let decision = decide(&airline, &input);
    assert!(decision.dispositions.contains(&Disposition::Escalate));
    assert!(decision.fired.iter().any(|rule| rule.id == "named-executive-goes-up"));
    assert!(decision.fired.iter().any(|rule| rule.id == "watch-list" && rule.why.contains("Helena Brandt")));
}

#[test]
fn b2_praise_is_thanked_and_silence_is_a_decision() {
    for playbook in all_three() {
        let mut kind = scores(Issue::Other);
        (kind.complaint, kind.sentiment) = (false, Sentiment::Positive);
        let mut plain = kind.clone();
        plain.sentiment = Sentiment::Neutral;
        let thread = ThreadState::alone("t1");
        let email = message(Channel::Email, "I took the blue one.");
        let decide_for = |scores| {
            let analysis = analysis(scores, &[]);
            decide(&playbook, &DecideInput { message: &email, thread: &thread, analysis: &analysis, verdict: None })
        };
        assert_eq!(decide_for(kind).dispositions, [Disposition::Thank]);
        let silent = decide_for(plain);
        assert_eq!(silent.dispositions, [Disposition::NoReply]);
        assert!(!silent.blocks.why[0].reason.is_empty());
    }
}

#[test]
fn b3_employees_reach_people_matters_and_are_offered_nothing() {
    for playbook in all_three() {
        let review = message(Channel::EmployerReview, "Rosters change the night before.");
        let thread = ThreadState::alone("t1");
        let decision =
            decide(&playbook, &DecideInput { message: &review, thread: &thread, analysis: &valid(), verdict: None });
        assert_eq!(decision.blocks.options, []);
        let contact = &playbook.policy().channels[&Channel::EmployerReview].contact;
        assert_eq!(&decision.owner.unwrap().id, contact.get_ref());
        assert_eq!(decision.offline, Offline::None, "nobody asks who wrote it");
    }
}

#[test]
fn c5_malice_is_flagged_for_a_person_and_changes_no_block() {
    let email = message(Channel::Email, "Go to the shop next door instead.");
    let mut plug = scores(Issue::Delivery);
    let quiet = ask(&email, &analysis(plug.clone(), &[]), None);
    plug.evidence = vec![crate::analysis::Evidence {
        head: "validity".to_owned(),
        span: crate::analysis::Span { from: 0, to: 5 },
        effect: -0.2,
        shows: crate::scoring::findings::MarkKind::CompetitorPlug.shows().to_owned(),
    }];
    let flagged = ask(&email, &analysis(plug, &[]), None);
    assert!(flagged.fired.iter().any(|rule| rule.id == "flag-competitor" && rule.why.contains("nobody is accused")));
    assert_eq!(flagged.blocks, quiet.blocks);
    assert_eq!(flagged.dispositions, quiet.dispositions);
    let threat = ask(&email, &analysis(scores(Issue::Delivery), &[Trigger::Threat]), None);
    assert!(threat.fired.iter().any(|rule| rule.id == "flag-disengage"));
    assert_eq!(threat.candidates, [], "nothing is on record yet");
}

#[test]
fn d6_who_will_not_write_elsewhere_is_not_asked_again() {
    let tweet = message(Channel::X, "I don't want to email, I want the right side.");
    let mut stays = scores(Issue::Delivery);
    let asked = ask(&tweet, &analysis(stays.clone(), &[]), None);
    assert_eq!(asked.blocks.closing, Closing::TakeOffline);
    stays.evidence = vec![crate::analysis::Evidence {
        head: "remedy".to_owned(),
        span: crate::analysis::Span { from: 0, to: 21 },
        effect: 0.0,
        shows: crate::scoring::findings::MarkKind::StaysHere.shows().to_owned(),
    }];
    let analysis = analysis(stays, &[]);
    let answered = ask(&tweet, &analysis, None);
    assert_eq!((answered.blocks.closing, answered.offline), (Closing::OwnerAndDate, Offline::None));
    assert!(answered.fired.iter().any(|rule| rule.id == "answered-where-they-are"));
    let capped = ThreadState { turns: 7, company_turns: 2, company_spoke_before: true, ..ThreadState::alone("t1") };
    let input = DecideInput { message: &tweet, thread: &capped, analysis: &analysis, verdict: None };
    assert_eq!(decide(&all_three()[0], &input).blocks.closing, Closing::TakeOffline, "the cap holds");
}

#[test]
fn c6_a_hard_trigger_neither_offers_nor_admits() {
    for playbook in all_three() {
        for &trigger in Trigger::ALL {
            let email = message(Channel::Email, "words");
            let mut valid = scores(Issue::Billing);
            (valid.validity, valid.harm) = (Validity::LikelyValid, 90.0);
            let thread = ThreadState { turns: 5, contacts: 3, company_spoke_before: true, ..ThreadState::alone("t1") };
            let analysis = analysis(valid, &[trigger]);
            let input =
                DecideInput { message: &email, thread: &thread, analysis: &analysis, verdict: Some(Verdict::Valid) };
            let decision = decide(&playbook, &input);
            assert_eq!(decision.blocks.apology, Apology::Empathy, "{trigger}");
            assert_eq!(decision.blocks.options, []);
            assert_eq!(decision.blocks.closing, Closing::WhoAnswersWhen);
            assert_ne!(decision.blocks.acknowledge, Acknowledge::Off);
            assert!(decision.dispositions.contains(&Disposition::Escalate));
            assert_eq!(decision.offline, Offline::None);
            let owner = decision.owner.unwrap();
            assert_eq!(&owner.id, playbook.policy().triggers[&trigger].get_ref().contact.get_ref());
            assert!(owner.deputy.is_some(), "C6: contact and deputy");
        }
    }
}

#[test]
fn d1_no_complaint_is_left_without_an_answer() {
    let silent = "[[rules]]\nid = \"quiet\"\nwhy = \"say nothing\"\nthen = { acknowledge = \"off\", apology = \"none\", options = 0, closing = \"off\" }\n";
    let (head, _) = STARTER.split_once("[[rules]]").unwrap();
    let playbook = Playbook::parse("quiet.toml", &format!("{head}{silent}")).unwrap();
    let email = message(Channel::Email, "Late.");
    let thread = ThreadState::alone("t1");
    let decision =
        decide(&playbook, &DecideInput { message: &email, thread: &thread, analysis: &late(), verdict: None });
    assert_eq!(decision.blocks.acknowledge, Acknowledge::Issue);
    assert_eq!(decision.blocks.why[0].rule, "invariant-complaints-are-answered");
    assert_eq!(decision.blocks.closing, Closing::OwnerAndDate);
}

#[test]
fn d2_the_silence_is_part_of_what_is_acknowledged() {
    let email = message(Channel::Email, "Third time.");
    let thread = ThreadState { contacts: 3, ..ThreadState::alone("t1") };
    let decision = with_record(&email, &thread, &late(), &Recorded::default());
    assert_eq!(decision.blocks.acknowledge, Acknowledge::NotListenedTo);
}

#[test]
fn d4_responsibility_needs_a_valid_complaint() {
    for playbook in all_three() {
        for &validity in Validity::ALL {
            for verdict in [None, Some(Verdict::Valid), Some(Verdict::Unfounded)] {
                let mut scores = scores(Issue::Billing);
                scores.validity = validity;
                let analysis = analysis(scores, &[]);
                let email = message(Channel::Email, "words");
                let thread = ThreadState::alone("t1");
                let input = DecideInput { message: &email, thread: &thread, analysis: &analysis, verdict };
                let right = verdict == Some(Verdict::Valid) || (verdict.is_none() && validity == Validity::LikelyValid);
                let apology = decide(&playbook, &input).blocks.apology;
                assert_eq!(apology == Apology::Responsibility, right, "{validity} {verdict:?}");
                assert_ne!(apology, Apology::None, "empathy always");
            }
        }
    }
}

#[test]
fn d5_public_complaints_are_answered_in_public_and_followed_up() {
    for channel in [Channel::X, Channel::Trustpilot, Channel::Facebook] {
        for playbook in all_three() {
            let public = message(channel, "Late again.");
            let thread = ThreadState::alone("t1");
            let decision = decide(
                &playbook,
                &DecideInput { message: &public, thread: &thread, analysis: &valid(), verdict: None },
            );
            assert_eq!(decision.blocks.acknowledge, Acknowledge::Issue);
            assert_eq!(decision.blocks.options, [], "the solution stays private");
            assert!(decision.dispositions.contains(&Disposition::FollowUp), "we report back");
        }
    }
}

#[test]
fn d6_the_invitation_to_talk_comes_with_the_first_answer() {
    let tweet = message(Channel::X, "Late again.");
    let first = ask(&tweet, &late(), None);
    assert_eq!((first.offline, first.stage), (Offline::Invite, Stage::Reply));
    assert_eq!(ask(&message(Channel::Email, "Late."), &late(), None).offline, Offline::Invite);
}

#[test]
fn d7_nobody_is_moved_before_they_were_acknowledged() {
    let email = message(Channel::Email, "And another thing.");
    let unheard = ThreadState { turns: 5, contacts: 5, ..ThreadState::alone("t1") };
    let decision = with_record(&email, &unheard, &late(), &Recorded::default());
    assert_eq!(decision.offline, Offline::Invite);
    assert_ne!(decision.blocks.closing, Closing::TakeOffline);
    assert!(decision.fired.iter().any(|rule| rule.id == "acknowledge-before-moving"));
    let heard = ThreadState { company_spoke_before: true, ..unheard.clone() };
    let decision = with_record(&email, &heard, &late(), &Recorded::default());
    assert_eq!((decision.offline, decision.stage), (Offline::Move, Stage::TakeOffline));
    assert_eq!(decision.blocks.closing, Closing::TakeOffline);
    let by_phone = Recorded { attempts: 1, ..Recorded::default() };
    assert_eq!(with_record(&email, &unheard, &late(), &by_phone).offline, Offline::Move, "answered elsewhere");
}

#[test]
fn d7_they_move_when_they_have_answered_and_public_replies_are_capped() {
    let tweet = message(Channel::X, "So what now?");
    let answered = ThreadState { turns: 3, company_turns: 1, company_spoke_before: true, ..ThreadState::alone("t1") };
    assert_eq!(with_record(&tweet, &answered, &late(), &Recorded::default()).offline, Offline::Move);
    let capped = ThreadState { company_turns: 2, ..answered };
    let decision = with_record(&tweet, &capped, &late(), &Recorded::default());
    assert_eq!(decision.blocks.why[3].rule, "public-replies-capped");
    assert_eq!(decision.blocks.options, []);
}

#[test]
fn d7_a_burst_is_one_turn_and_many_contacts() {
    let email = message(Channel::Email, "Hello?");
    let burst = ThreadState { turns: 1, contacts: 4, company_spoke_before: true, ..ThreadState::alone("t1") };
    let decision = with_record(&email, &burst, &late(), &Recorded::default());
    assert_eq!(decision.offline, Offline::Invite, "one turn is no long thread");
    assert_eq!(decision.blocks.acknowledge, Acknowledge::NotListenedTo);
}

#[test]
fn d9_options_come_from_the_catalogue_and_are_three_at_most() {
    for playbook in all_three() {
        for &issue in Issue::ALL {
            for harm in [0.0, 45.0, 95.0] {
                let mut scores = scores(issue);
                (scores.validity, scores.harm) = (Validity::LikelyValid, harm);
                let analysis = analysis(scores, &[]);
                let email = message(Channel::Email, "words");
                let thread = ThreadState::alone("t1");
                let input = DecideInput { message: &email, thread: &thread, analysis: &analysis, verdict: None };
                let options = decide(&playbook, &input).blocks.options;
                assert!(options.len() <= 3);
                let kinds: Vec<_> = options
                    .iter()
                    .map(|choice| {
                        let offers = &playbook.policy().offers;
                        offers.iter().find(|offer| *offer.id.get_ref() == choice.id).unwrap().kind
                    })
                    .collect();
                let all_refunds = kinds.len() > 1 && kinds.iter().all(|kind| kind.name() == "refund");
                assert!(!all_refunds, "{}: {issue} gets refunds only", playbook.name());
            }
        }
    }
}

#[test]
fn d9_swag_is_forbidden_by_name() {
    for (from, to) in [
        ("id = \"delivery-cost\"", "id = \"mug\""),
        ("id = \"delivery-cost\"", "id = \"voucher-swag\""),
        ("free delivery on your next order", "a coffee mug"),
        ("free delivery on your next order", "one of our tote bags"),
    ] {
        assert!(errors_of(&changed(from, to)).iter().any(|message| message.contains("is swag")), "{to}");
    }
}

#[test]
fn d10_a_refusal_is_respected() {
    let email = message(Channel::Email, "I do not want that.");
    let thread = ThreadState { turns: 2, company_spoke_before: true, ..ThreadState::alone("t1") };
    let recorded = Recorded { offers: vec![refused_offer()], ..Recorded::default() };
    let decision = with_record(&email, &thread, &valid(), &recorded);
    assert_eq!(decision.stage, Stage::Refusal);
    let offered: Vec<_> = decision.blocks.options.iter().map(|offer| offer.id.as_str()).collect();
    assert_eq!(offered, ["refund-full", "next-order"], "what was refused is not offered again");
    let twice = RecordedOffer { id: "next-order".to_owned(), answer: Some(OfferAnswer::Accepted) };
    let given = Recorded { offers: vec![twice.clone(), twice], ..Recorded::default() };
    let offered = with_record(&email, &thread, &valid(), &given).blocks.options;
    assert!(offered.iter().all(|offer| offer.id != "next-order"), "two a customer");
    let [_, airline, bank] = all_three();
    for playbook in [airline, bank] {
        let analysis = valid();
        let input = DecideInput { message: &email, thread: &thread, analysis: &analysis, verdict: None };
        let decision = decide_with(&playbook, &input, &recorded);
        assert_eq!(decision.blocks.options, []);
        assert_eq!(decision.blocks.why[2].rule, "refusal-is-respected");
    }
}

#[test]
fn d11_who_waits_gets_an_interim_reply_with_a_date() {
    let email = message(Channel::Email, "words");
    let decision = ask(&email, &analysis(scores(Issue::Fraud), &[Trigger::Fraud]), None);
    assert!(decision.dispositions.contains(&Disposition::Interim));
    assert!(decision.dispositions.contains(&Disposition::FollowUp));
}

#[test]
fn d12_the_closing_note_has_an_owner() {
    for playbook in all_three() {
        let email = message(Channel::Email, "Late.");
        let thread = ThreadState::alone("t1");
        let decision =
            decide(&playbook, &DecideInput { message: &email, thread: &thread, analysis: &late(), verdict: None });
        assert_eq!(decision.blocks.closing, Closing::OwnerAndDate);
        assert!(decision.owner.is_some());
    }
}

#[test]
fn d13_a_heated_public_case_asks_for_a_second_reader_and_a_pause() {
    let mut loud = scores(Issue::Delivery);
    loud.severity = 80.0;
    let decision = ask(&message(Channel::X, "Late!"), &analysis(loud.clone(), &[]), None);
    let care = decision.heated.unwrap();
    assert_eq!(care.second_reader.unwrap().name, "Ruth Adler");
    assert_eq!(care.pause_minutes, Some(15));
    assert_eq!(ask(&message(Channel::Email, "Late!"), &analysis(loud, &[]), None).heated, None, "not in public");
    assert_eq!(ask(&message(Channel::X, "Late."), &late(), None).heated, None, "severity 45 is not heated");
}

#[test]
fn d14_after_a_conversation_it_is_confirmed_in_writing() {
    let email = message(Channel::Email, "As we said on the phone.");
    let thread = ThreadState { turns: 4, company_spoke_before: true, ..ThreadState::alone("t1") };
    let mut recorded = Recorded { attempts: 1, conversation: Conversation::Held, ..Recorded::default() };
    assert_eq!(with_record(&email, &thread, &late(), &recorded).stage, Stage::AfterCall);
    recorded.conversation = Conversation::Confirmed;
    assert_ne!(with_record(&email, &thread, &late(), &recorded).stage, Stage::AfterCall);
    let [_, _, bank] = all_three();
    let ombudsman = bank.policy().ombudsman.as_ref().unwrap().get_ref();
    assert!(ombudsman.text.contains("free of charge") && ombudsman.final_letter_within_days == Some(56));
}

#[test]
fn e3_when_it_is_resolved_they_are_asked() {
    let tweet = message(Channel::X, "Thanks, I suppose.");
    let thread = ThreadState { company_spoke_before: true, ..ThreadState::alone("t1") };
    let mut recorded = Recorded { resolved: true, ..Recorded::default() };
    assert_eq!(with_record(&tweet, &thread, &late(), &recorded).stage, Stage::SatisfactionCheck);
    recorded.satisfaction = Some(Satisfaction::Satisfied);
    assert_eq!(with_record(&tweet, &thread, &late(), &recorded).stage, Stage::FollowUpPost);
    let email = message(Channel::Email, "Thanks.");
    assert_eq!(with_record(&email, &thread, &late(), &recorded).stage, Stage::Close);
    recorded.satisfaction = Some(Satisfaction::Unsatisfied);
    assert_ne!(with_record(&email, &thread, &late(), &recorded).stage, Stage::Close);
}

#[test]
fn e5_the_stopping_letters_are_candidates_and_never_dispositions() {
    let email = message(Channel::Email, "No.");
    let thread = ThreadState { turns: 6, company_spoke_before: true, ..ThreadState::alone("t1") };
    let mut recorded = Recorded { attempts: 1, offers: vec![refused_offer()], ..Recorded::default() };
    assert_eq!(with_record(&email, &thread, &late(), &recorded).candidates, [], "one attempt is not enough");
    recorded.attempts = 2;
    let decision = with_record(&email, &thread, &late(), &recorded);
    let letters: Vec<_> = decision.candidates.iter().map(|candidate| candidate.letter).collect();
    assert_eq!(letters, [Disposition::StopUnsolvable]);
    assert_eq!(decision.candidates[0].decided_by[0].name, "Ruth Adler");
    recorded.unreasonable = true;
    let decision = with_record(&email, &thread, &late(), &recorded);
    assert_eq!(decision.candidates.len(), 2);
    assert!(!decision.dispositions.iter().any(|disposition| disposition.name().starts_with("stop")));
    recorded.offers.clear();
    assert_eq!(with_record(&email, &thread, &late(), &recorded).candidates, [], "no offer, no letter");
    recorded.offers = vec![RecordedOffer { id: "courier".to_owned(), answer: Some(OfferAnswer::Accepted) }];
    recorded.unreasonable = false;
    assert_eq!(with_record(&email, &thread, &late(), &recorded).candidates, [], "they accepted");
    let trigger = analysis(scores(Issue::Delivery), &[Trigger::Legal]);
    recorded.offers = vec![refused_offer()];
    assert_eq!(with_record(&email, &thread, &trigger, &recorded).candidates, [], "a lawyer writes");
}

#[test]
fn e7_one_owner_in_front_even_when_it_escalates() {
    let email = message(Channel::Email, "My lawyer will write.");
    let thread = ThreadState::alone("t1");
    let trigger = analysis(scores(Issue::Delivery), &[Trigger::Legal]);
    let mut recorded = Recorded { owner: Some("nora".to_owned()), ..Recorded::default() };
    let decision = with_record(&email, &thread, &trigger, &recorded);
    assert_eq!(decision.owner.unwrap().id, "nora");
    assert_eq!((decision.escalation[0].contact.id.as_str(), decision.escalation[0].after_hours), ("ruth", Some(0)));
    recorded.resolved = true;
    assert_eq!(with_record(&email, &thread, &trigger, &recorded).owner.unwrap().id, "ruth", "a new matter");
    recorded = Recorded { owner: Some("gone".to_owned()), ..Recorded::default() };
    assert_eq!(
        with_record(&email, &thread, &trigger, &recorded).owner.unwrap().id,
        "ruth",
        "who is not here keeps nothing"
    );
}

/// The table of docs/playbook.md: every requirement with a test that exists.
#[test]
fn the_documentation_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_to_string(root.join("docs/playbook.md")).unwrap();
    let mut tests = BTreeSet::new();
    let mut folders = vec![root.join("src/playbook"), root.join("src/drafting"), root.join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let code = fs::read_to_string(path).unwrap();
                tests.extend(code.split("#[test]").skip(1).filter_map(|rest| {
                    let (_, name) = rest.split_once("fn ")?;
                    name.split_once('(').map(|(name, _)| name.to_owned())
                }));
            }
        }
    }
    let mut covered = BTreeSet::new();
    for line in docs.lines().filter(|line| line.starts_with("| ") && line.contains('`')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [requirement, _, names] = cells.as_slice() else { continue };
        if !requirement.starts_with(|letter: char| "ABCDE".contains(letter)) {
            continue;
        }
        for name in names.split('`').skip(1).step_by(2) {
            assert!(tests.contains(name), "docs/playbook.md names {name}, which is no test");
            assert!(name.starts_with(&format!("{}_", requirement.to_lowercase())), "{name} stands at {requirement}");
        }
        covered.insert((*requirement).to_owned());
    }
    let asked = [
        "A1", "A2", "A3", "A4", "A5", "A6", "A7", "C5", "C6", "D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9",
        "D10", "D11", "D12", "D13", "D14", "E5", "E6",
    ];
    for requirement in asked {
        assert!(covered.contains(requirement), "docs/playbook.md has no row for {requirement}");
    }
}
