//! The gate as a whole: its fixtures, its phrasings, and what holds for every text.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;

use super::testing::{CLEAN, gate, gate_publishing, gate_with, regulated};
use super::*;
use crate::analysis::Validity;
use crate::draft::Verdict;
use crate::message::Channel;

const OPEN: &str = include_str!("../../data/fixtures/replies-open.toml");
const HELD_OUT: &str = include_str!("../../data/fixtures/replies-held-out.toml");
const UNSEEN: &str = include_str!("../../data/fixtures/replies-unseen.toml");
const FRESH: &str = include_str!("../../data/fixtures/gate-clean-fresh.toml");
const UNREAD: &str = include_str!("../../data/fixtures/replies-fresh.toml");
const PHRASINGS: &str = include_str!("../../data/fixtures/gate-phrasings.toml");

#[derive(Deserialize)]
struct Fixtures {
    reply: Vec<Fixture>,
}

#[derive(Deserialize)]
struct Fixture {
    id: String,
    channel: Channel,
    text: String,
    validity: Option<Validity>,
    verdict: Option<Verdict>,
    turn: Option<u32>,
    author: Option<String>,
    message: Option<String>,
    recent: Option<String>,
    profile: Option<String>,
    #[serde(default)]
    published: Vec<String>,
    fault: Option<RuleId>,
}

/// Found and planted faults by class, and clean replies with any finding and with an error.
#[derive(Debug, Default)]
struct Figures {
    found: BTreeMap<RuleId, (usize, usize)>,
    missed: Vec<String>,
    clean: usize,
    alarms: Vec<String>,
    alarm_rules: BTreeMap<RuleId, usize>,
    errors: usize,
}

fn measure(text: &str) -> Figures {
    measure_those(text, "")
}

/// The figures of the replies whose id begins so.
fn measure_those(text: &str, prefix: &str) -> Figures {
    let fixtures: Fixtures = toml::from_str(text).unwrap();
    let (default, regulated) = (gate(), regulated());
    let mut figures = Figures::default();
    for fixture in fixtures.reply.iter().filter(|fixture| fixture.id.starts_with(prefix)) {
        let recent: Vec<String> = fixture.recent.iter().cloned().collect();
        let reply = Reply {
            validity: fixture.validity.unwrap_or(Validity::Unclear),
            verdict: fixture.verdict,
            turn: fixture.turn.unwrap_or(1),
            author: fixture.author.as_deref().map_or(Author::Unknown, Author::Named),
            message: fixture.message.as_deref(),
            recent: &recent,
            ..Reply::new(&fixture.text, fixture.channel)
        };
        let gate = if fixture.profile.as_deref() == Some("regulated") { &regulated } else { &default };
        let publishing = (!fixture.published.is_empty()).then(|| gate_publishing(&fixture.published));
        let mut report = publishing.as_ref().unwrap_or(gate).check(&reply);
        // The replies were written before the playbook's words to avoid were a rule.
        report.findings.retain(|finding| finding.rule != RuleId::WordsToAvoid);
        if let Some(fault) = fixture.fault {
            let (found, planted) = figures.found.entry(fault).or_default();
            *planted += 1;
            if report.has(fault) {
                *found += 1;
            } else {
                figures.missed.push(fixture.id.clone());
            }
        } else {
            figures.clean += 1;
            figures.errors += usize::from(!report.passes());
            if !report.findings.is_empty() {
                figures.alarms.push(fixture.id.clone());
                for finding in &report.findings {
                    *figures.alarm_rules.entry(finding.rule).or_default() += 1;
                }
            }
        }
    }
    figures
}

fn table(figures: &Figures) -> String {
    let mut lines: Vec<String> =
        figures.found.iter().map(|(rule, (found, planted))| format!("{rule} {found}/{planted}")).collect();
    lines.push(format!(
        "clean {}: with a finding {}, with an error {}",
        figures.clean,
        figures.alarms.len(),
        figures.errors
    ));
    lines.join("\n")
}

/// The held-out half: its figures count. `cargo test held_out -- --nocapture` prints them by class.
#[test]
fn held_out_faults_are_found_and_clean_replies_pass() {
    let figures = measure(HELD_OUT);
    println!("{}", table(&figures));
    let (found, planted) = figures.found.values().fold((0, 0), |(a, b), (found, planted)| (a + found, b + planted));
    assert_eq!((planted, figures.clean), (100, 100));
    assert!(found * 100 >= 94 * planted, "{found} of {planted} found");
    assert!(figures.alarms.len() <= 1, "{} clean replies with a finding", figures.alarms.len());
}

/// A stranger's replies: the structural rules were mended on half "a", from which the model learns, too; nothing was ever read or learned of half "b".
/// `cargo test unseen -- --nocapture` prints them by class.
#[test]
fn a_strangers_unseen_replies_are_read_no_worse_than_when_they_were_measured() {
    for (half, floor, alarms, errors) in [("unseen-a", 56, 7, 6), ("unseen-b", 41, 4, 4)] {
        let figures = measure_those(UNSEEN, half);
        println!("{half}\n{}\n{:?}", table(&figures), figures.alarm_rules);
        let found: usize = figures.found.values().map(|(found, _)| found).sum();
        println!("found {found} of {}", figures.found.values().map(|(_, planted)| planted).sum::<usize>());
        assert!(found >= floor && figures.alarms.len() <= alarms && figures.errors <= errors, "{half}: {found}");
    }
}

/// Replies written without sight of the phrases, which have been open since; the model of the gate has learned from them, too.
#[test]
fn fresh_clean_replies_pass() {
    let figures = measure(FRESH);
    println!("{}", table(&figures));
    assert!(figures.clean == 261 && figures.alarms.len() <= 4, "{:?}", figures.alarms);
}

/// Whole replies of another day: on half "a" the phrases were widened, of half "b" only the figures were read. The model of the gate has learned from both, so these
/// figures only say how well it fits; docs/gate.md has those of before.
#[test]
fn faults_of_fresh_replies_are_found_and_clean_ones_pass() {
    for (half, floors, alarms, errors) in [("unread-a", [25, 20, 20], 3, 0), ("unread-b", [21, 19, 20], 6, 4)] {
        let figures = measure_those(UNREAD, half);
        println!("{half}\n{}", table(&figures));
        for (rule, floor) in
            [RuleId::FraudAccusation, RuleId::CompensationForReview, RuleId::Swag].into_iter().zip(floors)
        {
            assert!(figures.found[&rule].0 >= floor, "{half} {rule}: {:?}", figures.found[&rule]);
        }
        assert_eq!(figures.clean, 45);
        assert!(figures.alarms.len() <= alarms && figures.errors <= errors, "{half}: {:?}", figures.alarms);
    }
}

#[test]
fn open_faults_are_found_and_clean_replies_pass() {
    let figures = measure(OPEN);
    println!("{}", table(&figures));
    assert_eq!(figures.missed, Vec::<String>::new());
    assert_eq!(figures.alarms, Vec::<String>::new());
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Phrasings {
    found: BTreeMap<RuleId, Vec<String>>,
    not_found: BTreeMap<RuleId, Vec<String>>,
    spared: BTreeMap<String, Vec<String>>,
}

/// What the gate says about a phrase in an otherwise clean reply, and the text that it read.
fn check_phrase(rule: Option<RuleId>, phrase: &str) -> (String, Report) {
    let text = match rule {
        // An address with who answers and when is no brush-off.
        Some(RuleId::BrushOff) => format!("Hello Ana, a kettle that leaks is a nuisance. {phrase}"),
        _ => CLEAN.replacen("annoyed.", &format!("annoyed. {phrase}"), 1),
    };
    let channel = if rule == Some(RuleId::OfferNotInPlaybook) { Channel::Email } else { Channel::Facebook };
    let gate = if rule == Some(RuleId::ConfirmsCustomer) { regulated() } else { gate() };
    let report = gate.check(&Reply::new(&text, channel));
    (text, report)
}

#[test]
fn phrasings_are_found_in_an_otherwise_clean_reply_and_known_misses_are_listed() {
    let phrasings: Phrasings = toml::from_str(PHRASINGS).unwrap();
    let mut failures = Vec::new();
    for (lists, expected) in [(&phrasings.found, true), (&phrasings.not_found, false)] {
        for (&rule, phrases) in lists {
            for phrase in phrases {
                let (text, report) = check_phrase(Some(rule), phrase);
                if report.has(rule) != expected {
                    let found: Vec<_> = report.findings.iter().map(|f| (f.rule.name(), f.span().of(&text))).collect();
                    failures.push(format!("{rule}: {phrase:?} {found:?}"));
                }
            }
        }
    }
    for phrase in phrasings.spared.values().flatten() {
        let (text, report) = check_phrase(None, phrase);
        if !report.findings.is_empty() {
            let found: Vec<_> = report.findings.iter().map(|f| (f.rule.name(), f.span().of(&text))).collect();
            failures.push(format!("spared: {phrase:?} {found:?}"));
        }
    }
    assert!(failures.is_empty(), "{}:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn the_example_of_every_card_is_found_and_its_mend_is_not() {
    let (default, regulated) = (gate(), regulated());
    for &rule in RuleId::ALL {
        let card = rule.card();
        if card.example.starts_with('(') {
            continue;
        }
        let (gate, channel, message) = match rule {
            RuleId::ConfirmsCustomer => (&regulated, Channel::GoogleBusiness, None),
            RuleId::ChannelLaw => (&default, Channel::Trustpilot, None),
            RuleId::NoIssueNamed => (&default, Channel::Email, Some("The soup was cold, twice.")),
            RuleId::OfferNotInPlaybook | RuleId::Swag => (&default, Channel::Email, None),
            _ => (&default, Channel::Facebook, None),
        };
        let report = |text: &str| gate.check(&Reply { message, ..Reply::new(text, channel) });
        assert!(report(&card.example).has(rule), "{rule}: {} {:?}", card.example, report(&card.example).findings);
        assert!(!report(&card.mended).has(rule), "{rule}: {} {:?}", card.mended, report(&card.mended).findings);
    }
}

#[test]
fn d4_a_fault_apology_passes_only_with_a_persons_verdict() {
    let text = "We are sorry that we lost your parcel. Sam will ring you by Friday.";
    let gate = gate();
    for (validity, verdict, passes) in [
        (Validity::LikelyValid, None, false),
        (Validity::LikelyValid, Some(Verdict::Unfounded), false),
        (Validity::Unclear, Some(Verdict::Valid), true),
        (Validity::LikelyUnfounded, Some(Verdict::Valid), true),
    ] {
        let reply = Reply { validity, verdict, ..Reply::new(text, Channel::Email) };
        assert_eq!(!gate.check(&reply).has(RuleId::ResponsibilityNotValid), passes, "{validity} {verdict:?}");
    }
}

#[test]
fn d3_an_outcome_needs_an_approved_offer() {
    let gate = gate();
    let text = "We will refund you in full. Sam will ring you by Friday.";
    let check =
        |validity, channel| gate.check(&Reply { validity, ..Reply::new(text, channel) }).has(RuleId::WillOutcome);
    assert!(!check(Validity::LikelyValid, Channel::Email), "the playbook refunds what is valid");
    assert!(check(Validity::Unclear, Channel::Email));
    assert!(check(Validity::LikelyValid, Channel::Facebook), "its offers are private");
}

#[test]
fn d9_offers_follow_the_catalogue_and_its_limits() {
    let gate = gate();
    let check = |text: &str, validity| {
        gate.check(&Reply { validity, ..Reply::new(text, Channel::Email) }).has(RuleId::OfferNotInPlaybook)
    };
    assert!(!check("You can have 15 % off your next order.", Validity::LikelyValid));
    assert!(check("You can have 25 % off your next order.", Validity::LikelyValid));
    assert!(check("You can have a full refund to the way you paid.", Validity::LikelyUnfounded));
    assert!(!check("You can have free delivery on your next order.", Validity::LikelyUnfounded));
    for offer in &Playbook::embedded().unwrap().policy().offers {
        let text = format!("You can have {}.", offer.text.get_ref());
        assert!(!check(&text, offer.min_validity), "{text}");
    }
}

#[test]
fn personal_data_is_free_in_private_and_ours_in_public() {
    let gate = gate();
    let found = |text: &str, channel| gate.check(&Reply::new(text, channel)).has(RuleId::PersonalData);
    for text in [
        "Write to ana@post.example by Friday.",
        "We rang you on 020 7946 0663.",
        "We have +1 (312) 555-0186 on file.",
        "The card 4111 1111 1111 1111 was charged.",
        "Your account GB82 WEST 1234 5698 7654 32 was debited.",
        "The sum left DE89370400440532013000 ON FRIDAY.",
        "The engineer is booked for 118 Quarry Street.",
        "We found order 4471-2290.",
        "Your booking ref K7RQ2M is open.",
        "Ticket #88213 is with Sam.",
        "Born on 4 May 1981, you qualify.",
        "The van met your car, registration AB12 CDE.",
    ] {
        assert!(found(text, Channel::Facebook), "{text}");
        assert!(!found(text, Channel::Email), "{text}");
    }
    for text in [
        "Write to care@harbourpine.example or ring +44 20 7946 0123.",
        "Model KT-450 from 2019 costs £1,299.00; part 0208-7946-11 fits.",
        "We open 10:00-18:00, on 24/12/2026 until noon.",
        "The order of 14 November is here. Room 12 is free.",
        "@j0405198812 the 73 came at 10:15.",
    ] {
        assert!(!found(text, Channel::Facebook), "{text}");
    }
}

#[test]
fn a_reviewers_surname_stays_out_of_public_and_their_first_name_need_not() {
    let gate = gate();
    let found =
        |text: &str, author| gate.check(&Reply { author, ..Reply::new(text, Channel::Yelp) }).has(RuleId::PersonalData);
    assert!(found("Hello Dana Whitfield, thank you.", Author::Named("Dana Whitfield")));
    assert!(found("Thank you, Ms Whitfield.", Author::Named("Dana Whitfield")));
    assert!(!found("Hello Dana, thank you.", Author::Named("Dana Whitfield")));
    assert!(!found("Hello Tom, no baker would argue.", Author::Named("Tom Baker")));
    assert!(!found("Dear Google, dear User.", Author::Named("A Google User")));
    assert!(found("Dear Dana Whitfield, thank you.", Author::Unknown));
    assert!(!found("Dear Dana Whitfield, thank you.", Author::Ours));
}

#[test]
fn a_rule_that_the_playbook_switches_off_is_listed_with_its_reason() {
    let gate =
        gate_with(&[("[[rules]]", "[gate]\ncapitals = { off = true, reason = \"our brands shout\" }\n\n[[rules]]")]);
    let text = CLEAN.replace("is a nuisance", "is NOT right");
    let report = gate.check(&Reply::new(&text, Channel::Facebook));
    assert!(!report.has(RuleId::Capitals), "{report:?}");
    let skipped = report.skipped.iter().find(|skip| skip.rule == RuleId::Capitals).unwrap();
    assert!(skipped.needs.contains("our brands shout"), "{skipped:?}");
}

#[test]
fn what_cannot_be_looked_for_is_said() {
    let report = gate().check(&Reply::new(CLEAN, Channel::Facebook));
    let rules: Vec<RuleId> = report.skipped.iter().map(|skip| skip.rule).collect();
    assert_eq!(rules, [RuleId::PersonalData, RuleId::NoIssueNamed]);
    let german = Reply { lang: "de", ..Reply::new("Guten Tag, [[FILL: Name]]", Channel::Email) };
    let report = gate().check(&german);
    assert!(report.has(RuleId::UnfilledSlot));
    assert!(report.skipped.iter().any(|skip| skip.rule == RuleId::NonApology && skip.needs.contains("\"de\"")));
}

#[test]
fn over_limit_points_at_what_does_not_fit() {
    let text = format!("{} end", "word ".repeat(60));
    let report = gate().check(&Reply::new(&text, Channel::X));
    let finding = report.findings.iter().find(|finding| finding.rule == RuleId::OverLimit).unwrap();
    assert_eq!((finding.from, finding.to), (280, text.len()));
    assert!(finding.message.contains("280"), "{}", finding.message);
}

#[test]
fn invisible_characters_hide_nothing() {
    let text = CLEAN.replace("annoyed.", "annoyed. We will re\u{200b}fund\u{200d} you in\u{202e} full.");
    let report = gate().check(&Reply::new(&text, Channel::Facebook));
    assert!(report.has(RuleId::WillOutcome), "{report:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn spans_are_whole_characters_of_any_text(
        text in "(\\PC|\\x1b\\[31m|\u{202e}|\u{200b}|\\[\\[FILL: a\\]\\]|sorry |we will |refund |\n|“|’|é|€|[0-9 +@.]){0,60}",
        public in any::<bool>(),
    ) {
        let channel = if public { Channel::Tripadvisor } else { Channel::Email };
        let reply = Reply { message: Some(&text), author: Author::Named("Ana É"), ..Reply::new(&text, channel) };
        let gate = gate();
        let report = gate.check(&reply);
        for finding in &report.findings {
            prop_assert!(finding.from <= finding.to && text.get(finding.from..finding.to).is_some(), "{:?}", finding);
            prop_assert!(!finding.message.is_empty() && !finding.fix.is_empty());
        }
        prop_assert_eq!(gate.check(&reply), report);
    }

    #[test]
    fn a_planted_fault_is_found_wherever_it_stands(class in 0usize..6, sentence in 0usize..3) {
        let faults = [
            ("[[FILL: date]]", RuleId::UnfilledSlot),
            ("[[CONFIRM: we lost it]]", RuleId::UnconfirmedAdmission),
            ("This will never happen again.", RuleId::WillOutcome),
            ("We are sorry if you were upset.", RuleId::NonApology),
            ("Your review is obviously fake.", RuleId::FraudAccusation),
            ("We found order 4471-2290.", RuleId::PersonalData),
        ];
        let (fault, rule) = faults[class];
        let mut sentences: Vec<&str> = CLEAN.split_inclusive(". ").collect();
        let planted = format!("{fault} ");
        sentences.insert(sentence.min(sentences.len()), &planted);
        let text = sentences.concat();
        prop_assert!(gate().check(&Reply::new(&text, Channel::Facebook)).has(rule), "{}", text);
    }
}

#[test]
fn a_huge_text_is_read_to_its_end() {
    let text = format!("{}We will refund you.", "A kettle that leaks is a nuisance. ".repeat(3_000));
    let report = gate().check(&Reply::new(&text, Channel::Facebook));
    assert!(report.has(RuleId::WillOutcome) && report.has(RuleId::OverLimit), "{:?}", report.counts());
}
