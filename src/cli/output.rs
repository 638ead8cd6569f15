//! Printing answers: table, json, jsonl, csv. Evidence is hostile here too: control characters are
//! made visible in tables, and a CSV cell that a spreadsheet would run as a formula is quoted.

use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;
use serde_json::{Map, Value};

use super::Failure;
use super::arguments::{Common, Format};
use crate::ui::text;

/// Where and how answers go.
pub(super) struct Output {
    format: Format,
}

impl Output {
    /// As the user asked, or as the place of output suggests.
    pub(super) fn new(common: &Common) -> Self {
        let default = if io::stdout().is_terminal() {
            Format::Table
        } else {
            Format::Json
        };
        Self {
            format: common.format.unwrap_or(default),
        }
    }

    /// How answers are printed.
    pub(super) fn format(&self) -> Format {
        self.format
    }

    /// True where a person reads along.
    pub(super) fn is_table(&self) -> bool {
        self.format == Format::Table
    }

    /// Prints rows; `columns` are those that a table shows.
    pub(super) fn rows(
        &self,
        rows: &[Map<String, Value>],
        columns: &[&str],
    ) -> Result<(), Failure> {
        match self.format {
            Format::Table => table(rows, columns),
            Format::Json => json(&rows),
            Format::Jsonl => jsonl(rows),
            Format::Csv => csv(rows),
        }
    }

    /// Prints one document; `table` writes it for people.
    pub(super) fn document(
        &self,
        document: &impl Serialize,
        table: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        match self.format {
            Format::Table => print(&table()),
            Format::Json => json(document),
            Format::Jsonl => print(&format!("{}\n", to_json(document)?)),
            Format::Csv => match to_value(document)? {
                Value::Object(row) => csv(&[row]),
                _ => Err(Failure::usage(
                    "this answer has no rows",
                    "Take --format json",
                )),
            },
        }
    }
}

/// Writes to standard output. A reader that has gone away (`| head`) is no failure.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    print_bytes(text.as_bytes())
}

pub(super) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(Failure::from),
    }
}

fn json(document: &impl Serialize) -> Result<(), Failure> {
    let text =
        serde_json::to_string_pretty(document).map_err(|error| Failure::failed(error.into()))?;
    print(&format!("{text}\n"))
}

fn to_json(document: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(document).map_err(|error| Failure::failed(error.into()))
}

fn to_value(document: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(document).map_err(|error| Failure::failed(error.into()))
}

fn jsonl(rows: &[Map<String, Value>]) -> Result<(), Failure> {
    let mut text = String::new();
    for row in rows {
        text.push_str(&to_json(row)?);
        text.push('\n');
    }
    print(&text)
}

fn csv(rows: &[Map<String, Value>]) -> Result<(), Failure> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |error: csv::Error| Failure::failed(error.into());
    if let Some(first) = rows.first() {
        writer.write_record(first.keys()).map_err(failed)?;
    }
    for row in rows {
        writer
            .write_record(row.values().map(|value| unformula(cell(value))))
            .map_err(failed)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| Failure::failed(anyhow::anyhow!(error.to_string())))?;
    print_bytes(&bytes)
}

/// A text that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV
/// injection); numbers stay numbers.
fn unformula(text: String) -> String {
    let risky = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err();
    if risky { format!("'{text}") } else { text }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn table(rows: &[Map<String, Value>], columns: &[&str]) -> Result<(), Failure> {
    let width = terminal_width();
    let mut table = comfy_table::Table::new();
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_content_arrangement(comfy_table::ContentArrangement::Dynamic);
    table.set_width(width);
    table.set_header(columns);
    for row in rows {
        table.add_row(
            columns
                .iter()
                .map(|name| shown(row.get(*name).unwrap_or(&Value::Null), usize::from(width))),
        );
    }
    // One row is one line: a cell that does not fit is cut, not broken in the middle of a word.
    for row in table.row_iter_mut() {
        row.max_height(1);
    }
    let lines: Vec<String> = table
        .lines()
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect();
    print(&lines.concat())?;
    if rows.is_empty() {
        narrate("nothing to show");
    }
    Ok(())
}

/// One cell for people: one line, no control characters, times to the second, long ids shortened.
pub(super) fn shown(value: &Value, most: usize) -> String {
    let text = cell(value);
    let text = match text.get(10..11) {
        Some("T") if text.len() == 30 && text.ends_with('Z') => text[..19].replace('T', " "),
        _ => text,
    };
    let text = if text.len() >= 40 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        text[..12].to_owned()
    } else {
        text
    };
    let text = match text.strip_prefix("sha256:") {
        Some(hex) if hex.len() == 64 => format!("sha256:{}", &hex[..12]),
        _ => text,
    };
    text::truncate(&text::safe(&text), (most / 2).max(24)).into_owned()
}

fn terminal_width() -> u16 {
    let told = std::env::var("COLUMNS")
        .ok()
        .and_then(|text| text.parse().ok());
    told.or_else(|| terminal_size::terminal_size().map(|(width, _)| width.0))
        .unwrap_or(140)
}

/// One line for the person who waits, on standard error.
#[expect(
    clippy::print_stderr,
    reason = "this is where progress and warnings are narrated"
)]
pub(super) fn narrate(line: &str) {
    eprintln!("{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_disarmed_and_numbers_are_not() {
        assert_eq!(unformula("=cmd()".into()), "'=cmd()");
        assert_eq!(unformula("-12.5".into()), "-12.5");
    }

    #[test]
    fn cells_for_people_are_one_safe_line() {
        assert_eq!(shown(&Value::from("a\x1b[31m"), 80), "a␛[31m");
        assert_eq!(
            shown(&Value::from("2026-10-29T14:02:07.000000000Z"), 80),
            "2026-10-29 14:02:07"
        );
    }
}
