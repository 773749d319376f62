//! Reasons in the first reply.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::read::Read;
use super::report::Finding;
use super::rule::RuleId;
use super::stance;
use crate::scoring::lexicon::embedded_regex;

/// Reasons on our side. The plain form has no case, so a cause is known by its grammar: "due to a", "because the", "our oven broke down".
static REASONS: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(concat!(
        r"\b(?:(?:this|that|it|which|the [\w'-]+(?: [\w'-]+)?|your [\w'-]+(?: [\w'-]+)?) (?:was|is|has been|were|happened|occurred|came about|arose|comes)(?: \w+)? (?:due to|because|caused by|owing to|the result of|down to|a result of|a consequence of)|(?:comes|came|stems|stemmed|resulted|results|arose) from (?:an?|the|our)",
        r"|(?:due|owing|thanks) to (?:an?|the|our|unforeseen|high|increased|technical|staff|supply|weather|current|recent|bad|heavy|exceptional|unusual|some|very|this|unexpected|seasonal|christmas|holiday|winter|illness|sickness|roadworks|maintenance|problems|delays|issues|circumstances)",
        r"|as a (?:result|consequence) of|on account of|in view of the|in light of the",
        r"|the reason(?:s)?(?: \w+)? (?:for|why|that|is|was|behind|we|you|your|being)",
        r"|because(?: of)? (?:we|our|the|an?|there|it|that|this|every|all|one|many|some|two|three|staff|several|most|[a-z]+ (?:is|are|was|were|had|has|have|did|does))",
        r"|(?:as|since) (?:we|our [\w'-]+|the [\w'-]+) (?:were|was|are|is|had|have|has|had been|do not|did not|don't|didn't|could not|couldn't)(?: \w+)? ",
        r"|(?:we|our [\w'-]+(?: [\w'-]+)?|the [\w'-]+)(?: \w+)? (?:are|were|was|have been|had been|is|'re|has been)(?: \w+){0,2} (?:short-?staffed|under-?staffed|short-?handed|short of (?:staff|people|hands)|overwhelmed|(?:very|so|extremely|unusually|exceptionally|incredibly) busy|busier|at capacity|fully booked|experiencing|facing|suffering|hit by|migrating|moving (?:to|house|warehouse)|in the middle of|changing (?:our|to)|swamped|overrun|stretched|rushed off|running (?:behind|late)|new (?:to|here|in)|still learning|in training|off sick|on holiday|on leave|ill|stuck in|flooded|down for|closed for|on strike)",
        r"|(?:we|our [\w'-]+(?: [\w'-]+)?)(?: have| had| has|'ve)?(?: just| recently| only| been)? (?:had (?:an?|two|three|several|some|many|more|so many|to|no|only|such)|changed (?:our|to|the)|switched|moved to|introduced|migrated|lost (?:two|three|several|a|our|power)|ran out|run out|broke down|broken down|went down|gone down|crashed|called in sick|fell ill|failed to (?:arrive|deliver)|let us down|got stuck|was delayed|were delayed|underestimated|received (?:more|an? \w+ number|far)|gets? (?:many|a lot|so many)|sold out|works? (?:with|so|like|this way|by)|requires?|needs? to)",
        r"|(?:supplier|carrier|courier|contractor|software|server|system|till|oven|boiler|provider|partner|manufacturer|colleague|waiter|chef|driver|van|lorry|truck|machine|line|factory|depot|warehouse|bank)(?: \w+){0,2} (?:was (?:ill|sick|down|offline|closed|stuck|delayed|broken|late|new|off)|were (?:ill|sick|down|offline|closed|stuck|delayed|off|late)|broke down|had broken|went down|crashed|called in sick|let us down|could not find|couldn't find|could not get|couldn't get|had (?:an?|to|no|too)|ran out|has (?:a|had|changed|new)|changed|got stuck|did not (?:deliver|send|arrive|tell)|didn't (?:deliver|send|arrive|tell)|holds?|rejects?|needs?|requires?|only)",
        r"|(?:high|heavy|large|increased|unusual|unusually high|record) (?:\w+ )?(?:volumes?|demand|numbers? of|traffic|workload)|higher (?:\w+ )?(?:volumes?|demand) than|supply[- ]chain|staff(?:ing)? shortages?|shortage of (?:staff|drivers|parts|materials)|peak (?:season|time|period|hours)|busiest (?:day|time|week|weekend|month|night|evening|hour|season)|busy (?:season|period|saturday|evening|weekend|night|time|day|week)|(?:christmas|holiday|summer|easter|black friday) (?:rush|season|period|peak|trade)|technical (?:issues?|problems?|difficult\w+|glitch|fault|reasons)|software (?:update|migration|change|bug)|system (?:outage|update|migration|upgrade|change|failure)|new (?:system|software|supplier|carrier|warehouse|staff|till|computer)|teething|unforeseen|beyond our control|circumstances",
        r"|(?:happened|happens|occurred|differs?|arose|took so long|was late|were late|was delayed|were delayed|failed|came about|was cancelled|was closed|went up|rose|changed)(?: [\w'-]+){0,4},? (?:as|since|because|for) (?:the|our|we|two|three|an?|most|many|it|there|all|some)",
        r"|(?:we|i|it) (?:are|were|was|is|'re|have been|had been)(?: \w+)? (?:too|so|very|really|extremely|simply too) (?:busy|full|crowded|many)|(?:an?|the|our) (?:\w+ ){0,4}(?:caused|led to|meant|resulted in|is why|was why|is behind|was behind|prevented) (?:this|that|the|your|it|us|a|our)",
        r"|what happened (?:is|was|here)(?: that|:)?|the background (?:is|to this)|(?:let|allow) (?:me|us) (?:to )?explain|to explain|by way of explanation|the explanation|explained by|you see, |the way (?:our|the|this) [\w'-]+ (?:works|is)|this is (?:because|how|why)|that is why|that's why (?:we|the|your|it)|hence|which meant(?: that)?|meaning that|so (?:the|your) [\w'-]+ (?:had to|could not|couldn't|was|were)|it (?:so )?happen(?:s|ed) that|it turns out|it turned out|as it (?:turns|turned) out|simple reason|for (?:\w+ )?reasons|in order to|it takes|usually takes|normally (?:takes|we|the|it)|our (?:policy|rule|rules|process|procedure|system) (?:is|says|requires|means|works|asks|provides))\b",
    ))
});

/// Reasons that are the customer's, or none of what went wrong.
static NOT_OURS: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\byou(?:'ve| have| had)? [a-z]+(?: [\w'-]+){0,5} (?:because|since|as|due to)|\b(?:was|were|is) due (?:on|by|at|in|to (?:arrive|come|be|start|leave|land|go|fly|travel|open))|see why|see the reason|every reason|good reason|reason to|want to (?:know|find|hear|see|understand|explain)|not (?:because|the reason)|no (?:reason|excuse)|what happened and what|account of what|hear what happened|tell us what happened|for reasons of|in order to (?:help|call|look|find|put|reach|give)|\b(?:no circumstances|under any|any circumstances)|in the circumstances|need to (?:talk|speak|hear|know|see)|needs? (?:your|a|the|to (?:know|see|hear|look))|was (?:new|late|closed|down|off|sick|ill) (?:to you|for you)",
    )
});

/// Returns the first reason that a first reply gives.
pub(super) fn find(read: &Read<'_>) -> Option<Finding> {
    if read.reply.turn > 1 {
        return None;
    }
    REASONS.find_iter(read.plain()).find_map(|found| {
        let (from, to) = (found.start(), found.end());
        let sentence = read.sentences.iter().copied().find(|&(start, end)| start <= from && from < end)?;
        let before = read.words(sentence.0, from);
        let around = read.words(from.saturating_sub(40).max(sentence.0), (to + 30).min(sentence.1.max(to)));
        let spared = read.is_quoted(from, to)
            || stance::told_back(before)
            || !stance::asserted(before)
            || NOT_OURS.is_match(around);
        (!spared).then(|| Finding::new(RuleId::ExplanationInFirstReply, read.span(from, to)))
    })
}
