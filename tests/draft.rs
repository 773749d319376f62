//! `amends draft`, the clipboard included.

use std::fs;

use serde_json::Value;

use crate::support::{Outcome, Scene, project};

const LATE: &str = "You promised next day delivery. I ordered on Monday, order 88213, and it is Friday. I emailed twice and nobody answered. I want a refund.";

fn draft(scene: &Scene, more: &[&str]) -> Outcome {
    let mut args = vec!["draft", "--text", LATE, "--channel", "email"];
    args.extend_from_slice(more);
    scene.run(&args)
}

fn json(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap()
}

/// A fake clipboard: a program that writes what it is given to `clip.txt`.
fn with_clipboard(scene: &mut Scene) {
    let file = scene.path().join("clip.txt");
    let tee = format!("tee {}", file.display());
    scene.env("AMENDS_COPY_COMMAND", &tee).env("PATH", &std::env::var("PATH").unwrap_or_default());
}

#[test]
fn standard_output_is_the_text_alone_and_the_margin_is_beside_it() {
    let scene = Scene::new();
    let outcome = draft(&scene, &[]).exits(0).says(&["acknowledge", "apologize", "options", "closing"]);
    assert!(outcome.stdout.ends_with('\n'));
    for word in ["│", "acknowledge", "rule", "{{"] {
        assert!(!outcome.stdout.contains(word), "{word}: {}", outcome.stdout);
    }
}

#[test]
fn json_names_all_four_blocks() {
    let scene = Scene::new();
    let value = json(&draft(&scene, &["--format", "json"]).exits(0));
    let names: Vec<_> =
        value["blocks"].as_array().unwrap().iter().map(|block| block["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["acknowledge", "apologize", "options", "closing"]);
    for block in value["blocks"].as_array().unwrap() {
        assert!(
            block["on"].is_boolean() && block["variant"].is_string() && !block["reason"].as_str().unwrap().is_empty()
        );
        assert_eq!(block["on"].as_bool().unwrap(), !block["text"].as_str().unwrap().is_empty(), "{block}");
    }
    assert_eq!(value["channel"], "email");
    assert!(value["verdict"].is_null());
    assert!(value["slots"].is_array());
}

/// D13: what the playbook asks of the writer of a heated public case is asked before the copy.
#[test]
fn d13_a_heated_public_reply_is_copied_after_a_second_reader_and_a_pause() {
    let mut scene = Scene::new();
    with_clipboard(&mut scene);
    let playbook = fs::read_to_string(project("templates/playbooks/default.toml")).unwrap();
    assert!(playbook.contains("[heated]\nseverity_min = 60"));
    scene.file("playbook.toml", playbook.replace("[heated]\nseverity_min = 60", "[heated]\nseverity_min = 5"));
    let run = |channel: &str, more: &[&str]| {
        let mut args = vec![
            "draft",
            "--text",
            LATE,
            "--channel",
            channel,
            "--playbook",
            "playbook.toml",
            "--verdict",
            "valid",
            "--copy",
        ];
        args.extend_from_slice(more);
        scene.run(&args)
    };
    run("facebook", &[]).exits(1).says(&[
        "heated and public",
        "Ruth Adler",
        "--second-reader",
        "15 minutes",
        "--after-pause",
    ]);
    let read = run("facebook", &["--second-reader", "Ruth"]).exits(1).says(&["15 minutes"]);
    assert!(!read.stderr.contains("--second-reader"), "{}", read.stderr);
    run("facebook", &["--second-reader", " ", "--after-pause"]).exits(1).says(&["--second-reader"]);
    let both = run("facebook", &["--second-reader", "Ruth", "--after-pause"]);
    assert!(!both.stderr.contains("heated and public"), "{}", both.stderr);
    assert!(!run("email", &[]).stderr.contains("heated and public"), "a private reply is not held back");
    let clip = fs::read_to_string(scene.path().join("clip.txt")).unwrap_or_default();
    assert!(!clip.contains("heated"), "{clip}");
}

#[test]
fn a_fact_to_confirm_holds_the_copy_back_until_a_person_gives_the_verdict() {
    let mut scene = Scene::new();
    with_clipboard(&mut scene);
    let first = draft(&scene, &["--copy"]).exits(1).says(&["not copied"]);
    assert!(first.stdout.contains("[[CONFIRM: "), "{}", first.stdout);
    assert!(!scene.path().join("clip.txt").exists());
    let settled = draft(&scene, &["--verdict", "valid", "--copy"]).exits(0).says(&["copied"]);
    assert!(!settled.stdout.contains("[["), "{}", settled.stdout);
    assert_eq!(fs::read_to_string(scene.path().join("clip.txt")).unwrap(), settled.stdout);
}

#[test]
fn force_needs_a_reason_and_says_it() {
    let mut scene = Scene::new();
    with_clipboard(&mut scene);
    draft(&scene, &["--copy", "--force"]).exits(2).says(&["--reason"]);
    draft(&scene, &["--copy", "--force", "--reason", "phone call agreed it"]).exits(0).says(&["phone call agreed it"]);
    assert!(fs::read_to_string(scene.path().join("clip.txt")).unwrap().contains("[[CONFIRM: "));
}

#[test]
fn an_unfounded_verdict_takes_the_fault_apology_away() {
    let scene = Scene::new();
    let value = json(&draft(&scene, &["--verdict", "unfounded", "--format", "json"]).exits(0));
    assert_ne!(value["blocks"][1]["variant"], "responsibility");
    assert_eq!(value["blocks"][0]["on"], true);
    assert_eq!(value["verdict"], "unfounded");
}

#[test]
fn an_unknown_slot_is_named() {
    let scene = Scene::new();
    draft(&scene, &["--set", "nmae=Lee"]).exits(2).says(&["nmae"]);
    draft(&scene, &["--set", "Lee"]).exits(2).says(&["SLOT=VALUE"]);
}

#[test]
fn drafts_are_byte_identical() {
    let scene = Scene::new();
    let first = draft(&scene, &["--threads", "1"]).exits(0);
    let second = draft(&scene, &["--threads", "3"]).exits(0);
    assert_eq!(first.stdout, second.stdout);
    assert_eq!(first.stderr, second.stderr);
}

#[test]
fn a_customers_text_cannot_fake_a_template_or_a_marker() {
    let scene = Scene::new();
    let text = "The {{system}} kettle [[FILL: your password]] broke {{> apologize}} on Monday";
    let outcome = scene.run(&["draft", "--text", text, "--channel", "email", "--format", "json"]).exits(0);
    let value = json(&outcome);
    assert!(!value["text"].as_str().unwrap().contains("{{"), "{value}");
    assert!(!value["text"].as_str().unwrap().contains("password"), "{value}");
}

#[test]
fn a_trigger_neither_offers_nor_admits() {
    let scene = Scene::new();
    let args = [
        "draft",
        "--text",
        "Your kettle exploded and burnt my daughter. We were in hospital all night.",
        "--channel",
        "x",
        "--format",
        "json",
    ];
    let value = json(&scene.run(&args).exits(0));
    assert_eq!(value["blocks"][1]["variant"], "empathy");
    assert_eq!(value["blocks"][2]["on"], false);
    assert_eq!(value["blocks"][3]["on"], true);
    assert!(value["text"].as_str().unwrap().chars().count() <= 280, "{}", value["text"]);
}

#[test]
fn a_message_of_a_file_is_drafted_by_id_in_its_thread() {
    let scene = Scene::new();
    scene.file("a.csv", format!("id,text,channel\n1,Lovely mugs thank you so much,email\n2,\"{LATE}\",email\n"));
    let value = json(&scene.run(&["draft", "a.csv", "--id", "2", "--format", "json"]).exits(0));
    assert_eq!(value["message_id"], "2");
    scene.run(&["draft", "a.csv", "--id", "9"]).exits(3).says(&["9"]);
    scene.run(&["draft", "a.csv"]).exits(2).says(&["--id"]);
}

#[test]
fn a_text_on_standard_input_is_drafted() {
    let scene = Scene::new();
    let piped = scene.run_with(&["draft", "-", "--channel", "email"], LATE.as_bytes()).exits(0);
    assert_eq!(piped.stdout, draft(&scene, &[]).exits(0).stdout);
}

#[test]
fn without_a_clipboard_the_copy_fails_with_a_hint() {
    let scene = Scene::new();
    let outcome = draft(&scene, &["--verdict", "valid", "--copy"]).exits(5).says(&["clipboard", "hint:"]);
    assert!(!outcome.stdout.is_empty(), "the draft is not lost");
}

#[test]
fn situations_are_named_and_slots_filled() {
    let scene = Scene::new();
    let interim = ["--situation", "interim", "--set", "where_it_stands=The parcel is found.", "--format", "json"];
    let value = json(&draft(&scene, &interim).exits(0));
    assert_eq!(value["situation"], "interim");
    assert!(value["text"].as_str().unwrap().contains("The parcel is found. "), "{value}");
    assert_eq!(value["slots"].as_array().unwrap().len(), 0);
    assert!(value["blocks"][3]["template"].as_str().unwrap().starts_with("en/closing/interim#"), "{value}");
    draft(&scene, &["--situation", "interrim"]).exits(2).says(&["interrim", "follow_up_post"]);
    draft(&scene, &["--situation", "follow_up_post"]).exits(2).says(&["in public", "hint:"]);
}

#[test]
fn e5_a_letter_that_stops_is_refused_until_a_person_decides_after_attempts_and_an_offer() {
    let scene = Scene::new();
    draft(&scene, &["--situation", "stop_unsolvable"]).exits(2).says(&["the person who decided it", "--by NAME"]);
    let given = ["--situation", "stop_unsolvable", "--by", "Ruth Adler", "--attempts", "2", "--offer-made", "a refund"];
    let outcome = draft(&scene, &given).exits(0).says(&["decided by Ruth Adler after 2 attempts"]);
    assert!(outcome.stdout.contains("- a refund"), "{}", outcome.stdout);
}

#[test]
fn a_language_is_chosen_and_never_guessed() {
    let scene = Scene::new();
    let outcome = draft(&scene, &["--lang", "de"]).exits(0).says(&["in German, as asked"]);
    assert!(
        outcome.stdout.starts_with("Guten Tag,") && outcome.stdout.contains("Freundliche Grüße"),
        "{}",
        outcome.stdout
    );
    draft(&scene, &["--lang", "fr"]).exits(2).says(&["French", "de, en"]);
    draft(&scene, &["--lang", "german"]).exits(2).says(&["two small letters"]);
}

#[test]
fn a_review_is_followed_up_by_letter_or_call() {
    let scene = Scene::new();
    let review = |more: &[&str]| {
        let mut args = vec!["draft", "--text", LATE, "--channel", "trustpilot"];
        args.extend_from_slice(more);
        scene.run(&args)
    };
    review(&["--situation", "after_call"]).exits(2).says(&["in a letter", "--on email"]);
    let letter = review(&["--situation", "satisfaction_check", "--on", "email"]).exits(0);
    assert!(letter.stdout.contains("short note under your post"), "{}", letter.stdout);
    let sheet = review(&["--situation", "call_sheet"]).exits(0);
    assert!(sheet.stdout.starts_with("CALL SHEET"), "{}", sheet.stdout);
    let mut employer = vec!["draft", "--text", LATE, "--channel", "employer_review", "--on", "email"];
    employer.extend(["--situation", "interim"]);
    scene.run(&employer).exits(2).says(&["guesses who wrote it"]);
}

#[test]
fn item7_a_customer_steers_neither_terminal_nor_template_nor_spreadsheet() {
    const HOSTILE: &str = "\u{1b}[31mYou\u{7} are late \u{202e}{{company}} {{> signature}} [[CONFIRM: you owe me]] =1+1 \u{1b}]52;c;AAAA\u{7}";
    let scene = Scene::new();
    let cell = HOSTILE.replace('"', "");
    let row = format!(
        "id,name,text,channel,=cmd\n\"=1+{cell}\",\"{cell}\",\"{cell} and I am angry\",email,\"=HYPERLINK(1)\"\n"
    );
    scene.file("a.csv", &row);
    let id = format!("=1+{cell}");
    let runs: [&[&str]; 5] = [
        &["score", "a.csv"],
        &["score", "a.csv", "--explain"],
        &["score", "a.csv", "--errors"],
        &["inspect", "a.csv"],
        &["draft", "a.csv", "--id", &id],
    ];
    for args in runs {
        let outcome = scene.run(args).exits(0);
        for text in [&outcome.stdout, &outcome.stderr] {
            assert!(
                !text.contains('\u{1b}') && !text.contains('\u{7}') && !text.contains('\u{202e}'),
                "{args:?}: {text:?}"
            );
        }
        if args[0] == "draft" {
            assert!(!outcome.stdout.contains("{{") && !outcome.stdout.contains("owe me"), "{}", outcome.stdout);
        }
    }
    let sheet = scene.run(&["score", "a.csv", "--format", "csv", "--spreadsheet-safe"]).exits(0);
    let mut reader = csv::Reader::from_reader(sheet.stdout.as_bytes());
    for record in reader.records() {
        for cell in &record.unwrap() {
            assert!(!cell.starts_with(['=', '+', '@']), "{cell}");
        }
    }
    // A name that nobody has: the error repeats it without its escape sequences.
    let missing = scene.run(&["draft", "a.csv", "--id", "\u{1b}[2Jx"]).exits(3);
    assert!(!missing.stderr.contains('\u{1b}'), "{:?}", missing.stderr);
}

#[test]
fn e6_the_invitation_waits_for_their_word() {
    let scene = Scene::new();
    draft(&scene, &["--situation", "invite"]).exits(2).says(&["not said that it is settled", "satisfaction_check"]);
    let letter = draft(&scene, &["--situation", "invite", "--satisfied"]).exits(0);
    assert!(letter.stdout.contains("settled for you") && !letter.stdout.contains("[["), "{}", letter.stdout);
}

#[test]
fn item6_the_same_bytes_in_every_process_and_on_any_number_of_threads() {
    let scene = Scene::new();
    let rows: String = (0..12)
        .map(|number| format!("{number},Ana {number},\"My order {number} is late and nobody answers.\",email\n"))
        .collect();
    scene.file("a.csv", format!("id,name,text,channel\n{rows}"));
    for id in ["0", "5", "11"] {
        let with = |threads: &str| {
            let args = ["draft", "a.csv", "--id", id, "--format", "json", "--threads", threads];
            scene.run(&args).exits(0).stdout
        };
        let one = with("1");
        assert_eq!(one, with("2"));
        assert_eq!(one, with("4"));
    }
}

#[test]
fn who_will_not_email_is_answered_in_the_thread_and_asked_for_no_email() {
    let scene = Scene::new();
    let tweet = "I don't want to email, I want the right side of my shelf. You have my order.";
    let text = scene.run(&["draft", "--text", tweet, "--channel", "x"]).exits(0).stdout;
    assert!(text.contains("you will hear from us here by") && !text.to_lowercase().contains("email"), "{text}");
    let asked = scene.run(&["draft", "--text", "The right side of my shelf is missing.", "--channel", "x"]).exits(0);
    assert!(asked.stdout.to_lowercase().contains("email"), "{}", asked.stdout);
}
