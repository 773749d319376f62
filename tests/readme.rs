//! The README's examples are run, and print what the README says they print.
//!
//! A block that begins with ```` ```console ```` holds commands (`$ amends ...`) and their standard output. `AMENDS_BLESS=1 cargo test readme` writes
//! the output of this build into the README.

use std::fs;
use std::process::{Command, Stdio};

use crate::support::{NOW, project};

/// Returns standard output of a command of the README, run from the checkout with the fixed clock.
fn run(command: &str) -> String {
    let words = shell_words(command);
    let (program, args) = words.split_first().unwrap();
    assert_eq!(program, "amends", "{command}");
    let output = Command::new(env!("CARGO_BIN_EXE_amends"))
        .args(args)
        .current_dir(project(""))
        .env_clear()
        .env("AMENDS_NOW", NOW)
        .env("AMENDS_COPY_COMMAND", "cat")
        .env("PATH", std::env::var("PATH").unwrap_or_default())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Splits a command at spaces, single and double quotes kept together; expands `data/samples/*`.
fn shell_words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for symbol in command.chars() {
        match (quote, symbol) {
            (None, '"' | '\'') => quote = Some(symbol),
            (Some(open), symbol) if open == symbol => quote = None,
            (None, ' ') => words.push(String::new()),
            (_, symbol) => words.last_mut().unwrap().push(symbol),
        }
    }
    words.retain(|word| !word.is_empty());
    words.into_iter().flat_map(expand).collect()
}

fn expand(word: String) -> Vec<String> {
    let Some(folder) = word.strip_suffix("/*") else { return vec![word] };
    let mut files: Vec<_> = fs::read_dir(project(folder))
        .unwrap()
        .map(|entry| format!("{folder}/{}", entry.unwrap().file_name().to_string_lossy()))
        .collect();
    files.sort();
    files
}

#[test]
fn examples_print_what_the_readme_says() {
    let path = project("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let mut fresh = String::new();
    let mut commands = 0;
    let mut lines = readme.lines().peekable();
    while let Some(line) = lines.next() {
        fresh.push_str(line);
        fresh.push('\n');
        if line != "```console" {
            continue;
        }
        while let Some(line) = lines.next_if(|line| *line != "```") {
            if let Some(command) = line.strip_prefix("$ ") {
                commands += 1;
                fresh.push_str(line);
                fresh.push('\n');
                fresh.push_str(&run(command));
            }
        }
    }
    assert!(commands >= 5, "the README shows the tool at work: {commands} commands");
    if std::env::var_os("AMENDS_BLESS").is_some() {
        fs::write(&path, &fresh).unwrap();
    }
    assert_eq!(fresh, fs::read_to_string(&path).unwrap(), "AMENDS_BLESS=1 cargo test readme writes the new output");
}
