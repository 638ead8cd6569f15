//! An attestation: what it says, about what, and what is known of its signature.

use super::sheet::{Sheet, cell, mark, place};
use crate::app::desk::Place;
use crate::model::signature::Signature;
use crate::query::detail::{self, Object};
use crate::query::{Reader, StoreError, signatures};
use crate::ui::theme::Role;

pub(super) fn load(reader: &Reader, record: &Object) -> Result<Sheet, StoreError> {
    let mut sheet = Sheet::default();
    sheet
        .line(
            0,
            vec![(cell(record, "predicate_type").to_owned(), Role::Title)],
        )
        .place = place(record);
    signatures(
        &mut sheet,
        &signatures::of(reader, cell(record, "statement"))?,
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

/// A signature that nothing checked, or by somebody whom no policy expects, is never shown as good.
fn signatures(sheet: &mut Sheet, checked: &[Signature]) {
    if checked.is_empty() {
        sheet.line(0, vec![mark("not_checked")]);
    }
    for one in checked {
        let standing = match (one.result.as_str(), one.authorised) {
            ("valid", true) => "by whom the policy expects",
            ("valid", false) => "no policy names who may sign this, so it authorises nobody",
            _ => one.detail.as_str(),
        };
        let line = sheet.line(
            0,
            vec![
                ("signature  ".to_owned(), Role::Dim),
                mark(match (one.result.as_str(), one.authorised) {
                    ("valid", false) => "identity_not_judged",
                    (result, _) => result,
                }),
                (format!("  {standing}"), Role::Text),
            ],
        );
        line.place = one.citations.first().and_then(Place::of);
        let fields = [
            ("signed by", one.signer.as_deref()),
            ("vouched for by", one.issuer.as_deref()),
            ("trust root", one.root.as_deref()),
            ("newest key", one.root_newest.as_deref()),
            ("signed at", one.signed.as_deref()),
            ("by the clock of", Some(one.clock.as_str())),
        ];
        for (name, value) in fields {
            if let Some(value) = value {
                sheet.field(1, name, &value.into());
            }
        }
        for differs in &one.differences {
            let of = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
            let says = format!("{}, expected {}", of(&differs.found), of(&differs.expected));
            sheet.field(1, &differs.field, &says.into());
        }
    }
}
