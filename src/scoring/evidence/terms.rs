//! Lengths of time that are no evidence: terms, ages, habits, conditions, and what would take so long.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::around;
use crate::scoring::lexicon::embedded_regex;

/// What leads to a length of time that did not happen, or that is a term: "should only have taken", "if it takes", "valid for".
static UNREAL: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"(?:\b(?:should|would|could|will|ought to|going to|meant to|supposed to|able to|want to|rather)|'ll|'d) (?:\w+ ){0,2}(?:take|taken|last|wait|sit|stand|need|hold)(?: (?:here|for|about|only|up to|at least|another))* $|\b(?:should|ought to|meant to|supposed to) (?:only )?(?:be|have been) (?:about |only |for )?$|\bif (?:\w+ ){1,4}(?:takes?|lasts?)(?: for)? $|\b(?:do|does) (?:\w+ ){1,3}(?:take|last|need)(?: about)? $|\b(?:valid|contract (?:is|was|runs)|plan (?:is|was|runs)|open|aged)(?: for)? $|\bnotice (?:period )?(?:is|of|was) $|\b(?:film|movie|show|concert|play) (?:is|was|lasts|runs) (?:for )?$|\b(?:booked|reserved)(?: for)? $|\b(?:hold|keep) (?:it|them|this) for $|\bturn(?:ing|ed|s)? $|\b(?:is|are) (?:only |just )?aged? $|\b(?:baby|son|daughter|child|puppy|kitten|dog|toddler) (?:is|was) (?:only |just )?$",
    )
});

/// "14 days to return it", "two-year-old", "28 days aged": terms and ages.
static TERM: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^(?: of \w+ (?:costs?|is|are|equals)\b|[ -](?:old|olds|young|younger|older|aged)\b| to (?:return|cancel|exchange|claim|pay|complain|appeal|decide|reply|respond|change|use|send|register|live)\b| of (?:warranty|guarantee|cover|free|rent|experience|play(?:back)?|talk|use included|my age|age|paid|statutory)\b|'?(?: of)? (?:holiday|leave|notice|rent|salary|wages|supply)\b| at (?:each|every)\b| (?:of sleep|to spare|interest[- ]free)\b| on (?:mon|tues|wednes|thurs|fri|satur|sun)day is\b| (?:are|is|were) (?:free|half price|included)\b|'? (?:experience|time this|time (?:i|we|you|it)\b)|' time\b| (?:left|remaining|to run)\b| from (?:the|here|your|my|our|any)\b| a (?:day|week|month|year)\b| at a (?:stretch|time)\b|,? (?:on average|at most|maximum|max)\b)",
    )
});

/// "The cooling-off period is 14 days", "the flight is a mere two hours": what something is by nature or by contract.
static IS_SO_LONG: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"(?:^|[,;:(] ?|\b(?:and|but|so|because|that|since|as|while) )(?P<what>(?:my|our|your|the|a|an|their|his|her|this|its|every|each|any|[a-z]+ing) (?:[\w'-]+ ){1,6}?)(?:is|are)(?: (?:only|just|a mere|about|roughly|now|for|around|exactly|at least|over|under|limited to|set to|equal to|a))* $",
    )
});

/// What is measured by a term, in whatever tense: "the notice period was", "limited to".
static BY_TERM: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:period|term|notice|limit|minimum|maximum|average|guarantee|warranty|validity|interval|experience|tenancy|lease|contract)(?: [\w'-]+){0,3} (?:is|are|was|were|of|has|have|had|for|lasts?|runs?)(?: (?:only|just|about|up to|another))* $|\b(?:limited|equal|equivalent|restricted|rated|timed|capped|set)(?: (?:to|at|for))(?: [a-z]+)? $|\b(?:usually|normally|typically|generally|on average)(?: \w+){0,4} $|\b(?:minimum|maximum|average) (?:of )?$|\b(?:period|term|duration|length|validity|warranty|guarantee|contract|minimum|maximum|run(?:ning)? ?time|(?:cooking|delivery|playing|lead) time|age): ?$|\b(?:says?|said|shows?|showed|reads?|estimated?|quoted|predicts?|advis\w+|recommend\w*|suggest\w*) (?:about |only |at least |up to )?$|\b(?:lets?|gives?|allows?|permits?) (?:me|you|us|them|him|her)\b(?: \w+){0,4} $|\bpaid (?:extra |\S+ )?for $|\b(?:hired?|rent(?:ed|ing)?|leased?|lent|borrowed|subscribed|signed up|signed|insured|guaranteed)(?: \w+){0,3} for $|\bfor up to $|\b(?:have|has) (?:you|anyone|anybody) (?:ever )?(?:tried|had|waited|been|lived|spent)\b(?: \w+){0,6} $|\b(?:pays?|paying|paid|spread|repay|finance|instal\w+)\b(?: \w+){0,4} over $|\b(?:good|fit|valid) for (?:another )?$|\b(?:want|plan|hope|intend|expect)\b(?: \w+){0,4} for (?:at least |another )?$|\b(?:(?:do|does)(?: not|n't)|who|cannot|can't) (?:have|has|spare)(?: another)? $|\b(?:ferry|flight|train|bus|drive|walk|journey|trip|coach|crossing|ride|tram) (?:takes|lasts) (?:about |only )?$|^(?:please |just |then )*(?:wait|leave|hold|allow|give|soak|rest|stir|cook|boil|let|try)\b(?: \w+){0,4} $",
    )
});

/// Subjects that wait, lag or are kept: "the delay is three hours" happens.
static LAGS: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:delay|queue|wait|waiting|hold|backlog|lateness|outage|gap|late|refund|order|parcel|repair|delivery|complaint|case)s? $",
    )
});

/// "Two weeks late", "four hours now": what makes the state of a thing a wait.
static LATE: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^ (?:late|later|overdue|behind|now|since|delayed|without|and counting|already|ago|past|in|too|late\w*|into|down|gone)\b",
    )
});

/// "Refunds take 5 days", "it closes for two hours", "keeps food warm for ten days": what is so in general.
static HABIT: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^\W*(?:[a-z]+ ){0,2}[a-z]+s take(?: about| around| up to| at least| roughly)? $|\b(?:closes|opens|expires?|runs out|lapses|renews) (?:\w+ ){0,3}?(?:for |after |at |up to |in |only |every )*$|\b(?:keeps?|stays?) (?:(?:it|them|food|drinks?|milk|bread|tea|coffee|water|you|your \w+|my \w+|the \w+|things) )?(?:warm|hot|cold|cool|fresh|dry|charged|good|frozen)(?: for| up to)* $|\b(?:rated|billed|paid|charged|pay|paying|pays) (?:in advance )?for (?P<paid>)$|\b(?:added|charged|due|payable|paid|billed|serviced|changed|renewed) (?:every|per|once in) $|\btablets are for $",
    )
});

/// A modal verb and what it says of the time it would take: "could sort that in ten minutes".
static MODAL: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"(?:\b(?:should|would|could|can|will|may|might|must|shall|ought to)|'ll|'d) (?P<words>(?:[a-z']+ ){0,6}?)(?:(?:in|within|under) (?:about |just |only |less than |under )?|(?:take|need|last|spare|require)s?(?: (?:me|you|us|them|him|her|anyone|someone|longer than|more than|(?:a|an|any|the) [a-z]+|only|just|about|another|up to|at least))* |(?:give|grant|allow) (?:you|them|me|us|it|him|her)(?: (?:only|just|about|another|exactly))? |(?:set|programmed|adjusted) (?:to|for) |(?:wait|stay|hold|stand|queue|sit|be without \w+)(?: (?:here|for|about|another|only|a further))* )$",
    )
});

/// What makes a modal verb tell what happened: "nobody could help in three weeks".
static DENIED: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:nobody|no one|no-one|none|never|not|nothing|neither|hardly|barely|only)\b|n't\b|\bhave\b|\bhad to\b|\bused to\b",
    )
});

/// "Nobody should queue for two hours".
static OUGHT: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"\b(?:nobody|no one|no-one) (?:should|must|ought to) \w+ (?:for )?$"));

/// "If I have to wait another two weeks", "should this take longer than a week".
static CONDITION: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:if|unless|in case|should|whether|had) (?:i|we|you|it|this|that|they|he|she|one|(?:the|my|your|an?|any) [\w'-]+) (?:\w+ )?(?:have to|has to|must|need to|takes?|lasts?|waits?|goes|stays?|leaves?|needs?|remains?|want to|keeps?|is|are|waited|took|lasted)(?: \w+){0,4} $|\b(?:does|do|will|must|should|can) (?:one|i|we|you|it|this|they|the \w+) (?:\w+ ){0,3}$",
    )
});

/// "A decent shop answers within a day": a subject and no verb in the past before "in" is general or to come.
static IN: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^(?:and |but |so )?(?:i|we|you|they|it|he|she|a|an|most|my|our|your|the|any|every|people|some)(?:'m|'ll|'re)? (?:[\w'-]+ ){1,6}(?:in|within) (?:about |just |only |under |less than )?$|^in (?:about |just )?$",
    )
});

/// Verbs in the past and words that count what happened.
static HAPPENED: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:\w{3,}ed|was|were|had|has|have|did|died|tried|used|got|came|went|broke|fell|took|gave|left|lost|sent|made|paid|rang|told|said|heard|saw|been|became|began|bought|brought|built|cut|done|ran|wore|shrank|burnt|burst|froze|grew|blew|kept|slept|spent|stood|sat|let|put|set|bent|split|swelled|only|first|second|third|fourth|fifth|sixth|last|\d+(?:st|nd|rd|th)|times|calls?|e-?mails?|letters?|visits?|nothing|nobody|no|not|never|still)\b|n't\b|'ve\b|'s\b",
    )
});

/// "In two weeks I move house".
static FUTURE: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^,? (?:i|we|my \w+|the \w+|it|they|you|he|she|nobody|no one|everyone|everybody|people)(?:'ll|'m| will| am| are| is| fly| leave| travel| need| move| start| go| get)\b",
    )
});

/// "It only takes five minutes to write an email".
static EASY: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^ to (?:fix|do|check|answer|write|click|type|cook|drive|fly|walk|read|boil|bake|charge|send|sort)\b",
    )
});

static TAKES: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(r"\b(?:it|that|this) (?:only |just )?(?:takes?|needs?)(?: me| you| us)?(?: about| only| just)? $")
});

fn is_to_come(clause: &[u8], after: &[u8]) -> bool {
    let clause = clause.trim_ascii_start();
    (IN.is_match(clause)
        && if clause.starts_with(b"in ") { FUTURE.is_match(after) } else { !HAPPENED.is_match(clause) })
        || (EASY.is_match(after) && TAKES.is_match(clause))
}

/// A subject and a verb in the present: "it charges for nine hours", "I need it for four days".
static PRESENT: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^(?:and |but |so |because |then )?(?P<who>i|we|you|they|he|she|it|(?:my|our|the|your|an?|each|every|this) [\w'-]+(?: [\w'-]+)?) (?:\w+ly |always |often |only |also )?(?P<verb>[a-z]+s|work|have|need|want|get|give|take|run|close|open|live|sleep|drive|train|last|charge|cost|play|start|finish|go|come|use|offer|allow|teach|study|rent) ",
    )
});

/// Verbs in the present that tell of what goes on now, and words in s that are no verbs.
const GOES_ON: [&[u8]; 24] = [
    b"is", b"has", b"was", b"does", b"this", b"us", b"its", b"his", b"hers", b"keeps", b"sits", b"remains", b"hangs",
    b"waits", b"loses", b"makes", b"gets", b"leaves", b"says", b"shows", b"less", b"always", b"yours", b"takes",
];

fn is_general(clause: &[u8], after: &[u8]) -> bool {
    let clause = clause.trim_ascii_start();
    PRESENT.captures(clause).is_some_and(|present| {
        let verb = present.name("verb").map_or(&b""[..], |verb| verb.as_bytes());
        let late = (LATE.is_match(after) && !after.starts_with(b" in "))
            || present.name("who").is_some_and(|who| LAGS.is_match(&[who.as_bytes(), b" "].concat()));
        !GOES_ON.contains(&verb) && !late && !HAPPENED.is_match(clause)
    })
}

/// Rates, "twice in one month", "£45 an hour", and "the first two hours" of something.
static RATE: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"\b(?:once|twice|thrice) in (?:the )?$|\b(?:the|your|my|our|for|every) first $"));

/// "£45 an hour", "three times a day": a price or a count before one unit of time.
static PER: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"(?:\d|\b(?:once|twice|times|pounds|euros|dollars|quid|pence|cents|calls|emails|people|miles|km|kg|mb|gb|p|holiday|leave|work|pay|rent|training|[a-z]{3,}(?:es|ts|ns|ms|ds|ls|ps|rs|ks))) $",
    )
});

/// Words in s that a length of time follows: "it takes a month", "less a week".
static NO_PLURAL: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:takes|lasts|needs|wants|perhaps|loses|spends|waits|runs|goes|comes|gives|costs|means|keeps|sits|stands|besides|times out|makes|hours|it's|lets|gets) $",
    )
});

/// "Let me wait half a day": let, and no term.
static LET_WAIT: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:lets?|letting) (?:me|us|him|her|them|my \w+|people|customers) (?:wait|stand|sit|hang|queue)\b",
    )
});

/// "A whole month to cancel" complains of it.
static WHOLE: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r"\b(?:whole|full|entire|solid)\b"));

static ONE_UNIT: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"^an? (?:second|minute|min|hour|hr|day|night|week|month|year|fortnight)$"));

static CLOCK: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r"^[012]\d[0-5]\d ?h(?:ou)?rs$"));

/// Whether a length of time did not happen, or is an age or a term.
pub(super) fn is_unreal(bytes: &[u8], from: usize, to: usize) -> bool {
    let (before, after) = around(bytes, from, to, 70, 24);
    let start = before.iter().rposition(|b| matches!(b, b'.' | b'!' | b'?' | b'\n')).map_or(0, |at| at + 1);
    let sentence = before[start..].trim_ascii_start();
    let clause = sentence
        .iter()
        .rposition(|b| matches!(b, b',' | b';' | b':' | b'('))
        .map_or(sentence, |at| &sentence[at + 1..]);
    let nights = matches!(bytes[to - 1], b's')
        && [&b"nights"[..], b"days", b"hours"].iter().any(|unit| bytes[from..to].ends_with(unit));
    UNREAL.is_match(sentence)
        || (TERM.is_match(after) && !(WHOLE.is_match(&bytes[from..to]) && after.starts_with(b" to ")))
        || RATE.is_match(clause)
        || (bytes[from..to].starts_with(b"a")
            && ONE_UNIT.is_match(&bytes[from..to])
            && PER.is_match(clause)
            && !NO_PLURAL.is_match(clause))
        || CLOCK.is_match(&bytes[from..to])
        || (BY_TERM.is_match(clause) && !LET_WAIT.is_match(clause))
        || (sentence.ends_with(b": ") && BY_TERM.is_match(sentence))
        || (UNTIL.is_match(after) && !clause.ends_with(b"for "))
        || IS_SO_LONG.captures(sentence).is_some_and(|is| {
            !LATE.is_match(after) && !is.name("what").is_some_and(|what| LAGS.is_match(what.as_bytes()))
        })
        || HABIT.captures(clause).is_some_and(|habit| nights || habit.name("paid").is_none())
        || MODAL.captures(clause).is_some_and(|modal| {
            let to = modal.name("words").map_or(0, |words| words.end());
            OUGHT.is_match(clause) || !DENIED.is_match(&clause[..to])
        })
        || CONDITION.is_match(clause)
        || is_general(clause, after)
        || is_to_come(clause, after)
}

/// "Three weeks until Christmas".
static UNTIL: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r"^ (?:until|till|to go)\b"));
