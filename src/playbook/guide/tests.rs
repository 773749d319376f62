use super::*;
use crate::playbook::{Playbook, REGULATED, SERVICE, STARTER};

fn guides() -> Vec<(Playbook, Guide)> {
    [STARTER, SERVICE, REGULATED]
        .into_iter()
        .map(|text| {
            let playbook = Playbook::parse("p.toml", text).unwrap();
            let guide = guide(&playbook);
            (playbook, guide)
        })
        .collect()
}

#[test]
fn a6_the_guide_names_everybody_every_offer_and_every_rule() {
    for (playbook, guide) in guides() {
        let (markdown, html) = (guide.markdown(), guide.html());
        let policy = playbook.policy();
        for page in [&markdown, &html] {
            let has = |word: &str| {
                assert!(page.contains(&plain(word, page == &html)), "{word} is missing in {}", policy.name);
            };
            policy.contacts.values().for_each(|contact| has(&contact.get_ref().name));
            policy.offers.iter().for_each(|offer| has(offer.text.get_ref()));
            policy.rules.iter().for_each(|rule| has(rule.id.get_ref()));
            policy.promises.iter().for_each(|promise| has(&promise.text));
            policy.voice.words_to_avoid.iter().for_each(|word| has(word));
        }
    }
}

fn plain(word: &str, html: bool) -> String {
    if html { word.replace('&', "&amp;").replace('\'', "&#39;") } else { markdown_text(word) }
}

#[test]
fn the_page_is_whole_and_loads_nothing() {
    for (_, guide) in guides() {
        let html = guide.html();
        assert!(html.starts_with("<!doctype html>") && html.ends_with("</html>\n"));
        for outside in ["<script", "src=", "href=", "http:", "https:", "@import", "url("] {
            assert!(!html.contains(outside), "{outside}");
        }
        for tag in ["table", "ul", "tr", "li", "h2", "p"] {
            let (opens, closes) =
                (html.matches(&format!("<{tag}>")).count(), html.matches(&format!("</{tag}>")).count());
            assert_eq!(opens, closes, "{tag}");
        }
    }
}

#[test]
fn what_a_playbook_says_is_never_markup() {
    let text = STARTER.replacen("company = \"Harbour & Pine\"", "company = \"<script>alert(1)</script> | *x*\"", 1);
    let guide = guide(&Playbook::parse("p.toml", &text).unwrap());
    assert!(!guide.html().contains("<script"));
    assert!(guide.markdown().contains("\\<script\\>alert(1)\\</script\\> | \\*x\\*"));
}

/// Appends markup to every text that is words and no id.
fn poison(value: &mut toml::Value, key: &str, count: &mut usize) {
    const WORDS: &[&str] = &[
        "company",
        "role",
        "text",
        "failing",
        "why",
        "greeting",
        "sign_off",
        "words_to_avoid",
        "words_to_use",
        "hours",
    ];
    match value {
        toml::Value::String(text) if WORDS.contains(&key) => {
            text.push_str(" <img src=x onerror=alert(1)>\"'&</td></table>");
            *count += 1;
        }
        toml::Value::Array(items) => items.iter_mut().for_each(|item| poison(item, key, count)),
        // Names that are looked for are compared with each other.
        toml::Value::Table(_) if key == "watch" => {}
        toml::Value::Table(table) => table.iter_mut().for_each(|(key, item)| poison(item, key, count)),
        _ => {}
    }
}

#[test]
fn item7_no_text_of_a_playbook_adds_a_tag_to_the_page() {
    for text in [STARTER, SERVICE, REGULATED] {
        let plain = guide(&Playbook::parse("p.toml", text).unwrap()).html();
        let mut value: toml::Value = toml::from_str(text).unwrap();
        let mut count = 0;
        poison(&mut value, "", &mut count);
        assert!(count > 50, "{count}");
        let poisoned = match Playbook::parse("p.toml", &toml::to_string(&value).unwrap()) {
            Ok(playbook) => guide(&playbook).html(),
            Err(errors) => panic!("{}", errors.render(false)),
        };
        assert!(poisoned.matches("&lt;img src=x").count() > 50);
        assert_eq!(poisoned.matches('<').count(), plain.matches('<').count());
        assert_eq!(poisoned.matches('>').count(), plain.matches('>').count());
    }
}

#[test]
fn tables_keep_their_columns() {
    for (_, guide) in guides() {
        for line in guide.markdown().lines().filter(|line| line.starts_with('|')) {
            let bars = line.replace("\\|", "").matches('|').count();
            assert!((4..=6).contains(&bars), "{line}");
        }
    }
}
