//! Tables about the evidence itself: the files of the case, what was rejected, what was passed over.

use super::record::record;

record! {
    /// A file of the case: an input, a member of an archive, or a decoded payload.
    EvidenceFile EVIDENCE_FILE "evidence_file" {
        /// SHA-256 of its bytes, lower-case hex.
        sha256: Text,
        /// Path in the bundle; `archive!member` inside archives and envelopes.
        path: Text,
        /// Size.
        bytes: Int,
        /// Format that read it.
        format: Name,
        /// How sure the format was, 0 to 100.
        likelihood: Int,
        /// `loaded`, or why not: `empty`, `binary`, `unknown_format`, `truncated`, `refused`, `container`.
        state: Name,
        /// One sentence on a state that is not `loaded`, and on ties between formats.
        note: Text,
        /// Units met.
        read: Int,
        /// Units understood.
        kept: Int,
        /// Units that are broken.
        rejected: Int,
        /// Units passed over by a rule of the format.
        ignored: Int,
        /// SHA-256 of the file that it was found in.
        parent_sha256: Text,
        /// Where it stands there.
        parent_offset: Int,
        /// How long it is there.
        parent_length: Int,
    }
}

record! {
    /// Bytes that a format could not read, and why. `offset` and `length` lead to them.
    Reject REJECT "reject" {
        /// Format that read the file.
        format: Name,
        /// Why, as a lower-case clause.
        why: Text,
    }
}

record! {
    /// Units that a format passed over by a rule.
    Ignored IGNORED "ignored" {
        /// Format that read the file.
        format: Name,
        /// The rule.
        rule: Name,
        /// How many.
        units: Int,
    }
}
