//! A commit: message, files, diff, and beside each new line who wrote it, as far as anything says.

use super::record::byline;
use super::sheet::{Sheet, cell, place};
use crate::app::Target;
use crate::query::detail::{self, Object};
use crate::query::{Reader, StoreError};
use crate::ui::theme::Role;

/// Lines of diff shown for one commit; the rest is in the raw bytes.
const MOST_LINES: usize = 5_000;

pub(super) fn load(reader: &Reader, target: &Target, record: &Object) -> Result<Sheet, StoreError> {
    let sha = target.id.strip_prefix("commit:").unwrap_or("");
    let (files, hunks, lines) = (
        detail::files(reader, sha)?,
        detail::hunks(reader, sha)?,
        detail::lines(reader, sha)?,
    );
    let mut sheet = Sheet::default();
    byline(&mut sheet, record, "author_name", "committed_ns");
    if !cell(record, "subject").is_empty() {
        sheet
            .line(0, vec![(cell(record, "subject").to_owned(), Role::Title)])
            .place = place(record);
        sheet.text(0, cell(record, "body"), Role::Text);
    }
    for file in &files {
        let path = cell(file, "path");
        let count = |name: &str| {
            file.get(name)
                .and_then(serde_json::Value::as_i64)
                .map_or("-".to_owned(), |n| n.to_string())
        };
        let cells = vec![
            (path.to_owned(), Role::Accent),
            (format!("  +{}", count("additions")), Role::Added),
            (format!(" -{}", count("deletions")), Role::Removed),
            (format!("  {}", cell(file, "status")), Role::Dim),
            (share(path, &lines), Role::Ai),
        ];
        sheet.line(0, cells);
        for hunk in hunks.iter().filter(|hunk| cell(hunk, "path") == path) {
            show(&mut sheet, hunk, &lines);
        }
    }
    if hunks.is_empty() && !files.is_empty() {
        sheet.line(
            0,
            vec![(
                "no diff in the evidence; export it with git log -p".to_owned(),
                Role::Dim,
            )],
        );
    }
    Ok(sheet)
}

fn show(sheet: &mut Sheet, hunk: &Object, lines: &[Object]) {
    let number = |name: &str| {
        hunk.get(name)
            .and_then(serde_json::Value::as_i64)
            .unwrap_or(0)
    };
    let head = format!(
        "@@ -{} +{} @@ {}",
        number("old_start"),
        number("new_start"),
        cell(hunk, "heading")
    );
    sheet.line(1, vec![(head, Role::Dim)]).place = place(hunk);
    let mut at = number("new_start");
    for line in cell(hunk, "patch").lines().take(MOST_LINES) {
        let (role, mark) = match line.as_bytes().first() {
            Some(b'+') => (Role::Added, author(cell(hunk, "path"), at, lines)),
            Some(b'-') => (Role::Removed, (' ', Role::Dim)),
            _ => (Role::Text, (' ', Role::Dim)),
        };
        // The gutter says who wrote the line: A agent, H human, ? untracked.
        sheet
            .line(
                2,
                vec![(format!("{} ", mark.0), mark.1), (line.to_owned(), role)],
            )
            .place = place(hunk);
        at += i64::from(!line.starts_with('-'));
    }
}

/// Who wrote a line: A for an agent, H for a human, ? where nothing says.
fn author(path: &str, line: i64, ranges: &[Object]) -> (char, Role) {
    let number = |range: &Object, name: &str| {
        range
            .get(name)
            .and_then(serde_json::Value::as_i64)
            .unwrap_or(0)
    };
    let covers = |range: &&Object| {
        cell(range, "path") == path
            && (number(range, "line_start")..=number(range, "line_end")).contains(&line)
    };
    match ranges
        .iter()
        .find(covers)
        .map(|range| cell(range, "author_kind"))
    {
        Some("ai" | "mixed") => ('A', Role::Ai),
        Some("human") => ('H', Role::Human),
        _ => ('?', Role::Untracked),
    }
}

/// How many lines of a file a note gives to agents.
fn share(path: &str, ranges: &[Object]) -> String {
    let number = |range: &Object, name: &str| {
        range
            .get(name)
            .and_then(serde_json::Value::as_i64)
            .unwrap_or(0)
    };
    let mut lines = std::collections::BTreeSet::new();
    for range in ranges
        .iter()
        .filter(|range| cell(range, "path") == path && cell(range, "author_kind") == "ai")
    {
        lines.extend((number(range, "line_start")..=number(range, "line_end")).take(100_000));
    }
    if lines.is_empty() {
        String::new()
    } else {
        format!("  {} lines by an agent", lines.len())
    }
}
