#!/usr/bin/env python3
"""Draws docs/terminal.svg: runs amends in a pseudo-terminal and turns what it prints into an SVG.

    cargo build --release && python3 scripts/terminal-picture.py

Nothing is typed by hand: the picture shows what the commands below print, colours included. Only Python's standard library is used.
"""

import html
import os
import pty
import re
import shlex
import glob
import unicodedata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COLUMNS = 150
COMMANDS = [
    "amends score data/samples/* --top 4",
    "amends draft data/samples/tickets-monday.csv --id 88213 --verdict valid --copy",
]
COLOURS = {31: "#ff7b72", 32: "#7ee787", 33: "#e3b341", 34: "#79c0ff", 35: "#d2a8ff", 36: "#76e3ea"}
FOREGROUND, BACKGROUND, DIM = "#e6edf3", "#0d1117", "#8b949e"
CELL, LINE = 7.85, 18


def run(command):
    """Returns what the command prints on a terminal of COLUMNS columns."""
    words = [word for part in shlex.split(command) for word in (sorted(glob.glob(part, root_dir=ROOT)) if "*" in part else [part])]
    words[0] = str(ROOT / "target/release/amends")
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        environment = {"TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "AMENDS_NOW": "2026-11-23T09:00:00Z",
                       "HOME": "/nonexistent", "PATH": os.environ["PATH"]}
        # With a display the copy is a real one; without one, a program stands in for the clipboard.
        environment |= {"DISPLAY": os.environ["DISPLAY"]} if "DISPLAY" in os.environ else {"AMENDS_COPY_COMMAND": "cat"}
        os.execve(words[0], words, environment)
    output = b""
    while True:
        try:
            chunk = os.read(fd, 65536)
        except OSError:
            break
        if not chunk:
            break
        output += chunk
    os.waitpid(pid, 0)
    return output.decode().replace("\r\n", "\n")


def last_state(text):
    """Plays carriage returns and erasures, so that a progress bar leaves its last state only."""
    lines = []
    for line in text.split("\n"):
        line = re.sub(r"\x1b\[\??\d*[ABCDJKhl]", "\r", line)
        parts = [part for part in line.split("\r") if re.sub(r"\x1b\[[0-9;]*m", "", part).strip()]
        lines.append(parts[-1] if parts else "")
    return lines


def spans(line):
    """Yields (text, colour, bold, underline) runs."""
    colour, bold, underline, dim = FOREGROUND, False, False, False
    for piece in re.split(r"(\x1b\[[0-9;]*m)", line):
        code = re.fullmatch(r"\x1b\[([0-9;]*)m", piece)
        if not code:
            if piece:
                yield piece, DIM if dim else colour, bold, underline
            continue
        for number in [int(n or 0) for n in code[1].split(";")]:
            if number == 0:
                colour, bold, underline, dim = FOREGROUND, False, False, False
            elif number == 1:
                bold = True
            elif number == 2:
                dim = True
            elif number == 4:
                underline = True
            elif number in COLOURS:
                colour = COLOURS[number]


def columns(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def main():
    lines = []
    for command in COMMANDS:
        lines.append(f"\x1b[32m$\x1b[0m \x1b[1m{command}\x1b[0m")
        lines += last_state(run(command))
    while lines and not lines[-1]:
        lines.pop()
    width, height = COLUMNS * CELL + 40, len(lines) * LINE + 60
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,\'DejaVu Sans Mono\',monospace" font-size="13">',
           f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>']
    out += [f'<circle cx="{20 + 18 * n}" cy="20" r="6" fill="{c}"/>' for n, c in enumerate(["#ff5f57", "#febc2e", "#28c840"])]
    for row, line in enumerate(lines):
        column = 0
        for text, colour, bold, underline in spans(line):
            if text.strip():
                style = (' font-weight="bold"' if bold else "") + (' text-decoration="underline"' if underline else "")
                out.append(f'<text x="{20 + column * CELL:.1f}" y="{52 + row * LINE}" fill="{colour}"{style} xml:space="preserve" '
                           f'textLength="{columns(text) * CELL:.1f}" lengthAdjust="spacingAndGlyphs">{html.escape(text)}</text>')
            column += columns(text)
    out.append("</svg>")
    (ROOT / "docs/terminal.svg").write_text("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
