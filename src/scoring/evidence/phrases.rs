//! Evidence that phrases show; the phrases are in `data/lexicons/evidence.toml`.

use super::{MarkKind, Raw, View, What, clause, names};
use crate::scoring::findings::EVIDENCE;
use crate::scoring::lexicon::{Lexicon, Place, Reach, embedded_regex};

use std::sync::LazyLock;

use regex::bytes::Regex;

/// Label of times that are evidence only as a deadline ("6 pm").
pub(super) const TIME: &str = "time";

/// What stands before an imperative.
static CLAUSE_PLACE: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"(?:^|[.!?;:\n,(][ \n]*|\x22[ \n]*| - |\b(?:and|or|so|now|then|just|also|kindly|please|pls|plz|otherwise|therefore|simply|at least|but|first|second|lastly|finally|either|instead|ok|okay|hello|hi)[ \n])$",
    )
});

/// Clauses in the form of a promise that are none of the company's: questions, conditions, denials, promises of the customer and of others.
static NO_PROMISE: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\bpromis\w+ (?:me |us |you )?(?:nothing (?:and|but|at all)|nothing$|little|the (?:earth|moon|world))\b|^(?:(?:and|so|but|then|well) )?(?:(?:if|unless|whether|even if|should you|had (?:you|they|he|she)|please|i (?:hope|wish|bet|doubt))\b|(?:nobody|no one|no-one|none)\b|(?:i|we)(?: had| have|'d|'ve)? (?:promised?|guaranteed?|assured?|said|swear|swore) |(?:my|our|a|his|her) (?:\w+ )?(?:friends?|sisters?|brothers?|mother|mum|mom|dad|father|parents|wife|husband|partner|sons?|daughters?|neighbou?rs?|boss|lawyer|solicitor|colleagues?|doctor|vet)\b|(?:the |all |most |a )?(?:reviews?|reviewers?|police|forecast|doctors?|vet|radio|press|papers?|solicitor|lawyer|barrister|judge|landlord|teacher|tracking|tracker|customer before|man next|woman next|person next|other (?:guests?|customers?|passengers?))(?: [a-z]+){0,3}? (?:said|says?|told|wrote|claim\w*|stat\w+|promis\w+|assur\w+|guarante\w+|advis\w+|was|were)\b|my (?:employer|union|bank|insurer|council|credit card company|phone company)\b|(?:someone|somebody|people|everyone|everybody)\b|(?:the |your )?(?:status|tracking) (?:page|site|app|screen)\b)|^(?:\w+ ){1,4}(?:never|not|didn't|haven't|hasn't|wasn't|weren't|don't) (?:\w+ )?(?:promis|guarantee|assur|advertis|told|sa(?:y|id)\b|claim)|\bshould promise\b|\b(?:if|unless|should) (?:you|they|he|she|someone|somebody|anyone) (?:\w+ )?(?:promis|guarante|assur|agree|commit)|^(?:that|having|this) said\b|\badvertis\w+ (?:everywhere|on every|all over|so much|a lot|enough)\b|\bquoted in\b|^it true that\b|^(?:the |a |your |our |my )?(?:sky|skies|weather|clouds?|trailer|film|movie|book|guide ?book|title|day|evening|morning|summer|blurb) (?:\w+ )?promis\w+|\bassured of nothing\b|\bassured (?:yourselves|myself|ourselves|themselves|himself|herself)\b|\badvertised? in (?:our|my|the) (?:\w+ )?(?:newsletter|papers?|magazine|gazette)\b|^your commitment to [\w ]+ (?:is|was)\b|\brest assured\b|^assured (?:tenanc\w+|shorthold)\b|\bto marry\b|\bpromised to (?:my|his|her|a) (?:husband|wife|fianc\w+|friend|mother|brother)\b|^[^,]{0,30}\b(?:act|law|next door|over the road|across the (?:road|street)|competitors?|rivals?)(?: \w+)? (?:says?|said|promis\w+|quoted|guarante\w+|offers?|gives?|advertis\w+|stat\w+)\b|^(?:my|our) (?:gran|grandma|nan|granny|mechanic|dentist|therapist|pastor|priest|coach|landlord|landlady|flatmate|accountant|uncle|aunt|cousins?|grand\w+|teacher|builder|plumber|electrician|employer|manager at work|bank manager|daughter's \w+|son's \w+)\b|\btold by (?:my |a |our |some |his |her |the )?(?:friends?|neighbou?rs?|doctor|vet|police|famil\w+)\b",
    )
});

/// "My wife was told": whoever heard it, the company said it.
static WAS_TOLD: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^(?:my|our) (?:\w+ ){1,2}(?:was|were|has been|have been|had been|got) (?:\w+ )?(?:told|promised|assured|informed|advised|guaranteed|quoted|given)\b",
    )
});

/// What a clause reports when it reports bad news or a state instead of a promise.
static REPORTED: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:says?|said|states?|told|told (?:me|us))(?: that)? (?:(?:it|this|that|they|he|she|you|we|i|(?:the|my|our|your) \w+)(?:'s|'m| is| was| are| were| am| has been| had been) (?:now |already |also )?(?:too late|out of (?:stock|warranty|order|date)|wrong|cancelled|my fault|expired|invalid|closed|lost|delivered|blocked|incorrect|not (?:found|covered|eligible|valid))|(?:it|they|he|she|you|we)(?: cannot|n't| could not| couldn't| can't| can not) (?:be |help|find|refund|do|fix|replace)|(?:i|we) owed? |(?:the|my|our) \w+ (?:does|do|did)(?: not|n't) |there (?:is|was|were|are) (?:nothing|(?:an?|some) (?:[a-z]+ )?(?:problem|issue|fault|delay|queue|mistake|mix-up|error|strike|leak|shortage|backlog|hold-?up)|(?:problems|issues|delays))|(?:he|she|they|you) would(?: not|n't) (?:help|refund|pay|reply|come|fix)|no$|no to\b|error|sorry|(?:they|you|we|he|she|it) (?:do|does|did)(?:n't| not) (?:do|offer|give|accept|allow|have|know|care|take|refund|deliver|ship|sell|stock|want|need me|see|understand|exist|believe|work here|remember)\b|nothing would|wet |\x22?(?:an?|the|some) (?:[a-z]+ )?(?:error|problem|fault|mistake|issue|delay|name|code|card|system|line|shop|number)\b|monday's |tuesday's |(?:i|we) (?:must|should|have to|had to|need to|missed|owe|failed|forgot|was lying|were lying|was wrong|had missed)\b|(?:[\w']+ ){1,3}(?:is|was|are|were|am) (?:\w+ )?(?:lying|rude|wrong|locked|broken|full|busy|closed|lost|late|my fault|unavailable|offline|down|not (?:ready|there|available|possible|in|my|his|her|their|due|open|working))\b|(?:hand wash|dry clean|insert card|keep out|no entry|do not|please)\b|[a-z]{0,3}-?\d[a-z0-9]*-[a-z0-9-]+$|[a-z]-?\d{3,}$)|\b(?:says|said|reads|shows) (?:[a-z]{1,3} )?\d{2,}[\d -]*(?: and\b.*)?$|\bclaim (?:is|was|has|for|number|no|form|from|about)\b|^(?:the |your |my )?app (?:says|said) \d|\baccording to (?:your|the) (?:records|system|calculations?|letter|logs?|files)\b",
    )
});

/// Words for saying, which lead to promises and to all manner of other things: "the tag says", "he told me".
static SAYS_ANYTHING: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:says?|said|reads?|states?|stated|told(?: (?:me|us|him|her|them|my \w+))?|claims?|claimed|wrote|explained|mentioned|replied|confirmed|informed(?: (?:me|us))?|stating|saying|claiming|agreed that) ",
    )
});

/// What is written for customers to rely on: all that it says counts.
static RELIED_ON: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:web ?site|site|page|app|ads?|adverts?|advertisements?|brochure|leaflet|flyer|listing|policy|terms|guarantee|warranty|faq|posters?|banner|menu|tin|box|packet|packaging|description|catalogue|bookings?|tickets?|rules|contract|prospectus|invitation|voucher|newsletter|product|manual|bottle|campaign)\b",
    )
});

/// What is held out in a promise: what will be, terms, times, and properties of goods.
static HELD_OUT: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:will|would|shall|can|could|may|going to|free|includ\w+|guarantee\w*|promis\w+|cover\w*|refund\w*|return\w*|unlimited|lifetime|within|by|until|before|after|next|same|days?|hours?|weeks?|months?|years?|minutes?|deliver\w*|ship\w*|no|never|nothing|always|any|all|every\w*|full|fits?|safe|\w*(?:proof|resistant|able|ible)|new|organic|vegan|genuine|original|fine|ready|booked|confirmed|sorted|fixed|sent|on (?:its|the|their) way|supposed|entitled|eligible|valid|works?|kills?|lasts?|contains?|made|yes|off|qualif\w+|deal|part of|c[ao]mes? with|(?:his|her) way|not to worry|welcome|reserved|so|replace\w*|in stock|available|heated|between|today|tonight|tomorrow|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b|'ll|'d\b|[%]",
    )
});

/// What makes a saying bad news, unless it is a fee that there is not: "said nobody could help".
static BAD_NEWS: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^(?:that )?(?:\x22)?(?:[\w'-]+ ){0,4}?(?:nobody|no one|cannot|can't|couldn't|could not|won't|will not|wouldn't|would not|isn't|is not|wasn't|was not|aren't|weren't|unable|no longer|due to|because|owing to|sorry|afraid|unfortunately|regret|there (?:is|was|were|are) no (?:information|record|trace|sign|way|reason|one|such))\b",
    )
});

/// What the customer must do or will suffer, and how things stand: "said I would have to pay", "says it is still pending".
static IMPOSED: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:i|we|you|they|he|she)(?:'d|'ll| would| will| must| should| shall)?(?: also| now| then| first| only)? (?:have|need|had|needed) to\b|\bgoing to (?:charge|raise|bill|fine|cancel|close|cut|sue)\b|\b(?:would|will|'d|'ll) (?:lose|forfeit|owe|report|sue|charge|bill|fine|close|cancel|foreclose|terminate|suspend|repossess|disconnect|cut|be (?:due|charged|billed|fined|sued|reported|closed|cancelled|canceled|suspended|restricted|terminated|disconnected|cut off|evicted|blocked|deleted|lost|required))\b|\b(?:payment|bill|premium|balance) (?:would|will)\b|\b(?:still |now |as |is |are |was |were |am )(?:pending|overdue|past due|behind|restricted|closed|complete|completed|resolved|discontinued|denied|out of warranty|inactive|unpaid|in arrears|the debt|the a?ccount)\b|\b(?:months?|weeks?|days?|payments?) (?:behind|late|overdue|past due)\b",
    )
});

/// A headline, a name, an adjective: "Israel vows to", "Guaranteed Rate", "promised and actual rates".
static NO_SPEAKER: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^(?:promised|guaranteed|advertised) (?:and|or|rates?|prices?|dates?|returns?|times?|amounts?)\b|\ba guaranteed\b|\bguarantees (?:its|his|their|nothing)\b|\b(?:i|we|be|are|am) committed to\b|\b(?:is|are|was|were|looks?|works?|same|exactly|just) as per\b|\bsold (?:at|for|with)\b",
    )
});

/// Who vows in the news.
static VOWS: LazyLock<Regex> =
    LazyLock::new(|| embedded_regex(r"^(?P<who>[\w'-]+)(?: [\w'-]+){0,3} (?:vows|pledges)\b"));

/// "Would not be charged", "could not be easier": good news with a *not*.
static GOOD_NEWS: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"(?:not|n't|no one|nobody|no longer) (?:be |ever |have to |need (?:to|a|any|an) |get |go |cost|charge|affect|expire|break|rust|fade|shrink|leak|hurt|take|pay|matter|rise|change|lose|miss|a problem|an issue)",
    )
});

/// What a saying reports as done or as it is, whoever says it: "said he was new", "confirmed that the purchase was made".
static FACT: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"^(?:that )?(?:there|it|this|that|they|you|he|she|we|i|(?:the|my|our|your|his|her|a|an|all) (?:[\w'-]+ ){1,4}?) ?(?:(?:was|were|had|did|has been|have been|'d (?:been|never|already|just|had|seen|gone|only)|'ve|isn't|wasn't) )|^(?:that )?(?:he|she)(?:'s| was| is) (?:not |very |only |so |quite |also )?(?:new|sorry|busy|tired|the only|not|alone|off|training|a trainee|in (?:a|the) meeting)\b",
    )
});

/// What makes a report of how things are a promise all the same: what the company answers for. Narrower than [`HELD_OUT`].
static ANSWERED_FOR: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:will|would|shall|going to|to be|free|includ\w+|unlimited|lifetime|guarantee\w*|promis\w+|cover\w*|refund\w*|return\w*|replac\w*|waive\w*|credit\w*|revers\w*|within|by|in stock|available|booked|reserved|on (?:its|the|their|his|her) way|on its|in the post|sorted|fixed|ready|due|coming|sent|safe|sound|eligible|entitled|approved|confirmed|valid|new|genuine|original|heated|suitable|insured|vaccinated|tested|checked|part of|off|fee|fees|charges?|deposit|no [a-z]+|nothing (?:wrong|to)|fine|all right|\w*(?:proof|resistant|able|ible)|vegan|organic|quiet|leather|silk|wool|cotton|oak|\d+)\b|\w-free\b|[%]",
    )
});

/// "They promised, they promised me so much": nothing that could be held against anybody.
static WITHOUT_CONTENT: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:promis(?:ed?|es|ing)|guaranteed?|assured?|swore|vowed|pledged)(?:,? (?:me|us|him|her|them|it|so|again|twice|this|everything|anything|things|a lot|(?:so |too )?much|otherwise|differently|all sorts|and|but))*$",
    )
});

/// "You said that the fee was my problem".
static REFUSED: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:says?|said|states?|stated|told (?:me|us)|claimed|wrote)\b.{0,40}\b(?:(?:is|was|were|are) (?:my|our) (?:own )?(?:\w+ )?(?:problem|fault|responsibility|mistake|business|job|doing)|unsuccessful|unpaid|refused|rejected|denied|declined|overdue|terms apply|conditions apply)\b",
    )
});

/// "Do you promise a new lock?"
static ASKS: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(r"^(?:do|does|did|can|could|will|would|are|is) (?:you|they|he|she|it|anyone|someone|your \w+)\b")
});

/// Whether a clause that was found as a promise is none of the company's.
fn is_no_promise(bytes: &[u8], from: usize, to: usize) -> bool {
    let clause = &bytes[from..to];
    let asks =
        ASKS.is_match(clause) && bytes[to..].iter().find(|b| matches!(b, b'.' | b'!' | b'?' | b'\n')) == Some(&b'?');
    let lead = &bytes[from.saturating_sub(12)..from];
    let conditional =
        [&b"if "[..], b"unless ", b"whether ", b"had ", b"please "].iter().any(|word| lead.ends_with(word));
    let says = SAYS_ANYTHING.find(clause).is_some_and(|says| {
        let said = &clause[says.end()..];
        let written = RELIED_ON.is_match(&clause[..says.end()]);
        (!HELD_OUT.is_match(said) && !written)
            || (!written && FACT.is_match(said) && !ANSWERED_FOR.is_match(said))
            || IMPOSED.is_match(said)
            || (BAD_NEWS.is_match(said) && !GOOD_NEWS.is_match(said))
    });
    says || asks
        || (clause.starts_with(b"according") && IMPOSED.is_match(clause))
        || WITHOUT_CONTENT.is_match(clause)
        || NO_SPEAKER.is_match(clause)
        || VOWS.captures(clause).is_some_and(|vows| {
            !matches!(&vows["who"], b"they" | b"he" | b"she" | b"who" | b"your" | b"the" | b"our" | b"their" | b"which")
        })
        || conditional
        || REFUSED.is_match(clause)
        || (NO_PROMISE.is_match(clause) && !WAS_TOLD.is_match(clause))
        || REPORTED.is_match(clause)
}

pub(super) fn find(text: &str, view: &View, found: &mut Vec<Raw>) {
    find_by(&EVIDENCE, text, view, found);
}

/// Finds what the rules of `lexicon` show.
pub(super) fn find_by(lexicon: &Lexicon, text: &str, view: &View, found: &mut Vec<Raw>) {
    let bytes = view.bytes();
    for hit in lexicon.find(view) {
        let rule = &lexicon.rules()[hit.rule];
        let what = match MarkKind::parse(&rule.label) {
            Some(kind) => What::Mark(kind),
            None if rule.label == TIME => What::Time,
            // Labels are checked by the test below.
            None => continue,
        };
        let (mut from, mut to) = (hit.from, hit.to);
        if let Some(kind) = rule.name {
            let Some(name) = names::find(text, view, (from, to), kind, rule.at) else { continue };
            found.push(Raw { what, from: name.0, to: name.1, value: None });
            continue;
        }
        if rule.at == Some(Place::Clause) && !CLAUSE_PLACE.is_match(&bytes[from.saturating_sub(20)..from]) {
            continue;
        }
        match rule.reach {
            None => {}
            Some(Reach::Clause) => to = clause::close_quotation(bytes, from, clause::reason_end(bytes, from, to)),
            Some(Reach::WholeClause) => {
                from = clause::start(bytes, from);
                to = clause::close_quotation(bytes, from, clause::end(bytes, to).max(to));
            }
            Some(Reach::Request) => to = clause::close_quotation(bytes, from, clause::request_end(bytes, from, to)),
            Some(Reach::Phrase) => from = clause::phrase_start(bytes, from),
            Some(Reach::Object) => to = clause::object_end(bytes, to),
        }
        (from, to) = clause::strip(bytes, from, to);
        if what == What::Mark(MarkKind::QuotedPromise) && is_no_promise(bytes, from, to) {
            continue;
        }
        if from < to {
            found.push(Raw { what, from, to, value: None });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::*;
    use crate::scoring::lexicon::tests::check_file;

    #[test]
    fn the_phrases_match_their_examples_and_nothing_of_their_counter_examples() {
        let mut known: Vec<&str> = MarkKind::ALL.iter().map(|kind| kind.name()).collect();
        known.push(TIME);
        check_file(&EVIDENCE, &known);
    }

    #[test]
    fn requests_are_found_and_other_imperatives_are_not() {
        check(
            MarkKind::RemedyAsked,
            &[
                ("Refund me. I want my money back now.", &["Refund me", "I want my money back"]),
                ("Can you send an engineer, please?", &["Can you send an engineer"]),
                ("Just let me speak to a manager!", &["let me speak to a manager"]),
                ("I asked for a refund", &["I asked for a refund"]),
                ("Call us old-fashioned, we like it", &[]),
                ("Try the soup, give it a go", &[]),
                ("I would like to thank you", &[]),
                ("They cancelled my order and tried to fix it", &[]),
            ],
        );
    }

    #[test]
    fn promises_are_clauses_and_proof_is_at_hand() {
        check(
            MarkKind::QuotedPromise,
            &[
                ("On Monday your agent promised a call, but no.", &["your agent promised a call"]),
                ("The box says \"fits all models\". It does not.", &["The box says \"fits all models\""]),
                ("I was told it would take a day", &["I was told it would take a day"]),
                ("I promise you will love it", &[]),
                ("exactly as advertised", &[]),
                ("she said sorry", &[]),
            ],
        );
        check(
            MarkKind::ProofOffered,
            &[
                ("Photos attached. I have kept the box.", &["Photos attached", "I have kept the box"]),
                ("I can send you the receipts", &["I can send you the receipts"]),
                ("I never kept the receipt", &[]),
                ("the photos on the listing lie", &[]),
                ("I don't have a photo of it", &[]),
            ],
        );
    }

    #[test]
    fn reasons_end_with_their_clause_and_choices_are_none() {
        check(
            MarkKind::StatedCause,
            &[
                ("It leaked because the cap was loose, and we slipped", &["because the cap was loose"]),
                ("Due to an upgrade nobody can see it", &["Due to an upgrade"]),
                ("Late, as your driver never came.", &["as your driver never came"]),
                ("I chose it because it is blue", &[]),
                ("It broke because you are idiots", &[]),
                ("as you know, since Monday", &[]),
            ],
        );
        check(
            MarkKind::EarlierContact,
            &[
                ("I have called you twice about it.", &["I have called you twice about it"]),
                ("my third email", &["my third email"]),
                ("We spoke to the duty manager", &["We spoke to the duty manager"]),
                ("I called a taxi", &[]),
                ("your sales people rang me twice", &[]),
            ],
        );
    }

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Promises {
        told: Vec<String>,
        not_told: Vec<String>,
    }

    #[test]
    fn messages_that_only_look_like_a_promise_are_left_out() {
        let file: Promises = toml::from_str(include_str!("../../../data/fixtures/evidence-promises.toml")).unwrap();
        let count = |texts: &[String]| {
            let tells = |text: &&String| super::super::extract(text).iter().any(|m| m.kind == MarkKind::QuotedPromise);
            texts.iter().filter(tells).count()
        };
        let (told, not_told) = (count(&file.told), count(&file.not_told));
        println!("told {told} of {}, not told {not_told} of {}", file.told.len(), file.not_told.len());
        assert!(told >= 41 && not_told <= 8, "{told} {not_told}");
    }
}
