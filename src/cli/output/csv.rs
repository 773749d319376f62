//! CSV: the contract's fields, lists joined with `;`, missing values empty, input columns as `input_NAME`.

use std::io::{self, Write};

use serde_json::Value;

use crate::pipeline::ScoredRow;

use super::row::{FIELDS, record};
use super::{OutputOptions, RowWriter};

/// Writes a header and a line for each row.
pub(super) struct CsvWriter<'a> {
    options: OutputOptions,
    out: csv::Writer<&'a mut dyn Write>,
}

impl<'a> CsvWriter<'a> {
    pub(super) fn new(options: OutputOptions, out: &'a mut dyn Write) -> io::Result<Self> {
        let mut out = csv::WriterBuilder::new().from_writer(out);
        let header = FIELDS.iter().map(|field| (*field).to_owned());
        let extra = extra_fields(&options).map(str::to_owned);
        let input = options.input_columns.iter().map(|name| format!("input_{name}"));
        let cells: Vec<String> =
            header.chain(extra).chain(input).map(|name| guard(name, options.spreadsheet_safe)).collect();
        out.write_record(&cells)?;
        Ok(Self { options, out })
    }
}

fn extra_fields(options: &OutputOptions) -> impl Iterator<Item = &'static str> {
    let heads = options.row.all_heads.then_some("heads");
    let evidence = options.row.explain.then_some("evidence");
    heads.into_iter().chain(evidence)
}

impl RowWriter for CsvWriter<'_> {
    fn row(&mut self, row: &ScoredRow) -> io::Result<()> {
        let record = record(row, self.options.row);
        let safe = self.options.spreadsheet_safe;
        for field in FIELDS.into_iter().chain(extra_fields(&self.options)) {
            self.out.write_field(guard(cell(record.get(field)), safe))?;
        }
        for name in &self.options.input_columns {
            let value = row.message.input.iter().find(|(column, _)| column == name).map(|(_, cell)| cell.clone());
            self.out.write_field(guard(value.unwrap_or_default(), safe))?;
        }
        // An empty record ends the line that the fields began.
        self.out.write_record(None::<&[u8]>)?;
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) if items.iter().all(Value::is_string) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(";")
        }
        Some(other) => other.to_string(),
    }
}

/// Signs with which a spreadsheet lets a formula begin, their wide forms too.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// Puts an apostrophe before text that a spreadsheet would run as a formula. Numbers stay numbers.
fn guard(text: String, safe: bool) -> String {
    let risky = safe && text.starts_with(FORMULA) && text.parse::<f64>().is_err();
    if risky { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn formulas_are_guarded_and_numbers_are_not() {
        assert_eq!(guard("=HYPERLINK(1)".into(), true), "'=HYPERLINK(1)");
        assert_eq!(guard("@shop hello".into(), true), "'@shop hello");
        assert_eq!(guard("-0.25".into(), true), "-0.25");
        assert_eq!(guard("=1+1".into(), false), "=1+1");
        assert_eq!(guard("-1+cmd|' /C calc'!A0".into(), true), "'-1+cmd|' /C calc'!A0");
        assert_eq!(guard("\u{ff1d}1+1".into(), true), "'\u{ff1d}1+1");
        assert_eq!(guard("\n=1+1".into(), true), "'\n=1+1");
    }

    #[test]
    fn missing_is_empty_and_lists_are_joined() {
        assert_eq!(cell(Some(&Value::Null)), "");
        assert_eq!(cell(Some(&json!(["injury", "legal"]))), "injury;legal");
        assert_eq!(cell(Some(&json!(false))), "false");
        assert_eq!(cell(Some(&json!([{"head": "harm"}]))), r#"[{"head":"harm"}]"#);
    }
}
