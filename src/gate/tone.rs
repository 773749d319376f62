//! Rules that are phrases and little else: sorry, fault, accusation, threat, blame, mockery.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::house::House;
use super::read::{Mark, Read};
use super::report::Finding;
use super::rule::RuleId;
use super::stance;
use crate::draft::Verdict;
use crate::scoring::lexicon::embedded_regex;

/// Returns what the phrases find.
pub(super) fn find(read: &Read<'_>, house: &House) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for &mark in read.all_marks() {
        let (name, plain) = mark.label.strip_suffix('!').map_or((mark.label, true), |name| (name, false));
        let Ok(rule) = name.parse::<RuleId>() else {
            continue;
        };
        let before = read.before(mark);
        // What runs from one sentence into the next was said in neither; but a *but* looks back, and a price may be named after the gift.
        if !matches!(rule, RuleId::ButAfterApology | RuleId::FraudAccusation | RuleId::CompensationForReview)
            && read.crosses_sentences(mark)
        {
            continue;
        }
        if stance::asked(before, read.after(mark)) || stance::not_said(before) || concedes(rule, read, mark) {
            continue;
        }
        if !applies(rule, read, house) || (plain && !stance::asserted(read.before(mark))) || spared(rule, read, mark) {
            continue;
        }
        let span = read.span(mark.from, mark.to);
        let known =
            findings.iter_mut().find(|known| known.rule == rule && known.from < span.to && span.from < known.to);
        if let Some(known) = known {
            known.from = known.from.min(span.from);
            known.to = known.to.max(span.to);
        } else {
            findings.push(Finding::new(rule, span));
        }
    }
    // A sorry for their feelings is one fault, not two.
    let sorry_for_feelings: Vec<(usize, usize)> =
        findings.iter().filter(|f| f.rule == RuleId::NonApology).map(|f| (f.from, f.to)).collect();
    findings.retain(|finding| {
        finding.rule != RuleId::ResponsibilityNotValid
            || !sorry_for_feelings.iter().any(|&(from, to)| from < finding.to && finding.from < to)
    });
    findings.extend(but_after_apology(read));
    findings.extend(long_apology(read));
    findings
}

fn applies(rule: RuleId, read: &Read<'_>, house: &House) -> bool {
    let reply = read.reply;
    match rule {
        // What a person has found valid may be admitted, and told as it was.
        RuleId::ResponsibilityNotValid | RuleId::PassiveDodge => reply.verdict != Some(Verdict::Valid),
        // Who reviews an employer works there, or did.
        RuleId::ConfirmsCustomer => {
            house.regulated && reply.is_public() && reply.channel != crate::message::Channel::EmployerReview
        }
        _ => true,
    }
}

/// Exceptions that need more than the words themselves.
fn spared(rule: RuleId, read: &Read<'_>, mark: Mark) -> bool {
    match rule {
        // Beside who answers and when, an address is a way in.
        RuleId::BrushOff => {
            read.marks(".contact").chain(read.marks(".action")).any(|kept| read.sentence_has(kept.sentence, ".date"))
        }
        RuleId::Swag => {
            let words = read.words(mark.from, mark.to);
            is_known_thing(read.before(mark), words)
                || IS_TOLD_OF.is_match(words)
                || IS_TOLD_OF.is_match(read.after(mark))
        }
        RuleId::ResponsibilityNotValid => {
            read.before(mark).ends_with(b"if ") || read.before(mark).ends_with(b"whether ")
        }
        _ => false,
    }
}

/// What became of a thing that the customer was to have: "the free gift that our page promised was not in the parcel".
static IS_TOLD_OF: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:that|which) (?:our (?:page|site|advert|shop|listing|leaflet)|you|was|were|came|should)\b|\b(?:was|were|is|are) (?:missing|lost|torn|broken|not in|never)\b|\bnever (?:came|arrived)\b",
    )
});

/// A *but* that adds to what was suffered: "but that is only half of it".
static GOES_ON: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^,? ?(?:that|this|it)(?: is|'s| was) (?:(?:only|just) (?:half|part|one half|the half|a part|the start|the beginning)|not all|the least|no excuse|not enough)|^,? ?(?:also|only half|only part|not only)\b",
    )
});

/// Thanks right after it: what the customer did, they did well.
static THANKED: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"^[^.!?]{0,120}[.!?]\s+(?:thank you|thanks) for (?:that|it|doing|this)\b"));

/// Words after which a boast or a rule gives way to the customer's side.
static CONCESSION: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^[^.!?\n]{0,60}\b(?:yours|you (?:could|can|would)(?: not|n't)|did not help|does not help|do not help|don't help|is no (?:help|use|comfort|excuse)|are no (?:help|use|comfort|excuse))\b",
    )
});

/// Whether a sentence takes back what it seems to defend or to hold against the customer: "nine of ten arrive on time; yours did not".
fn concedes(rule: RuleId, read: &Read<'_>, mark: Mark) -> bool {
    let after = read.after(mark);
    match rule {
        RuleId::SarcasmOrDefensive => CONCESSION.is_match(after),
        RuleId::Blame => {
            CONCESSION.is_match(after)
                || stance::regretted(read.before(mark))
                || THANKED.is_match(read.words(mark.to, read.plain().len()))
        }
        RuleId::BrushOff | RuleId::LegalThreat => {
            stance::regretted(read.before(mark)) || read.words(mark.from, mark.to).starts_with(b"sorry about")
        }
        RuleId::ButAfterApology => GOES_ON.is_match(read.words(mark.to, read.plain().len())),
        _ => false,
    }
}

/// A word that tells whose a thing is.
const DETERMINER: &str = r"(an?|our|some|one|two|the|that|those|these|this)";
static IN_FRONT: LazyLock<Regex> = LazyLock::new(|| embedded_regex(&format!(r"\b{DETERMINER}(?: [\w'-]+)? $")));
static WITHIN: LazyLock<Regex> = LazyLock::new(|| embedded_regex(&format!(r"\b{DETERMINER}\b")));

/// Whether the thing is one that the reader knows: what they bought, not what we give.
fn is_known_thing(before: &[u8], words: &[u8]) -> bool {
    let ours = [&b"our"[..], b"free", b"complimentary", b"branded", b"logo", b"surprise", b"gift", b"thank", b"on us"];
    if ours.iter().any(|word| words.windows(word.len()).any(|part| part == *word)) {
        return false;
    }
    let known = |found: &[u8]| matches!(found, b"the" | b"that" | b"those" | b"these" | b"this");
    if let Some(found) = IN_FRONT.captures(before).and_then(|captures| captures.get(1)) {
        return known(found.as_bytes());
    }
    // What comes with "a" is new, whoever it is for: "send each of the children a balloon".
    let mut determiners = WITHIN.find_iter(words).map(|found| found.as_bytes()).peekable();
    determiners.peek().is_some() && determiners.all(known)
}

/// A *but* after the sorry, in its sentence or at the start of the next.
fn but_after_apology(read: &Read<'_>) -> Option<Finding> {
    read.marks(".but").find_map(|but| {
        let sorry = read.marks(".sorry").filter(|sorry| sorry.from < but.from).last()?;
        let opens = read.before(but).iter().all(|b| !b.is_ascii_alphanumeric());
        let same = sorry.sentence == but.sentence && !opens;
        let next = sorry.sentence + 1 == but.sentence && opens && !joins_blocks(read, sorry, but);
        let mild =
            [&b" we want"[..], b" we would", b" we'd", b" i want", b" i would", b" i'd", b" we can ", b" i can "]
                .iter()
                .any(|mild| read.after(but).starts_with(mild));
        let although = matches!(read.words(but.from, but.to), b"although")
            && same
            && !read.before(but).trim_ascii_end().ends_with(b",");
        let mild = mild || GOES_ON.is_match(read.after(but));
        // "I am sorry about it all the same." takes nothing back.
        let ends = read.after(but).iter().all(|b| !b.is_ascii_alphanumeric());
        ((same || next) && !mild && !although && !ends)
            .then(|| Finding::new(RuleId::ButAfterApology, read.span(but.from, but.to)))
    })
}

/// Whether a paragraph ends between two marks.
fn joins_blocks(read: &Read<'_>, first: Mark, second: Mark) -> bool {
    read.words(first.to, second.from).contains(&b'\n')
}

/// Words of one apology, beyond which it is about us.
const MOST_APOLOGY_WORDS: usize = 70;
/// Mentions of sorry that are still believed.
const MOST_SORRIES: usize = 3;

fn long_apology(read: &Read<'_>) -> Option<Finding> {
    let sorries: Vec<Mark> = read.marks(".sorry").collect();
    let (first, last) = (sorries.first()?, sorries.last()?);
    let mut sentences: Vec<usize> = sorries.iter().map(|sorry| sorry.sentence).collect();
    sentences.dedup();
    let words: usize = sentences
        .iter()
        .filter_map(|&sentence| read.sentences.get(sentence))
        .map(|&(from, to)| read.words(from, to).split(u8::is_ascii_whitespace).count())
        .sum();
    if sorries.len() <= MOST_SORRIES && words <= MOST_APOLOGY_WORDS {
        return None;
    }
    let (from, to) = (read.sentence_span(first.sentence).from, read.sentence_span(last.sentence).to);
    Some(Finding::new(RuleId::LongApology, crate::analysis::Span { from, to }))
}
