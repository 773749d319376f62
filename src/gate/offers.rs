//! What is offered, held against the playbook's catalogue.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::house::House;
use super::phrases::PHRASES;
use super::read::{Mark, Read};
use super::report::Finding;
use super::rule::RuleId;
use super::stance;
use crate::analysis::Validity;
use crate::playbook::OfferKind;
use crate::playbook::schema::Offer;
use crate::scoring::lexicon::embedded_regex;
use crate::scoring::view::View;

/// The playbook's offers, read with the same phrases as the replies.
#[derive(Debug, Clone, Default)]
pub(super) struct Catalogue {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    kind: OfferKind,
    /// Its text in plain form.
    text: String,
    /// What it is made of: `.thing.percent`, ...
    things: BTreeSet<&'static str>,
    /// Figures in its text.
    figures: BTreeSet<String>,
    /// Words of its text that carry meaning.
    nouns: BTreeSet<String>,
    min_validity: Validity,
    max_validity: Option<Validity>,
    max_amount: Option<f64>,
    public: bool,
}

/// Why something may not be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The playbook does not hold it.
    Unknown,
    /// Not for a complaint of this validity.
    Validity,
    /// Only in private.
    Private,
}

static FIGURE: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r"\d+(?:[.,]\d+)?"));
static WORD: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r"[a-z]{3,}"));
/// Words around "free" that say nothing about what is free.
const EMPTY: &[&str] = &[
    "free",
    "the",
    "and",
    "you",
    "your",
    "our",
    "for",
    "with",
    "cost",
    "charge",
    "that",
    "can",
    "have",
    "complimentary",
    "extra",
    "all",
    "from",
    "next",
    "two",
    "one",
    "any",
    "house",
    "compliments",
    "gratis",
    "nothing",
    "additional",
    "expense",
    "per",
    "cent",
    "percent",
    "off",
    "order",
    "this",
    "back",
    "way",
];

impl Catalogue {
    pub(super) fn new(offers: &[Offer]) -> Self {
        let entries = offers
            .iter()
            .map(|offer| {
                let view = View::whole(offer.text.get_ref());
                let things = PHRASES
                    .find(&view)
                    .into_iter()
                    .map(|hit| PHRASES.rules()[hit.rule].label.as_str())
                    .filter(|label| label.starts_with(".thing."))
                    .collect();
                Entry {
                    kind: offer.kind,
                    text: String::from_utf8_lossy(view.bytes()).into_owned(),
                    things,
                    figures: all(&FIGURE, view.bytes()),
                    nouns: nouns(view.bytes()),
                    min_validity: offer.min_validity,
                    max_validity: offer.max_validity.as_ref().map(|most| *most.get_ref()),
                    max_amount: offer.max_amount.as_ref().map(|most| *most.get_ref()),
                    public: offer.public,
                }
            })
            .collect();
        Self { entries }
    }

    /// Whether an approved offer of this kind may be made: the outcome is backed.
    pub(super) fn backs(&self, kind: OfferKind, validity: Validity, public: bool) -> bool {
        self.entries.iter().any(|entry| entry.kind == kind && entry.fits(validity) && (!public || entry.public))
    }

    fn judge(&self, thing: &'static str, words: &[u8], validity: Validity, public: bool) -> Option<Refusal> {
        let mut refusal = Some(Refusal::Unknown);
        for entry in self.entries.iter().filter(|entry| entry.holds(thing, words)) {
            if !entry.fits(validity) {
                refusal = Some(Refusal::Validity);
            } else if public && !entry.public {
                refusal = Some(Refusal::Private);
            } else {
                return None;
            }
        }
        refusal
    }
}

impl Entry {
    fn fits(&self, validity: Validity) -> bool {
        rank(validity) >= rank(self.min_validity) && self.max_validity.is_none_or(|most| rank(validity) <= rank(most))
    }

    /// Whether it covers a thing that the words name: the same kind, no other figures, and of what is free the same.
    fn holds(&self, thing: &str, words: &[u8]) -> bool {
        if String::from_utf8_lossy(words).trim() == self.text {
            return true;
        }
        let figures = all(&FIGURE, words);
        let same_figures = figures.iter().all(|figure| self.figures.contains(figure));
        let amount =
            figures.iter().filter_map(|figure| figure.replace(',', ".").parse::<f64>().ok()).fold(0.0, f64::max);
        let within = self.max_amount.is_some_and(|most| amount <= most);
        match thing {
            ".thing.refund" => self.kind == OfferKind::Refund && (same_figures || (within && !words.contains(&b'%'))),
            ".thing.replacement" => matches!(self.kind, OfferKind::Replacement | OfferKind::Delivery) && same_figures,
            ".thing.repair" => self.kind == OfferKind::Repair,
            ".thing.percent" | ".thing.discount" => {
                self.things.contains(".thing.percent") && !figures.is_empty() && same_figures
            }
            ".thing.amount" => {
                self.figures.iter().any(|figure| figures.contains(figure)) || (self.kind == OfferKind::Refund && within)
            }
            ".thing.free" => nouns(words).iter().any(|noun| self.nouns.contains(noun)),
            _ => self.things.contains(thing) && same_figures,
        }
    }
}

const fn rank(validity: Validity) -> u8 {
    match validity {
        Validity::LikelyUnfounded => 0,
        Validity::Unclear => 1,
        Validity::LikelyValid => 2,
    }
}

fn all(pattern: &Regex, words: &[u8]) -> BTreeSet<String> {
    pattern.find_iter(words).map(|found| String::from_utf8_lossy(found.as_bytes()).into_owned()).collect()
}

fn nouns(words: &[u8]) -> BTreeSet<String> {
    let mut nouns = all(&WORD, words);
    nouns.retain(|word| !EMPTY.contains(&word.as_str()));
    nouns
}

/// The customer's own side of the sentence: what they ask for, were promised or bought is no offer.
static THEIRS: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:you|your|it|that|which|who|they|he|she|page|box|sign|site|website|advert|ad)(?: \w+){0,2}? (?:ask|asks|asked|want|wanted|write|wrote|say|said|says|saw|found|paid|bought|ordered|expected|hoped|waiting|waited|were|was|are waiting|are told|promised|had|demand|demanded|missed|used|tried|entered|redeemed|quoted|read|need|lost|got no|applied|mention|booked|noticed|discovered|charged|cost|costs|shows|showed|came|arrived|failed|expired|turned)\b",
    )
});

/// Returns offers that may not be made here.
pub(super) fn find(read: &Read<'_>, house: &House) -> Vec<Finding> {
    let validity = read.reply.settled_validity();
    let public = read.reply.is_public();
    let mut findings: Vec<Finding> = Vec::new();
    for thing in read.marks_under(".thing.").filter(|mark| is_offered(read, *mark)) {
        let words = phrase(read, thing);
        let Some(refusal) = house.catalogue.judge(thing.label, read.words(words.0, words.1), validity, public) else {
            continue;
        };
        let same = read.marks_under(".thing.").any(|other| {
            other.label != thing.label
                && other.from < thing.to
                && thing.from < other.to
                && house.catalogue.judge(other.label, read.words(words.0, words.1), validity, public).is_none()
        });
        let span = read.span(thing.from, thing.to);
        if same || findings.iter().any(|known| known.from < span.to && span.from < known.to) {
            continue;
        }
        let finding = Finding::new(RuleId::OfferNotInPlaybook, span);
        findings.push(match refusal {
            Refusal::Unknown => finding,
            Refusal::Validity => finding
                .saying(format!("the playbook does not offer this for a complaint that is {}", words_for(validity)))
                .mend("offer what the playbook has for it, or have a person judge the complaint (--verdict valid)"),
            Refusal::Private => finding
                .saying("the playbook keeps this offer for private messages")
                .mend("say that you want to put it right, and make the offer in private"),
        });
    }
    findings
}

const fn words_for(validity: Validity) -> &'static str {
    match validity {
        Validity::LikelyValid => "likely valid",
        Validity::Unclear => "not settled",
        Validity::LikelyUnfounded => "likely unfounded",
    }
}

/// What was not done with it: "your refund was not paid within seven days" tells of a breach, and offers nothing.
static NOT_DONE: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"^ (?:was|were|is|has|have|had|did|does)(?: not|n't| never)\b"));

/// Whether a thing stands in a sentence that offers it: after a frame such as "you can have", or as an item of a list.
pub(super) fn is_offered(read: &Read<'_>, thing: Mark) -> bool {
    let before = read.before(thing);
    // "Refunds over 250 are signed by Ruth" is how it is done, and offers nothing.
    if read.words(thing.from, thing.to) == b"refunds" || stance::asked(before, read.after(thing)) {
        return false;
    }
    if NOT_DONE.is_match(read.after(thing)) || stance::told_back(before) || !stance::asserted(before) {
        return false;
    }
    let frame =
        read.marks(".frame").filter(|frame| frame.sentence == thing.sentence && frame.from <= thing.from).last();
    let Some(frame) = frame else {
        let item = read.words(thing.from.saturating_sub(4), thing.from);
        let listed = before.iter().all(u8::is_ascii_whitespace) && item.ends_with(b"- ");
        return listed || before.starts_with(b"- ");
    };
    let between = read.words(frame.from, thing.from);
    !THEIRS.is_match(between)
}

/// The words of one offered thing: back to the last comma or "or", on to the next.
fn phrase(read: &Read<'_>, thing: Mark) -> (usize, usize) {
    static EDGE: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r"[,;:.!?\n]| or | and "));
    let (start, end) = read.sentences.get(thing.sentence).copied().unwrap_or((thing.from, thing.to));
    let (start, end) = (start.min(thing.from), end.max(thing.to));
    let from = EDGE.find_iter(read.words(start, thing.from)).last().map_or(start, |edge| start + edge.end());
    let to = EDGE.find(read.words(thing.to, end)).map_or(end, |edge| thing.to + edge.start());
    (from, to)
}
