//! Numbers and codes under which a case can be looked up: of an order, a ticket, a booking, an account, a parcel.

mod shapes;

use self::shapes::{
    ALONE, APART, COUNTED, COUNTING, ENDS, FILED_AS, FILED_PLAIN, GROUPS, IN_PARTS, IS_JOINED, IS_NUMBER, ISSUED, LED,
    LETTERS, LINK, LONG, MARKED, MIXED, MONEY, NAMED_AFTER, NEXT, NO_CODE, NO_END, NO_START, OF_PARTS, OTHER,
    OTHER_BEFORE, OWNED, PHONE, PLAIN, SHORT, STANDS_ALONE, SUM, SURE, TAGS, VAGUE,
};
use super::{MarkKind, Raw, View, around};

fn digits(code: &[u8]) -> usize {
    code.iter().filter(|b| b.is_ascii_digit()).count()
}

fn has_letters(code: &[u8]) -> bool {
    code.iter().any(u8::is_ascii_lowercase)
}

/// Whether a code can be looked up; `said` when the text says that it is a number.
fn is_code(code: &[u8], said: bool) -> bool {
    let count = digits(code);
    let year = code.len() == 4 && count == 4 && (code.starts_with(b"19") || code.starts_with(b"20"));
    let joined = code.iter().any(|b| matches!(b, b'-' | b'/' | b'_'));
    if NO_CODE.is_match(code) {
        return false;
    }
    // "KXM7Q2": what the text calls a number may have few digits.
    if has_letters(code) && !joined && count < 3 {
        return said && (5..=8).contains(&code.len());
    }
    match count {
        5.. => true,
        4 => said || !year,
        3 => said || has_letters(code),
        2 if said && code.len() >= 5 => true,
        1 | 2 => said && SHORT.is_match(code),
        _ => false,
    }
}

pub(super) fn find(text: &str, view: &View, marks: &mut Vec<Raw>) {
    let bytes = view.bytes();
    let mut found: Vec<(usize, usize)> = Vec::new();
    if !bytes.iter().any(u8::is_ascii_digit) {
        find_letters(text, view, &mut found);
        marks.extend(found.into_iter().map(|(from, to)| Raw::new(MarkKind::Reference, from, to)));
        return;
    }
    for captures in OWNED.captures_iter(bytes) {
        let (Some(owner), Some(code)) = (captures.name("owner"), captures.name("code")) else { continue };
        let between = captures.name("between").map_or(&b""[..], |between| between.as_bytes());
        let named = captures.name("said").is_some();
        let key = owner.as_bytes();
        let bare = key == b"number" || key == b"id";
        let said = named || between.iter().any(|b| matches!(b, b'#' | b':')) || SURE.contains(&key) || key == b"number";
        let last = code.as_bytes().rsplit(|&b| b == b' ').next().unwrap_or_default();
        let (before, _) = around(bytes, owner.start(), owner.end(), 22, 0);
        let near = &before[before.len().saturating_sub(14)..];
        let plain = !has_letters(last) && !last.contains(&b'-') && digits(last) < 5;
        // "Form 3381, one umbrella": four digits at the end of a phrase count nothing.
        let is_alone = between == b" " && digits(last) == 4 && ENDS.is_match(&bytes[code.end()..]);
        // "An order of 3000 leaflets" counts the leaflets.
        let counts = !named && COUNTING.is_match(code.as_bytes());
        let grouped = GROUPS.is_match(&bytes[code.end()..]) && digits(last) > 1;
        let is = between.trim_ascii_start().starts_with(b"is ") || between.trim_ascii_start().starts_with(b"was ");
        if (bare && OTHER.is_match(before))
            || (OTHER_BEFORE.is_match(near) && key != b"reference" && key != b"ref")
            || (key == b"case" && (near.ends_with(b"in ") || near.ends_with(b"just in ")) && !said)
            || (bare && !named && !has_letters(last) && digits(last) < 5 && !grouped)
            || (VAGUE.contains(&key) && !said && plain && !is_alone)
            || counts
            || (key == b"number" && !named && PHONE.is_match(&bytes[code.start()..]))
            || (is && !named && !between.ends_with(b"number ") && !IS_NUMBER.contains(&key) && !mixed_code(last))
        {
            continue;
        }
        let capitals = || is_written_as_code(view.span(code.end() - last.len(), code.end()).of(text));
        let mixed = MIXED.contains(&key)
            && has_letters(last)
            && last.len() >= 5
            && (digits(last) >= 2 || (digits(last) == 1 && last.len() == 6 && capitals()))
            || (last.len() >= 8 && digits(last) >= 2 && IS_JOINED.is_match(last))
            || (ISSUED.contains(&key) && (SHORT.is_match(last) || STANDS_ALONE.is_match(&bytes[code.end()..])));
        add(bytes, (code.start(), code.end()), said || mixed, TAGS.contains(&key), &mut found);
    }
    for captures in MARKED.captures_iter(bytes) {
        let (Some(owner), Some(code)) = (captures.name("owner"), captures.name("code")) else { continue };
        let count = digits(code.as_bytes());
        let sign = owner.as_bytes() == b"#";
        let (before, _) = around(bytes, owner.start(), owner.end(), 24, 0);
        let alone = !code.as_bytes().contains(&b' ') || sign;
        if alone
            && !OTHER.is_match(before)
            && ((has_letters(code.as_bytes()) && count >= 3) || count >= 5 || (sign && count >= 4))
        {
            add(bytes, (code.start(), code.end()), true, false, &mut found);
        }
    }
    for captures in FILED_AS.captures_iter(bytes) {
        let Some(code) = captures.name("code") else { continue };
        let (before, _) = around(bytes, code.start(), code.end(), 24, 0);
        if digits(code.as_bytes()) >= 3 && !OTHER.is_match(before) {
            add(bytes, (code.start(), code.end()), true, false, &mut found);
        }
    }
    for captures in FILED_PLAIN.captures_iter(bytes) {
        let Some(code) = captures.name("code").or_else(|| captures.name("digits")) else { continue };
        let (before, _) = around(bytes, code.start(), code.end(), 24, 0);
        if !OTHER.is_match(before) {
            add(bytes, (code.start(), code.end()), true, false, &mut found);
        }
    }
    for captures in ALONE.captures_iter(bytes) {
        let Some(code) = captures.name("code") else { continue };
        let (before, _) = around(bytes, code.start(), code.end(), 24, 0);
        let capitals = || !view.span(code.start(), code.end()).of(text).bytes().any(|b| b.is_ascii_lowercase());
        let alone = has_letters(code.as_bytes())
            && (digits(code.as_bytes()) >= 6
                || PLAIN.is_match(code.as_bytes())
                || (digits(code.as_bytes()) >= 4 && OF_PARTS.is_match(code.as_bytes()) && capitals()));
        if (alone || IN_PARTS.is_match(code.as_bytes())) && !OTHER.is_match(before) && !LINK.is_match(before) {
            add(bytes, (code.start(), code.end()), true, false, &mut found);
        }
    }
    for digits in LONG.find_iter(bytes) {
        let (before, after) = around(bytes, digits.start(), digits.end(), 24, 14);
        let apart = !NO_START.is_match(before) && !NO_END.is_match(after);
        if apart && !OTHER.is_match(before) && !LINK.is_match(before) && !MONEY.is_match(before) {
            add(bytes, (digits.start(), digits.end()), true, false, &mut found);
        }
    }
    find_apart(bytes, &mut found);
    find_letters(text, view, &mut found);
    marks.extend(found.into_iter().map(|(from, to)| Raw::new(MarkKind::Reference, from, to)));
}

/// Whether letters and digits mix as in a code: "W88120".
fn mixed_code(code: &[u8]) -> bool {
    has_letters(code) && digits(code) >= 4
}

/// Whether the customer wrote it in capitals and digits alone.
fn is_written_as_code(written: &str) -> bool {
    written.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

fn find_apart(bytes: &[u8], found: &mut Vec<(usize, usize)>) {
    for captures in NAMED_AFTER.captures_iter(bytes) {
        if let Some(code) = captures.name("code").or_else(|| captures.name("first")) {
            add(bytes, (code.start(), code.end()), captures.name("code").is_some(), false, found);
        }
    }
    for captures in APART.captures_iter(bytes) {
        let names =
            ["code", "of", "plain", "topic", "short", "acted", "under", "fused", "dated", "listed", "mended", "full"];
        let Some(code) = names.into_iter().find_map(|name| captures.name(name)) else { continue };
        let words = captures.name("words").map_or(&b""[..], |words| words.as_bytes());
        let whole = captures.get(0).map_or(0, |whole| whole.start());
        if !SUM.is_match(words)
            && !OTHER.is_match(words)
            && !OTHER_BEFORE.is_match(&bytes[whole.saturating_sub(14)..whole])
        {
            add(bytes, (code.start(), code.end()), true, false, found);
        }
    }
}

/// Codes without a digit are told from shouted words by capitals and by how few vowels they have.
fn find_letters(text: &str, view: &View, found: &mut Vec<(usize, usize)>) {
    let bytes = view.bytes();
    for captures in LETTERS.captures_iter(bytes) {
        let Some(code) = captures.name("code") else { continue };
        let vowels = code.as_bytes().iter().filter(|b| matches!(b, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')).count();
        let most = usize::from(captures.name("sure").is_some());
        let taken = found.iter().any(|&(from, to)| code.start() < to && code.end() > from);
        if !taken && vowels <= most && is_written_as_code(view.span(code.start(), code.end()).of(text)) {
            found.push((code.start(), code.end()));
        }
    }
}

/// Adds a code, and the codes that are listed after it.
fn add(bytes: &[u8], code: (usize, usize), said: bool, tag: bool, found: &mut Vec<(usize, usize)>) {
    let mut next = Some(code);
    while let Some((mut from, mut to)) = next.take() {
        if let Some(space) = bytes[from..to].iter().position(|&b| b == b' ')
            && !((tag || LED.is_match(&bytes[from..])) && space == 2)
        {
            from += space + 1;
        }
        while to > from && matches!(bytes[to - 1], b'.' | b'-' | b'/') {
            to -= 1;
        }
        if let Some(groups) = GROUPS.find(&bytes[to..])
            && bytes[to - 1].is_ascii_digit()
            && (bytes[to + 1] != b'g' || LED.is_match(&bytes[from..]))
            && !COUNTED.is_match(&bytes[to + groups.end()..])
        {
            to += groups.end();
        }
        let (before, after) = around(bytes, from, to, 2, 14);
        let taken = found.iter().any(|&(start, end)| from < end && to > start);
        if taken || !is_code(&bytes[from..to], said) || COUNTED.is_match(after) || MONEY.is_match(before) {
            return;
        }
        found.push((from, to));
        next = NEXT.captures(&bytes[to..]).and_then(|captures| captures.name("code")).and_then(|code| {
            let alike = has_letters(code.as_bytes()) == has_letters(&bytes[from..to]);
            (alike && !code.as_bytes().contains(&b' ')).then_some((to + code.start(), to + code.end()))
        });
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
                ("Order 88213 never came", &["88213"]),
                ("order no. AB-102938 please", &["AB-102938"]),
                ("Ticket #4411 is open", &["4411"]),
                ("my reference number is XK12345", &["XK12345"]),
                ("see #123456", &["123456"]),
                ("Booking reference: 9F3K2231", &["9F3K2231"]),
                ("three tickets, Q-101, Q-117 and Q-133", &["Q-101", "Q-117", "Q-133"]),
                ("she logged it as CX-5540", &["CX-5540"]),
                ("it was opened as 0077123, quoting 5567120", &["0077123", "5567120"]),
                ("they quote 12000 pounds for it", &[]),
                ("my booking reference is KXM7Q2", &["KXM7Q2"]),
                ("baggage tag KL 884210", &["KL 884210"]),
                ("policy 44-19-882 and claim CL/55/2093", &["44-19-882", "CL/55/2093"]),
                ("I want to order 2 pizzas", &[]),
                ("in case 2019 comes back", &[]),
                ("order 500 cups", &[]),
                ("#1 worst company", &[]),
                ("I requested 3 times", &[]),
                ("a customer since 2015", &[]),
                ("model WH-1000XM4, room 1204, flight BA2490", &[]),
                ("the order of 12/03/2025 and the invoice of $40000", &[]),
                ("phone number 0207946000", &[]),
            ],
        );
    }
}
