//! A log template: how often each release said it, and the messages themselves one key away.

use super::sheet::{Sheet, cell, mark, place, when};
use crate::app::Target;
use crate::query::detail::{self, Object};
use crate::query::{Reader, StoreError};
use crate::ui::theme::Role;

/// Examples for each release.
const EXAMPLES: usize = 5;

pub(super) fn load(reader: &Reader, target: &Target) -> Result<Sheet, StoreError> {
    let mut sheet = Sheet::default();
    let mut parts = target.id.splitn(4, ':').skip(1);
    let (Some(service), Some(severity), Some(template)) =
        (parts.next(), parts.next(), parts.next())
    else {
        return Ok(sheet);
    };
    let said = detail::template_examples(reader, service, severity, template)?;
    sheet.line(0, vec![(template.to_owned(), Role::Title)]);
    let shown = match severity {
        "error" => mark("error"),
        "warn" => mark("warning"),
        other => (format!("· {other}"), Role::Dim),
    };
    sheet.line(0, vec![shown, (format!("  of {service}"), Role::Dim)]);
    let mut releases: Vec<(&str, Vec<&Object>)> = Vec::new();
    for row in &said {
        let release = cell(row, "release");
        match releases.iter_mut().find(|(known, _)| *known == release) {
            Some((_, rows)) => rows.push(row),
            None => releases.push((release, vec![row])),
        }
    }
    for (release, rows) in releases {
        let events: i64 = rows
            .iter()
            .filter_map(|row| row.get("events").and_then(serde_json::Value::as_i64))
            .sum();
        let name = if release.is_empty() {
            "no known release"
        } else {
            release
        };
        let line = sheet.line(0, vec![(format!("{events} by {name}"), Role::Accent)]);
        line.place = rows.last().and_then(|row| place(row));
        // The first ones: those that tell how it began.
        for row in rows.iter().rev().take(EXAMPLES) {
            let cells = vec![
                (format!("{}  ", when(row, "first_ns")), Role::Dim),
                (cell(row, "instance").to_owned(), Role::Text),
            ];
            sheet.line(1, cells).place = place(row);
        }
    }
    sheet.line(
        0,
        vec![(
            "r on a line shows the message as it was logged".to_owned(),
            Role::Dim,
        )],
    );
    Ok(sheet)
}
