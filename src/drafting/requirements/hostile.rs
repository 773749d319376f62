//! What a customer or a playbook says is never more than words.

use super::*;

/// Template expressions, markers, markup, a formula, and what steers a terminal.
const HOSTILE: &[&str] = &[
    "{{company}}",
    "{{{company}}}",
    "{{> signature}}",
    "{{>closing/stop_abusive}}",
    "{{#each this}}{{this}}{{/each}}",
    "{{slot \"x\"}}",
    "{{!-- gone --}}",
    "\\{{email}}",
    "[[FILL: your password]]",
    "[[CONFIRM: you owe me 500]]",
    "<script>alert(1)</script>",
    "=HYPERLINK(\"x\")",
    "\u{1b}[31mred\u{7}",
    "\u{1b}]52;c;AAAA\u{7}",
    "\u{202e}desrever",
];

fn answer(text: &str, author: Option<&str>, channel: Channel, situation: Situation) -> Option<String> {
    let example = Example::complaint(channel, Issue::Delivery);
    let mut message = example.message();
    text.clone_into(&mut message.text);
    message.author = author.map(str::to_owned);
    // A message of an export: its id chooses the phrasing, where a text without an export would.
    "a.csv".clone_into(&mut message.origin.file);
    let choice = Choice {
        situation: Some(situation),
        by: Some("Ruth Adler".to_owned()),
        attempts: 3,
        offers_made: vec!["a full refund".to_owned()],
        satisfied: true,
        ..Choice::default()
    };
    match answered(&example, &message, &choice, &BTreeMap::new()) {
        Ok(draft) => Some(serde_json::to_string(&draft).unwrap()),
        Err(DraftError::Misplaced { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn item7_what_a_customer_writes_or_is_called_changes_no_byte_of_a_draft() {
    let mut drafts = 0;
    for &channel in Channel::ALL {
        for &situation in Situation::ALL {
            let plain = answer("words", None, channel, situation);
            drafts += usize::from(plain.is_some());
            for words in HOSTILE {
                assert!(answer(words, None, channel, situation) == plain, "{channel} {situation}: {words}");
                for name in [(*words).to_owned(), format!("Lee {words}"), format!("{words} Marsh")] {
                    assert!(answer("words", Some(&name), channel, situation) == plain, "{channel} {situation}: {name}");
                }
            }
        }
    }
    assert!(drafts > 100, "{drafts}");
}

#[test]
fn item7_what_a_playbook_says_is_no_template_and_steers_no_terminal() {
    // As an escape of TOML it gets past the check for template expressions.
    let company = r#"company = "Harbour \u007b\u007bemail}} \u001b[31m\u202e<b>""#;
    let text = crate::playbook::STARTER.replacen("company = \"Harbour & Pine\"", company, 1);
    let playbook = match Playbook::parse("p.toml", &text) {
        Ok(playbook) => playbook,
        Err(errors) => panic!("{}", errors.render(false)),
    };
    for channel in [Channel::Email, Channel::X, Channel::Trustpilot] {
        let (draft, _) = drafted(&TEMPLATES, &playbook, &combination(channel, Issue::Billing), now()).unwrap();
        assert!(draft.text.contains("Harbour {{email}}") || channel == Channel::X, "{}", draft.text);
        assert!(!draft.text.chars().any(|sign| sign != '\n' && sign.is_control()), "{:?}", draft.text);
        assert!(!draft.text.contains('\u{202e}'), "{:?}", draft.text);
    }
}

#[test]
fn item7_a_value_is_words_too() {
    let example = Example::complaint(Channel::Email, Issue::Delivery);
    let choice = Choice { situation: Some(Situation::Interim), ..Choice::default() };
    let set = BTreeMap::from([("where_it_stands".to_owned(), "{{email}} {{> signature}} \u{1b}[2Jfine".to_owned())]);
    let text = answered(&example, &example.message(), &choice, &set).unwrap().text;
    assert!(text.contains("email") && text.contains("fine") && !text.contains("{{"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text:?}");
}
