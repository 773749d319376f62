//! A guide as HTML: one file, no script, nothing loaded from anywhere.

use super::{Guide, Piece};
use crate::markup::escape;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1d2430;background:#fff}\
h1{font-size:1.8rem;line-height:1.2}h2{margin-top:2.2rem;border-bottom:1px solid #d5dae1;padding-bottom:.2rem}\
table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid #e4e8ee}\
th{background:#f4f6f9}@media print{body{margin:0;max-width:none}h2{break-after:avoid}tr{break-inside:avoid}}";

/// Returns the page.
pub(super) fn page(guide: &Guide) -> String {
    let title = escape(&guide.title);
    let mut body = vec![format!("<h1>{title}</h1>")];
    for piece in &guide.pieces {
        match piece {
            Piece::Heading(text) => body.push(format!("<h2>{}</h2>", escape(text))),
            Piece::Paragraph(text) => body.push(format!("<p>{}</p>", escape(text))),
            Piece::List(items) => {
                body.push("<ul>".to_owned());
                body.extend(items.iter().map(|item| format!("<li>{}</li>", escape(item))));
                body.push("</ul>".to_owned());
            }
            Piece::Table { head, rows } => {
                body.push("<table>".to_owned());
                body.push(row("th", head.iter().copied()));
                body.extend(rows.iter().map(|cells| row("td", cells.iter().map(String::as_str))));
                body.push("</table>".to_owned());
            }
        }
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{}\n</body>\n</html>\n",
        body.join("\n")
    )
}

fn row<'a>(tag: &str, cells: impl Iterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.map(|cell| format!("<{tag}>{}</{tag}>", escape(cell))).collect();
    format!("<tr>{}</tr>", cells.concat())
}
