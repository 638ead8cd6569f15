//! The history as `git log --all --pretty=raw --raw --no-abbrev --notes` prints it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use gix_hash::ObjectId;
use gix_object::TreeRefIter;

use super::header::Header;
use super::pack::{Kind, Pack, Unpack};
use crate::formats::read::git::refs::short;

/// Where one file of history ends and the next begins.
const PART: usize = 32 << 20;
/// Entries of trees that are compared for one commit, and for all.
const ENTRIES: usize = 2_000_000;
const ALL_ENTRIES: usize = 400_000_000;
/// How deep folders may be.
const DEPTH: usize = 200;
/// Trees that are kept at hand.
const TREES: usize = 20_000;
/// Longest note that is shown.
const NOTE_LIMIT: usize = 4 << 20;

/// A file's mode and content.
type Entry = (u32, ObjectId);
type Tree = Rc<BTreeMap<Vec<u8>, Entry>>;

/// A commit's own bytes and what they name.
struct Commit {
    id: ObjectId,
    bytes: Vec<u8>,
    tree: Option<ObjectId>,
    parents: Vec<ObjectId>,
}

/// The first parent of a commit.
enum Parent<'c> {
    None,
    Here(&'c Commit),
    Elsewhere,
}

/// The text of the history, in parts.
pub(super) fn write(header: &Header, pack: &Pack<'_>) -> Vec<Vec<u8>> {
    let mut log = Log {
        pack,
        unpack: Unpack::new(),
        trees: HashMap::new(),
        left: ALL_ENTRIES,
    };
    let commits = log.commits();
    let by_id: HashMap<ObjectId, usize> = commits
        .iter()
        .enumerate()
        .map(|(at, commit)| (commit.id, at))
        .collect();
    let tips = log.tips(header);
    let of_notes = only_notes(&tips, &commits, &by_id);
    let notes = log.notes(&tips, &commits, &by_id);
    let refs = names(&tips);
    let mut parts = Vec::new();
    let mut text = Vec::new();
    for commit in commits
        .iter()
        .filter(|commit| !of_notes.contains(&commit.id))
    {
        let parent = match commit.parents.first() {
            None => Parent::None,
            Some(id) => match by_id.get(id).and_then(|at| commits.get(*at)) {
                Some(parent) => Parent::Here(parent),
                None => Parent::Elsewhere,
            },
        };
        let files = log.files(commit, &parent);
        let notes = notes.get(&commit.id).map(Vec::as_slice).unwrap_or_default();
        entry(
            commit,
            refs.get(&commit.id).map(String::as_str),
            notes,
            &files,
            &mut text,
        );
        if text.len() >= PART {
            parts.push(std::mem::take(&mut text));
        }
    }
    if !text.is_empty() {
        parts.push(text);
    }
    parts
}

struct Log<'p, 'a> {
    pack: &'p Pack<'a>,
    unpack: Unpack,
    trees: HashMap<ObjectId, Option<Tree>>,
    /// Entries that may still be compared.
    left: usize,
}

impl Log<'_, '_> {
    /// The commits in the order of the pack, which puts the newest first.
    fn commits(&mut self) -> Vec<Commit> {
        let ids = self
            .pack
            .entries
            .iter()
            .filter(|entry| entry.kind == Some(Kind::Commit));
        let ids: Vec<ObjectId> = ids.filter_map(|entry| entry.id).collect();
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        for id in ids {
            if !seen.insert(id) {
                continue;
            }
            let Some(bytes) = self.pack.object(&id, Kind::Commit, &mut self.unpack) else {
                continue;
            };
            let (mut tree, mut parents) = (None, Vec::new());
            for line in bytes
                .split(|byte| *byte == b'\n')
                .take_while(|line| !line.is_empty())
            {
                let hex = |word: &[u8]| ObjectId::from_hex(line.strip_prefix(word)?).ok();
                if tree.is_none() {
                    tree = hex(b"tree ");
                }
                parents.extend(hex(b"parent "));
            }
            found.push(Commit {
                id,
                bytes,
                tree,
                parents,
            });
        }
        found
    }

    /// What each ref points to, tags peeled: name, commit, whether the tag has an object of its own.
    fn tips(&mut self, header: &Header) -> Vec<(String, ObjectId)> {
        let mut found = Vec::new();
        for (hex, name) in &header.refs {
            let Ok(mut id) = ObjectId::from_hex(hex.as_bytes()) else {
                continue;
            };
            // A tag may be of a tag.
            for _ in 0..8 {
                let Some(bytes) = self.pack.object(&id, Kind::Tag, &mut self.unpack) else {
                    break;
                };
                let line = bytes
                    .split(|byte| *byte == b'\n')
                    .next()
                    .unwrap_or_default();
                match line
                    .strip_prefix(b"object ")
                    .and_then(|hex| ObjectId::from_hex(hex).ok())
                {
                    Some(object) => id = object,
                    None => break,
                }
            }
            found.push((name.clone(), id));
        }
        found
    }

    /// The notes on each commit: name of the notes and text.
    fn notes(
        &mut self,
        tips: &[(String, ObjectId)],
        commits: &[Commit],
        by_id: &HashMap<ObjectId, usize>,
    ) -> HashMap<ObjectId, Vec<(String, Vec<u8>)>> {
        let mut found: HashMap<ObjectId, Vec<(String, Vec<u8>)>> = HashMap::new();
        for (name, tip) in tips {
            let Some(name) = name.strip_prefix("refs/notes/") else {
                continue;
            };
            let tree = by_id
                .get(tip)
                .and_then(|at| commits.get(*at))
                .and_then(|commit| commit.tree);
            let mut files = Vec::new();
            let mut left = ENTRIES;
            if let Some(tree) = tree
                && self
                    .compare(
                        None,
                        Some(tree),
                        &mut Vec::new(),
                        &mut files,
                        &mut left,
                        DEPTH,
                    )
                    .is_none()
            {
                continue;
            }
            for change in files {
                let hex: Vec<u8> = change
                    .path
                    .iter()
                    .copied()
                    .filter(|byte| *byte != b'/')
                    .collect();
                let Some((target, (_, blob))) = ObjectId::from_hex(&hex).ok().zip(change.new)
                else {
                    continue;
                };
                let text = self.pack.object(&blob, Kind::Blob, &mut self.unpack);
                let text = text.filter(|text| text.len() <= NOTE_LIMIT);
                if let (Some(text), true) = (text, by_id.contains_key(&target)) {
                    found
                        .entry(target)
                        .or_default()
                        .push((name.to_owned(), text));
                }
            }
        }
        found
    }

    /// The files that a commit changed against its first parent.
    fn files(&mut self, commit: &Commit, parent: &Parent<'_>) -> Vec<Change> {
        if commit.parents.len() > 1 {
            return Vec::new();
        }
        let old = match parent {
            Parent::None => None,
            Parent::Here(parent) => parent.tree,
            // Against a parent that is elsewhere everything would look added.
            Parent::Elsewhere => return Vec::new(),
        };
        let mut found = Vec::new();
        let mut left = ENTRIES.min(self.left);
        let before = left;
        let compared = self.compare(
            old,
            commit.tree,
            &mut Vec::new(),
            &mut found,
            &mut left,
            DEPTH,
        );
        self.left -= before - left;
        if compared.is_none() {
            return Vec::new();
        }
        moved(found)
    }

    /// Adds what differs between two trees; nothing where a tree is missing or there is too much.
    fn compare(
        &mut self,
        old: Option<ObjectId>,
        new: Option<ObjectId>,
        path: &mut Vec<u8>,
        found: &mut Vec<Change>,
        left: &mut usize,
        depth: usize,
    ) -> Option<()> {
        if old == new {
            return Some(());
        }
        let depth = depth.checked_sub(1)?;
        let (old, new) = (self.tree(old)?, self.tree(new)?);
        let names: std::collections::BTreeSet<&Vec<u8>> = old.keys().chain(new.keys()).collect();
        for name in names {
            *left = left.checked_sub(1)?;
            let (before, after) = (old.get(name).copied(), new.get(name).copied());
            if before == after {
                continue;
            }
            let length = path.len();
            path.extend_from_slice(name);
            let folder =
                |entry: Option<Entry>| entry.filter(|(mode, _)| is_folder(*mode)).map(|(_, id)| id);
            let file = |entry: Option<Entry>| entry.filter(|(mode, _)| !is_folder(*mode));
            if file(before) != file(after) {
                found.push(Change {
                    path: path.clone(),
                    old_path: None,
                    old: file(before),
                    new: file(after),
                });
            }
            if folder(before) != folder(after) {
                path.push(b'/');
                self.compare(folder(before), folder(after), path, found, left, depth)?;
            }
            path.truncate(length);
        }
        Some(())
    }

    /// The entries of a tree; none of no tree.
    fn tree(&mut self, id: Option<ObjectId>) -> Option<Tree> {
        let Some(id) = id else {
            return Some(Tree::default());
        };
        if let Some(known) = self.trees.get(&id) {
            return known.clone();
        }
        let bytes = self.pack.object(&id, Kind::Tree, &mut self.unpack);
        let tree = bytes.and_then(|bytes| {
            let mut entries = BTreeMap::new();
            for entry in TreeRefIter::from_bytes(&bytes, self.pack.hash) {
                let entry = entry.ok()?;
                let mode = u32::from(entry.mode.value());
                entries.insert(entry.filename.to_vec(), (mode, entry.oid.to_owned()));
            }
            Some(Rc::new(entries))
        });
        if self.trees.len() >= TREES {
            self.trees.clear();
        }
        self.trees.insert(id, tree.clone());
        tree
    }
}

fn is_folder(mode: u32) -> bool {
    mode & 0o170_000 == 0o040_000
}

/// One line of `--raw`.
struct Change {
    path: Vec<u8>,
    old_path: Option<Vec<u8>>,
    old: Option<Entry>,
    new: Option<Entry>,
}

/// Tells as renamed what was deleted and added with the same content.
fn moved(changes: Vec<Change>) -> Vec<Change> {
    let mut gone: HashMap<ObjectId, Vec<usize>> = HashMap::new();
    for (at, change) in changes.iter().enumerate() {
        if let (Some((_, id)), None) = (change.old, change.new) {
            gone.entry(id).or_default().push(at);
        }
    }
    let mut from: HashMap<usize, usize> = HashMap::new();
    for (at, change) in changes.iter().enumerate() {
        let (None, Some((_, id))) = (change.old, change.new) else {
            continue;
        };
        if !id.is_empty_blob()
            && let Some(source) = gone
                .get_mut(&id)
                .filter(|it| !it.is_empty())
                .map(|it| it.remove(0))
        {
            from.insert(at, source);
        }
    }
    let sources: HashMap<usize, (Vec<u8>, Option<Entry>)> = from
        .values()
        .filter_map(|at| Some((*at, (changes.get(*at)?.path.clone(), changes.get(*at)?.old))))
        .collect();
    let mut told = Vec::with_capacity(changes.len());
    for (at, mut change) in changes.into_iter().enumerate() {
        if sources.contains_key(&at) {
            continue;
        }
        if let Some((path, old)) = from.get(&at).and_then(|source| sources.get(source)) {
            change.old_path = Some(path.clone());
            change.old = *old;
        }
        told.push(change);
    }
    told
}

/// Commits that only refs of notes lead to.
fn only_notes(
    tips: &[(String, ObjectId)],
    commits: &[Commit],
    by_id: &HashMap<ObjectId, usize>,
) -> HashSet<ObjectId> {
    let reached = |notes: bool| {
        let mut seen: HashSet<ObjectId> = HashSet::new();
        let starts = tips
            .iter()
            .filter(|(name, _)| name.starts_with("refs/notes/") == notes);
        let mut pending: Vec<ObjectId> = starts.map(|(_, id)| *id).collect();
        while let Some(id) = pending.pop() {
            let Some(commit) = by_id.get(&id).and_then(|at| commits.get(*at)) else {
                continue;
            };
            if seen.insert(id) {
                pending.extend(&commit.parents);
            }
        }
        seen
    };
    let history = reached(false);
    reached(true)
        .into_iter()
        .filter(|id| !history.contains(id))
        .collect()
}

/// The names of each commit as `--decorate` has them.
fn names(tips: &[(String, ObjectId)]) -> HashMap<ObjectId, String> {
    let mut found: HashMap<ObjectId, String> = HashMap::new();
    for (name, id) in tips
        .iter()
        .filter(|(name, _)| !name.starts_with("refs/notes/"))
    {
        let names = found.entry(*id).or_default();
        if !names.is_empty() {
            names.push_str(", ");
        }
        names.push_str(&short(name));
    }
    found
}

/// Appends a commit as `git log` prints it.
fn entry(
    commit: &Commit,
    refs: Option<&str>,
    notes: &[(String, Vec<u8>)],
    files: &[Change],
    text: &mut Vec<u8>,
) {
    let put = |text: &mut Vec<u8>, words: &str| text.extend_from_slice(words.as_bytes());
    let names = refs.map_or_else(String::new, |refs| format!(" ({refs})"));
    put(text, &format!("commit {}{names}\n", commit.id));
    let split = memchr::memmem::find(&commit.bytes, b"\n\n");
    let (head, message) = match split {
        Some(at) => (commit.bytes.get(..=at), commit.bytes.get(at + 2..)),
        None => (Some(commit.bytes.as_slice()), None),
    };
    text.extend_from_slice(head.unwrap_or_default());
    if !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    text.push(b'\n');
    let latin =
        memchr::memmem::find(head.unwrap_or_default(), b"\nencoding ISO-8859-1\n").is_some();
    indented(message.unwrap_or_default(), latin, text);
    for (name, note) in notes {
        match name.as_str() {
            "commits" => put(text, "\nNotes:\n"),
            name => put(text, &format!("\nNotes ({name}):\n")),
        }
        indented(note, false, text);
    }
    if !files.is_empty() {
        text.push(b'\n');
    }
    for change in files {
        raw(change, text);
    }
    text.push(b'\n');
}

/// Appends each line behind four blanks. A message in Latin-1 becomes UTF-8, as git shows it.
fn indented(message: &[u8], latin: bool, text: &mut Vec<u8>) {
    for line in message.trim_ascii_end().split(|byte| *byte == b'\n') {
        text.extend_from_slice(b"    ");
        if latin {
            let line: String = line.iter().copied().map(char::from).collect();
            text.extend_from_slice(line.as_bytes());
        } else {
            text.extend_from_slice(line);
        }
        text.push(b'\n');
    }
}

/// Appends a line of `--raw`.
fn raw(change: &Change, text: &mut Vec<u8>) {
    let mode = |entry: Option<Entry>| entry.map_or(0, |(mode, _)| mode);
    let id = |entry: Option<Entry>| {
        let none = change
            .old
            .or(change.new)
            .map(|(_, id)| ObjectId::null(id.kind()));
        entry
            .map(|(_, id)| id)
            .or(none)
            .map_or_else(String::new, |id| id.to_string())
    };
    let kind = |entry: Option<Entry>| mode(entry) & 0o170_000;
    let status = match (change.old, change.new) {
        _ if change.old_path.is_some() => "R100",
        (None, _) => "A",
        (_, None) => "D",
        (old, new) if kind(old) != kind(new) => "T",
        _ => "M",
    };
    let head = format!(
        ":{:06o} {:06o} {} {} {status}\t",
        mode(change.old),
        mode(change.new),
        id(change.old),
        id(change.new)
    );
    text.extend_from_slice(head.as_bytes());
    if let Some(old) = &change.old_path {
        quoted(old, text);
        text.push(b'\t');
    }
    quoted(&change.path, text);
    text.push(b'\n');
}

/// Appends a path, quoted where git quotes it.
fn quoted(path: &[u8], text: &mut Vec<u8>) {
    let odd = |byte: &u8| *byte < 0x20 || *byte >= 0x7f || *byte == b'"' || *byte == b'\\';
    if !path.iter().any(odd) {
        text.extend_from_slice(path);
        return;
    }
    text.push(b'"');
    for byte in path {
        match byte {
            b'"' | b'\\' => text.extend_from_slice(&[b'\\', *byte]),
            byte if odd(byte) => text.extend_from_slice(format!("\\{byte:03o}").as_bytes()),
            byte => text.push(*byte),
        }
    }
    text.push(b'"');
}
