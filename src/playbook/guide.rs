//! The staff guide: a playbook as a page that a newcomer reads on the first day.

mod html;
mod write;

pub use write::guide;

use crate::markup::steers;

/// A guide, ready to be written as Markdown or HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guide {
    /// Title.
    title: String,
    /// Pieces, in the order of the page.
    pieces: Vec<Piece>,
}

/// A piece of a page. All texts are plain: what they hold is escaped when it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Heading(String),
    Paragraph(String),
    List(Vec<String>),
    Table { head: Vec<&'static str>, rows: Vec<Vec<String>> },
}

impl Guide {
    /// Returns the page as Markdown.
    pub fn markdown(&self) -> String {
        let mut lines = vec![format!("# {}", markdown_text(&self.title))];
        for piece in &self.pieces {
            lines.push(String::new());
            match piece {
                Piece::Heading(text) => lines.push(format!("## {}", markdown_text(text))),
                Piece::Paragraph(text) => lines.push(markdown_text(text)),
                Piece::List(items) => lines.extend(items.iter().map(|item| format!("- {}", markdown_text(item)))),
                Piece::Table { head, rows } => {
                    lines.push(format!("| {} |", head.join(" | ")));
                    lines.push(format!("|{}", "---|".repeat(head.len())));
                    lines.extend(rows.iter().map(|row| {
                        let cells: Vec<String> =
                            row.iter().map(|cell| markdown_text(cell).replace('|', "\\|")).collect();
                        format!("| {} |", cells.join(" | "))
                    }));
                }
            }
        }
        lines.push(String::new());
        lines.join("\n")
    }

    /// Returns the page as one HTML file that needs no other.
    pub fn html(&self) -> String {
        html::page(self)
    }
}

/// Escapes what Markdown would take for markup, drops what could steer a terminal, and keeps a text on one line.
fn markdown_text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for symbol in text.split_whitespace().collect::<Vec<_>>().join(" ").chars().filter(|&symbol| !steers(symbol)) {
        if matches!(symbol, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#') {
            safe.push('\\');
        }
        safe.push(symbol);
    }
    safe
}

#[cfg(test)]
mod tests;
