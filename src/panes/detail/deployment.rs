//! A deployment with the states that it passed through.

use super::sheet::{Sheet, place, text, when};
use crate::query::detail::{self, Object};
use crate::store::{Reader, StoreError};
use crate::ui::theme::Role;

pub(super) fn load(reader: &Reader, record: &Object) -> Result<Sheet, StoreError> {
    let mut sheet = Sheet::default();
    let title = format!("{} {} to {}", text(record, "service"), text(record, "version"), text(record, "environment"));
    sheet.line(0, vec![(title, Role::Title)]).place = place(record);
    let who = format!("{}  asked by {}  acted as {}", text(record, "action"), text(record, "requested_by"), text(record, "acted_as"));
    sheet.line(0, vec![(who, Role::Text)]);
    for status in detail::statuses(reader, text(record, "provider"), text(record, "change_id"))? {
        let cells = vec![
            (format!("{}  ", when(&status, "ts_ns")), Role::Dim),
            (format!("{:<12} ", text(&status, "state")), Role::Accent),
            (format!("{}  {}", text(&status, "actor"), text(&status, "description")), Role::Text),
        ];
        sheet.line(0, cells);
    }
    Ok(sheet)
}
