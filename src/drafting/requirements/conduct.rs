//! Who is behind a draft, what no draft says, and whom one may invite to tell others.

use super::*;
use crate::gate::{Gate, Reply};
use crate::playbook::{REGULATED, SERVICE};

fn playbooks() -> Vec<Playbook> {
    [crate::playbook::STARTER, SERVICE, REGULATED].iter().map(|text| Playbook::parse("p.toml", text).unwrap()).collect()
}

/// Every situation on some channels, judged each way, with and without a trigger.
fn situations() -> Vec<Combination> {
    let mut all = Vec::new();
    for channel in [Channel::Email, Channel::Chat, Channel::X, Channel::Tripadvisor, Channel::Trustpilot] {
        for &situation in Situation::ALL {
            for validity in [Validity::LikelyValid, Validity::Unclear, Validity::LikelyUnfounded] {
                for trigger in [None, Some(Trigger::Fraud), Some(Trigger::Threat), Some(Trigger::Legal)] {
                    for language in LANGUAGES {
                        let mut one = combination(channel, Issue::Billing);
                        (one.language, one.situation) = (language, Some(situation));
                        (one.example.validity, one.example.trigger) = (validity, trigger);
                        all.push(one);
                    }
                }
            }
        }
    }
    all
}

fn made(templates: &Templates, playbook: &Playbook, one: &Combination) -> Option<Draft> {
    match drafted(templates, playbook, one, now()) {
        Ok((draft, _)) => Some(draft),
        Err(DraftError::Misplaced { .. } | DraftError::TriggerStands { .. }) => None,
        Err(error) => panic!("{error}: {one}"),
    }
}

#[test]
fn a7_the_draft_view_names_who_answers_who_is_next_and_when_to_go_up() {
    for playbook in playbooks() {
        for channel in [Channel::Email, Channel::X, Channel::Trustpilot] {
            let one = combination(channel, Issue::Billing);
            let (message, thread, analysis) = (one.example.message(), one.example.thread(), one.example.analysis());
            let asked = DecideInput { message: &message, thread: &thread, analysis: &analysis, verdict: None };
            let decision = decide(&playbook, &asked);
            let draft = made(&TEMPLATES, &playbook, &one).unwrap();
            let owner = decision.owner.unwrap();
            let line = draft.notes.iter().find(|note| note.starts_with(&format!("{} answers", owner.name))).unwrap();
            assert!(line.contains(&format!("(deputy {})", owner.deputy.unwrap())), "{line}");
            assert!(!decision.escalation.is_empty(), "{channel}");
            for step in decision.escalation {
                assert!(line.contains(&format!("behind: {}, {}", step.contact.name, step.when)), "{line}");
            }
        }
    }
}

#[test]
fn c5_no_draft_accuses_anyone() {
    const ACCUSES: &[&str] = &[
        "fake",
        "fraudulent",
        "liar",
        "lying",
        " lie ",
        "untrue",
        "malicious",
        "malice",
        "competitor",
        "defam",
        "slander",
        "invented",
        "you claim",
        "alleged",
        "abusive",
        "dishonest",
        "betrüger",
        "lüge",
        "unwahr",
        "böswillig",
        "erfunden",
        "angeblich",
        "konkurrenz",
        "verleumd",
        "sie behaupten",
        "unverschämt",
    ];
    let mut seen = 0;
    for one in situations() {
        let Some(draft) = made(&TEMPLATES, &STARTER, &one) else { continue };
        seen += 1;
        for words in ACCUSES {
            assert!(!draft.text.to_lowercase().contains(words), "\"{words}\" in {one}: {}", draft.text);
        }
    }
    assert!(seen > 500, "{seen}");
}

#[test]
fn d14_a_regulated_firm_points_to_the_ombudsman_and_confirms_calls_in_writing() {
    let bank = playbooks().remove(2);
    let ombudsman = &bank.policy().ombudsman.as_ref().unwrap().get_ref().text;
    for situation in [Situation::AfterCall, Situation::Close, Situation::StopUnsolvable, Situation::StopAbusive] {
        let mut letter = combination(Channel::Email, Issue::Billing);
        letter.situation = Some(situation);
        let draft = made(&TEMPLATES, &bank, &letter).unwrap();
        let last = situation != Situation::AfterCall;
        assert_eq!(draft.text.contains(ombudsman), last, "{situation}: {}", draft.text);
        let agreed = draft.slots.iter().any(|slot| slot.name == "what_was_agreed");
        assert_eq!(agreed, situation == Situation::AfterCall, "{}", draft.text);
    }
}

#[test]
fn d14_the_first_answer_of_a_regulated_firm_says_when_the_final_one_comes() {
    let bank = playbooks().remove(2);
    // Written on Monday 23 November 2026.
    for (issue, due) in [(Issue::Billing, "by Monday 14 December"), (Issue::Staff, "by Monday 18 January")] {
        let mut first = combination(Channel::Email, issue);
        let said = format!("You will have our final answer {due} at the latest.");
        assert!(made(&TEMPLATES, &bank, &first).unwrap().text.contains(&said), "{issue:?}");
        assert!(!made(&TEMPLATES, &STARTER, &first).unwrap().text.contains("final answer"), "a shop");
        first.example.mood = Mood::Calm;
        assert!(
            !made(&TEMPLATES, &bank, &first).is_some_and(|draft| draft.text.contains("final answer")),
            "no complaint"
        );
    }
}

#[test]
fn e6_they_may_tell_others_only_once_it_is_settled_and_for_nothing_in_exchange() {
    for playbook in playbooks() {
        let rules = Gate::new(&playbook, TEMPLATES.channels());
        for language in LANGUAGES {
            for phrasing in 0..TEMPLATES.most_phrasings() {
                for &issue in Issue::ALL {
                    let mut letter = combination(Channel::Email, issue);
                    (letter.language, letter.phrasing) = (language, phrasing);
                    letter.situation = Some(Situation::Invite);
                    let draft = made(&TEMPLATES, &playbook, &letter).unwrap();
                    assert!(!draft.blocks[1].on && !draft.blocks[2].on, "nothing to be sorry for, nothing to give");
                    assert!(draft.slots.is_empty(), "{}", draft.text);
                    let freely = ["give nothing for it", "nothing in it for you", "gibt nichts dafür", "gegenleistung"];
                    assert!(has(&draft.text, &freely), "{}", draft.text);
                    let pressing = [
                        "stars",
                        " rating",
                        "sterne",
                        "bewertung",
                        "update your",
                        "remove",
                        "delete",
                        "löschen",
                        "discount",
                        "voucher",
                        "credit",
                        "gutschein",
                        "in return",
                    ];
                    assert!(!has(&draft.text, &pressing), "{}", draft.text);
                    let reply = Reply { lang: language.code(), ..Reply::new(&draft.text, Channel::Email) };
                    assert!(rules.check(&reply).passes(), "{}", draft.text);
                }
            }
        }
    }
}

#[test]
fn e6_nobody_is_invited_who_has_not_said_that_it_is_settled() {
    let attempt = |channel: Channel, satisfied: bool, trigger: Option<Trigger>| {
        let example = Example { trigger, ..Example::complaint(channel, Issue::Delivery) };
        let choice = Choice { situation: Some(Situation::Invite), satisfied, ..Choice::default() };
        answered(&example, &example.message(), &choice, &BTreeMap::new())
    };
    let error = attempt(Channel::Email, false, None).unwrap_err();
    assert!(matches!(error, DraftError::NotSettled { .. }), "{error}");
    assert!(error.hint().unwrap().contains("satisfaction_check"), "{:?}", error.hint());
    assert!(attempt(Channel::Email, true, None).is_ok());
    let error = attempt(Channel::Email, true, Some(Trigger::Injury)).unwrap_err();
    assert!(matches!(error, DraftError::TriggerStands { .. }), "{error}");
    for channel in [Channel::Trustpilot, Channel::X, Channel::EmployerReview] {
        let error = attempt(channel, true, None).unwrap_err();
        assert!(matches!(error, DraftError::Misplaced { .. }), "{channel}: {error}");
    }
}

#[test]
fn item6_thousands_of_drafts_are_the_same_bytes_on_any_number_of_threads_and_loaded_anew() {
    let all = situations();
    let books = playbooks();
    let each = |templates: &Templates, books: &[Playbook], one: &Combination| {
        books.iter().map(|book| serde_json::to_string(&made(templates, book, one)).unwrap()).collect::<String>()
    };
    let on = |threads| {
        // Tables with keys in an order of chance would be built anew, too.
        let (templates, books) = (Templates::embedded().unwrap(), playbooks());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| all.par_iter().map(|one| each(&templates, &books, one)).collect::<Vec<_>>())
    };
    let one = on(1);
    assert!(all.len() * books.len() > 4_000, "{}", all.len());
    assert!(one == on(2), "two threads");
    assert!(one == on(5), "five threads");
    let mut backwards: Vec<String> = all.iter().rev().map(|one| each(&TEMPLATES, &books, one)).collect();
    backwards.reverse();
    assert!(one == backwards, "the order in which they are asked for");
}
