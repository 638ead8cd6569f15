//! A small history that was rebased and squashed, with what agents left behind of it: notes, checkpoints,
//! traces, transcripts. One commit or pair of commits a way of tying a session to its work.

use std::path::Path;

use super::put;

/// When the day of the story begins; minutes are counted from here.
const HOUR: u32 = 9;

/// The commit that everything is built on.
pub const BASE: &str = "b0";

/// The session of the Codex rollout.
pub const CODEX: &str = "0199a213-81c0-7800-8aa1-bbab2a035a53";

/// A commit's id from its two digits.
pub fn sha(digits: &str) -> String {
    digits.repeat(20)
}

/// A commit as an export tells it.
struct Commit<'a> {
    sha: String,
    parents: String,
    /// Minutes after nine when it was written, and when it was made.
    written: u32,
    made: u32,
    subject: &'a str,
    trailers: &'a str,
    body: &'a str,
    files: &'a [&'a str],
}

fn clock(minutes: u32) -> String {
    format!(
        "2026-03-02T{:02}:{:02}:00Z",
        HOUR + minutes / 60,
        minutes % 60
    )
}

impl<'a> Commit<'a> {
    /// A commit on the base.
    fn of(digits: &str, written: u32, subject: &'a str, files: &'a [&'a str]) -> Self {
        Self {
            sha: sha(digits),
            parents: sha(BASE),
            written,
            made: written,
            subject,
            trailers: "",
            body: "",
            files,
        }
    }

    /// The same on other parents.
    fn on(self, parents: String) -> Self {
        Self { parents, ..self }
    }

    /// The same, made again later.
    fn again(self, parent: &str, made: u32) -> Self {
        Self {
            made,
            ..self.on(sha(parent))
        }
    }

    /// The same with a message.
    fn saying(self, trailers: &'a str, body: &'a str) -> Self {
        Self {
            trailers,
            body,
            ..self
        }
    }

    /// An entry of the git log of docs/formats.md.
    fn entry(&self) -> String {
        let tree = "7e".repeat(20);
        let (written, made) = (clock(self.written), clock(self.made));
        let fields = [
            &self.sha,
            &tree,
            &self.parents,
            "Ines",
            "ines@lumen.example",
            &written,
            "Ines",
            "ines@lumen.example",
            &made,
            "",
            self.subject,
            self.trailers,
            self.body,
            "",
        ];
        let counts: Vec<String> = self
            .files
            .iter()
            .map(|file| format!("3\t1\t{file}\0"))
            .collect();
        let counts = counts.concat();
        let counts = if counts.is_empty() {
            counts
        } else {
            format!("\n{counts}")
        };
        format!("\u{1e}{}\0{counts}", fields.join("\u{1f}"))
    }
}

/// A note of `git cat-file --batch` on `commit`: entries, and the sessions that it has a record of.
fn note(commit: &str, entries: &str, records: &[(&str, &str)]) -> String {
    let records: Vec<String> = records
        .iter()
        .map(|(key, session)| format!(r#""{key}":{{"agent_id":{{"tool":"claude","id":"{session}","model":"m"}},"human_author":"Ines"}}"#))
        .collect();
    let text = format!(
        "{entries}---\n{{\"schema_version\":\"authorship/3.0.0\",\"base_commit_sha\":\"{commit}\",\"prompts\":{{}},\"humans\":{{\"h_00000000000001\":{{\"author\":\"Ines\"}}}},\"sessions\":{{{}}}}}",
        records.join(",")
    );
    format!("{} {commit} {}\n{text}\n", "b1".repeat(20), text.len())
}

/// A commit of `git log -p --format=fuller`.
fn patch(commit: &str, written: u32, subject: &str, start: u32, around: &str) -> String {
    let at = clock(written);
    format!(
        "commit {commit}\nAuthor:     Ines <ines@lumen.example>\nAuthorDate: {at}\nCommit:     Ines <ines@lumen.example>\nCommitDate: {at}\n\n    {subject}\n\n\
         diff --git a/src/fee.rs b/src/fee.rs\nindex 1111111..2222222 100644\n--- a/src/fee.rs\n+++ b/src/fee.rs\n@@ -{start},3 +{start},3 @@\n {around}\n-    amount * 2\n+    amount * 3\n }}\n"
    )
}

/// One prompt of a Claude Code transcript, which is enough to know the session by.
fn transcript(session: &str) -> String {
    format!(
        "{{\"parentUuid\":null,\"isSidechain\":false,\"userType\":\"external\",\"cwd\":\"/w/till\",\"sessionId\":\"{session}\",\"version\":\"2.1.39\",\"gitBranch\":\"main\",\"type\":\"user\",\"message\":{{\"role\":\"user\",\"content\":\"Go on.\"}},\"uuid\":\"u-{session}\",\"timestamp\":\"2026-03-01T08:00:00.000Z\"}}\n"
    )
}

fn checkpoint(id: &str, session: &str) -> String {
    format!(
        r#"{{"cli_version":"0.4.1","checkpoint_id":"{id}","session_id":"{session}","strategy":"manual-commit","created_at":"2026-03-02T09:30:00Z","branch":"main","files_touched":["src/entire.rs"],"agent":"Claude Code","transcript_lines_at_start":0}}"#
    )
}

/// Writes it all below `folder`; `key` gives git-ai's key of a Claude session.
pub fn write(folder: &Path, key: impl Fn(&str) -> String) {
    history(folder);
    notes(folder, &key);
    agents(folder);
    pulls(folder);
}

fn history(folder: &Path) {
    let twin = |digit: &str| format!("d1d1d1d{}", digit.repeat(33));
    let tax = |digits: &str| Commit::of(digits, 20, "Tax", &["src/tax.rs"]);
    let merged = format!("{} {}", sha("78"), sha("66"));
    let commits = [
        Commit::of(BASE, 0, "Begin", &["README.md"]).on(String::new()),
        Commit::of("a1", 5, "Round", &["src/round.rs"]),
        Commit::of("a2", 6, "Round again", &["src/round.rs"]),
        // Checkpoints: a trailer, and a squash that quotes one.
        Commit::of("e1", 10, "Sum", &["src/entire.rs"]).saying(
            "Entire-Checkpoint: aaaaaaaaaaaa",
            "Entire-Checkpoint: aaaaaaaaaaaa",
        ),
        Commit::of("e2", 11, "Sum all (#3)", &["src/entire.rs"]).saying(
            "Co-authored-by: Omar <omar@lumen.example>",
            "* Sum\n\nEntire-Checkpoint: bbbbbbbbbbbb\n\n* More\n\nCo-authored-by: Omar <omar@lumen.example>",
        ),
        // A session's own list: abbreviated, whole, and what two commits begin with.
        Commit::of("c1", 12, "Charge once", &["src/charge.rs"]),
        Commit::of("c2", 13, "Charge twice", &["src/charge.rs"]),
        Commit { sha: twin("1"), ..Commit::of("", 14, "Twin", &["src/twin.rs"]) },
        Commit { sha: twin("2"), ..Commit::of("", 15, "Other twin", &["src/twin.rs"]) },
        // Children of what was checked out: the next one, a later one, one of another file.
        Commit::of("f1", 120, "Open the till", &["src/till.rs"]),
        Commit::of("f2", 180, "Close the till", &["src/till.rs"]),
        Commit::of("f3", 119, "Other till", &["web/till.rs"]),
        Commit::of("91", 240, "Print", &["src/print.rs", "src/paper.rs"]).on(sha("f2")),
        // One author, time and subject: a rebase; one whose note says who wrote it; one of another file.
        tax("73"),
        tax("74").again("a1", 40),
        tax("75").again("a2", 41),
        Commit { files: &["src/other.rs"], ..tax("70").again("a2", 42) },
        // What change requests were merged as: a squash, and a merge.
        Commit::of("78", 60, "Round up (#7)", &["src/up.rs", "src/down.rs"]).on(sha("74")),
        Commit::of("68", 61, "Merge pull request #8 from lumen/x", &[]).on(merged),
    ];
    let log: String = commits.iter().map(Commit::entry).collect();
    put(folder, "git/history.log", log);
    let patches = [
        patch(
            &sha("71"),
            30,
            "Raise the fee",
            10,
            "fn fee(amount: u64) -> u64 {",
        ),
        patch(
            &sha("72"),
            90,
            "fee: raise",
            44,
            "pub fn fee(amount: u64) -> u64 {",
        ),
    ];
    put(folder, "git/patches.log", patches.join("\n"));
}

fn notes(folder: &Path, key: &impl Fn(&str) -> String) {
    let entry =
        |path: &str, session: &str| format!("{path}\n  {}::t_00000000000001 1-3\n", key(session));
    let plain = |commit: &str, path: &str, session: &str| {
        note(
            &sha(commit),
            &entry(path, session),
            &[(&key(session), session)],
        )
    };
    // After the lines that a record explains: a person's, those of a session that only a transcript
    // knows, of another by the oldest form of its key, and two that nothing explains.
    let entries = format!(
        "{}  h_00000000000001 4\n  {}::t_00000000000002 5\n  {} 6\n  s_ffffffffffffff::t_3 7\n  ai_agent 8\n",
        entry("src/round.rs", "s-note"),
        key("s-lost"),
        &key("s-oldest")[2..9]
    );
    // s-gone has a record, and none of its lines are left.
    let records = [(&*key("s-note"), "s-note"), (&*key("s-gone"), "s-gone")];
    let batch = [
        note(&sha("a1"), &entries, &records),
        plain("71", "src/fee.rs", "s-patch"),
        plain("73", "src/tax.rs", "s-author"),
        note(&sha("75"), "src/tax.rs\n  h_00000000000001 1-3\n", &[]),
        plain("77", "src/up.rs", "s-squash"),
        plain("66", "src/x.rs", "s-merged"),
        plain("79", "src/till.rs", "s-nowhere"),
    ];
    put(folder, "git/notes.batch", batch.concat());
}

fn agents(folder: &Path) {
    let (base, own) = (sha(BASE), sha("c2"));
    for session in ["s-lost", "s-oldest"] {
        put(
            folder,
            &format!("claude/{session}.jsonl"),
            transcript(session),
        );
    }
    for (id, session) in [("aaaaaaaaaaaa", "s-entire"), ("bbbbbbbbbbbb", "s-quoted")] {
        let path = format!("entire/{}/{}/0/metadata.json", &id[..2], &id[2..]);
        put(folder, &path, checkpoint(id, session));
    }
    let stated = format!(
        r#"{{"schema":"https://schemas.chainloop.dev/aicodingsession/0.1/ai-coding-session.schema.json","chainloop.material.evidence.id":"CHAINLOOP_AI_CODING_SESSION","data":{{"schema_version":"v1","agent":{{"name":"claude-code","version":"2.1.9"}},"session":{{"id":"s-stated","slug":"keen-fox","started_at":"2026-03-02T09:00:00Z","ended_at":"2026-03-02T09:20:00Z"}},"git_context":{{"repository":"git@github.com:lumen/till.git","branch":"main","work_dir":"/w/till","commit_start":"{base}","commit_end":"{own}","commits":["c1c1c1c Charge once","d1d1d1d Twin","{own}"],"commit_count":3}},"model":{{"primary":"m"}}}}}}"#
    );
    put(folder, "chainloop/session.json", stated);
    let trace = format!(
        r#"{{"version":"0.1.0","id":"11111111-2222-4333-8444-555555555555","timestamp":"2026-03-02T10:30:00Z","vcs":{{"type":"git","revision":"{base}"}},"tool":{{"name":"cursor","version":"2"}},"metadata":{{"conversation_id":"c-9"}},"files":[{{"path":"src/till.rs","conversations":[{{"contributor":{{"type":"ai","model_id":"m"}},"ranges":[{{"start_line":1,"end_line":3}}]}}]}}]}}"#
    );
    put(folder, ".agent-trace/traces.jsonl", trace);
    let line = |second: u32, kind: &str, payload: &str| {
        format!(
            "{{\"timestamp\":\"2026-03-02T12:50:{second:02}.000Z\",\"type\":\"{kind}\",\"payload\":{payload}}}\n"
        )
    };
    let meta = format!(
        r#"{{"id":"{CODEX}","timestamp":"2026-03-02T12:50:00.000Z","cwd":"/w/till","originator":"codex_cli_rs","cli_version":"0.99.0","source":"cli","model_provider":"openai","git":{{"commit_hash":"{}","branch":"main"}}}}"#,
        sha("f2")
    );
    let rollout = [
        line(0, "session_meta", &meta),
        line(
            2,
            "response_item",
            r#"{"type":"message","role":"user","content":[{"type":"input_text","text":"print on paper"}]}"#,
        ),
        line(
            4,
            "response_item",
            r#"{"type":"custom_tool_call","name":"apply_patch","call_id":"c2","status":"completed","input":"*** Begin Patch\n*** Update File: /w/till/src/print.rs\n@@\n-a\n+b\n*** Add File: /w/till/src/paper.rs\n+x\n*** End Patch"}"#,
        ),
        line(
            5,
            "response_item",
            r#"{"type":"custom_tool_call_output","call_id":"c2","output":"Exit code: 0\nOutput:\nSuccess"}"#,
        ),
    ];
    let path = format!("codex/rollout-2026-03-02T12-50-00-{CODEX}.jsonl");
    put(folder, &path, rollout.concat());
}

fn pulls(folder: &Path) {
    let listed = |digits: &str, subject: &str| {
        format!(
            r#"{{"authoredDate":"2026-03-02T09:50:00Z","authors":[{{"name":"Ines","email":"ines@lumen.example","login":"ines","id":""}}],"committedDate":"2026-03-02T09:50:00Z","messageBody":"","messageHeadline":"{subject}","oid":"{}"}}"#,
            sha(digits)
        )
    };
    let pull = |number: u32, head: &str, merge: &str, commits: &str| {
        format!(
            r#"{{"author":{{"login":"ines"}},"baseRefName":"main","body":"","commits":[{commits}],"createdAt":"2026-03-02T09:55:00Z","headRefName":"b{number}","headRefOid":"{}","mergeCommit":{{"oid":"{}"}},"mergedAt":"2026-03-02T10:00:00Z","mergedBy":{{"login":"omar"}},"number":{number},"state":"MERGED","title":"Till","updatedAt":"2026-03-02T10:00:00Z","url":"https://github.com/lumen/till/pull/{number}"}}"#,
            sha(head),
            sha(merge)
        )
    };
    let squashed = [listed("77", "Up"), listed("76", "Down")].join(",");
    let list = [
        pull(7, "76", "78", &squashed),
        pull(8, "66", "68", &listed("66", "X")),
    ];
    put(folder, "github/pulls.json", format!("[{}]", list.join(",")));
}
