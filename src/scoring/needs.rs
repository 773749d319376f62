//! Which words a text must hold for an expression to match at all: the way to try few rules out of many.

use regex_syntax::hir::{Class, Hir, HirKind};

/// Most strings that one expression may need; beyond, it is tried on every text.
const MAX_STRINGS: usize = 400;
/// Most strings of a part of an expression that is spelled out.
const MAX_EXACT: usize = 64;
/// Bytes of a string that are looked for: a longer one tells hardly more.
const MAX_LEN: usize = 8;
/// Shortest string worth looking for.
const MIN_LEN: usize = 3;

/// Parses an expression in the dialect of [`super::lexicon::compile`].
///
/// # Errors
/// When it is not valid.
pub(super) fn parse(expression: &str) -> Result<Hir, Box<regex_syntax::Error>> {
    regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(expression).map_err(Box::new)
}

/// Returns strings of which every match holds at least one, or `None` when nothing useful can be said.
pub(super) fn any_of(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    let mut set = required(hir).filter(|set| shortest(set) >= MIN_LEN)?;
    for string in &mut set {
        string.truncate(MAX_LEN);
    }
    set.sort_unstable();
    set.dedup();
    Some(set)
}

fn shortest(set: &[Vec<u8>]) -> usize {
    set.iter().map(Vec::len).min().unwrap_or(0)
}

/// All strings that `hir` matches, if they are few.
fn exact(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(vec![Vec::new()]),
        HirKind::Literal(literal) => Some(vec![literal.0.to_vec()]),
        HirKind::Class(class) => characters(class),
        HirKind::Repetition(repetition) if repetition.min == 0 && repetition.max == Some(1) => {
            let mut set = exact(&repetition.sub)?;
            set.push(Vec::new());
            few(set)
        }
        HirKind::Repetition(_) => None,
        HirKind::Capture(capture) => exact(&capture.sub),
        HirKind::Concat(subs) => subs.iter().try_fold(vec![Vec::new()], |set, sub| product(&set, &exact(sub)?)),
        HirKind::Alternation(subs) => {
            let mut set = Vec::new();
            for sub in subs {
                set.extend(exact(sub)?);
            }
            few(set)
        }
    }
}

fn characters(class: &Class) -> Option<Vec<Vec<u8>>> {
    let Class::Bytes(class) = class else {
        return None;
    };
    let mut set = Vec::new();
    for range in class.ranges() {
        if set.len() + range.len() > 8 {
            return None;
        }
        set.extend((range.start()..=range.end()).map(|byte| vec![byte]));
    }
    Some(set)
}

fn few(set: Vec<Vec<u8>>) -> Option<Vec<Vec<u8>>> {
    (set.len() <= MAX_EXACT).then_some(set)
}

fn within_limit(set: Vec<Vec<u8>>) -> Option<Vec<Vec<u8>>> {
    (set.len() <= MAX_STRINGS).then_some(set)
}

fn product(left: &[Vec<u8>], right: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
    if left.len() * right.len() > MAX_EXACT {
        return None;
    }
    let joined = left.iter().flat_map(|l| right.iter().map(move |r| [l.as_slice(), r.as_slice()].concat()));
    Some(joined.collect())
}

/// Strings of which every match holds at least one; the longest such set that was found.
fn required(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Repetition(repetition) if repetition.min > 0 => required(&repetition.sub),
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Alternation(subs) => {
            let mut set = Vec::new();
            for sub in subs {
                set.extend(required(sub)?);
            }
            within_limit(set)
        }
        HirKind::Concat(subs) => best_run(subs),
        _ => exact(hir),
    }
}

/// The best of: a run of neighbours that are exact together, or what one of them requires.
fn best_run(subs: &[Hir]) -> Option<Vec<Vec<u8>>> {
    let mut best: Option<Vec<Vec<u8>>> = None;
    let mut offer = |set: Vec<Vec<u8>>| {
        let better = best
            .as_ref()
            .is_none_or(|known| (shortest(&set), usize::MAX - set.len()) > (shortest(known), usize::MAX - known.len()));
        if better {
            best = Some(set);
        }
    };
    let mut run = vec![Vec::new()];
    for sub in subs {
        let longer = exact(sub).and_then(|set| product(&run, &set));
        if let Some(longer) = longer {
            run = longer;
        } else {
            offer(std::mem::replace(&mut run, vec![Vec::new()]));
            if let Some(set) = required(sub) {
                offer(set);
            }
            if let Some(set) = exact(sub) {
                run = set;
            }
        }
    }
    offer(run);
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(expression: &str) -> Option<Vec<String>> {
        let set = any_of(&parse(expression).unwrap())?;
        Some(set.into_iter().map(|w| String::from_utf8(w).unwrap()).collect())
    }

    #[test]
    fn finds_the_words_that_a_match_must_hold() {
        let either = words(r"\b(?:charge[ \n]?backs?)\b").unwrap();
        assert!(either.iter().all(|word| word.starts_with("charge")), "{either:?}");
        assert_eq!(words(r"\bmy (?:lawyer|solicitor)s?\b").unwrap(), ["my lawye", "my solic"]);
        assert_eq!(words(r"\d+ or [a-z]+"), Some(vec![" or ".to_owned()]));
    }

    #[test]
    fn says_nothing_where_nothing_is_certain() {
        assert_eq!(words(r"[a-z]+"), None);
        assert_eq!(words(r"(?:lawyer)?"), None);
        assert_eq!(words(r"a|lawyer"), None);
    }

    #[test]
    fn an_optional_word_is_never_required() {
        assert_eq!(words(r"(?:so )?sorry\w*").unwrap(), ["so sorry", "sorry"]);
    }
}
