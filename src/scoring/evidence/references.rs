//! Order, ticket, booking and other numbers under which a case can be looked up.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{Mark, MarkKind, View, mark};
use crate::scoring::lexicon::embedded_regex;

static REFERENCE: LazyLock<Regex> = LazyLock::new(|| {
    embedded_regex(
        r"\b(?:order|reference|ref|ticket|case|booking|reservation|tracking|invoice|transaction|confirmation|complaint|request|claim|incident|awb|pnr|txn|rma|crn|account|policy|serial|parcel|shipment|consignment|customer)\b(?P<said>\s?(?:number|num|nos?|ids?|ref(?:erence)?|code)\b\.?)?\s?(?P<sep>(?:is|was|:|-|=|#|\(|\.)\s?){0,3}(?P<number>[a-z]{0,5}[-/]?\d[a-z0-9]*(?:[-/][a-z0-9]+){0,3})\b",
    )
});

static HASH: LazyLock<Regex> = LazyLock::new(|| embedded_regex(r"#\s?(?P<number>[a-z]{0,4}-?\d{4,}[a-z0-9-]*)\b"));

pub(super) fn find(view: &View, marks: &mut Vec<Mark>) {
    let bytes = view.bytes();
    for found in REFERENCE.captures_iter(bytes) {
        let (Some(whole), Some(number)) = (found.get(0), found.name("number")) else {
            continue;
        };
        let digits = number.as_bytes().iter().filter(|b| b.is_ascii_digit()).count();
        let marked = found.name("said").is_some() || whole.as_bytes().iter().any(|b| matches!(b, b'#' | b':'));
        let year = digits == 4
            && number.len() == 4
            && (number.as_bytes().starts_with(b"19") || number.as_bytes().starts_with(b"20"));
        if digits >= 5 || (digits >= 4 && (marked || !year)) || (marked && digits >= 3) {
            marks.push(mark(view, MarkKind::Reference, whole.start(), whole.end(), None));
        }
    }
    for found in HASH.find_iter(bytes) {
        marks.push(mark(view, MarkKind::Reference, found.start(), found.end(), None));
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::*;

    #[test]
    fn numbers_of_cases_are_found_and_quantities_are_not() {
        check(
            MarkKind::Reference,
            &[
                ("Order 88213 never came", &["Order 88213"]),
                ("order no. AB-102938 please", &["order no. AB-102938"]),
                ("Ticket #4411 is open", &["Ticket #4411"]),
                ("my reference number is XK12345", &["reference number is XK12345"]),
                ("see #123456", &["#123456"]),
                ("Booking reference: 9F3K2231", &["Booking reference: 9F3K2231"]),
                ("I want to order 2 pizzas", &[]),
                ("in case 2019 comes back", &[]),
                ("order 500 cups", &[]),
                ("#1 worst company", &[]),
                ("I requested 3 times", &[]),
                ("a customer since 2015", &[]),
            ],
        );
    }
}
