//! Why a message got its scores, in words: plain data, which the command line prints.

use serde::Serialize;

use crate::analysis::{Analysis, Evidence, Outcome, Scores, Span, Validity};
use crate::decision::{Acknowledge, Closing, Decision};
use crate::message::Message;

use super::attribution::{HEADS, MOST_SPANS};
use super::compose::REPROACH;
use super::priority::Priority;
use super::unread_chars;
use super::view::MAX_CHARS;

/// The lines of an explanation, in the order in which they are read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The message it is about.
    pub message_id: String,
    /// Lines.
    pub lines: Vec<Line>,
    /// Every span that a line rests on, in the order of the text, without overlap: what rules found in the message.
    pub marked: Vec<Span>,
    /// Words that carried what the model said, in the order of the text, without overlap.
    pub carried: Vec<Span>,
}

/// One line of an explanation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// `severity`, `validity`, `words`, `priority`, `decision`, `language`, `triggers`, `not scored`, `note` or `next up`.
    pub label: &'static str,
    /// What the line is about within its label (`promise`, `evidence`, a block's name); `None` for the first line.
    pub part: Option<&'static str>,
    /// In words.
    pub text: String,
    /// The words of the message that it rests on.
    pub spans: Vec<Span>,
}

/// Explains an analysis, and what was decided on it.
pub fn explain(
    message: &Message,
    analysis: &Analysis,
    priority: Option<&Priority>,
    decision: Option<&Decision>,
) -> Explanation {
    let mut lines = Vec::new();
    if !analysis.triggers.is_empty() {
        let mut names: Vec<&str> = analysis.triggers.iter().map(|hit| hit.trigger.name()).collect();
        names.dedup();
        lines.push(Line {
            label: "triggers",
            part: None,
            text: format!("{}: a rule that beats every score", names.join(", ")),
            spans: analysis.triggers.iter().map(|hit| hit.span).collect(),
        });
    }
    match &analysis.outcome {
        Outcome::Unscored { reason } => {
            lines.push(line("not scored", None, unscored(reason.text(), analysis.lang.as_deref())));
        }
        Outcome::Scored(scores) => {
            severity(scores, &mut lines);
            validity(scores, &mut lines);
            words(scores, &message.text, &mut lines);
        }
    }
    if let Some(priority) = priority {
        let parts: Vec<&str> = priority.parts.iter().map(|part| part.text.as_str()).collect();
        lines.push(line("priority", None, format!("{:.0}  {}", priority.score, parts.join(" · "))));
    }
    if let Some(decision) = decision {
        decided(decision, &mut lines);
    }
    notes(message, analysis, &mut lines);
    let spans = |carried: bool| {
        union(lines.iter().filter(|line| (line.label == WORDS) == carried).flat_map(|line| line.spans.iter().copied()))
    };
    let (marked, carried) = (spans(false), spans(true));
    Explanation { message_id: analysis.message_id.clone(), lines, marked, carried }
}

fn line(label: &'static str, part: Option<&'static str>, text: String) -> Line {
    Line { label, part, text, spans: Vec::new() }
}

fn unscored(reason: &str, lang: Option<&str>) -> String {
    let reason = reason.strip_prefix("not scored: ").unwrap_or(reason);
    match lang {
        Some(lang) if lang != "en" => format!("{reason} (detected: {lang})"),
        _ => reason.to_owned(),
    }
}

fn severity(scores: &Scores, lines: &mut Vec<Line>) {
    if !scores.complaint {
        let text = format!("{:.0}  no complaint ({:.2} that it is one)", scores.severity, scores.complaint_score);
        lines.push(line("severity", None, text));
        return;
    }
    let mut dimensions: Vec<&str> = Vec::new();
    for part in &scores.harm_parts {
        let name = match part.dimension.as_str() {
            "issue" => scores.issue.as_deref().unwrap_or("unknown issue"),
            name => name,
        };
        if part.points >= 1.0 && !dimensions.contains(&name) {
            dimensions.push(name);
        }
    }
    let mut levels: Vec<&(String, f32)> = scores.heads.get(REPROACH).into_iter().flatten().collect();
    levels.sort_by(|a, b| b.1.total_cmp(&a.1));
    let levels: Vec<String> =
        levels.iter().take(2).map(|(label, p)| format!("{} {p:.2}", label.replace('_', " "))).collect();
    lines.push(Line {
        label: "severity",
        part: None,
        text: format!(
            "{:.0}  harm: {} {:.0} · reproach: {}",
            scores.severity,
            list(&dimensions),
            scores.harm,
            levels.join(", ")
        ),
        spans: scores.harm_parts.iter().filter_map(|part| part.span).collect(),
    });
}

fn validity(scores: &Scores, lines: &mut Vec<Line>) {
    if !scores.complaint {
        return;
    }
    let label = match scores.validity {
        Validity::LikelyValid => "likely valid",
        Validity::Unclear => "unclear",
        Validity::LikelyUnfounded => "likely unfounded",
    };
    lines.push(line(
        "validity",
        None,
        format!("{label} {:.2} (provisional: nobody has judged it yet)", scores.validity_score),
    ));
    if let Some(promise) = &scores.promise {
        let broken = if promise.broken { "broken" } else { "not said to be broken" };
        lines.push(Line {
            label: "validity",
            part: Some("promise"),
            text: format!("{}  matched {:.2}, {broken}", promise.id, promise.score),
            spans: promise.span.into_iter().collect(),
        });
    }
    let shown = |head: &str, negative: bool| -> (Vec<&str>, Vec<Span>) {
        let found = scores
            .evidence
            .iter()
            .filter(|e| e.head == head && (e.effect < 0.0) == negative && !e.shows.starts_with("promise "));
        let mut names = Vec::new();
        let mut spans = Vec::new();
        for evidence in found {
            if !names.contains(&evidence.shows.as_str()) {
                names.push(evidence.shows.as_str());
            }
            spans.push(evidence.span);
        }
        (names, spans)
    };
    for (part, (names, spans)) in [("evidence", shown("substantiation", false)), ("against", shown("validity", true))] {
        let text = if names.is_empty() { "nothing found".to_owned() } else { names.join(", ") };
        lines.push(Line { label: "validity", part: Some(part), text, spans });
    }
    if !scores.questions.is_empty() {
        lines.push(line("validity", Some("to ask"), scores.questions.join(" ")));
    }
}

/// Label of the lines that name the words which carried the model's scores.
const WORDS: &str = "words";

/// For each score of the model that was traced back: the words that carried it, with what the score loses without them.
fn words(scores: &Scores, text: &str, lines: &mut Vec<Line>) {
    for head in HEADS {
        let of_head: Vec<&Evidence> = scores.evidence.iter().filter(|found| found.head == head).collect();
        // Sentences that hold words which are named themselves say nothing more.
        let holds_another = |outer: &Evidence| {
            of_head.iter().any(|inner| {
                inner.span != outer.span && outer.span.from <= inner.span.from && inner.span.to <= outer.span.to
            })
        };
        let named: Vec<&Evidence> = of_head.iter().copied().filter(|found| !holds_another(found)).collect();
        let mut best = named.clone();
        best.sort_by(|a, b| b.effect.abs().total_cmp(&a.effect.abs()).then(a.span.cmp(&b.span)));
        best.truncate(MOST_SPANS);
        if best.is_empty() {
            continue;
        }
        let digits = if head == "severity" { 1 } else { 2 };
        let shown: Vec<String> = best
            .iter()
            .map(|found| format!("\"{}\" {:+.digits$}", shortened(found.span.of(text)), found.effect))
            .collect();
        lines.push(Line {
            label: WORDS,
            part: Some(head),
            text: shown.join(" · "),
            spans: best.iter().map(|found| found.span).collect(),
        });
    }
}

/// The beginning of a piece of text that is too long to be repeated.
fn shortened(piece: &str) -> String {
    const MOST: usize = 40;
    match piece.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", piece[..at].trim_end()),
        None => piece.to_owned(),
    }
}

fn decided(decision: &Decision, lines: &mut Vec<Line>) {
    let blocks = &decision.blocks;
    let acknowledge = match blocks.acknowledge {
        Acknowledge::Off => "off",
        Acknowledge::Issue => "on: names the issue",
        Acknowledge::NotListenedTo => "on: names the issue and the silence",
        Acknowledge::Thanks => "on: thanks",
    };
    let options = match blocks.options.len() {
        0 => "off".to_owned(),
        count => {
            format!("{count}: {}", blocks.options.iter().map(|offer| offer.id.as_str()).collect::<Vec<_>>().join(" | "))
        }
    };
    let closing = match blocks.closing {
        Closing::Off => "off",
        Closing::OwnerAndDate => "on: owner and next date",
        Closing::TakeOffline => "on: moves offline",
        Closing::WhoAnswersWhen => "on: who answers and when",
        Closing::Plain => "on: a friendly end",
    };
    let states = [acknowledge.to_owned(), blocks.apology.name().to_owned(), options, closing.to_owned()];
    for ((name, state), why) in
        ["acknowledge", "apologize", "options", "closing"].into_iter().zip(states).zip(&blocks.why)
    {
        lines.push(line("decision", Some(name), format!("{state}  ({}: {})", why.rule, why.reason)));
    }
    let owner = decision.owner.as_ref().map(|owner| format!("{} answers", owner.name));
    let behind = decision.escalation.iter().map(|step| format!("then {}: {}", step.contact.name, step.when));
    let next: Vec<String> = owner.into_iter().chain(behind).collect();
    if !next.is_empty() {
        lines.push(line("next up", None, next.join("; ")));
    }
}

fn notes(message: &Message, analysis: &Analysis, lines: &mut Vec<Line>) {
    let unread = unread_chars(&message.text);
    if unread > 0 {
        lines.push(line(
            "note",
            None,
            format!("rules read the first {MAX_CHARS} characters of a long text; {unread} were left unread"),
        ));
    }
    if analysis.truncated_tokens > 0 {
        lines.push(line(
            "note",
            None,
            format!(
                "the model read the beginning of a long text; {} tokens were left unread",
                analysis.truncated_tokens
            ),
        ));
    }
}

fn list(names: &[&str]) -> String {
    match names {
        [] => "none".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Joins spans that overlap or touch.
fn union(spans: impl Iterator<Item = Span>) -> Vec<Span> {
    let mut sorted: Vec<Span> = spans.filter(|span| span.from < span.to).collect();
    sorted.sort_unstable();
    let mut joined: Vec<Span> = Vec::new();
    for span in sorted {
        match joined.last_mut() {
            Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
            _ => joined.push(span),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::super::promise::{Promise, PromiseSet};
    use super::super::tests::{analysed, answer, message};
    use super::super::weights::Weights;
    use super::super::{ThreadState, priority};
    use super::*;
    use crate::analysis::Reproach;

    fn texts(explanation: &Explanation, label: &str) -> Vec<String> {
        explanation.lines.iter().filter(|line| line.label == label).map(|line| line.text.clone()).collect()
    }

    #[test]
    fn severity_validity_and_priority_are_told_in_words_with_their_spans() {
        let promises = PromiseSet::new(&[Promise {
            id: "delivery.next-day".into(),
            text: "orders arrive the next working day".into(),
            says: vec!["next day delivery".into()],
            broken: vec![],
        }])
        .unwrap();
        let message = message(
            "You promised next day delivery on the checkout page. Order 88213 was placed Monday, it is now Friday and nobody answers my emails.",
        );
        let analysis = analysed(&message, Some(&answer(0.95, Reproach::Disapproval)), &promises).unwrap();
        let thread = ThreadState { contacts: 3, ..ThreadState::alone("1") };
        let priority = priority(&analysis, &message, &thread, None, &Weights::embedded().priority).unwrap();
        let explanation = explain(&message, &analysis, Some(&priority), None);
        assert!(texts(&explanation, "severity")[0].contains("reproach: disapproval 0.91"), "{explanation:?}");
        let validity = texts(&explanation, "validity");
        assert!(validity[0].starts_with("likely valid") && validity[0].contains("provisional"), "{validity:?}");
        assert!(validity[1].contains("delivery.next-day  matched 0.90, broken"), "{validity:?}");
        assert!(validity[2].contains("order or reference number, date"), "{validity:?}");
        assert_eq!(validity[3], "nothing found");
        assert!(texts(&explanation, "priority")[0].contains("asked three times"));
        assert!(explanation.marked.iter().any(|span| span.of(&message.text).contains("next day delivery")));
        assert!(explanation.marked.is_sorted());
    }

    #[test]
    fn unscored_and_long_messages_say_so() {
        let german =
            message("Ich warte seit drei Wochen auf meine Bestellung und niemand antwortet auf meine E-Mails.");
        let explanation = explain(&german, &analysed(&german, None, &PromiseSet::default()).unwrap(), None, None);
        assert_eq!(texts(&explanation, "not scored"), ["not in English (detected: de)"]);
        let long = message(&"This did not work and I am not happy with it. ".repeat(600));
        let analysis = analysed(&long, Some(&answer(0.9, Reproach::Blame)), &PromiseSet::default()).unwrap();
        let notes = texts(&explain(&long, &analysis, None, None), "note");
        assert!(notes[0].contains("20000 characters") && notes[1].contains("3 tokens"), "{notes:?}");
    }

    #[test]
    fn the_words_that_carried_a_score_are_named_with_what_it_loses() {
        let message = message("It broke. Nobody answers and it is a disgrace, a disgrace that I will long remember.");
        let mut analysis = analysed(&message, Some(&answer(0.9, Reproach::Blame)), &PromiseSet::default()).unwrap();
        let Outcome::Scored(scores) = &mut analysis.outcome else { panic!("scored") };
        let mut add = |head: &str, from: usize, to: usize, effect: f32| {
            scores.evidence.push(Evidence {
                head: head.to_owned(),
                span: Span { from, to },
                effect,
                shows: String::new(),
            });
        };
        add("complaint", 10, 84, 0.2);
        add("complaint", 37, 45, 0.125);
        add("severity", 10, 84, 4.25);
        let explanation = explain(&message, &analysis, None, None);
        let lines: Vec<(Option<&str>, &str)> = explanation
            .lines
            .iter()
            .filter(|line| line.label == "words")
            .map(|line| (line.part, line.text.as_str()))
            .collect();
        assert_eq!(lines[0], (Some("complaint"), "\"disgrace\" +0.12"), "the sentence holds the words");
        assert_eq!(lines[1].0, Some("severity"));
        assert!(lines[1].1.starts_with("\"Nobody answers and it is a disgrace, a d…\" +4.2"), "{lines:?}");
        assert_eq!(explanation.carried, [Span { from: 10, to: 84 }]);
    }

    #[test]
    fn praise_is_told_to_be_no_complaint() {
        let praise = message("Thank you, the shoes are lovely!");
        let analysis =
            analysed(&praise, Some(&answer(0.03, Reproach::NoExplicitReproach)), &PromiseSet::default()).unwrap();
        let explanation = explain(&praise, &analysis, None, None);
        assert!(texts(&explanation, "severity")[0].contains("no complaint"));
        assert!(texts(&explanation, "validity").is_empty());
    }
}
