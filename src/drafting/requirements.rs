//! What drafts owe to the people who get them: a test for each requirement, named after it.

mod conduct;
mod hostile;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::{DateTime, date};
use rayon::prelude::*;
use regex::Regex;

use super::example::{Example, Mood};
use super::proof::{Combination, drafted};
use super::{Choice, DraftError, DraftInput, Templates, Variety, draft};
use crate::analysis::{Trigger, Validity};
use crate::draft::{Draft, Situation, Verdict};
use crate::language::Language;
use crate::message::{Channel, Message, Visibility};
use crate::playbook::{DecideInput, Issue, Playbook, decide};

static TEMPLATES: LazyLock<Templates> = LazyLock::new(|| Templates::embedded().unwrap());
static STARTER: LazyLock<Playbook> = LazyLock::new(|| Playbook::embedded().unwrap());
const LANGUAGES: [Language; 2] = [Language::EN, Language::DE];

/// Monday, a quarter past nine.
fn now() -> DateTime {
    date(2026, 11, 23).at(9, 15, 0, 0)
}

fn combination(channel: Channel, issue: Issue) -> Combination {
    Combination {
        language: Language::EN,
        situation: None,
        example: Example::complaint(channel, issue),
        verdict: None,
        phrasing: 0,
    }
}

fn written(combination: &Combination) -> Draft {
    drafted(&TEMPLATES, &STARTER, combination, now()).unwrap_or_else(|error| panic!("{error}: {combination}")).0
}

/// The draft that a choice gives for a message, with the thread and the scores of `example`, nobody having judged it.
fn answered(
    example: &Example,
    message: &Message,
    choice: &Choice,
    set: &BTreeMap<String, String>,
) -> Result<Draft, DraftError> {
    let (thread, analysis) = (example.thread(), example.analysis());
    let asked = DecideInput { message, thread: &thread, analysis: &analysis, verdict: None };
    let decision = decide(&STARTER, &asked);
    let (thread, analysis, decision) = (&thread, &analysis, &decision);
    draft(
        &TEMPLATES,
        &STARTER,
        &DraftInput { message, thread, analysis, decision, verdict: None, set, choice, now: now() },
    )
}

/// A complaint on every channel, about every issue, in every language and phrasing.
fn complaints() -> Vec<Combination> {
    let mut all = Vec::new();
    for language in LANGUAGES {
        for &channel in Channel::ALL {
            for &issue in Issue::ALL {
                for phrasing in 0..TEMPLATES.most_phrasings() {
                    all.push(Combination { language, phrasing, ..combination(channel, issue) });
                }
            }
        }
    }
    all
}

/// The drafts of [`complaints`], made once.
static DRAFTS: LazyLock<Vec<(Combination, Draft)>> = LazyLock::new(|| {
    complaints().into_par_iter().map(|combination| (combination.clone(), written(&combination))).collect()
});

fn each(look: impl Fn(&Combination, &Draft)) {
    for (combination, draft) in DRAFTS.iter() {
        look(combination, draft);
    }
}

fn in_situation(situation: Situation, channel: Channel) -> Vec<Combination> {
    let mut all = complaints();
    all.retain(|combination| combination.example.channel == channel);
    for combination in &mut all {
        combination.situation = Some(situation);
    }
    all
}

fn public(combination: &Combination) -> bool {
    combination.example.visibility == Visibility::Public
}

fn has(text: &str, words: &[&str]) -> bool {
    let text = text.to_lowercase();
    words.iter().any(|word| text.contains(word))
}

#[test]
fn b2_praise_is_thanked_and_offered_nothing() {
    for channel in [Channel::Trustpilot, Channel::Email, Channel::X] {
        let mut praise = combination(channel, Issue::Quality);
        praise.example.mood = Mood::Praise;
        let draft = written(&praise);
        assert!(has(&draft.text, &["thank you", "lovely"]), "{}", draft.text);
        assert!(!draft.blocks[1].on && !draft.blocks[2].on, "{}", draft.text);
    }
}

#[test]
fn b3_employer_reviews_guess_at_nobody_and_offer_nothing() {
    each(|combination, draft| {
        if combination.example.channel != Channel::EmployerReview {
            return;
        }
        assert!(!draft.text.contains("Lee") && !draft.blocks[2].on, "{combination}: {}", draft.text);
        assert!(!has(&draft.text, &["your order", "customer care", "bestellung"]), "{combination}: {}", draft.text);
    });
    let mut sheet = combination(Channel::EmployerReview, Issue::Staff);
    sheet.situation = Some(Situation::CallSheet);
    let refused = drafted(&TEMPLATES, &STARTER, &sheet, now()).unwrap_err();
    assert!(matches!(refused, DraftError::Misplaced { .. }), "{refused}");
}

#[test]
fn c6_a_hard_trigger_neither_offers_nor_admits_and_says_who_answers_when() {
    for &trigger in Trigger::ALL {
        for &channel in Channel::ALL {
            let mut hit = combination(channel, Issue::Delivery);
            hit.example.trigger = Some(trigger);
            hit.example.validity = Validity::LikelyValid;
            let draft = written(&hit);
            assert!(!draft.blocks[2].on && draft.slots.is_empty(), "{hit}: {}", draft.text);
            assert!(has(&draft.blocks[3].text, &["today by", "by tue", "by wed"]), "{hit}: {}", draft.text);
        }
    }
}

#[test]
fn d1_a_complaint_is_never_left_without_a_reply() {
    each(|combination, draft| {
        assert!(draft.blocks[0].on && draft.blocks[3].on, "{combination}: {}", draft.text);
    });
}

#[test]
fn d2_the_first_block_names_the_issue_and_that_they_are_upset() {
    each(|combination, draft| {
        let first = &draft.blocks[0].text;
        assert!(first.contains("angry") || first.contains("verärgert"), "{combination}: {first}");
        assert!(!has(first, &["received your message", "contact customer service"]), "{combination}: {first}");
    });
    // Two issues never get the same words.
    for language in LANGUAGES {
        for channel in [Channel::Email, Channel::GoogleBusiness, Channel::X] {
            let firsts: Vec<String> = Issue::ALL
                .iter()
                .map(|&issue| written(&Combination { language, ..combination(channel, issue) }).blocks[0].text.clone())
                .collect();
            let mut apart = firsts.clone();
            apart.sort();
            apart.dedup();
            assert_eq!(apart.len(), firsts.len(), "{firsts:#?}");
        }
    }
}

#[test]
fn d3_drafts_want_and_promise_dates_but_no_outcomes() {
    let outcome = Regex::new(
        r"(?i)\b(will|we'll|i'll) (surely |now |then )?(refund|replace|repair|pay|credit|fix|solve|resolve|give|make|ensure|compensate)\b|\bwerden .{0,30}(erstatten|ersetzen|zahlen|lösen)\b",
    )
    .unwrap();
    let mut all = complaints();
    for &situation in Situation::ALL {
        for channel in [Channel::Email, Channel::GoogleBusiness] {
            all.extend(in_situation(situation, channel));
        }
    }
    all.par_iter().for_each(|combination| {
        if let Ok((draft, _)) = drafted(&TEMPLATES, &STARTER, combination, now()) {
            assert!(!outcome.is_match(&draft.text), "{combination}: {}", draft.text);
        }
    });
    for language in LANGUAGES {
        let review = Combination { language, ..combination(Channel::GoogleBusiness, Issue::Delivery) };
        assert!(has(&written(&review).text, &["we want", "wir möchten"]), "{}", written(&review).text);
    }
}

#[test]
fn d4_empathy_never_admits() {
    each(|combination, draft| {
        let sorry = &draft.blocks[1];
        assert_eq!(sorry.variant, "empathy", "{combination}");
        assert!(!sorry.text.contains("[[") && !sorry.text.contains("apologise"), "{combination}: {}", sorry.text);
        assert!(!has(&sorry.text, &[" we ", " our ", " wir ", " unser"]), "{combination}: {}", sorry.text);
    });
}

#[test]
fn d4_responsibility_waits_for_a_verdict_thanks_and_names_the_silence() {
    for language in LANGUAGES {
        for phrasing in 0..TEMPLATES.most_phrasings() {
            for channel in [Channel::Email, Channel::Trustpilot] {
                let mut valid = Combination { language, phrasing, ..combination(channel, Issue::Delivery) };
                valid.example.validity = Validity::LikelyValid;
                valid.example.contacts = 3;
                let draft = written(&valid);
                let sorry = &draft.blocks[1].text;
                assert!(sorry.contains("[[CONFIRM: "), "{sorry}");
                assert!(has(sorry, &["waited for an answer", "vergeblich auf eine antwort"]), "{sorry}");
                assert!(has(&draft.blocks[0].text, &["three times", "dreimal"]), "{}", draft.text);
                assert!(has(sorry, &["thank you", "danke"]), "{sorry}");
                valid.verdict = Some(Verdict::Valid);
                assert!(!written(&valid).text.contains("[[CONFIRM"), "{}", written(&valid).text);
                valid.verdict = Some(Verdict::Unfounded);
                assert_eq!(written(&valid).blocks[1].variant, "empathy");
            }
        }
    }
}

#[test]
fn d4_an_unfounded_complaint_is_acknowledged_and_still_offered_something_and_not_argued_with() {
    for &issue in Issue::ALL {
        let mut unfounded = combination(Channel::Email, issue);
        unfounded.verdict = Some(Verdict::Unfounded);
        let draft = written(&unfounded);
        assert!(draft.blocks[0].on && draft.blocks[1].variant == "empathy", "{}", draft.text);
        assert!(
            !has(&draft.text, &["however", "actually", "in fact", "as stated", "terms and conditions"]),
            "{}",
            draft.text
        );
    }
}

#[test]
fn d5_public_complaints_are_told_when_we_report_back_and_asked_nothing() {
    assert!(DRAFTS.iter().filter(|(combination, _)| public(combination)).count() > 1_000);
    each(|combination, draft| {
        if !public(combination) {
            return;
        }
        assert!(has(&draft.text, &["report back", "berichten"]), "{combination}: {}", draft.text);
        assert!(has(&draft.text, &["30 nov", "30. nov"]), "{combination}: {}", draft.text);
        assert!(!draft.text.contains('?'), "{combination}: {}", draft.text);
        assert!(!draft.text.contains("Marsh"), "{combination}: {}", draft.text);
    });
}

#[test]
fn d6_social_asks_for_an_email_with_the_number_and_email_proposes_times() {
    for language in LANGUAGES {
        for channel in [Channel::X, Channel::Facebook, Channel::Instagram, Channel::Forum] {
            let draft = written(&Combination { language, ..combination(channel, Issue::Billing) });
            assert!(draft.text.contains("care@harbourpine.example"), "{}", draft.text);
            assert!(has(&draft.text, &["your phone number", "telefonnummer"]), "{}", draft.text);
        }
        for phrasing in 0..TEMPLATES.most_phrasings() {
            let email = Combination { language, phrasing, ..combination(Channel::Email, Issue::Billing) };
            for situation in [None, Some(Situation::TakeOffline)] {
                let text = written(&Combination { situation, ..email.clone() }).text;
                assert!(text.contains("14:00") && text.contains("16:30"), "{text}");
            }
        }
    }
}

#[test]
fn d7_the_way_offline_is_part_of_the_first_public_answer_and_repeated_when_capped() {
    let mut thread = combination(Channel::Forum, Issue::Service);
    assert!(has(&written(&thread).blocks[3].text, &["please email"]));
    thread.example.company_turns = 2;
    let capped = written(&thread);
    assert!(capped.text.contains("rather than in another round here"), "{}", capped.text);
    assert!(!capped.blocks[2].on, "the solution stays private");
}

#[test]
fn d8_the_call_sheet_says_how_to_listen_and_has_room_to_write() {
    for language in LANGUAGES {
        let mut call = Combination { language, ..combination(Channel::Phone, Issue::Billing) };
        call.situation = Some(Situation::CallSheet);
        call.example.validity = Validity::LikelyValid;
        let text = written(&call).text;
        for (english, german) in [
            ("Listen.", "Zuhören."),
            ("Do not interrupt", "Nicht unterbrechen"),
            ("Speak little", "Wenig reden"),
            ("Do not explain", "Nichts erklären"),
            ("Your verdict", "Ihr Urteil"),
            ("When did it happen?", "Wann ist es passiert?"),
            ("Notes: ____", "Notizen: ____"),
        ] {
            assert!(text.contains(english) || text.contains(german), "{english}: {text}");
        }
        assert_eq!(written(&call).slots, [], "{text}");
    }
}

#[test]
fn d9_options_come_from_the_catalogue_are_three_at_most_and_nobody_is_asked_what_they_want() {
    for &issue in Issue::ALL {
        for validity in [Validity::LikelyValid, Validity::Unclear, Validity::LikelyUnfounded] {
            for severity in [20.0, 90.0] {
                for phrasing in 0..TEMPLATES.most_phrasings() {
                    let mut private = Combination { phrasing, ..combination(Channel::Email, issue) };
                    private.example.validity = validity;
                    private.example.severity = severity;
                    let draft = written(&private);
                    let offered = &draft.blocks[2].text;
                    let named =
                        STARTER.policy().offers.iter().filter(|offer| offered.contains(offer.text.get_ref())).count();
                    assert!(named <= 3, "{offered}");
                    assert_eq!(named > 0, draft.blocks[2].on, "{offered}");
                    assert!(
                        !has(&draft.text, &["would you like us", "what do you want", " mug", "goodie"]),
                        "{}",
                        draft.text
                    );
                }
            }
        }
    }
}

#[test]
fn d10_a_refusal_is_respected_and_valued_without_pressure() {
    for language in LANGUAGES {
        for channel in [Channel::Email, Channel::Chat, Channel::Trustpilot, Channel::X] {
            for combination in in_situation(Situation::Refusal, channel) {
                let draft = written(&Combination { language, ..combination });
                assert!(has(&draft.text, &["respect", "respektier"]), "{}", draft.text);
                assert!(!draft.blocks[2].on, "{}", draft.text);
                let pressing = ["are you sure", "reconsider", "last chance", "only until", "nur bis", "überlegen sie"];
                assert!(!has(&draft.text, &pressing), "{}", draft.text);
            }
        }
    }
}

#[test]
fn d11_an_interim_reply_has_a_date_and_says_where_it_stands() {
    for channel in [Channel::Email, Channel::GoogleBusiness, Channel::X, Channel::Sms, Channel::GooglePlay] {
        for combination in in_situation(Situation::Interim, channel) {
            let draft = written(&combination);
            assert!(
                has(&draft.text, &["24 nov", "24. nov", "25 nov", "25. nov", "today by", "heute bis"]),
                "{combination}: {}",
                draft.text
            );
            let names: Vec<&str> = draft.slots.iter().map(|slot| slot.name.as_str()).collect();
            assert!(names == ["where_it_stands"] || names == ["wie_es_steht"], "{combination}: {names:?}");
        }
    }
}

#[test]
fn d12_the_closing_note_says_who_keeps_the_case_and_thanks_for_a_conversation() {
    let keeps = written(&combination(Channel::Email, Issue::Delivery));
    assert!(keeps.blocks[3].text.contains("keeping your case myself"), "{}", keeps.text);
    let other = written(&combination(Channel::Email, Issue::Staff));
    assert!(other.blocks[3].text.contains("Ruth Adler (management)"), "{}", other.text);
    for combination in in_situation(Situation::ThankYou, Channel::Email) {
        let draft = written(&combination);
        assert!(
            has(&draft.blocks[0].text, &["conversation", "talking with me", "gespräch", "mit mir"]),
            "{}",
            draft.text
        );
    }
}

#[test]
fn d13_no_template_defends_explains_or_speaks_in_formulas() {
    const NEVER: &[&str] = &[
        "valued customer",
        "inconvenience",
        "take this very seriously",
        "takes this seriously",
        "we pride ourselves",
        "sorry you feel",
        "sorry if",
        "sorry that you feel",
        "unfortunately",
        "however,",
        " but ",
        "policy states",
        "rest assured",
        "reach out",
        "at your earliest",
        "please be advised",
        "do not hesitate",
        "don't hesitate",
        "we strive",
        "your feedback is important",
        "apologies for any",
        " as per ",
        "kindly",
        "mistakes were made",
        "we received your message",
        "what would you like us",
        "isolated incident",
        "we value your",
        "!",
        "unannehmlichkeiten",
        "leider",
        "bedauern",
        "sehr geehrte",
        "zögern sie nicht",
        "wir nehmen das sehr ernst",
        " aber ",
        "jedoch",
        "wertgeschätzt",
        "geschätzter kunde",
        "zu unserer entlastung",
        "bitte haben sie verständnis",
    ];
    for (language, texts) in super::built_in::LANGUAGES {
        let all = texts.templates.iter().map(|(name, text)| (*name, (*text).replace("{{!", "")));
        let spoken: String =
            texts.phrases.lines().filter(|line| !line.starts_with('#') && !line.starts_with("words =")).collect();
        for (name, text) in all.chain([("phrases.toml", spoken)]) {
            for words in NEVER {
                assert!(!text.to_lowercase().contains(words), "{language}/{name} says \"{words}\"");
            }
        }
    }
}

#[test]
fn d14_after_a_call_what_was_agreed_is_written_and_the_final_letter_points_onward() {
    let mut call = combination(Channel::Email, Issue::Billing);
    call.situation = Some(Situation::AfterCall);
    let draft = written(&call);
    let names: Vec<&str> = draft.slots.iter().map(|slot| slot.name.as_str()).collect();
    assert_eq!(names, ["day_of_the_call", "what_was_agreed"], "{}", draft.text);
    let ombudsman = "name = \"starter\"\nombudsman = { name = \"the Ombudsman\", text = \"You can turn to the Ombudsman, free of charge, within six months.\" }";
    let regulated =
        Playbook::parse("r.toml", &crate::playbook::STARTER.replace("name = \"starter\"", ombudsman)).unwrap();
    for situation in [Situation::StopUnsolvable, Situation::StopAbusive, Situation::Close] {
        call.situation = Some(situation);
        let (draft, _) = drafted(&TEMPLATES, &regulated, &call, now()).unwrap();
        assert!(draft.text.contains("within six months"), "{}", draft.text);
        assert!(!written(&call).text.contains("Ombudsman"));
    }
}

#[test]
fn e3_the_satisfaction_check_asks_and_tells_of_the_post() {
    let mut check = combination(Channel::Email, Issue::Billing);
    check.situation = Some(Situation::SatisfactionCheck);
    check.phrasing = 1;
    let text = written(&check).text;
    assert!(text.contains("Is it settled for you now?") && text.contains("nothing about you"), "{text}");
}

#[test]
fn e4_the_follow_up_post_has_facts_and_no_opinion_and_names_no_offer_where_it_may_not() {
    for channel in Channel::ALL.iter().copied().filter(|channel| channel.usual_visibility() == Visibility::Public) {
        let mut post = combination(channel, Issue::Delivery);
        post.situation = Some(Situation::FollowUpPost);
        let draft = written(&post);
        assert!(!has(&draft.text, &["marsh", "happy", "glad", "a refund", "sorry"]), "{}", draft.text);
        let mentioned = TEMPLATES.channels().get(channel).unwrap().offers_mentioned;
        assert_eq!(draft.text.contains("offer"), mentioned, "{}", draft.text);
        assert!(draft.notes.iter().any(|note| note.contains("before you post it")), "{:?}", draft.notes);
    }
}

#[test]
fn e5_letters_that_stop_need_a_person_attempts_and_an_offer() {
    let example = Example::complaint(Channel::Email, Issue::Delivery);
    let attempt = |choice: &Choice, trigger: Option<Trigger>| {
        answered(&Example { trigger, ..example.clone() }, &example.message(), choice, &BTreeMap::new())
    };
    for situation in [Situation::StopUnsolvable, Situation::StopAbusive] {
        let mut choice = Choice { situation: Some(situation), ..Choice::default() };
        let error = attempt(&choice, None).unwrap_err();
        for words in ["the person who decided it", "2 recorded attempts", "an offer that was made"] {
            assert!(error.to_string().contains(words), "{error}");
        }
        assert!(error.hint().unwrap().contains("--by NAME"), "{:?}", error.hint());
        choice.by = Some("Nora Lind".to_owned());
        choice.attempts = 2;
        assert!(attempt(&choice, None).unwrap_err().to_string().ends_with("it needs an offer that was made"));
        choice.offers_made = vec!["a full refund".to_owned()];
        let draft = attempt(&choice, None).unwrap();
        assert!(draft.text.contains("- a full refund") && !draft.text.contains("[["), "{}", draft.text);
        assert!(
            draft.notes.iter().any(|note| note.starts_with("decided by Nora Lind after 2 attempts")),
            "{:?}",
            draft.notes
        );
        assert!(draft.notes.iter().any(|note| note.contains("Ruth Adler decides this")), "{:?}", draft.notes);
        let error = attempt(&choice, Some(Trigger::SelfHarm)).unwrap_err();
        assert!(matches!(error, DraftError::TriggerStands { .. }), "{error}");
    }
}

#[test]
fn item6_the_same_input_gives_the_same_bytes_on_any_number_of_threads() {
    let all: Vec<Combination> = complaints().into_iter().step_by(17).collect();
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| all.par_iter().map(|one| serde_json::to_string(&written(one)).unwrap()).collect::<Vec<_>>())
    };
    let fresh: Vec<String> = {
        let templates = Templates::embedded().unwrap();
        all.iter()
            .map(|one| serde_json::to_string(&drafted(&templates, &STARTER, one, now()).unwrap().0).unwrap())
            .collect()
    };
    let (one, four) = (on(1), on(4));
    assert_eq!(one, four);
    assert_eq!(one, fresh);
}

#[test]
fn fifty_replies_do_not_read_alike() {
    let mut texts: Vec<String> = (0..50)
        .map(|number| {
            let example = Example::complaint(Channel::Email, Issue::Delivery);
            let message = Message { id: format!("m{number}"), ..example.message() };
            answered(&example, &message, &Choice::default(), &BTreeMap::new()).unwrap().text
        })
        .collect();
    texts.sort();
    texts.dedup();
    assert!(texts.len() >= 20, "{} of 50 differ", texts.len());
    assert_ne!(Variety::nth(0), Variety::nth(1));
}

#[test]
fn every_word_of_the_built_in_playbooks_is_there_in_german() {
    let pack = TEMPLATES.pack(Language::DE).unwrap();
    let mut texts = Vec::new();
    for text in [crate::playbook::STARTER, crate::playbook::SERVICE, crate::playbook::REGULATED] {
        let playbook = Playbook::parse("p.toml", text).unwrap();
        let policy = playbook.policy();
        texts.extend([policy.voice.greeting.clone(), policy.voice.sign_off.clone()]);
        texts.extend(policy.contacts.values().map(|contact| contact.get_ref().role.clone()));
        texts.extend(policy.promises.iter().flat_map(|promise| [promise.text.clone(), promise.failing.clone()]));
        texts.extend(policy.offers.iter().map(|offer| offer.text.get_ref().clone()));
        texts.extend(policy.ombudsman.iter().map(|ombudsman| ombudsman.get_ref().text.clone()));
    }
    let questions: toml::Table = toml::from_str(include_str!("../../data/lexicons/questions.toml")).unwrap();
    for question in questions["question"].as_array().unwrap() {
        texts.push(question["text"].as_str().unwrap().to_owned());
    }
    for text in texts {
        assert!(pack.translations().of(&text).is_some_and(|german| !german.is_empty()), "no German for: {text}");
    }
}

#[test]
fn words_without_a_translation_become_slots_and_are_noted() {
    let text = crate::playbook::STARTER
        .replace("a free repair, collected from your door", "a visit by our engineer")
        .replace("greeting = \"Hello\"", "greeting = \"Ahoy\"");
    let playbook = Playbook::parse("own.toml", &text).unwrap();
    let mut quality = combination(Channel::Email, Issue::Quality);
    quality.language = Language::DE;
    let (draft, _) = drafted(&TEMPLATES, &playbook, &quality, now()).unwrap();
    assert!(draft.text.contains("[[FILL: auf Deutsch: Ahoy]] Lee,"), "{}", draft.text);
    assert!(draft.text.contains("- [[FILL: auf Deutsch: a visit by our engineer]]"), "{}", draft.text);
    assert!(draft.notes.iter().any(|note| note == "in German, as asked"), "{:?}", draft.notes);
}
