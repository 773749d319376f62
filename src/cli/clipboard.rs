//! The clipboard.
//!
//! Over SSH the terminal is asked (OSC 52) before anything local, since a local clipboard would be the wrong machine's. On
//! X11 and Wayland the text lives only as long as its owner: a small process of our own stays until it is replaced.

use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::env::{Environment, Multiplexer};
use super::error::{CliError, Exit};
use super::warn;

/// Most bytes that go into one OSC 52 sequence. Terminals differ and none answers; xterm's buffer, the smallest seen in wide use,
/// holds 100,000 characters of base64.
const OSC52_LIMIT: usize = 74_994;

/// Where a text went.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Copied {
    /// The desktop's clipboard, read back and equal.
    Clipboard,
    /// The terminal was asked to take it; terminals do not answer.
    Terminal,
    /// The user's own program took it.
    Command(String),
    /// Too large for the terminal: this file holds it.
    File(PathBuf),
}

/// Puts `text` on the clipboard.
///
/// # Errors
/// When there is no clipboard, or it did not take the text.
fn copy(text: &str, env: &Environment) -> Result<Copied, CliError> {
    if let Some(command) = &env.copy_command {
        return to_command(text, command);
    }
    if env.ssh {
        return to_terminal(text, env.multiplexer);
    }
    to_desktop(text)
}

/// Puts `text` on the clipboard and says where it went, with `more` behind it.
///
/// # Errors
/// When there is no clipboard, or it did not take the text.
pub(super) fn copy_and_say(text: &str, more: &str, env: &Environment) -> Result<Exit, CliError> {
    let place = match copy(text, env)? {
        Copied::Clipboard => "copied to the clipboard".to_owned(),
        Copied::Terminal => "sent to the terminal's clipboard (OSC 52; terminals do not confirm)".to_owned(),
        Copied::Command(program) => format!("copied with {program}"),
        Copied::File(path) => {
            warn(&format!(
                "not copied: too large for the terminal's clipboard; the whole text is in {}",
                path.display()
            ))?;
            return Ok(Exit::Findings);
        }
    };
    warn(&format!("{place}{more}"))?;
    Ok(Exit::Done)
}

fn to_command(text: &str, command: &[String]) -> Result<Copied, CliError> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(CliError::usage("AMENDS_COPY_COMMAND names no program"));
    };
    let failed = |error: io::Error| {
        CliError::new(Exit::Other, format!("AMENDS_COPY_COMMAND failed: {program}"))
            .because(error)
            .hint("it must take the text on its standard input, as `xclip -selection clipboard` does")
    };
    let mut child =
        Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(text.as_bytes()).map_err(failed)?;
    }
    let status = child.wait().map_err(failed)?;
    if status.success() {
        Ok(Copied::Command(program.clone()))
    } else {
        Err(failed(io::Error::other(status.to_string())))
    }
}

fn to_terminal(text: &str, multiplexer: Option<Multiplexer>) -> Result<Copied, CliError> {
    if text.len() > OSC52_LIMIT {
        let file = tempfile::Builder::new().prefix("amends-draft-").suffix(".txt").tempfile()?;
        let (mut handle, path) = file.keep().map_err(|error| CliError::from(error.error))?;
        handle.write_all(text.as_bytes())?;
        return Ok(Copied::File(path));
    }
    let terminal = if cfg!(windows) { "CONOUT$" } else { "/dev/tty" };
    let mut tty = OpenOptions::new().write(true).open(terminal).map_err(|error| {
        CliError::new(Exit::Other, "this is an SSH session without a terminal, so there is no clipboard to reach")
            .because(error)
            .hint("leave --copy out and take the text from standard output")
    })?;
    tty.write_all(osc52(text, multiplexer).as_bytes())?;
    tty.flush()?;
    Ok(Copied::Terminal)
}

/// Returns the sequence that asks a terminal to take `text`, wrapped for the multiplexer around it.
fn osc52(text: &str, multiplexer: Option<Multiplexer>) -> String {
    let sequence = format!("\x1b]52;c;{}\x07", STANDARD.encode(text));
    match multiplexer {
        None => sequence,
        // tmux passes a sequence on inside DCS tmux; ... ST, with every ESC doubled.
        Some(Multiplexer::Tmux) => format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b")),
        // screen takes at most 768 bytes a string, so the sequence goes in pieces.
        Some(Multiplexer::Screen) => {
            let pieces = sequence.as_bytes().chunks(250).map(String::from_utf8_lossy);
            pieces.fold(String::new(), |wrapped, piece| wrapped + "\x1bP" + &piece + "\x1b\\")
        }
    }
}

#[cfg(any(target_os = "macos", windows))]
fn to_desktop(text: &str) -> Result<Copied, CliError> {
    let mut clipboard = arboard::Clipboard::new().map_err(|error| no_clipboard(&error.to_string()))?;
    clipboard.set_text(text).map_err(|error| no_clipboard(&error.to_string()))?;
    read_back(text)
}

/// Starts the owner process, waits for its word, and reads the clipboard back.
#[cfg(not(any(target_os = "macos", windows)))]
fn to_desktop(text: &str) -> Result<Copied, CliError> {
    use std::os::unix::process::CommandExt;

    let program = std::env::current_exe()?;
    let mut child = Command::new(program)
        .arg("clipboard-owner")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // A group of its own: closing the terminal or pressing Ctrl-C must not take the text away.
        .process_group(0)
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(text.as_bytes())?;
    }
    let mut word = String::new();
    if let Some(mut stdout) = child.stdout.take() {
        // The owner writes one line and closes its end before it settles down.
        read_line(&mut stdout, &mut word)?;
    }
    match word.trim() {
        "ready" => read_back(text),
        "" => Err(no_clipboard("the process that owns it ended early")),
        why => Err(no_clipboard(why)),
    }
}

#[cfg(not(any(target_os = "macos", windows)))]
fn read_line(from: &mut impl Read, line: &mut String) -> io::Result<()> {
    let mut byte = [0_u8; 1];
    while from.read(&mut byte)? == 1 && byte[0] != b'\n' {
        line.push(char::from(byte[0]));
    }
    Ok(())
}

/// Returns once the clipboard holds `text`.
fn read_back(text: &str) -> Result<Copied, CliError> {
    let mut seen = String::new();
    for _ in 0..20 {
        if let Ok(found) = arboard::Clipboard::new().and_then(|mut clipboard| clipboard.get_text()) {
            seen = found;
            // Windows turns line ends into CR LF.
            if seen.replace("\r\n", "\n") == text {
                return Ok(Copied::Clipboard);
            }
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    Err(no_clipboard(if seen.is_empty() { "it stayed empty" } else { "it holds something else" }))
}

fn no_clipboard(why: &str) -> CliError {
    CliError::new(Exit::Other, "the clipboard did not take the text").because(io::Error::other(why.to_owned())).hint(
        "leave --copy out and take the text from standard output, or name a program in AMENDS_COPY_COMMAND, as `xclip -selection clipboard`",
    )
}

/// Runs as the owner process: takes the text on standard input and serves it until another program owns the clipboard.
///
/// # Errors
/// When there is no clipboard; the parent reads the same on our standard output.
#[cfg(not(any(target_os = "macos", windows)))]
pub(super) fn own() -> Result<Exit, CliError> {
    use arboard::SetExtLinux;

    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    let mut clipboard = match arboard::Clipboard::new() {
        Ok(clipboard) => clipboard,
        Err(error) => {
            let mut out = io::stdout();
            writeln!(out, "{}", error.to_string().replace('\n', " "))?;
            return Err(no_clipboard(&error.to_string()));
        }
    };
    {
        let mut out = io::stdout();
        writeln!(out, "ready")?;
        out.flush()?;
    }
    clipboard.set().wait().text(text).map_err(|error| no_clipboard(&error.to_string()))?;
    Ok(Exit::Done)
}

/// Does nothing: here the system keeps the text.
///
/// # Errors
/// Always: nobody starts it here.
#[cfg(any(target_os = "macos", windows))]
pub(super) fn own() -> Result<Exit, CliError> {
    Err(CliError::usage("this system keeps the clipboard itself"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn osc52_carries_the_text_in_base64() {
        assert_eq!(osc52("Hi", None), "\x1b]52;c;SGk=\x07");
    }

    #[test]
    fn tmux_gets_the_sequence_wrapped_with_doubled_escapes() {
        assert_eq!(osc52("Hi", Some(Multiplexer::Tmux)), "\x1bPtmux;\x1b\x1b]52;c;SGk=\x07\x1b\\");
    }

    #[test]
    fn screen_gets_short_pieces_that_add_up() {
        let text = "x".repeat(2_000);
        let wrapped = osc52(&text, Some(Multiplexer::Screen));
        let joined: String = wrapped
            .split("\x1b\\")
            .filter(|piece| !piece.is_empty())
            .map(|piece| {
                assert!(piece.len() < 760);
                piece.strip_prefix("\x1bP").unwrap().to_owned()
            })
            .collect();
        assert_eq!(joined, osc52(&text, None));
    }

    #[test]
    fn a_text_too_large_for_the_terminal_goes_into_a_file_whole() {
        let text = "é".repeat(OSC52_LIMIT);
        let Ok(Copied::File(path)) = to_terminal(&text, None) else { panic!("expected a file") };
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        std::fs::remove_file(path).unwrap();
    }
}
