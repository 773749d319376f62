//! What the platforms and the law say about reviews: nothing for a review, and each channel's own rules.

use std::sync::LazyLock;

use regex::Regex;

use super::house::House;
use super::offers::is_offered;
use super::patterns::each;
use super::personal::{contact_data, surnames};
use super::read::{Mark, Read};
use super::reply::Author;
use super::report::Finding;
use super::rule::RuleId;
use super::stance;
use crate::analysis::Span;
use crate::message::Channel;
use crate::scoring::evidence::names::is_given_name;
use crate::scoring::lexicon::embedded_regex;

/// Returns what is given for a review, or for changing one.
pub(super) fn compensation(read: &Read<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for change in read.marks(".change").chain(read.marks(".give")) {
        let sentence = change.sentence;
        // What is given stands in the sentence, beside the review itself; or right after it, when the review was asked for.
        let given = read
            .marks(".incentive")
            .find(|given| given.sentence == sentence && (given.to <= change.from || change.to <= given.from));
        let follows = read.sentence_has(sentence, ".ask")
            && read.sentence_has(sentence + 1, ".incentive")
            && read.sentence_has(sentence + 1, ".frame");
        let linked = read.sentence_has(sentence, ".cond")
            || given.is_some_and(|given| {
                change.to <= given.from && read.words(change.to, given.from).starts_with(b" and ")
            });
        let free = read.sentence_has(sentence, ".nofavour")
            || !about_review(read, change)
            || stance::denied(read.before(change))
            || stance::told_back(read.before(change));
        if linked && (given.is_some() || follows) && !free {
            let span = read.sentence_span(sentence);
            if findings.iter().all(|known| known.from != span.from) {
                findings.push(Finding::new(RuleId::CompensationForReview, span));
            }
        }
    }
    findings
}

static REVIEW: LazyLock<regex::bytes::Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:reviews?|ratings?|rates?|stars?|five-star|one-star|posts?|posted|comments?|testimonials?|tweets?|recommend\w*|scores?|feedback|write-?up|words?|online|google|trustpilot|yelp|publish\w*)\b",
    )
});

/// Whether a review is spoken of in the sentence of a change or in the one before it: "it" may be anything.
fn about_review(read: &Read<'_>, change: Mark) -> bool {
    [Some(change.sentence), change.sentence.checked_sub(1)]
        .into_iter()
        .flatten()
        .filter_map(|sentence| read.sentences.get(sentence))
        .any(|&(from, to)| REVIEW.is_match(read.words(from, to)))
}

/// Whether the customer has changed it already: "you changed your rating".
fn by_customer(read: &Read<'_>, mark: Mark) -> bool {
    static DONE: LazyLock<regex::bytes::Regex> = LazyLock::new(|| {
        embedded_regex(r"\byou(?:'ve| have| had| then| also| even| later| since)*(?: changed (?:your|the) \w+ from)? $")
    });
    let verb = read.words(mark.from, mark.to).split(|&b| b == b' ').next().unwrap_or_default();
    let done = read.before(mark).ends_with(b" from ")
        || verb.ends_with(b"ed")
        || matches!(verb, b"took" | b"withdrew" | b"gave" | b"wrote" | b"left");
    done && DONE.is_match(read.before(mark))
}

static TAG: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"</?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>\n]*)?/?>|\*\*[^*\n]+\*\*|\[[^\]\n]+\]\(https?:[^)\n]+\)").ok()
});
static BULLET: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?m)^[ \t]*(?:[-*•‣◦·▪–—✓✔➤►→]|\d{1,2}[.)])[ \t]+\S").ok());
static PERSON: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        \b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Herr|Frau|Signor|Signora|Chef)\.?\s(?P<a>[A-Z][\p{L}'’-]+(?:\s[A-Z][\p{L}'’-]+)?)
        | (?i:ask\sfor|speak\s(?:to|with)|talk\sto|contact|email|e-mail|write\sto|call|ring|see|meet|find|reach|reach\sout\sto|told|asked|thanks\sto|colleague|colleagues|manager|chef|host|waiter|waitress|receptionist|director|owner|concierge|housekeeper|supervisor|lead|leader|dear|hi|hello|hey|named|called|by)(?:,)?\s(?P<b>[A-Z][\p{Ll}'’-]+(?:\s[A-Z][\p{L}'’-]+)?)
        | (?P<c>[A-Z][\p{Ll}'’-]+(?:\s[A-Z][\p{L}'’-]+)?),\s(?:who|our|the|your|my|head|general|duty|front|guest|hotel|restaurant|manager|owner|chef|director)\b
        | (?P<d>[A-Z][\p{Ll}'’-]+(?:\s[A-Z][\p{L}'’-]+)?)\s(?:will|has|is|runs|looks|keeps|wants|would|can|had|was|took|leads|from\s(?:our|the\s\w+\s)?team|at\sthe\s(?:desk|bar|front)|and\s(?:his|her|I|the\steam))\b
        | (?m:^|[–—-]\s?|[.!?]\s)(?P<e>[A-Z][\p{Ll}'’-]+(?:\s[A-Z][\p{L}'’-]+)?)(?:,\s[^.\n]{2,40})?\s*$",
    )
    .ok()
});
/// Capitalised words that are no names of people.
const NO_PERSON: &[&str] = &[
    "We",
    "I",
    "It",
    "They",
    "That",
    "This",
    "She",
    "He",
    "You",
    "The",
    "A",
    "An",
    "Our",
    "Your",
    "There",
    "Here",
    "What",
    "Which",
    "Who",
    "Nobody",
    "Everybody",
    "Everyone",
    "Somebody",
    "Someone",
    "Nothing",
    "Something",
    "Everything",
    "Breakfast",
    "Dinner",
    "Lunch",
    "Music",
    "Service",
    "Room",
    "Rooms",
    "Staff",
    "Reception",
    "Housekeeping",
    "Management",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
    "Christmas",
    "Easter",
    "Thank",
    "Thanks",
    "Please",
    "Guest",
    "Guests",
    "Guest relations",
    "Guest Relations",
    "Team",
    "Hello",
    "Hi",
    "Dear",
    "Sir",
    "Madam",
    "Traveller",
    "Traveler",
    "Reviewer",
    "One",
    "Two",
    "Three",
    "No",
    "Not",
    "Even",
    "Being",
    "Having",
    "Paying",
    "Waiting",
    "Sincerely",
    "Regards",
    "Yours",
    "Kind",
    "Warm",
    "Best",
    "Company",
    "Hotel",
    "Restaurant",
    "Front",
    "Duty",
    "General",
    "Manager",
    "Customer",
    "Sorry",
    "Nights",
    "Wifi",
    "Noise",
    "Parking",
    "All",
    "Every",
    "Each",
    "Food",
    "Night",
    "Some",
    "Many",
    "Such",
    "His",
    "Her",
    "Their",
    "My",
    "Its",
    "In",
    "On",
    "At",
    "With",
    "Without",
    "After",
    "Before",
    "When",
    "If",
    "As",
    "For",
    "From",
    "To",
    "By",
    "And",
    "But",
    "So",
    "Yet",
    "Today",
    "Tomorrow",
    "Tonight",
    "People",
    "Money",
    "Working",
    "Pay",
    "HR",
];

fn people(text: &str) -> Vec<Span> {
    let Some(person) = PERSON.as_ref() else {
        return Vec::new();
    };
    person
        .captures_iter(text)
        .filter_map(|captures| ["a", "b", "c", "d", "e"].iter().find_map(|name| captures.name(name)))
        .filter(|name| {
            let mut words = name.as_str().split(' ');
            let first = words.next().unwrap_or_default();
            !NO_PERSON.contains(&first)
                && !first.ends_with("ing")
                && first.chars().count() > 1
                && !words.any(|word| NO_PERSON.contains(&word))
        })
        .map(|name| Span { from: name.start(), to: name.end() })
        .chain(given_names(text))
        .collect()
}

/// People who are named: the company's own name is none of theirs, whichever given name it begins with.
fn named_people(text: &str, house: &House) -> impl Iterator<Item = Span> {
    let ours: Vec<Span> = house
        .names
        .iter()
        .filter(|name| !name.trim().is_empty())
        .flat_map(|name| text.match_indices(name.as_str()))
        .map(|(from, name)| Span { from, to: from + name.len() })
        .collect();
    people(text).into_iter().filter(move |span| !ours.iter().any(|our| span.from < our.to && our.from < span.to))
}

static CAPITALISED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\p{Lu}[\p{Ll}’'-]+(?:\s\p{Lu}[\p{L}'’-]+)?").ok());
/// Words before a name that is a place, and after one.
const BEFORE_PLACE: &[&str] = &["in", "at", "near", "the", "through", "around", "towards", "to", "our", "saint", "st"];
const AFTER_PLACE: &[&str] = &[
    "Street",
    "Station",
    "Square",
    "Road",
    "Hall",
    "House",
    "Hotel",
    "Room",
    "Suite",
    "Wing",
    "Bar",
    "Inn",
    "Beach",
    "Park",
    "Bridge",
    "Airport",
    "Terrace",
    "Restaurant",
    "Avenue",
    "Lane",
    "Lounge",
    "Lodge",
    "Island",
    "Bay",
];

/// Given names that are known, wherever they stand, unless they are part of a place.
fn given_names(text: &str) -> impl Iterator<Item = Span> {
    CAPITALISED.as_ref().map(|pattern| pattern.find_iter(text)).into_iter().flatten().filter_map(move |found| {
        let mut words = found.as_str().split_whitespace();
        let first = words.next().unwrap_or_default().trim_end_matches("'s").trim_end_matches("’s");
        let place = words.next().is_some_and(|next| AFTER_PLACE.contains(&next));
        let before = text.get(..found.start()).unwrap_or_default().trim_end();
        let last = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_lowercase();
        let known = is_given_name(&first.to_lowercase()) && !NO_PERSON.contains(&first);
        (known && !place && !BEFORE_PLACE.contains(&last.as_str()))
            .then(|| Span { from: found.start(), to: found.end() })
    })
}

/// Returns what the channel's own rules forbid.
pub(super) fn channel_law(read: &Read<'_>, house: &House) -> Vec<Finding> {
    let reply = read.reply;
    if !reply.is_public() {
        return Vec::new();
    }
    let text = reply.text;
    let mut laws: Vec<(Span, String)> = Vec::new();
    let profile = house.channels.get(reply.channel);
    match reply.channel {
        Channel::Tripadvisor => {
            laws.extend(
                named_people(text, house).map(|span| (span, "Tripadvisor allows no names of people".to_owned())),
            );
            laws.extend(
                contact_data(text)
                    .into_iter()
                    .map(|span| (span, "Tripadvisor allows no addresses and no phone numbers".to_owned())),
            );
            laws.extend(gifts(read).map(|span| (span, "Tripadvisor allows no gifts and no money".to_owned())));
            laws.extend(
                quoted(read).into_iter().map(|span| (span, "Tripadvisor does not want the review quoted".to_owned())),
            );
            laws.extend(
                accused(read).map(|span| (span, "Tripadvisor allows no accusation of the reviewer".to_owned())),
            );
            laws.extend(
                read.marks(".quoting").map(|mark| {
                    (read.span(mark.from, mark.to), "Tripadvisor does not want the review quoted".to_owned())
                }),
            );
            laws.extend(each(&BULLET, text).map(|span| (span, "Tripadvisor shows no bullets".to_owned())));
            laws.extend(
                asked_change(read).map(|span| (span, "no platform lets you ask for a change of a review".to_owned())),
            );
        }
        Channel::Trustpilot => {
            laws.extend(
                asked_change(read)
                    .map(|span| (span, "Trustpilot forbids asking for a review to be changed or removed".to_owned())),
            );
        }
        Channel::GooglePlay => {
            laws.extend(
                read.marks(".higher")
                    .filter(|mark| stance::asserted(read.before(*mark)) && asks_stars(read, mark.sentence))
                    .map(|mark| {
                        (read.span(mark.from, mark.to), "Google Play forbids asking for a higher rating".to_owned())
                    }),
            );
            laws.extend(
                asked_change(read).map(|span| (span, "Google Play forbids asking for a higher rating".to_owned())),
            );
        }
        Channel::EmployerReview => {
            laws.extend(
                read.marks(".guess").filter(|mark| stance::asserted(read.before(*mark))).map(|mark| {
                    (read.span(mark.from, mark.to), "nobody guesses who wrote an employer review".to_owned())
                }),
            );
            laws.extend(
                named_people(text, house)
                    .map(|span| (span, "no names of employees under an employer review".to_owned())),
            );
            let posts = read.marks(".post").map(|mark| read.span(mark.from, mark.to));
            laws.extend(
                gifts(read).chain(posts).map(|span| (span, "nothing is offered under an employer review".to_owned())),
            );
        }
        _ => {}
    }
    if let (true, Author::Named(author)) = (profile.is_some_and(|profile| !profile.people_named), reply.author) {
        let first = author.split_whitespace().next().filter(|first| first.chars().count() > 2);
        for name in surnames(author).chain(first) {
            let named = text.match_indices(name).map(|(from, found)| Span { from, to: from + found.len() });
            laws.extend(named.map(|span| (span, "people are not named there".to_owned())));
        }
    }
    if matches!(reply.channel, Channel::GooglePlay | Channel::GoogleBusiness | Channel::AppStore) {
        laws.extend(each(&TAG, text).map(|span| (span, "the platform takes plain text only".to_owned())));
    }
    if reply.channel.is_review() {
        laws.extend(
            compensation(read)
                .into_iter()
                .map(|finding| (finding.span(), "nothing may be given for a review there".to_owned())),
        );
    }
    laws.sort_unstable();
    let mut findings: Vec<Finding> = Vec::new();
    for (span, message) in laws {
        if findings.last().is_none_or(|last| last.to <= span.from) {
            findings.push(Finding::new(RuleId::ChannelLaw, span).saying(message));
        }
    }
    findings
}

/// Offers of money or gifts, of whatever kind.
fn gifts<'r>(read: &'r Read<'_>) -> impl Iterator<Item = Span> + 'r {
    read.marks_under(".thing.")
        .filter(|mark| !matches!(mark.label, ".thing.replacement" | ".thing.repair"))
        .filter(|mark| is_offered(read, *mark))
        .map(|mark| read.span(mark.from, mark.to))
        .chain(read.marks_under(".outcome.refund").map(|mark| read.span(mark.from, mark.to)))
        .chain(read.marks("swag").map(|mark| read.span(mark.from, mark.to)))
        .chain(
            read.marks(".gift")
                .filter(|mark| stance::asserted(read.before(*mark)))
                .map(|mark| read.span(mark.from, mark.to)),
        )
}

/// Words that accuse the customer.
fn accused<'r>(read: &'r Read<'_>) -> impl Iterator<Item = Span> + 'r {
    let said = read.marks("fraud_accusation").filter(|mark| stance::asserted(read.before(*mark)));
    said.chain(read.marks("fraud_accusation!")).map(|mark| read.span(mark.from, mark.to))
}

/// A change of the review that we ask for.
fn asked_change<'r>(read: &'r Read<'_>) -> impl Iterator<Item = Span> + 'r {
    let written = read.marks(".ask_change").filter(|mark| stance::asserted(read.before(*mark)));
    let change = read
        .marks(".change")
        .filter(|change| read.sentence_has(change.sentence, ".ask") && stance::asserted(read.before(*change)))
        .chain(written)
        .filter(|change| !read.sentence_has(change.sentence, ".nofavour"));
    let higher =
        read.marks(".higher").filter(|mark| asks_stars(read, mark.sentence) && stance::asserted(read.before(*mark)));
    change
        .chain(higher)
        .filter(|mark| !by_customer(read, *mark) && !stance::regretted(read.before(*mark)))
        .map(|mark| read.span(mark.from, mark.to))
}

fn asks_stars(read: &Read<'_>, sentence: usize) -> bool {
    read.sentence_has(sentence, ".ask") || read.sentence_has(sentence, ".cond")
}

/// Words that a quotation has at least; shorter ones are terms.
const QUOTED_WORDS: usize = 3;
/// Words in a row that are the review's own.
const OWN_WORDS: usize = 6;

/// Quotations of the review: in quotation marks, or word for word.
fn quoted(read: &Read<'_>) -> Vec<Span> {
    let mut spans: Vec<Span> = read
        .quotes()
        .iter()
        .filter(|&&(from, to)| read.words(from, to).split(u8::is_ascii_whitespace).count() >= QUOTED_WORDS)
        .map(|&(from, to)| read.span(from, to))
        .collect();
    if let Some(message) = read.reply.message {
        let theirs: Vec<String> = words(message).map(|(word, _)| word).collect();
        let ours: Vec<(String, Span)> = words(read.reply.text).collect();
        for window in ours.windows(OWN_WORDS) {
            let same = theirs.windows(OWN_WORDS).any(|their| their.iter().zip(window).all(|(a, (b, _))| a == b));
            if same && let (Some(first), Some(last)) = (window.first(), window.last()) {
                spans.push(Span { from: first.1.from, to: last.1.to });
            }
        }
    }
    spans
}

/// Lower-case words with their spans.
pub(super) fn words(text: &str) -> impl Iterator<Item = (String, Span)> {
    use unicode_segmentation::UnicodeSegmentation;
    text.unicode_word_indices().map(|(from, word)| (word.to_lowercase(), Span { from, to: from + word.len() }))
}
