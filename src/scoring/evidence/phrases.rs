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
}
