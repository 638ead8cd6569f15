//! Parts that several kinds share.

use super::sheet::{Sheet, cell, when};
use crate::query::detail::Object;
use crate::ui::theme::Role;

/// Who and when, as the first line of a detail.
pub(super) fn byline(sheet: &mut Sheet, record: &Object, who: &str, time: &str) {
    let cells = vec![
        (when(record, time), Role::Dim),
        (format!("  {}", cell(record, who)), Role::Accent),
    ];
    if cells.iter().any(|(text, _)| !text.trim().is_empty()) {
        sheet.line(0, cells);
    }
}
