//! `amends templates`.

use serde_json::Value;

use crate::support::Scene;

#[test]
fn every_template_is_listed_with_its_phrasings_and_whose_it_is() {
    let scene = Scene::new();
    let outcome = scene.run(&["templates", "list"]).exits(0);
    assert!(outcome.stdout.contains("en/closing/plain ") && outcome.stdout.contains("de/closing/plain "));
    scene.file("mine/closing/plain.hbs", "Bye.\n---\nSo long.\n");
    let own = scene.run(&["templates", "list", "--templates", "mine", "--lang", "en"]).exits(0);
    let line = own.stdout.lines().find(|line| line.starts_with("en/closing/plain ")).unwrap();
    assert!(line.contains("2 phrasings") && line.contains("mine/closing/plain.hbs"), "{line}");
    assert!(!own.stdout.contains("de/"));
    scene.run(&["templates", "list", "--lang", "fr"]).exits(2).says(&["French"]);
}

#[test]
fn the_fall_back_order_is_shown_with_the_file_that_is_used() {
    let scene = Scene::new();
    scene.file("mine/closing/interim.public_social.hbs", "On it. We report back here {{by_when}}.");
    let args = ["templates", "explain", "--channel", "x", "--situation", "interim", "--block", "closing"];
    let built_in = scene.run(&args).exits(0);
    assert!(built_in.stdout.contains("used: built-in en/closing/interim.public.hbs"), "{}", built_in.stdout);
    let own = scene.run(&[&args[..], &["--templates", "mine"][..]].concat()).exits(0);
    assert!(own.stdout.contains("used: mine/closing/interim.public_social.hbs"), "{}", own.stdout);
    assert!(own.stdout.contains("there, but not reached: built-in en/closing/interim.public.hbs"), "{}", own.stdout);
    let json = scene.run(&[&args[..], &["--format", "json"][..]].concat()).exits(0);
    let value: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(value[0]["base"], "closing/interim");
    scene.run(&["templates", "explain", "--channel", "x", "--situation", "close"]).exits(2).says(&["in private"]);
}

#[test]
fn a_situation_is_shown_with_a_made_up_message() {
    let scene = Scene::new();
    let args = ["templates", "preview", "--channel", "email", "--situation", "after_call", "--verdict", "valid"];
    let outcome = scene.run(&args).exits(0).says(&["made up", "en/closing/after_call#1"]);
    assert!(outcome.stdout.contains("[[FILL: what was agreed]]"), "{}", outcome.stdout);
    let second = scene.run(&[&args[..], &["--phrasing", "2"][..]].concat()).exits(0);
    assert_ne!(outcome.stdout, second.stdout);
    let german = scene.run(&["templates", "preview", "--channel", "x", "--lang", "de"]).exits(0);
    assert!(german.stdout.contains("Wir berichten hier bis Mo 30. Nov."), "{}", german.stdout);
}

#[test]
fn the_check_counts_what_it_covered() {
    let scene = Scene::new();
    let outcome = scene.run(&["templates", "check", "--channel", "sms", "--lang", "en"]).exits(0);
    assert!(outcome.stdout.contains(" combinations drafted in en"), "{}", outcome.stdout);
    let count: usize = outcome.stdout.split(' ').next().unwrap().parse().unwrap();
    assert!(count > 1_000, "{}", outcome.stdout);
}

#[test]
fn a_broken_template_gives_file_line_and_hint() {
    let scene = Scene::new();
    scene.file("mine/closing/interim.hbs", "Until then.\n---\nWe write {{by_wen}}.");
    for verb in [&["templates", "check", "mine"][..], &["draft", "--text", "x", "--templates", "mine"][..]] {
        scene.run(verb).exits(4).says(&["mine/closing/interim.hbs:3: unknown variable", "did you mean by_when?"]);
    }
}

#[test]
fn a_template_that_renders_badly_is_found_at_its_line() {
    let scene = Scene::new();
    scene.file("mine/closing/interim.hbs", "Fine {{by_when}}.\n---\nBack  again {{by_when}} , Lee.\n---\n{{promise}}");
    let args = ["templates", "check", "mine", "--channel", "email", "--lang", "en"];
    let outcome = scene.run(&args).exits(4);
    for words in [
        "interim.hbs:3: two blanks in a row",
        "interim.hbs:3: a comma after a blank",
        "interim.hbs:5: \"promise\" has nothing to say",
    ] {
        assert!(outcome.stdout.contains(words), "{words}: {}", outcome.stdout);
    }
}
