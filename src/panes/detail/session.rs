//! A session: its turns in order, tool calls folded over their input and result.

use super::sheet::{Sheet, cell, place};
use crate::app::Target;
use crate::model::time;
use crate::query::detail::{self, Object};
use crate::query::{Reader, StoreError};
use crate::ui::theme::Role;

pub(super) fn load(reader: &Reader, target: &Target, record: &Object) -> Result<Sheet, StoreError> {
    let mut sheet = Sheet::default();
    let Some((tool, session)) = target
        .id
        .strip_prefix("session:")
        .and_then(|key| key.split_once(':'))
    else {
        return Ok(sheet);
    };
    let turns = detail::turns(reader, tool, session)?;
    if turns.is_empty() {
        let why = "no transcript in the evidence: only a note or trailer names this session";
        sheet.line(
            0,
            vec![
                ("∅ not collected  ".to_owned(), Role::Unknown),
                (why.to_owned(), Role::Text),
            ],
        );
        return Ok(sheet);
    }
    let tokens: i64 = turns
        .iter()
        .filter_map(|turn| {
            turn.get("output_tokens")
                .and_then(serde_json::Value::as_i64)
        })
        .sum();
    let calls = turns
        .iter()
        .filter(|turn| cell(turn, "kind") == "tool_call")
        .count();
    let about = format!(
        "{}  {} turns, {calls} tool calls, {tokens} tokens out",
        cell(record, "model"),
        turns.len()
    );
    sheet.line(0, vec![(about, Role::Dim)]).place = place(record);
    for turn in &turns {
        show(&mut sheet, turn);
    }
    Ok(sheet)
}

fn show(sheet: &mut Sheet, turn: &Object) {
    let at = turn
        .get("ts_ns")
        .and_then(serde_json::Value::as_i64)
        .map(|ns| time::clock(ns)[..8].to_owned())
        .unwrap_or_default();
    let kind = cell(turn, "kind");
    let failed = turn.get("is_error").and_then(serde_json::Value::as_bool) == Some(true);
    let (word, role, folded) = match kind {
        "prompt" => ("prompt", Role::Human, false),
        "text" => ("answer", Role::Ai, false),
        "thinking" => ("thinking", Role::Dim, true),
        "tool_call" => ("call", Role::Accent, true),
        "tool_result" if failed => ("✗ result", Role::Bad, true),
        "tool_result" => ("result", Role::Dim, true),
        other => (other, Role::Dim, true),
    };
    let side = if turn
        .get("is_sidechain")
        .and_then(serde_json::Value::as_bool)
        == Some(true)
    {
        "subagent "
    } else {
        ""
    };
    let body = cell(turn, "text");
    let first = body.lines().next().unwrap_or("");
    let name = cell(turn, "name");
    let head = if name.is_empty() {
        first.to_owned()
    } else {
        format!("{name}  {first}")
    };
    let line = sheet.line(
        0,
        vec![
            (format!("{at} "), Role::Dim),
            (format!("{side}{word:<9} "), role),
            (
                head,
                if kind == "prompt" {
                    Role::Title
                } else {
                    Role::Text
                },
            ),
        ],
    );
    line.folded = folded;
    line.place = place(turn);
    let rest: String = body.lines().skip(1).collect::<Vec<_>>().join("\n");
    sheet.text(1, &rest, Role::Text);
    for field in ["file_path", "url"] {
        sheet.field(
            1,
            field,
            turn.get(field).unwrap_or(&serde_json::Value::Null),
        );
    }
    let input = serde_json::from_str::<serde_json::Value>(cell(turn, "input")).ok();
    for (name, value) in input
        .as_ref()
        .and_then(serde_json::Value::as_object)
        .into_iter()
        .flatten()
    {
        if !matches!(name.as_str(), "file_path" | "url") {
            sheet.field(1, name, value);
        }
    }
}
