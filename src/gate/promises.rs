//! What we say will happen: contacts need a date or a name, outcomes need an approved offer.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::house::House;
use super::offers::is_offered;
use super::read::{Mark, Read};
use super::report::Finding;
use super::rule::RuleId;
use super::stance;
use crate::playbook::OfferKind;
use crate::scoring::lexicon::embedded_regex;

/// Somebody in particular: he, she, a role that one person or one team holds.
static ROLE: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:he|she|who(?: [\w'-]+){1,5}|(?:our|the) (?:[\w'-]+ ){0,3}(?:manager|owner|head|lead|leader|director|chef|principal|foreman|founder|captain|partner|desk|customer care team|people team|\w+ team))(?: himself| herself|,)? ?$",
    )
});
/// A capitalised word inside or at the start of a sentence.
static NAME: LazyLock<Option<regex::Regex>> =
    LazyLock::new(|| regex::Regex::new(r"(?:^|[^\w'’])(?P<name>\p{Lu}[\p{Ll}'’-]+)").ok());
/// Capitalised words that name nobody.
const NO_NAMES: &[&str] = &[
    "We",
    "Our",
    "Your",
    "You",
    "The",
    "It",
    "And",
    "Then",
    "Please",
    "This",
    "That",
    "They",
    "There",
    "As",
    "In",
    "On",
    "At",
    "If",
    "Once",
    "When",
    "After",
    "So",
    "Thank",
    "Thanks",
    "A",
    "An",
    "One",
    "To",
    "For",
    "From",
    "By",
    "Leave",
    "Send",
    "Write",
    "Email",
    "Message",
    "Drop",
    "Kindly",
    "Call",
    "Use",
    "Until",
    "Today",
    "Tomorrow",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "More",
    "Expect",
    "Someone",
    "Somebody",
    "But",
    "Should",
    "Meanwhile",
    "My",
    "Is",
];
/// Words before a name with which the customer is greeted.
const GREETINGS: &[&str] = &["hello", "hi", "dear", "hey", "mr", "mrs", "ms", "miss", "mx", "dr", "thanks", "you"];

/// Whether a name or a role stands before a contact in its sentence, other than the customer's in a greeting.
fn is_named(read: &Read<'_>, contact: Mark) -> bool {
    let before = read.before(contact);
    if ROLE.is_match(before) {
        return true;
    }
    let start = read.sentences.get(contact.sentence).map_or(0, |&(start, _)| start);
    let text = read.span(start, contact.from).of(read.reply.text);
    let Some(names) = NAME.as_ref() else {
        return false;
    };
    names.captures_iter(text).filter_map(|captures| captures.name("name")).any(|name| {
        let lead = text.get(..name.start()).unwrap_or_default().trim_end().trim_end_matches('.');
        let last = lead.rsplit([' ', '\n']).next().unwrap_or_default().to_lowercase();
        !NO_NAMES.contains(&name.as_str()) && !GREETINGS.contains(&last.as_str())
    })
}

/// Returns contacts that nobody can hold us to.
pub(super) fn undated(read: &Read<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let dated_elsewhere = |sentence: usize| {
        read.marks(".contact")
            .chain(read.marks(".report"))
            .any(|mark| mark.sentence != sentence && read.sentence_has(mark.sentence, ".date"))
    };
    // One promise may be spoken of twice, and dated once.
    let said_when = |sentence: usize| {
        read.marks(".contact").any(|mark| {
            mark.sentence != sentence
                && mark.sentence.abs_diff(sentence) <= 2
                && dated(read, mark)
                && !read.reply.is_public()
        })
    };
    for contact in read.marks(".contact") {
        let before = read.before(contact);
        if AGREED.is_match(before) || stance::told_back(before) || is_past(before) {
            continue;
        }
        let dated = dated(read, contact);
        let nobody = read.marks(".nobody").find(|nobody| {
            nobody.sentence == contact.sentence
                && nobody.from <= contact.from
                && contact.from <= nobody.to + 60
                && !read.words(nobody.to, contact.from).iter().any(|b| matches!(b, b':' | b';'))
        });
        let named = nobody.is_none() && is_named(read, contact);
        let invited = read.reply.is_public()
            && read.marks(".invite").any(|invite| invite.sentence == contact.sentence && invite.from < contact.from);
        let vague = read.marks(".vague").any(|vague| vague.sentence == contact.sentence);
        let kept = match (dated, nobody) {
            (_, Some(_)) => false,
            (true, None) => true,
            (false, None) => {
                !vague && ((named || invited) && dated_elsewhere(contact.sentence) || said_when(contact.sentence))
            }
        };
        let from = nobody.filter(|nobody| nobody.from < contact.from).map_or(contact.from, |nobody| nobody.from);
        if !kept && findings.last().is_none_or(|last| last.to <= read.span(from, contact.to).from) {
            let finding = Finding::new(RuleId::PromiseWithoutDateOrOwner, read.span(subject(read, from), contact.to));
            findings.push(match nobody {
                Some(_) => finding
                    .saying("somebody will be in touch, and nobody is named")
                    .mend("name who: \"Nora will call you by Thursday at noon\""),
                None => finding,
            });
        }
    }
    findings
}

/// Includes the "we" or "I" before a range.
fn subject(read: &Read<'_>, from: usize) -> usize {
    let mut start = from;
    let words = read.words(from.saturating_sub(4), from);
    for subject in [&b"we "[..], b"i ", b"we", b"i"] {
        if words.ends_with(subject) {
            start = from - subject.len();
            break;
        }
    }
    start
}

static PAST: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:promised|agreed|said|told|would|who was to|supposed to|meant to|when|before|until|whether|if|so that)(?: [\w']+){0,4} ?$",
    )
});

fn is_past(before: &[u8]) -> bool {
    PAST.is_match(before) && !before.ends_with(b"we would ") && !before.ends_with(b"i would ")
}

/// Whether a date stands in the clause of a contact: not one that an earlier clause spoke of.
fn dated(read: &Read<'_>, contact: Mark) -> bool {
    let (start, _) = read.sentences.get(contact.sentence).copied().unwrap_or((contact.from, contact.to));
    let before = read.words(start, contact.from);
    let mut at = stance::clause_start(before, b";:");
    // "I am free on Tuesday at 14:00; say yes and I will ring": the customer's yes is no clause of its own.
    if at > 0 && CHOICE.is_match(&before[at..]) {
        at = stance::clause_start(&before[..at - 1], b";:");
    }
    let clause = start + at;
    read.marks(".date").any(|date| date.sentence == contact.sentence && date.from >= clause)
}

/// The customer's choice, on which something follows.
static CHOICE: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^\W*(?:please |just |simply )?(?:say|write|tell (?:me|us)|let (?:me|us) know|answer|choose|pick|type|reply|send)\b[^.;!?\n]{0,60}(?:,| and)(?: [\w'-]+){0,3} ?$",
    )
});

static WISH: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:want|wants|wanted|hope|hopes|hoping|like|aim|aims|trying|try|wish|love|determined|keen|whether|if|not promise|do our best|do all we can|find out|ask|asking|asked|check|checking|see|once|until|when|before|as soon as|so that|who|what|how|where|which|you thought|you hoped|you expected|you were told|you were promised|promised you|said)\b(?: [\w',-]+){0,8} ?$",
    )
});
/// What both sides have agreed is no promise of today's.
static AGREED: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"\bas (?:we |you and (?:i|\w+) )?(?:agreed|arranged|settled)\b[^.!?\n]*$"));
static CONTACT_OUTCOME: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:hear|call|ring|write|answer|reply|in touch|report|email|message|note|update|confirm|show|tell|meet|speak|talk|read)\b",
    )
});

/// Returns outcomes that we promise without an approved offer behind them.
pub(super) fn outcomes(read: &Read<'_>, house: &House) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for outcome in read.marks_under(".outcome.") {
        let before = read.before(outcome);
        let clause_at = stance::clause_start(before, b",;:");
        if stance::told_back(before) || stance::not_said(before) || WISH.is_match(&before[clause_at..]) {
            continue;
        }
        // What they choose from what was offered is then done: the offer itself is judged as one.
        if CHOICE.is_match(before) && read.marks_under(".thing.").any(|thing| is_offered(read, thing)) {
            continue;
        }
        if matches!(outcome.label, ".outcome.fix" | ".outcome.never")
            && CONTACT_OUTCOME.is_match(read.words(outcome.from, outcome.to))
        {
            continue;
        }
        let kind = match outcome.label {
            ".outcome.refund" => Some(OfferKind::Refund),
            ".outcome.replacement" => Some(OfferKind::Replacement),
            ".outcome.repair" => Some(OfferKind::Repair),
            ".outcome.cancellation" => Some(OfferKind::Cancellation),
            ".outcome.compensation" => Some(OfferKind::Compensation),
            _ => None,
        };
        let validity = read.reply.settled_validity();
        let backed = kind.is_some_and(|kind| house.catalogue.backs(kind, validity, read.reply.is_public()));
        let span = read.span(subject(read, outcome.from), outcome.to);
        if !backed && findings.iter().all(|known| known.to <= span.from || span.to <= known.from) {
            findings.push(Finding::new(RuleId::WillOutcome, span));
        }
    }
    findings
}
