//! A deployment with the states that it passed through.

use super::sheet::{Sheet, cell, place, when};
use crate::query::detail::{self, Object};
use crate::query::{Reader, StoreError};
use crate::ui::theme::Role;

pub(super) fn load(reader: &Reader, record: &Object) -> Result<Sheet, StoreError> {
    let mut sheet = Sheet::default();
    let title = format!(
        "{} {} to {}",
        cell(record, "service"),
        cell(record, "version"),
        cell(record, "environment")
    );
    sheet.line(0, vec![(title, Role::Title)]).place = place(record);
    for (name, field) in [
        ("action", "action"),
        ("asked by", "requested_by"),
        ("acted as", "acted_as"),
        ("image", "image"),
    ] {
        sheet.field(
            0,
            name,
            record.get(field).unwrap_or(&serde_json::Value::Null),
        );
    }
    for status in detail::statuses(reader, cell(record, "provider"), cell(record, "change_id"))? {
        let cells = vec![
            (format!("{}  ", when(&status, "ts_ns")), Role::Dim),
            (format!("{:<12} ", cell(&status, "state")), Role::Accent),
            (
                format!(
                    "{}  {}",
                    cell(&status, "actor"),
                    cell(&status, "description")
                ),
                Role::Text,
            ),
        ];
        sheet.line(0, cells);
    }
    Ok(sheet)
}
