//! A CI run with its jobs and their steps.

use super::record::byline;
use super::sheet::{Sheet, place, text, when};
use crate::query::detail::{self, Object};
use crate::store::{Reader, StoreError};
use crate::ui::state;
use crate::ui::theme::Role;

pub(super) fn load(reader: &Reader, record: &Object) -> Result<Sheet, StoreError> {
    let mut sheet = Sheet::default();
    byline(&mut sheet, record, "actor", "started_ns");
    let title = format!("{}  run {}  {}", text(record, "workflow"), text(record, "run_id"), text(record, "title"));
    sheet.line(0, vec![(title, Role::Title)]).place = place(record);
    let attempt = record.get("attempt").and_then(serde_json::Value::as_i64).unwrap_or(1);
    for job in detail::jobs(reader, text(record, "run_id"), attempt)? {
        let outcome = if text(&job, "conclusion").is_empty() { text(&job, "status") } else { text(&job, "conclusion") };
        let cells = vec![
            (format!("{}  ", when(&job, "started_ns")), Role::Dim),
            (format!("{:<10} ", state::word(outcome)), role(outcome)),
            (text(&job, "name").to_owned(), Role::Text),
            (format!("  {}", text(&job, "runner")), Role::Dim),
        ];
        sheet.line(0, cells).folded = true;
        let steps: Vec<serde_json::Value> = serde_json::from_str(text(&job, "steps")).unwrap_or_default();
        for step in steps {
            let outcome = step["conclusion"].as_str().unwrap_or("");
            let name = step["name"].as_str().unwrap_or("").to_owned();
            sheet.line(1, vec![(format!("{:<10} ", state::word(outcome)), role(outcome)), (name, Role::Text)]);
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
