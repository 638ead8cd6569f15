use super::*;
use crate::formats::testing::{self, Seen};

const BLOB: &str = "b10b000000000000000000000000000000000001";
const ONE: &str = "1111111111111111111111111111111111111111";
const TWO: &str = "2222222222222222222222222222222222222222";

fn hash() -> String {
    id::session_hash("Claude", "u-1")
}

fn note() -> String {
    let key = hash();
    let legacy = "0123456789abcdef";
    format!(
        "src/pay.rs\n  {key}::t_00000000000001 1-3,7\n  h_00000000000001 4\n\"a b.md\"\n  {legacy} 2\n  s_ffffffffffffff::t_1 9-9\n  ai_agent 10\n  nobody 11\n---\n\
         {{\"schema_version\":\"authorship/3.0.0\",\"base_commit_sha\":\"{ONE}\",\"logical_commit_id\":[1],\n\
         \"prompts\":{{\"{legacy}\":{{\"agent_id\":{{\"tool\":\"codex\",\"id\":\"u-2\",\"model\":null}},\"messages\":[]}}}},\n\
         \"humans\":{{\"h_00000000000001\":{{\"author\":\"Ada <ada@ex.org>\"}}}},\n\
         \"sessions\":{{\"{key}\":{{\"agent_id\":{{\"tool\":\"Claude\",\"id\":\"u-1\",\"model\":\"m\"}},\"human_author\":\"Bo\"}}}}}}"
    )
}

fn empty() -> String {
    format!(
        "---\n{{\n \"schema_version\": \"authorship/3.0.0\",\n \"base_commit_sha\": \"{TWO}\",\n \"prompts\": {{}}\n}}"
    )
}

fn stream() -> String {
    let (first, second) = (note(), empty());
    let commit = "3".repeat(40);
    format!(
        "{BLOB} {commit} {}\n{first}\n{BLOB} missing\n{BLOB} blob {}\n{second}\n{BLOB} {ONE} 5\nhello\n",
        first.len(),
        second.len()
    )
}

fn read(text: &str) -> Seen {
    testing::parse(&GitAiNotes, "note", text.as_bytes())
}

#[test]
fn entries_are_tied_to_their_records() {
    let text = note();
    assert_eq!(testing::sniff(&GitAiNotes, text.as_bytes()), CERTAIN);
    let seen = read(&text);
    assert_eq!((seen.kept, seen.rejects.len()), (1, 0));
    let rows = seen.of("attribution");
    let cell = |row: usize, column| {
        rows[row]
            .get(column)
            .map(String::as_str)
            .unwrap_or_default()
    };
    assert_eq!(rows.len(), 7);
    assert_eq!((cell(0, "sha"), cell(0, "path")), (ONE, "src/pay.rs"));
    assert_eq!(
        (
            cell(0, "line_start"),
            cell(0, "line_end"),
            cell(1, "line_start")
        ),
        ("1", "3", "7")
    );
    assert_eq!(
        (cell(0, "session_hash"), cell(0, "tool"), cell(0, "human")),
        (hash().as_str(), "claude", "Bo")
    );
    assert_eq!(
        (
            cell(2, "author_kind"),
            cell(2, "human"),
            cell(2, "session_hash")
        ),
        ("human", "Ada <ada@ex.org>", "")
    );
    assert_eq!(
        (
            cell(3, "path"),
            cell(3, "session_hash"),
            cell(3, "session_id")
        ),
        ("a b.md", "s_0123456789abcd", "u-2")
    );
    let kinds: Vec<_> = (0..7)
        .map(|row| (cell(row, "author_kind"), cell(row, "dangling")))
        .collect();
    let (known, dangling) = ("false", "true");
    assert_eq!(
        kinds[3..],
        [
            ("ai", known),
            ("ai", dangling),
            ("ai", dangling),
            ("unknown", dangling)
        ]
    );
    assert_eq!(seen.of("session").len(), 2);
    let cited = seen
        .rows
        .iter()
        .find(|row| row.2.get("session_id").is_some_and(|id| id == "u-1"))
        .unwrap()
        .1
        .span;
    let cited =
        &text[usize::try_from(cited.offset).unwrap()..][..usize::try_from(cited.length).unwrap()];
    assert!(cited.starts_with("{\"agent_id\"") && cited.ends_with("\"Bo\"}"));
}

#[test]
fn a_record_without_an_entry_keeps_the_commit() {
    let seen = read(&note().replace("  0123456789abcdef 2\n", ""));
    let of = |id: &str| {
        let rows = seen.of("session");
        let row = rows.iter().find(|row| row["session_id"] == id).unwrap();
        row.get("commits").cloned()
    };
    assert_eq!((of("u-1"), of("u-2").as_deref()), (None, Some(ONE)));
}

#[test]
fn a_stream_gives_each_note_its_commit() {
    let text = stream();
    assert_eq!(testing::sniff(&GitAiNotes, text.as_bytes()), CERTAIN);
    let seen = read(&text);
    assert_eq!((seen.kept, seen.rejects.len()), (2, 0));
    assert_eq!(
        seen.ignored.keys().copied().collect::<Vec<_>>(),
        ["missing object", "not a git-ai note"]
    );
    assert_eq!(seen.of("attribution")[0]["sha"], "3".repeat(40));
}

#[test]
fn glued_notes_are_parted() {
    let seen = read(&format!("{}{}{}\n", empty(), note(), note()));
    assert_eq!(
        (
            seen.kept,
            seen.of("attribution").len(),
            seen.of("session").len()
        ),
        (3, 14, 4)
    );
}

#[test]
fn a_broken_part_is_told_and_costs_only_itself() {
    let seen = read(&note().replace("  h_00000000000001 4\n", "  h_00000000000001 4-x\n"));
    assert_eq!(
        seen.rejects[0].1,
        "an entry that is not a key and line ranges"
    );
    assert_eq!(seen.of("attribution").len(), 6);
    let seen = read(&format!("  {} 1\n{}", hash(), empty()));
    assert_eq!(seen.rejects[0].1, "an entry before any path");
    let seen = read(&stream().replacen(&format!("{BLOB} 3"), "garbage 3", 1));
    assert_eq!(
        (seen.kept, seen.rejects[0].1.as_str()),
        (1, "no header line")
    );
    let seen = read(&note().replace("\"sessions\":{", "\"sessions\":["));
    assert!(seen.rejects[0].1.starts_with("metadata: "));
}

#[test]
fn other_text_is_left_alone() {
    let patch = format!(
        "commit {ONE}\nAuthor: A <a@b>\n\n    x\n    ---\n    {{\"schema_version\": \"authorship/3\"}}\n"
    );
    let history = format!("\u{1e}{ONE}\u{1f}{}", note());
    for text in [
        "",
        "---\ntitle: x\n---\n",
        "notes\n---\n{\"a\":1}",
        "a.txt\nb.txt\n",
        "{\"a\":1}",
        &patch,
        &history,
    ] {
        assert_eq!(testing::sniff(&GitAiNotes, text.as_bytes()), NO, "{text}");
    }
}

#[test]
fn no_bytes_panic() {
    for text in [note(), stream()] {
        for end in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            testing::parse(&GitAiNotes, "note", &bytes[..end]);
            bytes[end] ^= 0x15;
            testing::parse(&GitAiNotes, "note", &bytes);
        }
    }
}

#[test]
fn real_notes_are_read_whole() {
    for (path, bytes) in testing::samples("git-ai-notes") {
        assert_eq!(testing::sniff(&GitAiNotes, &bytes), CERTAIN, "{path}");
        let seen = testing::parse(&GitAiNotes, &path, &bytes);
        assert_eq!(seen.rejects.len() + seen.ignored.len(), 0, "{path}");
        let notes = memchr::memmem::find_iter(&bytes, b"\"schema_version\": \"authorship/").count();
        assert_eq!(seen.kept, notes as u64, "{path}");
        let agents = memchr::memmem::find_iter(&bytes, b"\"agent_id\": {").count();
        assert_eq!(seen.of("session").len(), agents, "{path}");
        for session in seen.of("session") {
            assert_eq!(
                session["session_hash"],
                id::session_hash(&session["tool"], &session["session_id"])
            );
        }
        assert!(
            seen.of("attribution")
                .iter()
                .all(|row| id::commit(&row["sha"]).is_some())
        );
        if notes > 1 {
            let rows = seen.of("attribution");
            let dangling = rows.iter().filter(|row| row["dangling"] == "true").count();
            eprintln!(
                "{notes} notes, {agents} sessions, {} ranges, {dangling} dangling",
                rows.len()
            );
            assert_eq!(rows.len(), 17_961);
        }
    }
}
