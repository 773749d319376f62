//! Findings as SARIF 2.1.0, which editors read.

use serde_json::{Value, json};

use crate::gate::{Report, RuleId};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Returns the report as a SARIF log. Lines and columns are counted from 1, columns in Unicode code points; byte offsets are of the text.
pub(super) fn document(report: &Report, name: &str, text: &str) -> Value {
    let rules: Vec<Value> = RuleId::ALL
        .iter()
        .map(|rule| {
            let card = rule.card();
            json!({
                "id": rule.name(),
                "shortDescription": {"text": card.message},
                "fullDescription": {"text": card.why},
                "help": {"text": format!("{} ({})", card.fix, card.source)},
                "defaultConfiguration": {"level": card.level.name()},
            })
        })
        .collect();
    let results: Vec<Value> = report
        .findings
        .iter()
        .map(|finding| {
            let (start_line, start_column) = place(text, finding.from);
            let (end_line, end_column) = place(text, finding.to);
            json!({
                "ruleId": finding.rule.name(),
                "ruleIndex": RuleId::ALL.iter().position(|rule| *rule == finding.rule),
                "level": finding.level.name(),
                "message": {"text": format!("{}; {}", finding.message, finding.fix)},
                "locations": [{"physicalLocation": {
                    "artifactLocation": {"uri": uri(name)},
                    "region": {
                        "startLine": start_line,
                        "startColumn": start_column,
                        "endLine": end_line,
                        "endColumn": end_column,
                        "byteOffset": finding.from,
                        "byteLength": finding.to - finding.from,
                    },
                }}],
            })
        })
        .collect();
    let notes: Vec<Value> = report
        .skipped
        .iter()
        .map(|skip| {
            json!({
                "level": "note",
                "descriptor": {"id": skip.rule.name()},
                "message": {"text": format!("not applied: {}", skip.needs)},
            })
        })
        .collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "amends", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "invocations": [{"executionSuccessful": true, "toolConfigurationNotifications": notes}],
            "results": results,
        }],
    })
}

/// Line and column of a byte.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before.get(line_start..).unwrap_or_default().chars().count() + 1)
}

/// Digits of a byte in percent.
const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// A file name as a relative reference: what has a meaning in a URI is written in percent.
fn uri(name: &str) -> String {
    let mut uri = String::with_capacity(name.len());
    for byte in name.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push('%');
            uri.extend([byte >> 4, byte & 15].map(|half| char::from(HEX[usize::from(half)])));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_code_points_from_one() {
        let text = "héllo\nwörld";
        assert_eq!(place(text, 0), (1, 1));
        assert_eq!(place(text, text.find('w').unwrap() + 3), (2, 3));
        assert_eq!(place(text, text.len()), (2, 6));
    }

    #[test]
    fn names_become_uris() {
        assert_eq!(uri("a b/ü.txt"), "a%20b/%C3%BC.txt");
    }
}
