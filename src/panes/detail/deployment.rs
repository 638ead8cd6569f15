//! A deployment with the states that it passed through.

use super::sheet::{Sheet, place, cell, when};
use crate::query::detail::{self, Object};
use crate::store::{Reader, StoreError};
use crate::ui::theme::Role;

pub(super) fn load(reader: &Reader, record: &Object) -> Result<Sheet, StoreError> {
    let mut sheet = Sheet::default();
    let title = format!("{} {} to {}", cell(record, "service"), cell(record, "version"), cell(record, "environment"));
    sheet.line(0, vec![(title, Role::Title)]).place = place(record);
    let who = format!("{}  asked by {}  acted as {}", cell(record, "action"), cell(record, "requested_by"), cell(record, "acted_as"));
    sheet.line(0, vec![(who, Role::Text)]);
    for status in detail::statuses(reader, cell(record, "provider"), cell(record, "change_id"))? {
        let cells = vec![
            (format!("{}  ", when(&status, "ts_ns")), Role::Dim),
            (format!("{:<12} ", cell(&status, "state")), Role::Accent),
            (format!("{}  {}", cell(&status, "actor"), cell(&status, "description")), Role::Text),
        ];
        sheet.line(0, cells);
    }
    Ok(sheet)
}
