//! A finding: what it says, the numbers behind it, and each place in the evidence that says so.

use super::sheet::{Sheet, mark, number};
use crate::app::Target;
use crate::app::desk::Place;
use crate::model::finding::Finding;
use crate::query::{Reader, StoreError, findings};
use crate::ui::theme::Role;

pub(super) fn load(reader: &Reader, target: &Target) -> Result<Sheet, StoreError> {
    let mut sheet = Sheet::default();
    let id = target.id.strip_prefix("finding:").unwrap_or(&target.id);
    let Some(finding) = findings::one(reader, id)? else {
        let why = "no finding has this id; it may have been judged anew since";
        sheet.line(0, vec![mark("absent"), (format!("  {why}"), Role::Text)]);
        return Ok(sheet);
    };
    head(&mut sheet, &finding);
    numbers(&mut sheet, &finding);
    citations(&mut sheet, &finding);
    if !finding.standards.is_empty() {
        sheet.heading(&format!(
            "evidence for {} controls",
            finding.standards.len()
        ));
        for standard in &finding.standards {
            sheet.line(1, vec![(standard.clone(), Role::Text)]);
        }
    }
    Ok(sheet)
}

fn head(sheet: &mut Sheet, finding: &Finding) {
    sheet.line(
        0,
        vec![
            mark(finding.severity.word()),
            (format!("  {}", finding.title), Role::Title),
        ],
    );
    if !finding.why.is_empty() {
        sheet.line(0, vec![(finding.why.clone(), Role::Text)]);
    }
    field(sheet, 0, "state", mark(&finding.state));
    let said = match finding.explained_by_diff {
        Some(true) => ("yes: its added lines name it", Role::Info),
        Some(false) => ("no: its added lines do not name it", Role::Warn),
        None => ("no diff to judge by", Role::Unknown),
    };
    field(sheet, 0, "explained by diff", (said.0.to_owned(), said.1));
    let release = &finding.release;
    let line = field(sheet, 0, "release", (release.id.clone(), Role::Accent));
    line.target = Some(Target::new(
        format!("release:{}", release.id),
        release.id.clone(),
    ));
    for (name, text) in [
        ("about", finding.subject.as_str()),
        ("first seen", finding.first_seen.as_deref().unwrap_or("")),
        ("last seen", finding.last_seen.as_deref().unwrap_or("")),
    ] {
        if !text.is_empty() {
            field(sheet, 0, name, (text.to_owned(), Role::Text));
        }
    }
    let by = format!(
        "{}, family {}, rule {}",
        finding.channel.word(),
        finding.family,
        finding.rule
    );
    field(sheet, 0, "found by", (by, Role::Dim));
}

fn numbers(sheet: &mut Sheet, finding: &Finding) {
    sheet.heading("numbers");
    let baseline = &finding.baseline;
    let mut rows = vec![
        (
            "events",
            format!(
                "{} in an exposure of {}",
                number(finding.count),
                number(finding.exposure)
            ),
        ),
        ("instances", finding.instances.to_string()),
        (
            "baseline",
            format!(
                "{} in an exposure of {}: {}",
                number(baseline.count),
                number(baseline.exposure),
                baseline.of
            ),
        ),
    ];
    let known = [
        (
            "p",
            finding.p,
            "chance of seeing this if nothing had changed",
        ),
        (
            "q",
            finding.q,
            "the same, adjusted for how many things were looked at",
        ),
        (
            "by chance",
            finding.expected_by_chance,
            "new ones of its family to be expected without any change",
        ),
        ("effect", finding.effect, "relative to the baseline"),
    ];
    for (name, value, says) in known {
        rows.push((
            name,
            match value {
                Some(value) => format!("{}  {says}", number(value)),
                None => "not computed for findings of this kind".to_owned(),
            },
        ));
    }
    for (name, text) in rows {
        field(sheet, 1, name, (text, Role::Text));
    }
    for cut in &baseline.cut {
        field(sheet, 1, "left out", (cut.clone(), Role::Dim));
    }
}

fn citations(sheet: &mut Sheet, finding: &Finding) {
    let heading = sheet.heading(&format!("said in {} places", finding.citations.len()));
    heading.place = finding.citations.first().and_then(Place::of);
    for place in finding.citations.iter().filter_map(Place::of) {
        let said = format!("{} @{}+{}", place.file, place.offset, place.length);
        sheet.line(1, vec![(said, Role::Accent)]).place = Some(place);
    }
}

fn field<'s>(
    sheet: &'s mut Sheet,
    depth: u16,
    name: &str,
    value: (String, Role),
) -> &'s mut super::sheet::SheetLine {
    sheet.line(depth, vec![(format!("{name:<18} "), Role::Dim), value])
}
