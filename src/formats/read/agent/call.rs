//! Tool calls: what one does in a few words, and which files it writes.

use std::borrow::Cow;

use serde_json::Value;

use super::filled;
use crate::formats::read::{TEXT_LIMIT, bounded};

/// How many files of one patch are told apart.
const MOST_FILES: usize = 500;

/// Tools that write the file that their input names, in lower case without punctuation.
const WRITERS: [&str; 24] = [
    "edit",
    "write",
    "create",
    "replace",
    "multiedit",
    "notebookedit",
    "writefile",
    "editfile",
    "editfiles",
    "createfile",
    "deletefile",
    "insertedit",
    "inserteditintofile",
    "replacestringinfile",
    "multireplacestringinfile",
    "searchreplace",
    "strreplace",
    "strreplaceeditor",
    "writetofile",
    "editnotebookfile",
    "codeaction",
    "proposecode",
    "applypatch",
    "patch",
];

/// Tools whose `path` is where to look rather than what to read.
const SEEKERS: [&str; 6] = ["grep", "glob", "find", "list", "search", "ls"];

/// What a tool call does.
#[derive(Debug, Default, PartialEq)]
pub struct Call<'v> {
    /// In a few words: the command, file, address or query.
    pub text: Option<Cow<'v, str>>,
    /// The input as JSON.
    pub input: Option<Cow<'v, str>>,
    /// File that it reads or writes.
    pub file_path: Option<Cow<'v, str>>,
    /// Web address that it fetches.
    pub url: Option<Cow<'v, str>>,
    /// True where it writes that file.
    pub writes: bool,
    /// Further files that it writes.
    pub more: Vec<Cow<'v, str>>,
}

impl<'v> Call<'v> {
    /// The call of the tool `name` with `input`. An input that is text holds JSON, or a patch.
    pub fn new(name: &str, input: &'v Value) -> Self {
        match input {
            Value::String(text) => Self::of_text(name, text),
            _ => Self::of_value(name, input),
        }
    }

    /// The call of the tool `name` with an input that is text.
    pub fn of_text(name: &str, text: &'v str) -> Self {
        match serde_json::from_str::<Value>(text) {
            Ok(value @ Value::Object(_)) => Call::of_value(name, &value).into_owned(),
            _ => Self {
                text: filled(text),
                input: serde_json::to_string(bounded(text)).ok().map(Cow::Owned),
                ..Self::default()
            }
            .with_patch(text),
        }
    }

    fn of_value(name: &str, input: &'v Value) -> Self {
        let plain: String = name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_lowercase();
        let get = |keys: &[&str]| {
            let mut found = keys
                .iter()
                .filter_map(|key| filled(input.get(key)?.as_str()?));
            found.next()
        };
        let pattern = get(&[
            "pattern",
            "regex",
            "glob_pattern",
            "query",
            "search_term",
            "q",
        ]);
        let seeks = SEEKERS.iter().any(|word| plain.contains(word)) || pattern.is_some();
        let place = get(&["path", "directory", "dir_path", "search_directory"]);
        let file_path = get(&[
            "file_path",
            "filePath",
            "filepath",
            "absolute_path",
            "target_file",
            "notebook_path",
            "file",
        ])
        .or_else(|| place.clone().filter(|_| !seeks));
        let url = get(&["url", "uri"]).filter(|url| url.contains("://"));
        let command = command(input);
        let searched = match (pattern, place) {
            (Some(pattern), Some(place)) => Some(format!("{pattern} in {place}").into()),
            (pattern, place) => pattern.or(place),
        };
        let patch = get(&["patch", "input", "command", "cmd"]).filter(|text| is_patch(text));
        let text = command
            .or_else(|| file_path.clone())
            .or_else(|| url.clone())
            .or(searched)
            .or_else(|| {
                get(&[
                    "description",
                    "prompt",
                    "explanation",
                    "message",
                    "input",
                    "plan",
                ])
            });
        let call = Self {
            writes: file_path.is_some() && WRITERS.contains(&plain.as_str()),
            input: serde_json::to_string(input)
                .ok()
                .filter(|text| text.len() <= TEXT_LIMIT)
                .map(Cow::Owned),
            text,
            file_path,
            url,
            more: Vec::new(),
        };
        // A patch may come through a shell: `apply_patch <<'EOF'`.
        let shell = call.text.clone().filter(|text| is_patch(text));
        match patch.or(shell) {
            Some(patch) => call.with_patch(&patch),
            None => call,
        }
    }

    /// The same, with the files that a patch writes.
    fn with_patch(mut self, patch: &str) -> Self {
        if !is_patch(patch) {
            return self;
        }
        let mut paths = paths_of_patch(patch).map(|path| Cow::Owned(path.to_owned()));
        if self.file_path.is_none() {
            self.file_path = paths.next();
        }
        self.more = paths.take(MOST_FILES).collect();
        self.writes = self.file_path.is_some();
        self
    }

    /// The same, borrowing nothing.
    pub fn into_owned(self) -> Call<'static> {
        let owned = |text: Option<Cow<'_, str>>| text.map(|text| Cow::Owned(text.into_owned()));
        Call {
            text: owned(self.text),
            input: owned(self.input),
            file_path: owned(self.file_path),
            url: owned(self.url),
            writes: self.writes,
            more: self
                .more
                .into_iter()
                .map(|path| path.into_owned().into())
                .collect(),
        }
    }
}

/// The command of a shell's call: a string, or words, of which `bash -lc` is left out.
fn command(input: &Value) -> Option<Cow<'_, str>> {
    let value = ["command", "cmd", "script", "CommandLine"]
        .iter()
        .find_map(|key| input.get(key))?;
    let Value::Array(words) = value else {
        return filled(value.as_str()?);
    };
    let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
    match words.as_slice() {
        [shell, flag, script]
            if flag.starts_with('-') && flag.ends_with('c') && shell.ends_with("sh") =>
        {
            filled(script)
        }
        [] => None,
        words => Some(bounded(&words.join(" ")).to_owned().into()),
    }
}

/// True for a patch in the form that agents write: `*** Begin Patch`.
fn is_patch(text: &str) -> bool {
    text.contains("*** Begin Patch")
}

/// The files that such a patch adds, changes, deletes or moves to.
fn paths_of_patch(patch: &str) -> impl Iterator<Item = &str> {
    patch.lines().filter_map(|line| {
        let named = ["Update File: ", "Add File: ", "Delete File: ", "Move to: "]
            .iter()
            .find_map(|word| line.strip_prefix("*** ")?.strip_prefix(word))?;
        Some(named.trim()).filter(|path| !path.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(name: &str, input: &Value) -> (String, String, bool, usize) {
        let call = Call::new(name, input);
        let text = |cell: &Option<Cow<'_, str>>| cell.as_deref().unwrap_or_default().to_owned();
        (
            text(&call.text),
            text(&call.file_path),
            call.writes,
            call.more.len(),
        )
    }

    #[test]
    fn a_call_says_what_it_does() {
        let expect =
            |text: &str, path: &str, writes, more| (text.into(), path.into(), writes, more);
        for (name, input, expected) in [
            (
                "shell",
                json!({"command": ["bash", "-lc", "go vet"]}),
                expect("go vet", "", false, 0),
            ),
            (
                "exec_command",
                json!({"cmd": "ls", "workdir": "/w"}),
                expect("ls", "", false, 0),
            ),
            (
                "shell",
                json!({"command": ["git", "status"]}),
                expect("git status", "", false, 0),
            ),
            (
                "Write",
                json!({"path": "a.rs", "contents": "x"}),
                expect("a.rs", "a.rs", true, 0),
            ),
            (
                "read_file",
                json!({"filePath": "a.rs"}),
                expect("a.rs", "a.rs", false, 0),
            ),
            (
                "Grep",
                json!({"path": "src", "pattern": "x"}),
                expect("x in src", "", false, 0),
            ),
            (
                "list_directory",
                json!({"path": "src"}),
                expect("src", "", false, 0),
            ),
            (
                "WebFetch",
                json!({"url": "https://a.example"}),
                expect("https://a.example", "", false, 0),
            ),
            ("odd", json!({"n": 1}), expect("", "", false, 0)),
            ("odd", json!(null), expect("", "", false, 0)),
        ] {
            assert_eq!(told(name, &input), expected, "{name} {input}");
        }
    }

    #[test]
    fn a_patch_names_its_files() {
        let patch = "*** Begin Patch\n*** Update File: a.rs\n*** Move to: b.rs\n-x\n+*** Add File: no\n*** Delete File: c\n*** End Patch";
        let shell =
            json!({"command": ["bash", "-lc", format!("apply_patch <<'EOF'\n{patch}\nEOF")]});
        for input in [json!(patch), json!({"input": patch}), shell] {
            let call = Call::new("apply_patch", &input);
            assert_eq!(call.file_path.as_deref(), Some("a.rs"), "{input}");
            assert_eq!((call.more.len(), call.writes), (2, true), "{input}");
        }
        let text = json!(r#"{"command":"go test"}"#);
        assert_eq!(told("shell", &text).0, "go test");
    }
}
