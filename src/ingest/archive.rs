//! Opening what holds other files: gzip, zstd, tar and zip, with bounds on all of them.

use std::cell::Cell;
use std::io::{self, Read};

use super::limits::Limits;

/// A kind of container, told by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Gzip,
    Zstd,
    Tar,
    Zip,
    /// Known, and not opened by this program.
    Closed(&'static str),
}

impl Kind {
    /// The kind of container that `head` begins, if any.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Self::Zip),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, ..] => Some(Self::Closed("bzip2")),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Closed("xz")),
            _ if head.get(257..262) == Some(b"ustar") => Some(Self::Tar),
            _ => None,
        }
    }

    /// The word for messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Tar => "tar",
            Self::Zip => "zip",
            Self::Closed(name) => name,
        }
    }
}

/// The name that the inside of a compressed file gets: its own without the compression's ending.
pub(super) fn inner_name(path: &str) -> String {
    let name = path.rsplit(['/', '!']).next().unwrap_or(path);
    let lower = name.to_ascii_lowercase();
    for ending in [".gz", ".zst", ".zstd"] {
        if lower.ends_with(ending) && name.len() > ending.len() {
            return name[..name.len() - ending.len()].to_owned();
        }
    }
    match lower.strip_suffix(".tgz") {
        Some(stem) if !stem.is_empty() => format!("{}.tar", &name[..stem.len()]),
        _ => "content".to_owned(),
    }
}

/// True where a member's path would leave the place it is unpacked to. Nothing is ever unpacked
/// here, but such an archive was made to hurt somebody, and is named.
pub(super) fn escapes(path: &str) -> bool {
    path.starts_with(['/', '\\'])
        || path.split(['/', '\\']).any(|part| part == "..")
        || path.get(1..3) == Some(":\\")
}

/// Reads from a compressed stream until it has given more than its container can honestly hold.
pub(super) struct Bounded<'a, R> {
    source: R,
    budget: &'a Budget,
}

/// What a container may unfold to.
pub(super) struct Budget {
    left: Cell<u64>,
    most: u64,
}

impl Budget {
    /// What `sealed` compressed bytes may unfold to.
    pub(super) fn new(sealed: u64, limits: &Limits) -> Self {
        let most = limits
            .free
            .max(sealed.saturating_mul(limits.ratio))
            .min(limits.expanded);
        Self {
            left: Cell::new(most),
            most,
        }
    }

    /// What all members of an archive may unfold to together.
    pub(super) fn whole(limits: &Limits) -> Self {
        Self {
            left: Cell::new(limits.expanded),
            most: limits.expanded,
        }
    }
}

impl<'a, R: Read> Bounded<'a, R> {
    /// Bounds `source` by what is left of `budget`.
    pub(super) fn new(source: R, budget: &'a Budget) -> Self {
        Self { source, budget }
    }
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        let Some(left) = self.budget.left.get().checked_sub(read as u64) else {
            let most = self.budget.most >> 20;
            return Err(io::Error::other(format!(
                "it unfolds to more than {most} MiB: refused as a decompression bomb"
            )));
        };
        self.budget.left.set(left);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_escapes() {
        assert_eq!(inner_name("a/b.jsonl.gz"), "b.jsonl");
        assert_eq!(inner_name("x!b.tgz"), "b.tar");
        assert_eq!(inner_name("blob"), "content");
        assert!(escapes("../../x") && escapes("/etc/passwd") && escapes("C:\\x"));
        assert!(!escapes("a..b/c"));
    }

    #[test]
    fn a_bomb_is_refused() {
        let limits = Limits {
            free: 1000,
            ratio: 2,
            ..Limits::default()
        };
        let mut sink = Vec::new();
        assert!(
            Bounded::new(io::repeat(0), &Budget::new(100, &limits))
                .read_to_end(&mut sink)
                .is_err()
        );
    }
}
