//! Signed commits and annotated tags as `git cat-file --batch` prints them.

use super::pack::{Kind, Pack, Unpack};

/// Where one file of objects ends and the next begins.
const PART: usize = 32 << 20;

/// The objects in the order of the pack, in parts.
pub(super) fn write(pack: &Pack<'_>) -> Vec<Vec<u8>> {
    let mut unpack = Unpack::new();
    let mut parts = Vec::new();
    let mut text = Vec::new();
    for entry in &pack.entries {
        let (Some(kind @ (Kind::Commit | Kind::Tag)), Some(id)) = (entry.kind, entry.id) else {
            continue;
        };
        let Some(bytes) = pack.object(&id, kind, &mut unpack) else {
            continue;
        };
        if kind == Kind::Commit && !is_signed(&bytes) {
            continue;
        }
        text.extend(format!("{id} {kind} {}\n", bytes.len()).into_bytes());
        text.extend(bytes);
        text.push(b'\n');
        if text.len() >= PART {
            parts.push(std::mem::take(&mut text));
        }
    }
    if !text.is_empty() {
        parts.push(text);
    }
    parts
}

/// True where one of the headers of a commit is a signature.
fn is_signed(commit: &[u8]) -> bool {
    commit
        .split(|byte| *byte == b'\n')
        .take_while(|line| !line.is_empty())
        .any(|line| line.starts_with(b"gpgsig"))
}
