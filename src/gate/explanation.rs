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
        r"|(?:as|since) (?:we|our [\w'-]+) (?:were|was|are|is|had|have|has|had been|do not|did not|don't|didn't|could not|couldn't)(?: \w+)? ",
        r"|(?:we|our [\w'-]+(?: [\w'-]+)?|the [\w'-]+)(?: \w+)? (?:are|were|was|have been|had been|is|'re|has been)(?: \w+){0,2} (?:short-?staffed|under-?staffed|short-?handed|short of (?:staff|people|hands)|overwhelmed|(?:very|so|extremely|unusually|exceptionally|incredibly) busy|busier|at capacity|fully booked|experiencing|facing|suffering|hit by|migrating|moving (?:to|house|warehouse)|in the middle of|changing (?:our|to)|swamped|overrun|stretched|rushed off|running (?:behind|late)|new (?:to|here|in)|still learning|in training|off sick|on holiday|on leave|ill|stuck in|flooded|down for|closed for|on strike)",
        r"|(?:we|our [\w'-]+(?: [\w'-]+)?)(?: have| had| has|'ve)?(?: just| recently| only| been)? (?:had (?:(?:two|three|several|some|many) (?:\w+ ){1,3}(?:off|ill|sick|out|missing|away)|so many|too many|more \w+ than|an? (?:\w+ )?(?:outage|power cut|strike|problem with|breakdown|shortage|backlog|rush))|changed (?:our|to|the)|switched|moved to|introduced|migrated|lost (?:two|three|several|a|our|power)|ran out|run out|broke down|broken down|went down|gone down|crashed|called in sick|fell ill|failed to (?:arrive|deliver)|let us down|got stuck|was delayed|were delayed|underestimated|received (?:more|an? \w+ number|far)|gets? (?:many|a lot|so many)|works? (?:so|like this|this way))",
        r"|(?:our|the) (?:[\w'-]+ )?(?:supplier|carrier|courier|contractor|provider|partner|manufacturer|colleague|waiter|chef|cook|driver|technician|nurse|fitter|receptionist)(?: \w+){0,2} (?:was (?:ill|sick|off sick|stuck|on holiday|new)|were (?:ill|sick|off sick|stuck)|called in sick|fell ill|let us down|could not find|couldn't find|could not get|couldn't get|got stuck|had (?:an accident|a puncture|a flat))|our (?:[\w'-]+ )?(?:software|server|system|till|oven|boiler|machine|line|van|lorry|truck|printer|database|network|phones?|warehouse|depot) (?:was|were|went|broke|had|ran|crashed|could|has been|is|are)(?: \w+)? (?:ill|down|offline|closed|stuck|delayed|broken|flooded|an?|out|off|overloaded|down|not)",
        r"|(?:high|heavy|large|increased|unusual|unusually high|record) (?:\w+ )?(?:volumes?|demand|numbers? of|workload)|higher (?:\w+ )?(?:volumes?|demand) than|supply[- ]chain|staff(?:ing)? shortages?|shortage of (?:staff|drivers|parts|materials)|(?:our|the) (?:peak|high) season|(?:our|the) busiest (?:day|time|week|weekend|month|night|evening|hour|season)|(?:it was|was|is) (?:an? |our )(?:\w+ )?(?:busy|holiday) (?:season|period|saturday|evening|weekend|night|time|day|week)|(?:christmas|holiday|black friday) (?:rush|trade)|(?:an?|our|some) (?:\w+ )?technical (?:issues?|problems?|difficult\w+|glitch|fault) (?:at|with|in|on|caused|meant|led)|for (?:technical|operational|organisational|logistical|safety|security) reasons|teething|unforeseen|beyond our control",
        r"|(?:happened|happens|occurred|differs?|arose|took so long|was late|were late|was delayed|were delayed|came about|was cancelled|was closed)(?: [\w'-]+){0,4},? (?:as|since|because) (?:the|our|we|two|three|an?|most|many|it|there|all|some)",
        r"|(?:we|i|it) (?:are|were|was|is|'re|have been|had been)(?: \w+)? (?:too|so|very|really|extremely|simply too) (?:busy|full|crowded|many)|(?:an?|the|our) (?:\w+ ){0,4}(?:caused|led to|resulted in|is behind|was behind) (?:this|that|the (?:delay|error|mistake|mix-?up|wait|problem|outage))",
        r"|what happened (?:is|was|here)(?: that|:)?|the background (?:is|to this)|(?:let|allow) (?:me|us) (?:to )?explain|to explain|by way of explanation|the explanation|explained by|you see, |the way (?:our|the|this) [\w'-]+ (?:works|is)|this is (?:because|how|why)|that is why (?:we|our)|that's why (?:we|our)|which meant(?: that)?|meaning that|as it (?:turns|turned) out|simple reason|usually takes|normally takes|our (?:policy|rule|rules|process|procedure|system) (?:is|says|requires|means|works|asks|provides))\b",
    ))
});

/// Reasons that are the customer's, or none of what went wrong.
static NOT_OURS: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\bwhatever (?:\w+ ){0,3}|\bgave you because|\byou(?:'ve| have| had)? [a-z]+(?: [\w'-]+){0,5} (?:because|since|as|due to)|\b(?:was|were|is) due (?:on|by|at|in|to (?:arrive|come|be|start|leave|land|go|fly|travel|open))|see why|see the reason|reason (?:for|of) your|every reason|good reason|reason to|want to (?:know|find|hear|see|understand|explain)|not (?:because|the reason)|no (?:reason|excuse)|what happened and what|account of what|hear what happened|tell us what happened|for reasons of|in order to (?:help|call|look|find|put|reach|give)|\b(?:no circumstances|under any|any circumstances)|in the circumstances|need to (?:talk|speak|hear|know|see)|needs? (?:your|a|the|to (?:know|see|hear|look))|was (?:new|late|closed|down|off|sick|ill) (?:to you|for you)",
    )
});

/// What we do for the customer may have its reason: "we have read it twice, because".
static OUR_ACT: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:we|i)(?:'ve| have|'d| would| will|'ll|'m| am| are)? (?:\w+ )?(?:read|ask|asked|asking|write|writing|want|wanted|like to|ring|call|speak|look|looked|looking|say|mention|hope|see|thank)\b[^.;!?]{0,60}$",
    )
});

/// Returns the first reason that a first reply gives.
pub(super) fn find(read: &Read<'_>) -> Option<Finding> {
    if read.reply.turn > 1 {
        return None;
    }
    let written = REASONS.find_iter(read.plain()).map(|found| (found.start(), found.end()));
    let mut reasons: Vec<(usize, usize)> =
        written.chain(read.marks(".reason").map(|mark| (mark.from, mark.to))).collect();
    reasons.sort_unstable();
    reasons.into_iter().find_map(|(from, to)| {
        let sentence = read.sentences.iter().copied().find(|&(start, end)| start <= from && from < end)?;
        let before = read.words(sentence.0, from);
        let after = read.words(to, sentence.1.max(to));
        let around = read.words(from.saturating_sub(40).max(sentence.0), (to + 30).min(sentence.1.max(to)));
        let spared = read.is_quoted(from, to)
            || stance::told_back(before)
            || stance::told_after(after)
            || OUR_ACT.is_match(before)
            || !stance::asserted(before)
            || NOT_OURS.is_match(around);
        (!spared).then(|| Finding::new(RuleId::ExplanationInFirstReply, read.span(from, to)))
    })
}
