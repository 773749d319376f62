//! Evidence that phrases show; the phrases are in `data/lexicons/evidence.toml`.

use super::{MarkKind, Raw, View, What, clause, names, no_promise};
use crate::scoring::findings::EVIDENCE;
use crate::scoring::lexicon::{Hit, Lexicon, Place, Reach, Rule, embedded_regex};

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

pub(super) fn find(text: &str, view: &View, found: &mut Vec<Raw>) {
    find_by(&EVIDENCE, text, view, found);
}

/// Finds what the rules of `lexicon` show.
pub(super) fn find_by(lexicon: &Lexicon, text: &str, view: &View, found: &mut Vec<Raw>) {
    for hit in lexicon.find(view) {
        let rule = &lexicon.rules()[hit.rule];
        let what = match MarkKind::parse(&rule.label) {
            Some(kind) => What::Mark(kind),
            None if rule.label == TIME => What::Time,
            // Labels are checked by the test below.
            None => continue,
        };
        let Some((from, to)) = extent(rule, hit, text, view) else { continue };
        let promise = rule.name.is_none() && what == What::Mark(MarkKind::QuotedPromise);
        if from < to && !(promise && no_promise::cause(view.bytes(), from, to).is_some()) {
            found.push(Raw { what, from, to, value: None });
        }
    }
}

/// Returns what counts of a match; `None` where it does not stand as its rule wants it.
fn extent(rule: &Rule, hit: Hit, text: &str, view: &View) -> Option<(usize, usize)> {
    let bytes = view.bytes();
    let (mut from, mut to) = (hit.from, hit.to);
    if let Some(kind) = rule.name {
        return names::find(text, view, (from, to), kind, rule.at);
    }
    if rule.at == Some(Place::Clause) && !CLAUSE_PLACE.is_match(&bytes[from.saturating_sub(20)..from]) {
        return None;
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
    Some(clause::strip(bytes, from, to))
}

/// Returns every clause that has the form of a promise, those that are none of the company's included.
#[cfg(test)]
pub(super) fn promise_clauses(text: &str, view: &View) -> Vec<(usize, usize)> {
    let rules = EVIDENCE.rules();
    let hits = EVIDENCE.find(view).into_iter().filter(|hit| rules[hit.rule].label == MarkKind::QuotedPromise.name());
    hits.filter_map(|hit| extent(&rules[hit.rule], hit, text, view)).collect()
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

    #[derive(serde::Deserialize)]
    struct Strangers {
        told: Vec<Stranger>,
        not_told: Vec<Stranger>,
    }

    #[derive(serde::Deserialize)]
    struct Stranger {
        writer: String,
        text: String,
        span: Option<String>,
    }

    /// Half of what strangers tell is found, and little else. `cargo test --lib strangers_promises -- --nocapture` prints the figures.
    #[test]
    fn strangers_promises_are_found_more_often_than_what_only_looks_like_them() {
        let learned = include_str!("../../../data/fixtures/evidence-promises-strangers.toml");
        let unseen = include_str!("../../../data/fixtures/evidence-promises-unseen.toml");
        for (text, writer, least, most) in
            [(learned, "P", 59, 0), (learned, "Q", 73, 0), (learned, "Y", 78, 1), (unseen, "Z", 70, 5)]
        {
            let file: Strangers = toml::from_str(text).unwrap();
            let of = |list: &[Stranger]| {
                let texts = list.iter().filter(|one| one.writer == writer);
                let found = texts.filter(|one| {
                    let span = one.span.as_deref().map(|span| {
                        let from = one.text.find(span).unwrap();
                        (from, from + span.len())
                    });
                    super::super::extract(&one.text)
                        .iter()
                        .filter(|m| m.kind == MarkKind::QuotedPromise)
                        .any(|m| span.is_none_or(|(from, to)| m.span.from < to && from < m.span.to))
                });
                found.count()
            };
            let (told, not_told) = (of(&file.told), of(&file.not_told));
            println!("{writer}: told {told} of 120, not told {not_told} of 180");
            assert!(told >= least && not_told <= most, "{writer} {told} {not_told}");
        }
    }
}
