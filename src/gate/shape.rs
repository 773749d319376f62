//! Rules about the reply as a whole: what it names, what happens next, how loud it is, whether it is a copy.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

use super::house::House;
use super::offers::is_offered;
use super::read::Read;
use super::report::{Finding, Skipped};
use super::reviews::words;
use super::rule::RuleId;
use crate::analysis::Span;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Boilerplate {
    generic: Vec<String>,
    shout: BTreeSet<String>,
}

#[expect(clippy::expect_used, reason = "the embedded file is read by a test")]
static BOILERPLATE: LazyLock<Boilerplate> = LazyLock::new(|| {
    toml::from_str(include_str!("../../data/gate/boilerplate.toml")).expect("data/gate/boilerplate.toml is valid")
});

/// A thank-you for praise answers no complaint: it needs neither issue nor next step.
static PRAISE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:kind|lovely|warm|generous|wonderful|nice|great|friendly|sweet|glowing|positive|encouraging) (?:words|review|feedback|message|rating|comments?|praise)|\bmade (?:our|my|their|his|her|the \w+'s) (?:day|week|morning|evening|weekend)|\b(?:delighted|thrilled|so glad|so happy|happy|glad|pleased|great|good|wonderful|lovely) (?:to (?:hear|read|know)|that you) (?:\w+ ){0,6}?(?:enjoy\w*|lov\w+|happy|lik\w+|pleased|well|great|perfect|smooth\w*|works?|arrived|satisfied)|\bthank you for (?:the|your) (?:five|5) stars|\bmeans (?:a lot|so much|the world) to (?:us|the|our)").ok()
});

/// Returns what the reply lacks, and what could not be looked for.
pub(super) fn missing(read: &Read<'_>, house: &House) -> (Vec<Finding>, Vec<Skipped>) {
    let mut findings = Vec::new();
    let mut skipped = Vec::new();
    let reply = read.reply;
    if reply.is_public() && reply.turn > house.max_public_replies {
        let finding = Finding::new(RuleId::ThirdPublicReply, read.end())
            .saying(format!("reply {} in public; the playbook allows {}", reply.turn, house.max_public_replies));
        findings.push(finding);
    }
    let praise = !read.has(".sorry") && PRAISE.as_ref().is_some_and(|praise| praise.is_match(reply.text));
    if praise {
        return (findings, skipped);
    }
    match reply.message {
        Some(message) if !names_issue(reply.text, message) => {
            findings.push(Finding::new(RuleId::NoIssueNamed, read.end()));
        }
        Some(_) => {}
        None if content(reply.text).is_empty() => findings.push(Finding::new(RuleId::NoIssueNamed, read.end())),
        None => skipped.push(Skipped {
            rule: RuleId::NoIssueNamed,
            needs: "the customer's message (--message), to see whether the reply names what it is about".to_owned(),
        }),
    }
    let next = [".contact", ".invite", ".action", ".offered", ".report"];
    let offered = || read.marks_under(".thing.").any(|thing| is_offered(read, thing));
    let outcome = || read.marks_under(".outcome.").next().is_some();
    if !next.iter().any(|label| read.has(label)) && !offered() && !outcome() && !acts(read) {
        findings.push(Finding::new(RuleId::NoNextStep, read.end()));
        if read.sentences.len() >= WHOLE_REPLY {
            findings.extend(elsewhere(reply.text).map(|span| Finding::new(RuleId::BrushOff, span)));
        }
    }
    // They are only sent somewhere, and nobody here does anything.
    let kept = [".contact", ".action", ".offered", ".report", ".date"];
    if let Some(invite) = read.marks(".invite").find(|_| !kept.iter().any(|label| read.has(label))) {
        findings.push(Finding::new(RuleId::BrushOff, read.sentence_span(invite.sentence)));
    }
    if reply.is_public() && !read.has(".report") && !reports_in_other_words(read) {
        findings.push(Finding::new(RuleId::NoReportBack, read.end()));
    }
    (findings, skipped)
}

#[expect(clippy::expect_used, reason = "compiled by the tests of the gate")]
/// A place that onlookers read, and something that will stand there.
static HERE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:comment|stand|find|read|add|write|post|note|answer|reply|tell|say|confirm|report|know|hear|see|get|show|put|update|be|is|are|follow|come|go|goe|look|sum|summ|publish|publishe|back|appear)(?:s|ed|ing)?\b[^.!?\n]{0,40}\b(?:here|on here|under here|(?:in|into|on|under|below|beneath) (?:this|your|the) (?:thread|page|post|review|comment|reply|answer)|this (?:reply|answer|comment|thread|page)|below|underneath)\b|\b(?:here|on here|under here|(?:in|into|on|under|below|beneath) (?:this|your|the) (?:thread|page|post|review|comment|reply|answer)|this (?:reply|answer|comment|thread|page)|below|underneath)\b[^.!?\n]{0,40}\b(?:comment|stand|find|read|add|write|post|note|answer|reply|tell|say|confirm|report|know|hear|see|get|show|put|update|be|is|are|follow|come|go|goe|look|sum|summ|publish|publishe|back|appear)(?:s|ed)?\b")
        .expect("an expression in the code is valid")
});
#[expect(clippy::expect_used, reason = "compiled by the tests of the gate")]
/// What the customer is asked to do there.
static THEY_DO: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\W*(?:please|kindly|could you|would you|leave|send|write|post|email|message|call|reply)\b")
        .expect("an expression in the code is valid")
});

#[expect(clippy::expect_used, reason = "compiled by the tests of the gate")]
/// What they did there.
static THEY_DID: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\byou(?:'ve|’ve| have| had|'d|’d)? (?:\w+ )?(?:were|stayed|came|been|visited|ate|had|sat|are|wrote|written|posted|left|booked|told|described|said|shared|complained)\b|\b(?:your|the) (?:stay|visit|evening|night|meal|weekend|day)\b")
        .expect("an expression in the code is valid")
});

#[expect(clippy::expect_used, reason = "compiled by the tests of the gate")]
/// What somebody of ours does, in the present tense, or will do.
static DOES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:phones?|calls?|rings?|telephones?|writes?|mails?|emails?|texts?|looks?|checks?|goes|opens?|tests?|traces?|reads?|brings?|comes|sends?|takes?|asks?|measures?|repairs?|inspects?|walks?|compares?|posts?|fixes|picks?|sits?|reports?|examines?|collects?|visits?|meets?|runs?|sees|tries|tells?|answers?|starts?|shall|will)\b|\w['’](?:ll)\b")
        .expect("an expression in the code is valid")
});

#[expect(clippy::expect_used, reason = "compiled by the tests of the gate")]
/// Where people are sent who are to help themselves.
static ELSEWHERE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)[^.!?\n]*\b(?:web ?site|help cent(?:er|re)|help pages?|contact form|faqs?|knowledge base|support pages?|portal|hotline|app store|manual)\b[^.!?\n]*[.!?]?")
        .expect("an expression in the code is valid")
});

/// Sentences from which a text is a reply and not a line of one.
const WHOLE_REPLY: usize = 3;

/// Returns the sentence that sends them elsewhere, in a reply in which nothing happens next.
fn elsewhere(text: &str) -> Option<Span> {
    let found = ELSEWHERE.find(text)?;
    let blank = found.as_str().len() - found.as_str().trim_start().len();
    Some(Span { from: found.start() + blank, to: found.end() })
}

/// Whether a sentence with a date says what somebody does.
fn acts(read: &Read<'_>) -> bool {
    (0..read.sentences.len()).any(|sentence| {
        let text = read.sentence_span(sentence).of(read.reply.text);
        read.sentence_has(sentence, ".date") && DOES.is_match(text) && !THEY_DID.is_match(text)
    })
}

/// Whether a dated sentence says in other words than the phrases that the outcome will stand where the complaint stands.
fn reports_in_other_words(read: &Read<'_>) -> bool {
    (0..read.sentences.len()).filter(|&sentence| read.sentence_has(sentence, ".date")).any(|sentence| {
        let text = read.sentence_span(sentence).of(read.reply.text);
        text.split([';', ':', ','])
            .any(|clause| HERE.is_match(clause) && !THEY_DO.is_match(clause) && !THEY_DID.is_match(clause))
    })
}

/// Words that say something, without names, dates and what fits everywhere.
fn content(text: &str) -> BTreeSet<String> {
    words(text)
        .filter(|(_, span)| {
            // A capital inside a sentence is a name.
            let before = text.get(..span.from).unwrap_or_default().trim_end();
            let starts = before.is_empty() || before.ends_with(['.', '!', '?', ':', '\n', ',']);
            let capital = span.of(text).starts_with(char::is_uppercase);
            !capital || (starts && !before.ends_with(','))
        })
        .map(|(word, _)| word)
        .filter(|word| word.chars().count() >= 3 && word.chars().all(|c| c.is_alphabetic() || c == '\'' || c == '’'))
        .filter(|word| !is_generic(word))
        .map(|word| stem(&word))
        .collect()
}

fn is_generic(word: &str) -> bool {
    BOILERPLATE
        .generic
        .iter()
        .any(|start| if start.len() <= 3 { word == start } else { word.starts_with(start.as_str()) })
}

/// The first five letters: enough to see that "deliver" and "delivery" are one thing.
fn stem(word: &str) -> String {
    let stem: String = word.chars().take(5).collect();
    stem.strip_suffix('s').map_or_else(|| stem.clone(), str::to_owned)
}

/// Words beyond the generic with which a reply has an issue, though it names it in other words than the message.
const OWN_WORDS: usize = 5;

/// Whether a reply names something of the message, or at least something.
fn names_issue(reply: &str, message: &str) -> bool {
    let ours = content(reply);
    let theirs: BTreeSet<String> = words(message)
        .map(|(word, _)| word)
        .filter(|word| word.chars().count() >= 3 && !is_generic(word))
        .map(|word| stem(&word))
        .collect();
    ours.intersection(&theirs).next().is_some() || ours.len() >= OWN_WORDS
}

static CAPITALS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\b[A-Z]{2,}(?:['’][A-Z]+)?\b(?:[ ,]+[A-Z]+(?:['’][A-Z]+)?\b)*").ok());

/// Returns words that shout: common words in capitals, and the capitals around them.
pub(super) fn capitals(read: &Read<'_>) -> Vec<Finding> {
    let Some(pattern) = CAPITALS.as_ref() else {
        return Vec::new();
    };
    let text = read.reply.text;
    let quoted: Vec<Span> = read.quotes().iter().map(|&(from, to)| read.span(from, to)).collect();
    pattern
        .find_iter(text)
        .filter(|found| {
            let shouts = found
                .as_str()
                .split([' ', ','])
                .any(|word| BOILERPLATE.shout.contains(&word.to_lowercase().replace('’', "'")));
            let theirs = read.reply.message.is_some_and(|message| message.contains(found.as_str()));
            let mentioned = quoted.iter().any(|quote| quote.from <= found.start() && found.end() <= quote.to);
            shouts && !theirs && !mentioned
        })
        .map(|found| Finding::new(RuleId::Capitals, Span { from: found.start(), to: found.end() }))
        .collect()
}

/// Share of word triples from which a text is a copy.
const COPY: f64 = 0.6;
/// Words in a row that are compared.
const RUN: usize = 3;

/// Returns whether the reply is nearly one that was sent lately: names, days and figures do not count.
pub(super) fn copy_of_recent(read: &Read<'_>) -> Option<Finding> {
    let ours = triples(read.reply.text);
    if ours.is_empty() {
        return None;
    }
    let most = read
        .reply
        .recent
        .iter()
        .map(|recent| {
            let theirs = triples(recent);
            let both = ours.intersection(&theirs).count() as f64;
            both / (ours.union(&theirs).count().max(1) as f64)
        })
        .fold(0.0, f64::max);
    (most >= COPY).then(|| {
        Finding::new(RuleId::CopyOfRecent, Span { from: 0, to: read.end().to })
            .saying(format!("{:.0} % of it stands in a reply that was sent lately", most * 100.0))
    })
}

fn triples(text: &str) -> BTreeSet<Vec<String>> {
    let kept: Vec<String> = words(text)
        .filter(|(word, span)| {
            !span.of(text).starts_with(char::is_uppercase) && !word.contains(|c: char| c.is_ascii_digit())
        })
        .map(|(word, _)| word)
        .collect();
    kept.windows(RUN).map(<[String]>::to_vec).collect()
}
