//! A running unit and when it was seen, with which digest.

use super::sheet::{Sheet, cell, place, when};
use crate::app::Target;
use crate::query::detail::{self, Object};
use crate::query::{Reader, StoreError};
use crate::ui::theme::Role;

pub(super) fn load(reader: &Reader, target: &Target, record: &Object) -> Result<Sheet, StoreError> {
    let mut sheet = Sheet::default();
    let title = format!("{}/{}", cell(record, "namespace"), cell(record, "name"));
    sheet.line(0, vec![(title, Role::Title)]).place = place(record);
    for field in [
        "service",
        "image",
        "digest",
        "service_account",
        "owner",
        "node",
        "ip",
    ] {
        sheet.field(
            0,
            field,
            record.get(field).unwrap_or(&serde_json::Value::Null),
        );
    }
    sheet.heading("seen");
    let key = target.id.strip_prefix("instance:").unwrap_or("");
    for seen in detail::sightings(reader, key)? {
        let digest = cell(&seen, "digest")
            .chars()
            .skip(7)
            .take(12)
            .collect::<String>();
        let cells = vec![
            (format!("{}  ", when(&seen, "ts_ns")), Role::Dim),
            (format!("{:<12}", cell(&seen, "state")), Role::Text),
            (digest, Role::Accent),
        ];
        sheet.line(1, cells);
    }
    Ok(sheet)
}
