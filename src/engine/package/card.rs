//! Sections of `MODEL_CARD.md` that programs write.

/// Returns `card` with the section `name` replaced by `body` (Markdown), or with the section at its end.
///
/// A section stands between `<!-- generated: NAME -->` and `<!-- end: NAME -->`, under a heading of its name; doing it twice with the same body changes nothing.
pub fn with_section(card: &str, name: &str, body: &str) -> String {
    let (begin, end) = (format!("<!-- generated: {name} -->"), format!("<!-- end: {name} -->"));
    let section = format!("{begin}\n## {name}\n\n{}\n{end}\n", body.trim());
    let place = card.find(&begin).and_then(|from| {
        let to = from + card[from..].find(&end)? + end.len();
        Some((from, to))
    });
    match place {
        Some((from, to)) => format!("{}{section}{}", &card[..from], card[to..].trim_start_matches('\n')),
        None if card.is_empty() => section,
        None => format!("{}\n\n{section}", card.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_added_at_the_end_and_replaced_where_it_stands() {
        let once = with_section("# Card\n\ntext\n", "Probes", "some");
        assert_eq!(once, "# Card\n\ntext\n\n<!-- generated: Probes -->\n## Probes\n\nsome\n<!-- end: Probes -->\n");
        assert_eq!(with_section(&once, "Probes", "some"), once);
        let two = with_section(&once, "Faithfulness", "more");
        let changed = with_section(&two, "Probes", "other\n");
        assert!(
            changed.contains("## Probes\n\nother\n<!-- end: Probes -->\n<!-- generated: Faithfulness -->"),
            "{changed}"
        );
        assert!(!changed.contains("some"));
        assert_eq!(with_section(&changed, "Probes", "other"), changed);
    }

    #[test]
    fn a_section_whose_end_is_lost_is_written_anew() {
        let damaged = "<!-- generated: Probes -->\n## Probes\n";
        let mended = with_section(damaged, "Probes", "some");
        assert!(mended.starts_with(damaged.trim_end()) && mended.ends_with("<!-- end: Probes -->\n"), "{mended}");
    }
}
