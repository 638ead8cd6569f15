//! Bounds on hostile input. Each is far above what real exports need.

/// The bounds of one load.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub struct Limits {
    /// How deep archives and envelopes may hold one another.
    pub depth: usize,
    /// Members of one archive.
    pub members: usize,
    /// Bytes that one compressed file or archive may unfold to.
    pub expanded: u64,
    /// How many times larger than its sealed form an archive may be, once past [`Self::free`].
    pub ratio: u64,
    /// Expansion up to this many bytes is not judged by ratio.
    pub free: u64,
    /// Longest record; longer ones are cut off and rejected.
    pub record: usize,
    /// Largest file of a format that needs all bytes at once.
    pub whole: u64,
    /// Rejects that are listed for one file; all are counted.
    pub rejects: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 8,
            members: 1_000_000,
            expanded: 256 << 30,
            ratio: 400,
            free: 256 << 20,
            record: 256 << 20,
            whole: 2 << 30,
            rejects: 10_000,
        }
    }
}
