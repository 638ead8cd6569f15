//! Evidence in the reader's own pager or editor.
//!
//! What is opened is a copy: the bytes around the record, with control characters made visible and long beginnings
//! and ends left out, because evidence is hostile and pagers and editors obey what they read (escape sequences, mode
//! lines). The sealed original is never handed out. The copy goes when the program that shows it ends.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};

use super::terminal::Screen;
use crate::app::Bytes;
use crate::app::desk::{Place, Viewer};
use crate::ui::text;

/// Bytes that are shown before and after the record, at most.
const AROUND: u64 = 1 << 20;
/// Bytes of the record that are shown, at most.
const MOST: u64 = 8 << 20;
/// Editors look for mode lines so near to both ends.
const MARGIN: usize = 6;

/// Shows the bytes at `place` in `viewer`, the terminal given to it meanwhile; says what became of it.
pub(super) fn show(screen: &mut Screen, bytes: &Bytes, place: &Place, viewer: Viewer) -> String {
    let words = chosen(viewer, |name| std::env::var(name).ok());
    let outcome = copy(bytes, place).and_then(|(file, line)| {
        let path = file.path().to_owned();
        let mut arguments = arguments(&words, line, &path).into_iter();
        let program = arguments.next().unwrap_or_default();
        let mut command = Command::new(&program);
        command.args(arguments);
        screen
            .lend(|| command.status())?
            .with_context(|| format!("cannot start {program}"))
    });
    match outcome {
        Ok(status) if status.success() => format!("back from {}", words.join(" ")),
        Ok(status) => format!("{} ended with {status}", words.join(" ")),
        Err(error) => format!("{error:#}; set {}", viewer.variable()),
    }
}

/// The program of the reader's choice, in words.
fn chosen(viewer: Viewer, variable: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let (names, usual): (&[&str], &str) = match viewer {
        Viewer::Pager => (&["PAGER"], "less"),
        Viewer::Editor => (&["VISUAL", "EDITOR"], "vi"),
    };
    let words = names.iter().filter_map(|name| {
        let words: Vec<String> = variable(name)?
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        (!words.is_empty()).then_some(words)
    });
    words
        .into_iter()
        .next()
        .unwrap_or_else(|| vec![usual.to_owned()])
}

/// The command: with the line, for programs that are known to take one.
fn arguments(words: &[String], line: usize, path: &Path) -> Vec<String> {
    let path = path.display().to_string();
    let program = words.first().map(Path::new).and_then(Path::file_stem);
    let mut arguments = words.to_vec();
    match program.and_then(|name| name.to_str()).unwrap_or_default() {
        "less" | "more" | "most" | "vi" | "vim" | "nvim" | "view" | "nano" | "emacs"
        | "emacsclient" | "kak" | "micro" | "joe" | "mcedit" => {
            arguments.extend([format!("+{line}"), path]);
        }
        "hx" | "helix" | "subl" | "zed" => arguments.push(format!("{path}:{line}")),
        "code" | "codium" => {
            arguments.extend([
                "--wait".to_owned(),
                "--goto".to_owned(),
                format!("{path}:{line}"),
            ]);
        }
        "bat" | "batcat" => arguments.extend([format!("--highlight-line={line}"), path]),
        _ => arguments.push(path),
    }
    arguments
}

/// A copy of the bytes around `place`, and the line in it where the record begins.
fn copy(bytes: &Bytes, place: &Place) -> anyhow::Result<(tempfile::NamedTempFile, usize)> {
    let first = place.offset.saturating_sub(AROUND);
    let length = place.length.min(MOST);
    let read = |offset: u64, length: u64| match length {
        0 => Ok(Vec::new()),
        length => bytes(&place.sha256, offset, length),
    };
    let (before, record) = match (
        read(first, place.offset - first),
        read(place.offset, length),
    ) {
        (Ok(before), Ok(record)) => (before, record),
        (Err(error), _) | (_, Err(error)) => bail!("cannot read {}: {error}", place.file),
    };
    let before = if first > 0 {
        from_next_line(&before)
    } else {
        &before
    };
    let after = read_after(place.offset + length, &read);
    let (text, line) = laid_out(place, before, &record, &after);
    let name: String = Path::new(&place.file)
        .file_stem()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .take(40)
        .collect();
    let mut file = tempfile::Builder::new()
        .prefix(&format!("shipwake-{name}-"))
        .suffix(".txt")
        .tempfile()
        .context("cannot make a temporary file")?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.flush())
        .context("cannot write a temporary file")?;
    Ok((file, line))
}

/// What follows `end`, in whole lines. How long the file is, only a refused read says: so the rest is asked for in
/// pieces of half the length each, which meets its end to the byte.
fn read_after(mut end: u64, read: &impl Fn(u64, u64) -> Result<Vec<u8>, String>) -> Vec<u8> {
    let mut after = Vec::new();
    let mut is_cut = true;
    let mut length = AROUND;
    while length > 0 {
        match read(end, length) {
            Ok(piece) => {
                after.extend(piece);
                end += length;
            }
            Err(_) => is_cut = false,
        }
        length /= 2;
    }
    if is_cut {
        let line_end = memchr::memrchr(b'\n', &after).unwrap_or(after.len());
        after.truncate(line_end);
    }
    after
}

/// What was cut in the middle of a line begins at the next one.
fn from_next_line(bytes: &[u8]) -> &[u8] {
    match memchr::memchr(b'\n', bytes) {
        Some(at) => &bytes[at + 1..],
        None => bytes,
    }
}

/// The text of the copy, and the line in it where the record begins, counted from one.
fn laid_out(place: &Place, before: &[u8], record: &[u8], after: &[u8]) -> (String, usize) {
    let whole = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    // A byte that is no text may be a line of its own in neither half; the record keeps its place.
    let lines_before = memchr::memchr_iter(b'\n', before).count();
    let mut head = vec![
        format!("{} (shipwake: a copy for reading)", text::safe(&place.file)),
        format!("sha256 {}", text::safe(&place.sha256)),
        format!(
            "the record: {} bytes from byte {}",
            place.length, place.offset
        ),
    ];
    head.resize(MARGIN, String::new());
    let body = format!("{}{}{}", whole(before), whole(record), whole(after));
    let mut shown = head.join("\n");
    for line in text::safe_lines(&body) {
        shown.push('\n');
        shown.push_str(&line);
    }
    shown.push_str(&"\n".repeat(MARGIN));
    (shown, MARGIN + lines_before + 1)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn place(offset: u64, length: u64) -> Place {
        Place {
            file: "logs/app.log".to_owned(),
            sha256: "ab".to_owned(),
            offset,
            length,
        }
    }

    #[test]
    fn the_record_stands_at_the_line_that_is_named() {
        let original = b"one\ntwo \x1b[31mred\nthree\n# vim: set x :\n".to_vec();
        let bytes: Bytes = Arc::new(move |_, offset, length| {
            let from = usize::try_from(offset).map_err(|error| error.to_string())?;
            let until = from + usize::try_from(length).map_err(|error| error.to_string())?;
            original
                .get(from..until)
                .map(<[u8]>::to_vec)
                .ok_or_else(|| "the range leaves the file".to_owned())
        });
        for (offset, length, begins) in [(0, 3, "one"), (4, 12, "two ␛[31mred"), (17, 5, "three")]
        {
            let (file, line) = copy(&bytes, &place(offset, length)).unwrap();
            let text = std::fs::read_to_string(file.path()).unwrap();
            let lines: Vec<&str> = text.split('\n').collect();
            assert_eq!(lines[line - 1], begins);
            // Nothing of the evidence is where editors look for orders.
            let ends = lines[..5].iter().chain(&lines[lines.len() - 5..]);
            assert!(ends.clone().all(|line| !line.contains("vim:")), "{text}");
            assert!(text.contains("vim:"), "{text}");
        }
        assert!(copy(&bytes, &place(2, 900)).is_err());
    }

    #[test]
    fn what_is_cut_within_a_line_is_left_out_to_its_end() {
        let original = format!(
            "{}\nfull\nrecord\nnext\n{}",
            "x".repeat(1 << 21),
            "y".repeat(1 << 22)
        );
        let at = original.find("record").unwrap() as u64;
        let bytes: Bytes = Arc::new(move |_, offset, length| {
            let from = usize::try_from(offset).map_err(|error| error.to_string())?;
            let until = from + usize::try_from(length).map_err(|error| error.to_string())?;
            let range = original.get(from..until);
            range
                .map(|text| text.as_bytes().to_vec())
                .ok_or_else(String::new)
        });
        let (file, line) = copy(&bytes, &place(at, 6)).unwrap();
        let text = std::fs::read_to_string(file.path()).unwrap();
        let lines: Vec<&str> = text.split('\n').collect();
        assert_eq!(&lines[line - 2..=line], ["full", "record", "next"]);
        assert!(!text.contains("xx") && !text.contains("yy"));
    }

    #[test]
    fn programs_are_told_the_line_where_they_take_one() {
        let path = Path::new("/tmp/x.txt");
        let told = |command: &str| {
            let words: Vec<String> = command.split(' ').map(str::to_owned).collect();
            arguments(&words, 7, path).join(" ")
        };
        assert_eq!(told("less -R"), "less -R +7 /tmp/x.txt");
        assert_eq!(told("/usr/bin/vim"), "/usr/bin/vim +7 /tmp/x.txt");
        assert_eq!(told("hx"), "hx /tmp/x.txt:7");
        assert_eq!(told("cat"), "cat /tmp/x.txt");
        let set = |name: &str| (name == "EDITOR").then(|| "nano -w".to_owned());
        assert_eq!(chosen(Viewer::Editor, set), ["nano", "-w"]);
        assert_eq!(chosen(Viewer::Pager, set), ["less"]);
        assert_eq!(chosen(Viewer::Editor, |_| Some(" ".to_owned())), ["vi"]);
    }
}
