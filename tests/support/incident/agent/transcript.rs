//! Claude Code's transcript: one JSON object a line, each with its own id and its parent's. A reply
//! of several blocks is several lines with the same message id, each of which repeats the usage.

use serde_json::{Value, json};

use super::super::clock::{self, Ns, SECOND};
use super::super::diff::{FileDiff, Hunk};
use super::super::history::MODEL;
use super::super::ids;
use super::super::people::Person;

/// A transcript being written.
pub struct Transcript {
    session: String,
    cwd: String,
    branch: String,
    clock: Ns,
    parent: Option<String>,
    lines: Vec<String>,
    glued: Option<usize>,
    replies: usize,
}

/// A call that the agent makes.
pub struct Call {
    /// Tool.
    pub name: &'static str,
    /// Its input.
    pub input: Value,
    /// What it gave back, as the agent sees it.
    pub result: String,
    /// What it gave back, as the program keeps it.
    pub detail: Value,
    /// True where it failed.
    pub failed: bool,
    /// How long it took.
    pub took: Ns,
}

impl Transcript {
    /// An empty transcript of a session that starts then.
    pub fn new(session: &str, operator: Person, branch: &str, start: Ns) -> Self {
        let home = operator.email.split('@').next().unwrap_or("dev");
        Self {
            session: session.to_owned(),
            cwd: format!("/home/{home}/src/shop"),
            branch: branch.to_owned(),
            clock: start,
            parent: None,
            lines: Vec::new(),
            glued: None,
            replies: 0,
        }
    }

    /// Where the session works.
    pub fn path(&self, file: &str) -> String {
        format!("{}/{file}", self.cwd)
    }

    /// Moves the clock.
    pub fn wait_until(&mut self, time: Ns) {
        assert!(
            time >= self.clock,
            "{}: the session is past {}",
            self.session,
            clock::seconds(time)
        );
        self.clock = time;
    }

    /// From here on the session works on that branch.
    pub fn switch(&mut self, branch: &str) {
        branch.clone_into(&mut self.branch);
    }

    /// The title that later versions of the program put first: it has no session and no time.
    pub fn summary(&mut self, text: &str) {
        let leaf = ids::uuid(&format!("{} leaf", self.session));
        self.lines
            .push(json!({"type": "summary", "summary": text, "leafUuid": leaf}).to_string());
    }

    /// What the operator types.
    pub fn prompt(&mut self, text: &str) {
        let uuid = self.append(
            "user",
            &json!({"message": {"role": "user", "content": text}, "permissionMode": "acceptEdits"}),
        );
        let snapshot = json!({
            "type": "file-history-snapshot",
            "messageId": uuid,
            "snapshot": {"messageId": uuid, "trackedFileBackups": {}, "timestamp": clock::millis(self.clock)},
            "isSnapshotUpdate": false,
        });
        self.lines.push(snapshot.to_string());
        self.clock += 4 * SECOND;
    }

    /// A reply: what it thinks, what it says, what it calls; then what the calls gave back.
    pub fn reply(&mut self, thinking: &str, text: &str, calls: Vec<Call>) {
        self.replies += 1;
        let reply = format!("{} reply {}", self.session, self.replies);
        let mut blocks = Vec::new();
        if !thinking.is_empty() {
            let signature = ids::alphanumeric(&format!("{reply} signature"), 60);
            blocks.push(json!({"type": "thinking", "thinking": thinking, "signature": signature}));
        }
        if !text.is_empty() {
            blocks.push(json!({"type": "text", "text": text}));
        }
        let call_id = |index: usize| {
            format!(
                "toolu_01{}",
                ids::alphanumeric(&format!("{reply} call {index}"), 22)
            )
        };
        for (index, call) in calls.iter().enumerate() {
            blocks.push(json!({"type": "tool_use", "id": call_id(index), "name": call.name, "input": call.input}));
        }
        let spoken = blocks
            .iter()
            .map(|block| block.to_string().len())
            .sum::<usize>();
        for block in blocks {
            self.clock +=
                3 * SECOND + i64::try_from(block.to_string().len()).unwrap_or(0) * 4_000_000;
            let message = json!({
                "model": MODEL,
                "id": format!("msg_01{}", ids::alphanumeric(&reply, 22)),
                "type": "message",
                "role": "assistant",
                "content": [block],
                "stop_reason": null,
                "stop_sequence": null,
                "usage": {
                    "input_tokens": 6 + self.replies,
                    "cache_creation_input_tokens": 900 + spoken / 3,
                    "cache_read_input_tokens": 14_200 + self.replies * 2_310,
                    "output_tokens": spoken / 4,
                    "service_tier": "standard",
                },
            });
            let request = format!(
                "req_011{}",
                ids::alphanumeric(&format!("{reply} request"), 21)
            );
            self.append(
                "assistant",
                &json!({"message": message, "requestId": request}),
            );
        }
        for (index, call) in calls.into_iter().enumerate() {
            self.clock += call.took;
            let mut result = json!({"tool_use_id": call_id(index), "type": "tool_result", "content": call.result});
            if call.failed {
                result["is_error"] = json!(true);
            }
            self.append("user", &json!({"message": {"role": "user", "content": [result]}, "toolUseResult": call.detail}));
        }
    }

    /// The pull request that the session opened.
    pub fn link(&mut self, number: u64, repository: &str) {
        let link = json!({
            "type": "pr-link",
            "sessionId": self.session,
            "prNumber": number,
            "prUrl": format!("https://github.com/{repository}/pull/{number}"),
            "prRepository": repository,
            "timestamp": clock::millis(self.clock),
        });
        self.lines.push(link.to_string());
    }

    /// The next line is written without a newline before it, as two writers at once do.
    pub fn glue(&mut self) {
        self.glued = Some(self.lines.len());
    }

    /// How long the turn took.
    pub fn end_turn(&mut self, took: Ns) {
        self.append("system", &json!({"subtype": "turn_duration", "durationMs": took / clock::MILLI, "isMeta": false}));
    }

    /// The file.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (index, line) in self.lines.iter().enumerate() {
            if index > 0 && self.glued != Some(index) {
                text.push('\n');
            }
            text += line;
        }
        text + "\n"
    }

    fn append(&mut self, kind: &str, rest: &Value) -> String {
        let uuid = ids::uuid(&format!("{} line {}", self.session, self.lines.len()));
        let mut line = json!({
            "parentUuid": self.parent,
            "isSidechain": false,
            "userType": "external",
            "cwd": self.cwd,
            "sessionId": self.session,
            "version": "2.1.39",
            "gitBranch": self.branch,
            "type": kind,
        });
        for (key, value) in rest.as_object().into_iter().flatten() {
            line[key] = value.clone();
        }
        line["uuid"] = json!(uuid);
        line["timestamp"] = json!(clock::millis(self.clock));
        self.lines.push(line.to_string());
        self.parent = Some(uuid.clone());
        uuid
    }
}

impl Call {
    fn new(name: &'static str, input: Value, result: impl Into<String>) -> Self {
        let result = result.into();
        let detail = json!(result);
        Self {
            name,
            input,
            result,
            detail,
            failed: false,
            took: SECOND,
        }
    }

    /// A command.
    pub fn bash(command: &str, purpose: &str, output: &str) -> Self {
        let detail =
            json!({"stdout": output, "stderr": "", "interrupted": false, "isImage": false});
        let call = Self::new(
            "Bash",
            json!({"command": command, "description": purpose}),
            output,
        );
        Self {
            detail,
            took: 3 * SECOND,
            ..call
        }
    }

    /// A command that failed.
    pub fn failing(command: &str, purpose: &str, output: &str) -> Self {
        let call = Self::bash(command, purpose, &format!("Exit code 2\n{output}"));
        Self {
            failed: true,
            detail: json!(format!("Error: Exit code 2\n{output}")),
            ..call
        }
    }

    /// A search.
    pub fn grep(pattern: &str, found: &[&str]) -> Self {
        let text = format!("Found {} files\n{}", found.len(), found.join("\n"));
        let detail =
            json!({"mode": "files_with_matches", "filenames": found, "numFiles": found.len()});
        Self {
            detail,
            ..Self::new(
                "Grep",
                json!({"pattern": pattern, "output_mode": "files_with_matches"}),
                text,
            )
        }
    }

    /// Reading lines of a file.
    pub fn read(path: &str, first: usize, lines: &[&str]) -> Self {
        let numbered = lines
            .iter()
            .enumerate()
            .map(|(index, line)| format!("{:>6}→{line}", first + index));
        let text = numbered.collect::<Vec<_>>().join("\n");
        let detail = json!({
            "type": "text",
            "file": {"filePath": path, "content": lines.join("\n"), "numLines": lines.len(), "startLine": first},
        });
        Self {
            detail,
            ..Self::new(
                "Read",
                json!({"file_path": path, "offset": first, "limit": lines.len().max(20)}),
                text,
            )
        }
    }

    /// A change to a file: one call a hunk, or one for a new file.
    pub fn edits(path: &str, file: &FileDiff) -> Vec<Self> {
        if file.created {
            let content = file
                .hunks
                .iter()
                .flat_map(Hunk::after)
                .collect::<Vec<_>>()
                .join("\n")
                + "\n";
            let text = format!("File created successfully at: {path}");
            let detail = json!({"type": "create", "filePath": path, "content": content, "structuredPatch": []});
            return vec![Self {
                detail,
                ..Self::new(
                    "Write",
                    json!({"file_path": path, "content": content}),
                    text,
                )
            }];
        }
        file.hunks
            .iter()
            .map(|hunk| Self::edit(path, hunk))
            .collect()
    }

    fn edit(path: &str, hunk: &Hunk) -> Self {
        let (old, new) = (hunk.before().join("\n"), hunk.after().join("\n"));
        let hunks = json!([{
            "oldStart": hunk.old_start,
            "oldLines": hunk.before().len(),
            "newStart": hunk.new_start,
            "newLines": hunk.after().len(),
            "lines": hunk.lines,
        }]);
        let detail = json!({
            "filePath": path,
            "oldString": old,
            "newString": new,
            "structuredPatch": hunks,
            "userModified": false,
            "replaceAll": false,
        });
        let input = json!({"file_path": path, "old_string": old, "new_string": new});
        Self {
            detail,
            ..Self::new("Edit", input, format!("The file {path} has been updated."))
        }
    }
}
