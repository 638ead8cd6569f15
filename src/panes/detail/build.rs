//! A CI run with its jobs and their steps.

use super::record::byline;
use super::sheet::{Sheet, cell, place, when};
use crate::query::detail::{self, Object};
use crate::query::{Reader, StoreError};
use crate::ui::state;
use crate::ui::theme::Role;

pub(super) fn load(reader: &Reader, record: &Object) -> Result<Sheet, StoreError> {
    let mut sheet = Sheet::default();
    byline(&mut sheet, record, "actor", "started_ns");
    let title = format!(
        "{}  run {}  {}",
        cell(record, "workflow"),
        cell(record, "run_id"),
        cell(record, "title")
    );
    sheet.line(0, vec![(title, Role::Title)]).place = place(record);
    let attempt = record
        .get("attempt")
        .and_then(serde_json::Value::as_i64)
        .unwrap_or(1);
    for job in detail::jobs(reader, cell(record, "run_id"), attempt)? {
        let outcome = if cell(&job, "conclusion").is_empty() {
            cell(&job, "status")
        } else {
            cell(&job, "conclusion")
        };
        let cells = vec![
            (format!("{}  ", when(&job, "started_ns")), Role::Dim),
            (format!("{:<10} ", state::word(outcome)), role(outcome)),
            (cell(&job, "name").to_owned(), Role::Text),
            (format!("  {}", cell(&job, "runner")), Role::Dim),
        ];
        sheet.line(0, cells).folded = true;
        let steps: Vec<serde_json::Value> =
            serde_json::from_str(cell(&job, "steps")).unwrap_or_default();
        for step in steps {
            let outcome = step["conclusion"].as_str().unwrap_or("");
            let name = step["name"].as_str().unwrap_or("").to_owned();
            sheet.line(
                1,
                vec![
                    (format!("{:<10} ", state::word(outcome)), role(outcome)),
                    (name, Role::Text),
                ],
            );
        }
    }
    Ok(sheet)
}

fn role(outcome: &str) -> Role {
    match outcome {
        "success" => Role::Good,
        "failure" | "cancelled" | "timed_out" => Role::Bad,
        _ => Role::Dim,
    }
}
