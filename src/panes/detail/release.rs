//! A release: its verdict as an argument, and what would change it.

use std::collections::BTreeMap;

use super::sheet::{Sheet, SheetLine, cell, mark, place, when};
use crate::app::Target;
use crate::app::desk::Place;
use crate::model::finding::Finding;
use crate::model::gap::Gap;
use crate::model::verdict::{Criterion, Point, Rollback, Verdict};
use crate::query::answer::Window;
use crate::query::detail::Object;
use crate::query::findings::{self, Wanted};
use crate::query::reconstructability::{self, Ratio};
use crate::query::{Reader, StoreError, gaps, verdict};
use crate::ui::theme::Role;

/// Findings under one line of the argument; the list of findings has all.
const MOST: usize = 20;

type Found = BTreeMap<String, Finding>;

pub(super) fn load(reader: &Reader, target: &Target, record: &Object) -> Result<Sheet, StoreError> {
    let mut sheet = Sheet::default();
    let id = target.id.strip_prefix("release:").unwrap_or(&target.id);
    let Some(verdict) = verdict::ask(reader, id)? else {
        let why = "nothing has judged this release; load the case again";
        sheet.line(
            0,
            vec![mark("inconclusive"), (format!("  {why}"), Role::Text)],
        );
        return Ok(sheet);
    };
    let wanted = Wanted {
        release: Some(id.to_owned()),
        ..Wanted::default()
    };
    let found: Found = findings::ask(reader, &wanted)?
        .into_iter()
        .map(|finding| (finding.id.clone(), finding))
        .collect();
    head(&mut sheet, &verdict, record);
    points(&mut sheet, "against", "fail", &verdict.against, &found);
    missing(&mut sheet, &verdict);
    points(&mut sheet, "for", "pass", &verdict.pro, &found);
    ledger(
        &mut sheet,
        &gaps::ask(reader, &Window::default(), Some(id))?,
    );
    reconstructable(&mut sheet, &reconstructability::ask(reader, id)?);
    criteria(&mut sheet, &verdict.criteria);
    if let Some(rollback) = &verdict.rollback {
        rolled_back(&mut sheet, rollback);
    }
    after(&mut sheet, &verdict);
    Ok(sheet)
}

fn head(sheet: &mut Sheet, verdict: &Verdict, record: &Object) {
    let line = sheet.line(
        0,
        vec![
            mark(verdict.verdict.word()),
            (format!("  {}", verdict.release), Role::Title),
        ],
    );
    line.place = place(record);
    let counts = format!(
        "{} against, {} missing, {} for; tier {}, as of {}",
        verdict.against.len(),
        verdict.missing.len(),
        verdict.pro.len(),
        verdict.tier,
        verdict.as_of.get(..19).unwrap_or(&verdict.as_of),
    );
    sheet.line(0, vec![(counts, Role::Dim)]);
    let lived = format!(
        "live from {} {}",
        when(record, "started_ns"),
        match when(record, "finished_ns") {
            end if end.is_empty() => cell(record, "status").replace('_', " "),
            end => format!("to {end}, {}", cell(record, "status").replace('_', " ")),
        }
    );
    sheet.line(0, vec![(lived, Role::Dim)]);
}

/// Five bars: how much of what it did can be told.
fn reconstructable(sheet: &mut Sheet, ratios: &[Ratio]) {
    const BAR: usize = 10;
    if ratios.is_empty() {
        return;
    }
    sheet.heading("reconstructability");
    for ratio in ratios {
        let Some(share) = ratio.share else {
            let line = format!("  nothing to tell {} by", ratio.name.replace('_', " "));
            sheet.line(1, vec![mark("missing"), (line, Role::Text)]);
            continue;
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share lies between 0 and 1"
        )]
        let full = ((share * 10.0).round() as usize).min(BAR);
        let bar = format!("{}{}", "#".repeat(full), ".".repeat(BAR - full));
        sheet.line(
            1,
            vec![
                (format!("[{bar}] {:>3.0} %  ", 100.0 * share), Role::Info),
                (
                    format!("{} of {} {}", ratio.part, ratio.whole, ratio.of),
                    Role::Text,
                ),
            ],
        );
    }
}

fn heading(sheet: &mut Sheet, word: &str, count: usize) {
    sheet.heading(&match count {
        0 => format!("{word}: nothing"),
        count => format!("{word} ({count})"),
    });
}

fn points(sheet: &mut Sheet, word: &str, token: &str, points: &[Point], found: &Found) {
    heading(sheet, word, points.len());
    for point in points {
        let (text, role) = mark(token);
        let glyph: String = text.chars().take(1).collect();
        let line = sheet.line(
            1,
            vec![
                (format!("{glyph} "), role),
                (format!("{:<4} ", point.rule), Role::Dim),
                (point.says.clone(), Role::Text),
            ],
        );
        // Its one finding says the same again, so the line itself leads there.
        if let [only] = point.findings.as_slice()
            && let Some(finding) = found.get(only)
        {
            lead(line, finding);
            continue;
        }
        line.folded = token == "pass";
        let several = point.findings.iter().take(MOST);
        for finding in several.filter_map(|id| found.get(id)) {
            let line = sheet.line(
                2,
                vec![
                    mark(finding.severity.word()),
                    (format!("  {}", finding.title), Role::Accent),
                ],
            );
            lead(line, finding);
        }
        if point.findings.len() > MOST {
            let more = format!(
                "{} more; press f for the findings",
                point.findings.len() - MOST
            );
            sheet.line(2, vec![(more, Role::Warn)]);
        }
    }
}

fn lead(line: &mut SheetLine, finding: &Finding) {
    let id = format!("finding:{}", finding.id);
    line.target = Some(Target::new(id, finding.title.clone()));
    line.place = finding.citations.first().and_then(Place::of);
}

fn missing(sheet: &mut Sheet, verdict: &Verdict) {
    heading(sheet, "missing", verdict.missing.len());
    for lack in &verdict.missing {
        let line = sheet.line(
            1,
            vec![mark("missing"), (format!("  {}", lack.what), Role::Text)],
        );
        line.folded = false;
        if !lack.blocks.is_empty() {
            sheet.line(
                2,
                vec![
                    ("so nobody can claim: ".to_owned(), Role::Dim),
                    (lack.blocks.clone(), Role::Text),
                ],
            );
        }
    }
}

/// What the evidence should hold and does not, and how to get it.
fn ledger(sheet: &mut Sheet, gaps: &[Gap]) {
    heading(sheet, "gaps", gaps.len());
    for gap in gaps {
        let line = sheet.line(
            1,
            vec![
                mark(&gap.state),
                (
                    format!("  {}: {}", gap.expected.replace('_', " "), gap.why),
                    Role::Text,
                ),
            ],
        );
        line.place = gap.citations.first().and_then(Place::of);
        line.folded = true;
        for (lead, text) in [
            ("so nobody can claim: ", gap.blocks.join("; ")),
            ("to get it: ", gap.how_to_get.clone()),
        ] {
            sheet.line(2, vec![(lead.to_owned(), Role::Dim), (text, Role::Text)]);
        }
    }
}

fn criteria(sheet: &mut Sheet, criteria: &[Criterion]) {
    heading(sheet, "criteria", criteria.len());
    for criterion in criteria {
        let held = match criterion.fired {
            Some(true) => ("✗ held".to_owned(), Role::Bad),
            Some(false) => ("✓ did not hold".to_owned(), Role::Good),
            None => ("? not known".to_owned(), Role::Unknown),
        };
        sheet.line(
            1,
            vec![
                held,
                (
                    format!("  {} {}", criterion.id, criterion.action.replace('_', " ")),
                    Role::Text,
                ),
            ],
        );
        let rows = [
            ("when", Some(criterion.when.as_str())),
            ("first held", criterion.first_fired.as_deref()),
            ("margin", criterion.margin.as_deref()),
        ];
        for (name, text) in rows {
            if let Some(text) = text {
                let cells = vec![
                    (format!("{name:<12} "), Role::Dim),
                    (text.to_owned(), Role::Text),
                ];
                sheet.line(2, cells);
            }
        }
        for unknown in &criterion.unknown {
            sheet.line(
                2,
                vec![
                    ("not known    ".to_owned(), Role::Unknown),
                    (unknown.clone(), Role::Text),
                ],
            );
        }
    }
}

fn rolled_back(sheet: &mut Sheet, rollback: &Rollback) {
    sheet.heading(&format!(
        "rolled back at {}",
        rollback.at.get(..19).unwrap_or(&rollback.at)
    ));
    let reached = if rollback.reached_every_instance {
        ("✓ reached every instance".to_owned(), Role::Good)
    } else {
        (
            format!("✗ left {} instances behind", rollback.left_behind.len()),
            Role::Bad,
        )
    };
    sheet.line(1, vec![reached]);
    for instance in rollback.left_behind.iter().take(MOST) {
        sheet.line(2, vec![(instance.clone(), Role::Accent)]);
    }
    let back = match rollback.behaviour_back {
        Some(true) => ("✓ behaviour went back".to_owned(), Role::Good),
        Some(false) => ("✗ behaviour did not go back".to_owned(), Role::Bad),
        None => (
            "? not known whether behaviour went back".to_owned(),
            Role::Unknown,
        ),
    };
    sheet.line(1, vec![back]);
    sheet.line(2, vec![(rollback.why.clone(), Role::Text)]);
}

fn after(sheet: &mut Sheet, verdict: &Verdict) {
    match &verdict.safe_return {
        Some(release) => {
            let attested = match verdict.safe_return_attested {
                Some(true) => ", whose build is attested",
                Some(false) => ", whose build is not attested",
                None => "",
            };
            let line = sheet.line(
                0,
                vec![
                    ("safe return  ".to_owned(), Role::Title),
                    (format!("{release}{attested}"), Role::Accent),
                ],
            );
            line.target = Some(Target::new(format!("release:{release}"), release.clone()));
        }
        None => {
            sheet.line(
                0,
                vec![
                    ("safe return  ".to_owned(), Role::Title),
                    ("? none known".to_owned(), Role::Unknown),
                ],
            );
        }
    }
    heading(sheet, "what would change it", verdict.would_change.len());
    for text in &verdict.would_change {
        sheet.line(1, vec![(text.clone(), Role::Text)]);
    }
    let policy = &verdict.policy;
    sheet.heading("policy");
    let name = format!(
        "{} version {}{}",
        policy.name,
        policy.version,
        if policy.built_in {
            ", which is built in"
        } else {
            ""
        }
    );
    sheet.line(1, vec![(name, Role::Text)]);
    let digest = format!("sha256 {}", policy.digest);
    sheet.line(1, vec![(digest, Role::Dim)]);
}
