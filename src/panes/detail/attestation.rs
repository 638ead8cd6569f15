//! An attestation: what it says, about what, and what is known of its signature.

use super::sheet::{Sheet, cell, place};
use crate::query::detail::{self, Object};
use crate::query::{Reader, StoreError};
use crate::ui::theme::Role;

pub(super) fn load(reader: &Reader, record: &Object) -> Result<Sheet, StoreError> {
    let mut sheet = Sheet::default();
    sheet
        .line(
            0,
            vec![(cell(record, "predicate_type").to_owned(), Role::Title)],
        )
        .place = place(record);
    // A signature that nothing checked is never shown as good.
    let signature = "? not checked: no signature is verified in this version";
    sheet.line(
        0,
        vec![
            ("signature        ".to_owned(), Role::Dim),
            (signature.to_owned(), Role::Unknown),
        ],
    );
    sheet.heading("subjects");
    for subject in detail::subjects(reader, cell(record, "statement"))? {
        sheet.line(
            1,
            vec![
                (format!("{}  ", cell(&subject, "name")), Role::Text),
                (cell(&subject, "digest").to_owned(), Role::Accent),
            ],
        );
    }
    sheet.heading("claims");
    for field in [
        "builder_id",
        "build_type",
        "repository",
        "source_ref",
        "sha",
        "run_id",
        "attempt",
        "event",
        "workflow_path",
        "signer",
    ] {
        sheet.field(
            1,
            field,
            record.get(field).unwrap_or(&serde_json::Value::Null),
        );
    }
    Ok(sheet)
}
