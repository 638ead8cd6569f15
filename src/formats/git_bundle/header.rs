//! The text that a bundle opens with: version, capabilities, what the reader must have, refs.

use gix_hash::Kind as Hash;

/// How many refs a bundle may have.
const MOST_REFS: usize = 2_000_000;

/// The head of a bundle.
pub(super) struct Header {
    /// Refs with their objects' ids in hex.
    pub(super) refs: Vec<(String, String)>,
    /// Where the line of each ref starts and how long it is.
    pub(super) lines: Vec<(usize, usize)>,
    pub(super) hash: Hash,
    /// Where the pack starts.
    pub(super) end: usize,
}

impl Header {
    /// The version in the first line, if that is one of a bundle.
    pub(super) fn version(bytes: &[u8]) -> Option<u8> {
        let (version, rest) = bytes.strip_prefix(b"# v")?.split_first()?;
        let told = version.is_ascii_digit() && rest.starts_with(b" git bundle\n");
        told.then_some(version & 0xf)
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, &'static str> {
        match Self::version(bytes) {
            Some(2 | 3) => {}
            Some(_) => return Err("a version of bundles other than 2 and 3"),
            None => return Err("no bundle"),
        }
        let mut header = Self {
            refs: Vec::new(),
            lines: Vec::new(),
            hash: Hash::Sha1,
            end: 0,
        };
        let mut at = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |end| end + 1);
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            let Some(length) = memchr::memchr(b'\n', rest) else {
                return Err("the head of the bundle is cut off");
            };
            let line = rest.get(..length).unwrap_or_default();
            at += length + 1;
            match line.first() {
                None => break,
                Some(b'@') => {
                    if line == b"@object-format=sha256" {
                        header.hash = Hash::Sha256;
                    }
                }
                // An object that the reader must have already.
                Some(b'-') => {}
                Some(_) => {
                    let text = String::from_utf8_lossy(line);
                    let (id, name) = text.split_once(' ').ok_or("a ref without a name")?;
                    if header.refs.len() >= MOST_REFS {
                        return Err("too many refs");
                    }
                    header.lines.push((at - length - 1, length));
                    header.refs.push((id.to_ascii_lowercase(), name.to_owned()));
                }
            }
        }
        header.end = at;
        Ok(header)
    }

    /// True where notes are among the refs.
    pub(super) fn has_notes(&self) -> bool {
        self.refs
            .iter()
            .any(|(_, name)| name.starts_with("refs/notes/"))
    }
}
