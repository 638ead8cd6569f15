//! What agents left behind is tied to their work again: by what tools noted, by what was checked out,
//! and, labelled as recovered and never stronger than a guess, across squashes and rebases.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Value, json};
use shipwake::links;
use shipwake::model::id::session_hash;
use shipwake::policy::trail;
use shipwake::query::answer::Window;
use shipwake::query::gaps;

use crate::support::cases::TempCase;
use crate::support::lost::{self, sha};
use crate::support::{put, samples};

/// The small history, loaded once for all tests.
static CASE: LazyLock<TempCase> = LazyLock::new(|| {
    let case = TempCase::shared("repair");
    let folder = case.scratch().join("evidence");
    lost::write(&folder, |session| session_hash("claude", session));
    case.load(&[&folder]);
    case
});

/// Every tie of a session to a commit that `rule` makes: session, commit, rule.
fn ties(rule: &str) -> BTreeSet<(String, String, String)> {
    let rows = CASE.rows("SELECT from_id, to_id, method FROM base.link WHERE to_id LIKE 'commit:%' AND from_id LIKE 'session:%'");
    let cell = |value: &Value| value.as_str().unwrap().to_owned();
    rows.rows
        .iter()
        .map(|row| (cell(&row[0]), cell(&row[1]), cell(&row[2])))
        .filter(|(_, _, of)| of == rule)
        .collect()
}

/// Asserts that `rule` makes exactly these links: session and the two digits of the commit.
#[track_caller]
fn assert_ties(rule: &str, expected: &[(&str, &str)]) {
    let expected: BTreeSet<_> = expected
        .iter()
        .map(|(session, digits)| {
            (
                format!("session:{session}"),
                format!("commit:{}", sha(digits)),
                rule.to_owned(),
            )
        })
        .collect();
    assert_eq!(ties(rule), expected, "{rule}");
}

#[test]
fn a_note_ties_the_sessions_that_it_explains() {
    assert_ties(
        "commit_session_note",
        &[
            ("claude:s-note", "a1"),
            ("claude:s-patch", "71"),
            ("claude:s-author", "73"),
            ("claude:s-squash", "77"),
            ("claude:s-merged", "66"),
            ("claude:s-nowhere", "79"),
        ],
    );
}

#[test]
fn a_checkpoint_is_named_by_a_trailer() {
    assert_ties("commit_session_checkpoint", &[("claude:s-entire", "e1")]);
}

#[test]
fn a_session_states_its_commits_and_an_abbreviation_of_two_is_none() {
    assert_ties(
        "commit_session_stated",
        &[
            ("claude:s-stated", "c1"),
            ("claude:s-stated", "c2"),
            // Its note has a record of it, and none of its lines are left.
            ("claude:s-gone", "a1"),
        ],
    );
}

#[test]
fn what_was_written_on_a_base_is_in_its_next_child() {
    assert_ties(
        "commit_session_base",
        &[
            ("cursor:c-9", "f1"),
            (&format!("codex:{}", lost::CODEX), "91"),
        ],
    );
}

#[test]
fn files_that_any_agent_wrote_count() {
    assert_ties(
        "commit_session_files",
        &[(&format!("codex:{}", lost::CODEX), "91")],
    );
}

#[test]
fn a_key_without_a_record_is_explained_by_a_transcript() {
    assert_ties(
        "recovered_session_key",
        &[("claude:s-lost", "a1"), ("claude:s-oldest", "a1")],
    );
}

#[test]
fn a_checkpoint_survives_in_the_message_of_a_squash() {
    assert_ties("recovered_checkpoint", &[("claude:s-quoted", "e2")]);
}

#[test]
fn a_rebased_commit_is_found_by_its_patch() {
    assert_ties("recovered_patch", &[("claude:s-patch", "72")]);
    let values =
        CASE.rows("SELECT left_value, right_value FROM base.link WHERE method = 'recovered_patch'");
    let [left, right] = [0, 1].map(|at| values.rows[0][at].as_str().unwrap().to_owned());
    assert!(left.starts_with(&sha("71")) && right.starts_with(&sha("72")));
    assert_eq!(left[40..], right[40..]);
}

#[test]
fn a_rebased_commit_is_found_by_author_time_and_subject() {
    // 75 has a note of its own, which names a person; 70 changes another file.
    assert_ties("recovered_author", &[("claude:s-author", "74")]);
}

#[test]
fn a_squash_is_found_by_its_change_request_and_a_merge_is_none() {
    assert_ties("recovered_squash", &[("claude:s-squash", "78")]);
}

#[test]
fn what_is_recovered_says_so_and_is_only_inferred() {
    for rule in links::ALL {
        let is_recovery = rule.name.starts_with("recovered_");
        assert_eq!(
            is_recovery,
            rule.why().starts_with("recovered: "),
            "{}",
            rule.name
        );
        assert!(!is_recovery || rule.class() == "T", "{}", rule.name);
        assert!(!is_recovery || rule.weight() <= 0.6, "{}", rule.name);
    }
    let rows = CASE.rows("SELECT method, class, state, from_file_id IS NOT NULL AND to_file_id IS NOT NULL AND left_value IS NOT NULL AND right_value IS NOT NULL FROM base.link WHERE method LIKE 'recovered_%'");
    assert_eq!(rows.rows.len(), 6);
    for row in rows.rows {
        assert_eq!(
            row[1..],
            [Value::from("T"), "inferred".into(), true.into()],
            "{row:?}"
        );
    }
}

#[test]
fn lines_that_nobody_claims_are_nobodys() {
    // The note on a1 names lines 1 to 8: a person's only where it says so, and no row for the others.
    let rows = CASE.rows(&format!(
        "SELECT line_start, author_kind FROM base.attribution WHERE sha = '{}' ORDER BY line_start",
        sha("a1")
    ));
    let kinds: Vec<_> = rows
        .rows
        .iter()
        .map(|row| (row[0].as_i64().unwrap(), row[1].as_str().unwrap()))
        .collect();
    let expected = [
        (1, "ai"),
        (4, "human"),
        (5, "ai"),
        (6, "ai"),
        (7, "ai"),
        (8, "ai"),
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn what_cannot_be_tied_is_named_with_what_it_was_compared_with() {
    let (name, sql) = trail::QUERIES
        .iter()
        .find(|(name, _)| name.contains("tied to nothing"))
        .unwrap();
    let of = |digits: &str| {
        let shas = Value::from(vec![sha(digits)]).to_string();
        let rows = CASE
            .reader()
            .rows(name, sql, &[("shas", shas.as_str().into())]);
        let said = |row: &Vec<Value>| [1, 2].map(|at| row[at].as_str().unwrap().to_owned());
        rows.unwrap().rows.iter().map(said).collect::<Vec<_>>()
    };
    // The note on 79 is on no commit of the history, and f2 changed its file.
    let found = of("f2");
    assert_eq!(found.len(), 1, "{found:?}");
    let [source, session] = &found[0];
    assert_eq!(session, "s-nowhere");
    assert!(
        source.starts_with("A note on commit 7979797 covers 1 of the files of commit f2f2f2f"),
        "{source}"
    );
    // What has a session asks for no other.
    assert!(of("f1").is_empty());
}

#[test]
fn a_release_of_such_a_commit_has_an_unlinkable_gap() {
    let case = TempCase::new();
    let folder = case.scratch().join("evidence");
    lost::write(&folder, |session| session_hash("claude", session));
    let deployed = json!({"action": "created", "repository": {"full_name": "acme/till"}, "deployment": {
        "id": 7, "sha": sha("f2"), "ref": "v2.0.0", "task": "deploy", "environment": "production",
        "payload": {"service": "till", "version": "v2.0.0"}, "created_at": "2026-10-20T09:01:17Z",
        "url": "https://api.github.com/repos/acme/till/deployments/7"}});
    put(&folder, "deployment.json", deployed.to_string().as_bytes());
    case.load(&[&folder]);
    let found = gaps::ask(&case.reader(), &Window::default(), None).unwrap();
    let gap = found.iter().find(|gap| gap.state == "unlinkable");
    let gap = gap.unwrap_or_else(|| panic!("{found:#?}"));
    assert_eq!(gap.release, "till@v2.0.0/production");
    let lost: Vec<&str> = found.iter().map(|gap| gap.why.as_str()).collect();
    assert!(
        lost.iter()
            .any(|why| why.contains("A note on commit 7979797")),
        "{lost:?}"
    );
}

#[test]
fn samples_are_tied_as_often_as_measured() {
    let Some(folder) = samples() else { return };
    let folders = [
        "git",
        "git-ai-notes",
        "entire-checkpoints",
        "agent-trace",
        "agent-sessions",
    ];
    let folders: Vec<_> = folders.iter().map(|name| folder.join(name)).collect();
    let paths: Vec<_> = folders.iter().map(std::path::PathBuf::as_path).collect();
    let (case, report) = TempCase::of(&paths);
    let count = |sql: &str| case.cell(sql).as_u64().unwrap();
    let linked = |rule: &str| report.links.get(rule).copied().unwrap_or_default();
    // Links as measured on these files, and the least that may be left of them.
    for (rule, measured, least) in [
        ("commit_session_note", 808, 800),
        ("commit_session_checkpoint", 12, 12),
        ("commit_session_stated", 38, 30),
        ("commit_session_files", 9, 9),
        ("recovered_session_key", 42, 40),
    ] {
        let found = linked(rule);
        assert!(found >= least, "{rule}: {found} links, {measured} measured");
        assert!(
            found <= measured + 10,
            "{rule}: {found} links, {measured} measured: a rule became loose"
        );
    }
    let checkpoints = count(
        "SELECT count(DISTINCT checkpoint_id) FROM base.session WHERE checkpoint_id IS NOT NULL",
    );
    let tied = count(
        "SELECT count(DISTINCT left_value) FROM base.link WHERE method = 'commit_session_checkpoint'",
    );
    let told = count(
        "SELECT count(DISTINCT checkpoint_id) FROM base.session AS s WHERE checkpoint_id IS NOT NULL AND EXISTS (SELECT 1 FROM base.turn AS t WHERE t.tool = s.tool AND t.session_id = s.session_id)",
    );
    assert_eq!(
        (checkpoints, tied, told),
        (10, 10, 10),
        "checkpoints, tied to commits, with transcripts"
    );
}
