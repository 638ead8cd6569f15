use super::*;
use crate::formats::testing::{self, Row, Seen};

const NOTE: &str =
    "src/pay.rs\n  h_00000000000001 1-2\n---\n{\"schema_version\":\"authorship/3.0.0\"}";

const DIFF: &str = r#"diff --git a/src/pay.rs b/src/pay.rs
index de98044..7be73ce 100644
--- a/src/pay.rs
+++ b/src/pay.rs
@@ -1,4 +1,4 @@ fn pay()
 a
--- old
+++ new
 commit 4444444444444444444444444444444444444444

@@ -9 +9,2 @@
-z
\ No newline at end of file
+z
+y
\ No newline at end of file
diff --git a/img b.png b/img b.png
new file mode 100644
index 0000000..bdc955b
Binary files /dev/null and b/img b.png differ
diff --git "a/caf\303\251.md" "b/caf\303\251.md"
old mode 100644
new mode 100755
diff --git a/old.rs b/new.rs
similarity index 90%
rename from old.rs
rename to new.rs
index 03a22f8..039b347 100644
--- a/old.rs
+++ b/new.rs
@@ -0,0 +1 @@
+x
diff --git a/gone b/gone
deleted file mode 100644
--- a/gone	
+++ /dev/null
@@ -1 +0,0 @@
-x
"#;

fn id(digit: char) -> String {
    digit.to_string().repeat(40)
}

fn indent(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("    {line}")).collect();
    lines.join("\n") + "\n"
}

fn log() -> String {
    let note = indent(NOTE);
    let message = indent(
        "Pay once\nonly\n\nWhy.\n\ncommit 5555555555555555555555555555555555555555\n\nTicket: SHOP-7\nSigned-off-by: A <a@b>",
    );
    format!(
        "commit {} (HEAD -> main, tag: v1)\nAuthor: Jörg Öz <j@ex.org>\nDate:   Mon Nov 3 14:02:07 2025 +0100\n\n{message}\nNotes (ai):\n{note}\n{DIFF}\n\
         commit < {}\nMerge: 3a3a3a3 4444444\nAuthor:     A <a@ex.org>\nAuthorDate: 2025-11-03 14:02:07 +0100\nCommit:     B <b@ex.org>\nCommitDate: 2025-11-04T13:02:07Z\n\n    Merge\n\ndiff --cc a.txt\nindex 7be73ce,68a11f2..5e90e2c\n--- a/a.txt\n+++ b/a.txt\n@@@ -1,3 -1,3 +1,3 @@@\n  a\n- B\n -bb\n++Both\n\n\
         commit {} {}\ntree {}\nparent {}\nauthor C <c@ex.org> 1762174927 +0100\ncommitter D <d@ex.org> 1762174928 +0100\ngpgsig -----BEGIN\n \n x\n -----END\n\n    Raw\n\n{}",
        id('1'),
        id('2'),
        id('3'),
        id('1'),
        id('7'),
        id('1'),
        ":100644 100644 7be73ce 5e90e2c R090\told.rs\tnew.rs\n3\t1\tnew.rs\n a.rs | 2 +-\n .../long.rs | 3 +++\n 2 files changed\n"
    )
}

fn mail() -> String {
    let stat = " src/pay.rs | 2 +-\n 1 file changed";
    format!(
        "From {} Mon Sep 17 00:00:00 2001\nFrom: =?UTF-8?q?J=C3=B6rg?= <j@ex.org>\nDate: Mon, 3 Nov 2025 14:02:07 +0100\nSubject: [PATCH 1/2] Pay =?UTF-8?q?=C3=BCb?=\n =?UTF-8?q?er?=\n all\nMIME-Version: 1.0\n\nFrom: Ada Vu <ada@ex.org>\n\nWhy.\n---\ncommit {}\nAuthor: forged\n\nTicket: SHOP-7\n---\n\nNotes (ai):\n{}\n{stat}\n\n{DIFF}-- \n2.47.3\n\n\
         From {} Mon Sep 17 00:00:00 2001\nFrom: \"shop[bot]\" <a@ex.org>\nDate: soon\nSubject: Bare\n\n-- \n2.47.3\n\n",
        id('1'),
        id('2'),
        indent(NOTE),
        id('3')
    )
}

fn read(text: &str) -> Seen {
    testing::parse(&GitPatch, "log.txt", text.as_bytes())
}

fn cell<'a>(row: &'a Row, column: &str) -> &'a str {
    row.get(column).map(String::as_str).unwrap_or_default()
}

#[test]
fn every_header_style_is_read() {
    let text = log();
    assert_eq!(testing::sniff(&GitPatch, text.as_bytes()), CERTAIN);
    let seen = read(&text);
    assert_eq!((seen.kept, seen.rejects.len()), (3, 0));
    let commits = seen.of("commit");
    let [medium, fuller, raw] = commits.as_slice() else {
        panic!("three commits")
    };
    assert_eq!(
        (cell(medium, "refs"), cell(medium, "author_name")),
        ("HEAD -> main, tag: v1", "Jörg Öz")
    );
    assert_eq!(
        (cell(medium, "subject"), cell(medium, "committed_ns")),
        ("Pay once only", "")
    );
    assert_eq!(
        cell(medium, "trailers"),
        "Ticket: SHOP-7\nSigned-off-by: A <a@b>"
    );
    assert!(
        cell(medium, "body").starts_with("Why.\n\ncommit 555")
            && cell(medium, "body").ends_with("<a@b>")
    );
    assert_eq!(
        (cell(fuller, "parents"), cell(fuller, "committer_email")),
        ("3a3a3a3 4444444", "b@ex.org")
    );
    assert_eq!(
        (cell(raw, "parents"), cell(raw, "tree")),
        (id('1').as_str(), id('7').as_str())
    );
    assert_eq!(
        (
            cell(raw, "author_email"),
            cell(raw, "committer_name"),
            cell(raw, "subject")
        ),
        ("c@ex.org", "D", "Raw")
    );
    let noon = "2025-11-03T13:02:07.000000000Z";
    assert_eq!(
        seen.times("commit"),
        [
            noon,
            "2025-11-04T13:02:07.000000000Z",
            "2025-11-03T13:02:08.000000000Z"
        ]
    );
    assert_eq!(seen.nested[0].bytes, NOTE.as_bytes());
}

fn told(row: &Row) -> [&str; 5] {
    ["path", "old_path", "status", "additions", "deletions"].map(|column| cell(row, column))
}

#[test]
fn a_diff_gives_files_and_hunks() {
    let seen = read(&log());
    let files: Vec<_> = seen.of("commit_file").into_iter().map(told).collect();
    let expected = [
        ["src/pay.rs", "", "modified", "3", "2"],
        ["img b.png", "", "added", "", ""],
        ["café.md", "", "modified", "0", "0"],
        ["new.rs", "old.rs", "renamed", "1", "0"],
        ["gone", "", "deleted", "0", "1"],
        ["a.txt", "", "modified", "", ""],
        ["new.rs", "old.rs", "renamed", "3", "1"],
        ["a.rs", "", "", "1", "1"],
    ];
    assert_eq!(files, expected);
    let hunks = seen.of("diff_hunk");
    assert_eq!(hunks.len(), 4);
    assert_eq!(
        (
            cell(hunks[0], "heading"),
            cell(hunks[1], "new_start"),
            cell(hunks[1], "new_lines")
        ),
        ("fn pay()", "9", "2")
    );
    assert!(cell(hunks[1], "patch").ends_with("+y\n\\ No newline at end of file"));
}

#[test]
fn citations_lead_to_the_hunk() {
    let text = log();
    let seen = read(&text);
    let spans = seen
        .rows
        .iter()
        .filter(|row| row.0 == "diff_hunk")
        .map(|row| row.1.span);
    for span in spans {
        let (start, length) = (
            usize::try_from(span.offset).unwrap(),
            usize::try_from(span.length).unwrap(),
        );
        let cited = &text[start..start + length];
        assert!(
            cited.starts_with("@@ -") && cited.ends_with('\n') && !cited.contains("diff"),
            "{cited}"
        );
    }
}

#[test]
fn mails_are_read() {
    let text = mail();
    assert_eq!(testing::sniff(&GitPatch, text.as_bytes()), CERTAIN);
    let seen = read(&text);
    assert_eq!(
        (seen.kept, seen.rejects.len(), seen.nested.len()),
        (2, 0, 1)
    );
    let commits = seen.of("commit");
    assert_eq!(
        (cell(commits[0], "subject"), cell(commits[0], "author_name")),
        ("Pay über all", "Ada Vu")
    );
    assert_eq!(cell(commits[0], "trailers"), "Ticket: SHOP-7");
    assert!(cell(commits[0], "body").contains("---\ncommit 2222"));
    assert_eq!(
        (
            cell(commits[1], "subject"),
            cell(commits[1], "author_name"),
            cell(commits[1], "authored_ns")
        ),
        ("Bare", "shop[bot]", "")
    );
    assert_eq!(
        (seen.of("commit_file").len(), seen.of("diff_hunk").len()),
        (5, 4)
    );
}

#[test]
fn what_is_cut_is_told() {
    let cut = log().replace("\n+z\n+y\n\\ No newline at end of file\n", "\n");
    let seen = read(&cut);
    assert_eq!(
        (seen.kept, seen.rejects[0].1.as_str()),
        (2, "a hunk is cut off")
    );
    assert_eq!(seen.of("commit").len(), 3);
    let text = format!("    rest of a message\n\ncommit {}\nDate: x\n", id('1'));
    let seen = read(&text);
    let why: Vec<_> = seen.rejects.iter().map(|(_, why)| why.as_str()).collect();
    assert_eq!(
        why,
        ["text before the first commit", "no line names an author"]
    );
}

#[test]
fn a_tag_is_shown_before_its_commit() {
    let text = format!("tag v1\nTagger: A <a@b>\n\nSigned.\n\n{}", log());
    assert_eq!(testing::sniff(&GitPatch, text.as_bytes()), CERTAIN);
    let seen = read(&text);
    assert_eq!((seen.kept, seen.ignored["annotated tag"]), (3, 1));
}

#[test]
fn no_prefix_and_odd_names_are_read() {
    for (header, path) in [
        ("diff --git src/a.rs src/a.rs\nold mode 100644", "src/a.rs"),
        ("diff --git i/x b/x w/x b/x\nold mode 100644", "x b/x"),
        ("diff --git a/s b/longer\n--- /dev/null\n+++ b/s t\t", "s t"),
        ("diff --combined \"a\\tb\"", "a\tb"),
    ] {
        let seen = read(&format!(
            "commit {}\nAuthor: A <a@b>\n\n    x\n\n{header}\n",
            id('1')
        ));
        assert_eq!(cell(seen.of("commit_file")[0], "path"), path);
    }
}

#[test]
fn no_bytes_panic() {
    for text in [log(), mail()] {
        for end in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            testing::parse(&GitPatch, "log", &bytes[..end]);
            bytes[end] ^= 0x11;
            testing::parse(&GitPatch, "log", &bytes);
        }
    }
}

/// The exact export of the same repository.
fn exact(path: &str) -> Seen {
    let stem = path.split(".log-").next().unwrap_or_default();
    let bytes = std::fs::read(format!("{stem}.log-z-numstat.bin")).unwrap();
    testing::parse(crate::formats::find("git_log").unwrap(), path, &bytes)
}

#[test]
fn real_exports_agree_with_the_exact_one() {
    const COLUMNS: [&str; 7] = [
        "author_name",
        "author_email",
        "authored_ns",
        "committed_ns",
        "subject",
        "body",
        "trailers",
    ];
    for (path, bytes) in testing::samples("git") {
        let ours = path.ends_with("log-raw.txt") || path.ends_with("notes.txt");
        let expected = if ours { CERTAIN } else { NO };
        assert_eq!(testing::sniff(&GitPatch, &bytes), expected, "{path}");
        if !ours {
            continue;
        }
        let (seen, exact) = (testing::parse(&GitPatch, &path, &bytes), exact(&path));
        let openings = memchr::memmem::find_iter(&bytes, b"\ncommit ").count() as u64 + 1;
        assert_eq!((seen.kept, seen.rejects.len()), (openings, 0), "{path}");
        let commits = exact.of("commit");
        for row in seen.of("commit") {
            let same = commits
                .iter()
                .find(|known| known["sha"] == row["sha"])
                .unwrap();
            for column in COLUMNS {
                assert_eq!(row.get(column), same.get(column), "{path} {column}");
            }
        }
        let files = exact.of("commit_file");
        for row in seen.of("commit_file") {
            let same = |known: &&&Row| known["sha"] == row["sha"] && known["path"] == row["path"];
            let same = files.iter().find(same).unwrap();
            assert!(
                row.get("additions")
                    .is_none_or(|n| same.get("additions") == Some(n))
            );
        }
        for note in &seen.nested {
            let same = exact
                .nested
                .iter()
                .find(|known| known.name == note.name)
                .unwrap();
            assert!(same.bytes == note.bytes, "{path} {}", note.name);
        }
    }
}

#[test]
fn a_note_is_the_same_bytes_wherever_it_stands() {
    let exports: Vec<Seen> = testing::samples("git")
        .iter()
        .filter(|(path, _)| path.ends_with("git-ai.log-z-numstat.bin"))
        .map(|(path, _)| exact(path))
        .collect();
    for (path, bytes) in testing::samples("git-ai-notes") {
        let name = path
            .rsplit('/')
            .next()
            .and_then(|file| file.get(..12))
            .unwrap_or_default();
        let name = format!("note-{name}");
        for note in exports
            .iter()
            .flat_map(|seen| &seen.nested)
            .filter(|note| note.name == name)
        {
            assert!(note.bytes == bytes, "{path}");
        }
    }
}
