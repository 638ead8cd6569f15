//! What has no record of its own, such as an artifact, a ticket or a release's behaviour: who speaks of it.

use std::collections::BTreeMap;

use super::sheet::Sheet;
use crate::app::Target;
use crate::query::links;
use crate::query::{Reader, StoreError};
use crate::ui::theme::Role;

/// Those that speak of it are named up to here; how many more there are is said.
const MOST: usize = 12;

pub(super) fn load(reader: &Reader, target: &Target) -> Result<Sheet, StoreError> {
    let mut sheet = Sheet::default();
    let links = links::ask(reader, std::slice::from_ref(&target.id))?;
    if links.is_empty() {
        return Ok(sheet);
    }
    sheet.line(0, vec![(target.label.clone(), Role::Title)]);
    sheet.text(
        0,
        "it has no record of its own; these speak of it",
        Role::Dim,
    );
    let mut by_rule: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for link in &links {
        let others = by_rule.entry(&link.method).or_default();
        let other = link.other(&target.id);
        if !others.contains(&other) {
            others.push(other);
        }
    }
    for (rule, others) in by_rule {
        sheet.heading(&format!("by {rule}"));
        for other in others.iter().take(MOST) {
            sheet.text(1, other, Role::Accent);
        }
        if let Some(more) = others.len().checked_sub(MOST).filter(|more| *more > 0) {
            sheet.text(1, &format!("and {more} more"), Role::Dim);
        }
    }
    Ok(sheet)
}
