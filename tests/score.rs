//! `amends score` as a user meets it.

use crate::support::{Scene, project};

const THREAD: &str = "tweet_id,author_id,inbound,created_at,text,response_tweet_id,in_response_to_tweet_id\n\
    1,lee,True,Fri Nov 20 08:00:00 +0000 2026,@HarbourPine my kettle never arrived,,\n\
    2,lee,True,Fri Nov 20 12:00:00 +0000 2026,@HarbourPine hello? still no kettle,,1\n\
    3,lee,True,Sat Nov 21 09:00:00 +0000 2026,@HarbourPine third time asking: where is my kettle,,2\n\
    4,ann,True,Fri Nov 20 09:00:00 +0000 2026,@HarbourPine the lamp is broken,5,\n\
    5,HarbourPine,False,Fri Nov 20 10:00:00 +0000 2026,@ann sorry to hear that. Please send us your order number,,4\n";

#[test]
fn threads_count_turns_and_contacts_and_company_replies_are_not_judged() {
    let scene = Scene::new();
    scene.file("twcs.csv", THREAD);
    let rows = scene.run(&["score", "twcs.csv", "--format", "jsonl"]).exits(0).jsonl();
    let contacts: Vec<_> = rows.iter().map(|row| row["contacts"].as_u64().unwrap()).collect();
    assert_eq!(contacts, [1, 2, 3, 0, 0]);
    let turns: Vec<_> = rows.iter().map(|row| row["turns"].as_u64().unwrap()).collect();
    assert_eq!(turns, [1, 1, 1, 1, 2]);
    assert_eq!(rows[0]["thread_id"], rows[2]["thread_id"]);
    assert_ne!(rows[0]["thread_id"], rows[3]["thread_id"]);
    assert!(rows[4]["complaint"].is_null());
    assert!(rows[4]["reasons"].to_string().contains("not written by a customer"));
    let (third, answered) = (rows[2]["priority"].as_f64().unwrap(), rows[3]["priority"].as_f64().unwrap());
    assert!(third > answered, "{third} > {answered}");
}

#[test]
fn nobody_answered_is_visible() {
    let scene = Scene::new();
    scene.file("twcs.csv", THREAD);
    let outcome = scene.run(&["score", "twcs.csv"]).exits(0).says(&["nobody answered"]);
    assert!(outcome.stdout.contains("3!"), "{}", outcome.stdout);
}

#[test]
fn top_takes_the_most_urgent() {
    let scene = Scene::new();
    let file = project("data/samples/tickets-monday.csv");
    let all = scene.run(&["score", &file, "--format", "jsonl", "--sort", "priority"]).exits(0).jsonl();
    let priorities: Vec<_> = all.iter().map(|row| row["priority"].as_f64().unwrap_or(-1.0)).collect();
    assert!(priorities.windows(2).all(|pair| pair[0] >= pair[1]), "{priorities:?}");
    let top = scene.run(&["score", &file, "--format", "jsonl", "--top", "3"]).exits(0).jsonl();
    assert_eq!(top, all[..3]);
}

#[test]
fn id_picks_one_message_and_a_wrong_one_is_an_error() {
    let scene = Scene::new();
    scene.file("twcs.csv", THREAD);
    let rows = scene.run(&["score", "twcs.csv", "--id", "4", "--format", "jsonl"]).exits(0).jsonl();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["id"], "4");
    scene.run(&["score", "twcs.csv", "--id", "44", "--format", "jsonl"]).exits(3).says(&["44"]);
}

#[test]
fn explain_says_why_in_words() {
    let scene = Scene::new();
    scene.file("twcs.csv", THREAD);
    let outcome = scene.run(&["score", "twcs.csv", "--id", "3", "--explain"]).exits(0);
    for word in ["severity", "validity", "priority", "acknowledge", "apologize", "options", "closing", "third time"] {
        assert!(outcome.stdout.contains(word), "{word}: {}", outcome.stdout);
    }
}

#[test]
fn standard_input_reads_like_a_file() {
    let scene = Scene::new();
    scene.file("twcs.csv", THREAD);
    let file = scene.run(&["score", "twcs.csv", "--format", "csv"]).exits(0).stdout;
    let piped = scene.run_with(&["score", "-", "--format", "csv"], THREAD.as_bytes()).exits(0).stdout;
    assert_eq!(piped.replace("-,", "twcs.csv,"), file.replace("-,", "twcs.csv,"));
}

#[test]
fn several_files_are_one_run() {
    let scene = Scene::new();
    scene.file("a.csv", "id,text,Colour\n1,The kettle never arrived,red\n");
    scene.file("b.jsonl", "{\"id\":\"2\",\"text\":\"Lovely mugs\",\"Size\":3}\n");
    let outcome = scene.run(&["score", "a.csv", "b.jsonl", "--format", "csv"]).exits(0);
    let header = outcome.stdout.lines().next().unwrap();
    assert!(header.contains("input_Colour") && header.contains("input_Size"), "{header}");
    assert_eq!(outcome.stdout.lines().count(), 3);
}

#[test]
fn output_goes_to_a_file_whole_or_not_at_all() {
    let scene = Scene::new();
    scene.file("a.csv", "id,text\n1,The kettle never arrived\n");
    let outcome = scene.run(&["score", "a.csv", "--format", "jsonl", "-o", "out.jsonl"]).exits(0);
    assert_eq!(outcome.stdout, "");
    let written = std::fs::read_to_string(scene.path().join("out.jsonl")).unwrap();
    assert_eq!(written.lines().count(), 1);
    scene.run(&["score", "missing.csv", "--format", "jsonl", "-o", "none.jsonl"]).exits(3);
    assert!(!scene.path().join("none.jsonl").exists());
}

#[test]
fn a_spreadsheet_cannot_be_made_to_run_a_formula() {
    let scene = Scene::new();
    scene.file("a.csv", "id,text\n=1+1,\"=HYPERLINK(\"\"http://example.com\"\")\"\n");
    let safe = scene.run(&["score", "a.csv", "--format", "csv", "--spreadsheet-safe"]).exits(0).stdout;
    assert!(safe.contains("'=1+1") && safe.contains("'=HYPERLINK"), "{safe}");
    let raw = scene.run(&["score", "a.csv", "--format", "csv"]).exits(0).stdout;
    assert!(!raw.contains("'="), "{raw}");
}

#[test]
fn a_customers_escape_sequences_do_not_reach_the_terminal() {
    let scene = Scene::new();
    scene.file("a.csv", "id,text\n1,\"The kettle \u{1b}[2J\u{1b}]0;owned\u{7} never arrived\"\n");
    for args in [&["score", "a.csv"][..], &["score", "a.csv", "--explain"], &["inspect", "a.csv"]] {
        let outcome = scene.run(args).exits(0);
        assert!(!outcome.stdout.contains('\u{1b}') && !outcome.stderr.contains('\u{1b}'), "{args:?}: {outcome:?}");
    }
}

#[test]
fn quiet_leaves_standard_error_empty() {
    let scene = Scene::new();
    scene.file("a.csv", "id,text\n1,The kettle never arrived\n");
    assert_eq!(scene.run(&["score", "a.csv", "--quiet"]).exits(0).stderr, "");
}

#[test]
fn the_severity_head_can_be_forced() {
    let scene = Scene::new();
    scene.file("a.csv", "id,text\n1,You are thieves and liars and I want my money back for this broken kettle\n");
    let level = |family: &str| {
        let args =
            ["score", "a.csv", "--channel", "x", "--heads", "all", "--severity-head", family, "--format", "jsonl"];
        scene.run(&args).exits(0).jsonl()[0]["heads"]["reproach"].to_string()
    };
    assert_ne!(level("tweet"), level("review"));
}

#[test]
fn a_closed_pipe_is_a_normal_end() {
    let scene = Scene::new();
    let many: String = (0..400).map(|n| format!("{n},The kettle never arrived\n")).collect();
    scene.file("a.csv", format!("id,text\n{many}"));
    let mut child = scene.command(&["score", "a.csv", "--format", "jsonl", "--quiet"]).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn usage_errors_exit_with_two_and_help_lists_the_codes() {
    let scene = Scene::new();
    scene.run(&["score"]).exits(2);
    scene.run(&["score", "a.csv", "--format", "xml"]).exits(2);
    scene.run(&["score", "a.csv", "--channel", "myspace"]).exits(2).says(&["trustpilot"]);
    let help = scene.run(&["--help"]).exits(0).stdout;
    for code in ["0 ", "1 ", "2 ", "3 ", "4 ", "5 ", "130"] {
        assert!(help.contains(code), "{code}");
    }
}

#[test]
fn a_bad_clock_is_a_usage_error() {
    let mut scene = Scene::new();
    scene.env("AMENDS_NOW", "yesterday");
    scene.run(&["draft", "--text", "It broke"]).exits(2).says(&["AMENDS_NOW"]);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_exits_with_130() {
    let scene = Scene::new();
    let many: String =
        (0..20_000).map(|n| format!("{n},The kettle number {n} never arrived and I want my money back\n")).collect();
    scene.file("a.csv", format!("id,text\n{many}"));
    let mut child = scene.command(&["score", "a.csv", "--format", "jsonl", "-o", "out.jsonl"]).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(!scene.path().join("out.jsonl").exists(), "a half-written file was left behind");
}
