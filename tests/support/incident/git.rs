//! `git/`: the history with notes, the patches of the period, the notes by themselves.

use super::clock::{self, at};
use super::files::Files;
use super::history::Commit;
use super::ids;
use super::story::BEGIN;
use super::world::World;

/// Writes the folder.
pub fn write(world: &World, files: &mut Files) {
    let newest_first = || world.history.commits.iter().rev();
    let log: Vec<u8> = newest_first().flat_map(log_entry).collect();
    files.put("git/history.log", log);

    let since = at(BEGIN);
    let recent: Vec<String> = newest_first()
        .filter(|commit| commit.committed >= since)
        .map(patch_entry)
        .collect();
    files.put("git/patches.log", recent.join("\n"));

    let notes: String = newest_first().filter_map(note_entry).collect();
    files.put("git/notes-ai.batch", notes);
}

/// One entry of `git log -z --numstat` with the format of docs/formats.md: RS opens it, US parts the
/// fields, NUL ends the message and each file.
fn log_entry(commit: &Commit) -> Vec<u8> {
    // %N ends with a newline of its own.
    let notes = commit
        .note
        .as_ref()
        .map(|note| format!("{note}\n"))
        .unwrap_or_default();
    let fields = [
        commit.sha.clone(),
        commit.tree.clone(),
        commit.parents.join(" "),
        commit.author.name.into(),
        commit.author.email.into(),
        clock::git(commit.authored),
        commit.committer.name.into(),
        commit.committer.email.into(),
        clock::git(commit.committed),
        commit.refs.join(", "),
        commit.subject.clone(),
        commit.trailers.join("\u{1d}"),
        commit.body.clone(),
        notes,
    ];
    let counts = numstat(commit);
    let lines = if counts.is_empty() {
        String::new()
    } else {
        format!("\n{}\0", counts.join("\0"))
    };
    format!("\u{1e}{}\0{lines}", fields.join("\u{1f}")).into_bytes()
}

fn numstat(commit: &Commit) -> Vec<String> {
    let counted = commit
        .counted
        .iter()
        .map(|&(path, added, removed)| match (added, removed) {
            // Nothing to count in a binary file.
            (0, 0) => format!("-\t-\t{path}"),
            _ => format!("{added}\t{removed}\t{path}"),
        });
    let derived = commit.files.iter().map(|file| {
        let (added, removed) = file.counts();
        format!("{added}\t{removed}\t{}", file.path)
    });
    counted.chain(derived).collect()
}

/// One entry of `git log -p --format=fuller --date=iso-strict`.
fn patch_entry(commit: &Commit) -> String {
    let mut text = format!("commit {}\n", commit.sha);
    if let [first, second] = commit.parents.as_slice() {
        text += &format!("Merge: {} {}\n", &first[..9], &second[..9]);
    }
    text += &format!(
        "Author:     {} <{}>\nAuthorDate: {}\nCommit:     {} <{}>\nCommitDate: {}\n\n",
        commit.author.name,
        commit.author.email,
        clock::git(commit.authored),
        commit.committer.name,
        commit.committer.email,
        clock::git(commit.committed),
    );
    text += &format!("    {}\n", commit.subject);
    if !commit.body.is_empty() {
        text += "    \n";
    }
    for line in commit.body.lines() {
        text += &format!("    {line}\n");
    }
    if !commit.files.is_empty() {
        text.push('\n');
    }
    for file in &commit.files {
        text += &file.patch(&commit.sha);
    }
    text
}

/// One object of `git cat-file --batch` over the notes' blobs.
fn note_entry(commit: &Commit) -> Option<String> {
    let note = commit.note.as_ref()?;
    let blob = ids::sha(&format!("blob {}\0{note}", note.len()));
    Some(format!("{blob} {} {}\n{note}\n", commit.sha, note.len()))
}
