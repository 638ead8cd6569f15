//! What a parser may say while it reads: this is a record, this is broken, this is not mine, this
//! holds another file, this is newer than I am. It never sees the database.

use std::fmt;

use super::citation::Span;
use super::record::Record;

/// Who stands behind a record (reference: NIST SP 800-86 distinguishes self-reported data from
/// what an independent system recorded).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EvidenceClass {
    /// Said by the actor: transcript text, commit message, author date.
    Asserted,
    /// Recorded by a system that the actor does not control.
    Observed,
    /// Inside a signed statement of a party other than the actor. Says nothing about whether the
    /// signature was checked; that is the attestation's own column.
    Attested,
}

impl EvidenceClass {
    /// The token of the contracts.
    #[must_use]
    pub fn token(self) -> &'static str {
        match self {
            Self::Asserted => "asserted",
            Self::Observed => "observed",
            Self::Attested => "attested",
        }
    }
}

/// Where and when one record was found.
#[derive(Debug, Clone, Copy)]
pub struct Stamp {
    /// The bytes that say it.
    pub span: Span,
    /// When it happened: nanoseconds since the Unix epoch, UTC. `None` where the record has no time.
    pub ts_ns: Option<i64>,
    /// Overrides the class of the format where one record stands apart from the rest.
    pub class: Option<EvidenceClass>,
}

impl Stamp {
    /// A record found at `span` that happened at `ts_ns`, of the format's own evidence class.
    #[must_use]
    pub fn new(span: Span, ts_ns: Option<i64>) -> Self {
        Self {
            span,
            ts_ns,
            class: None,
        }
    }

    /// The same, said by the actor.
    #[must_use]
    pub fn asserted(self) -> Self {
        Self {
            class: Some(EvidenceClass::Asserted),
            ..self
        }
    }
}

/// A file found inside another one: the payload of an envelope, a document in a string. It becomes
/// evidence of its own, so that citations into it lead to plain bytes.
#[derive(Debug, Clone)]
pub struct Nested {
    /// Appended to the parent's path after `!`, such as `payload` or `payload-3`.
    pub name: String,
    /// The decoded bytes.
    pub bytes: Vec<u8>,
    /// Where the encoded form stands in the parent.
    pub span: Span,
}

/// A version of a format that is newer than any the parser knows. It is read all the same, and the
/// reader of the report is warned, for what it added is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Newer {
    /// The format by its own name: `CycloneDX`.
    pub what: &'static str,
    /// The version that the file states, major and minor.
    pub said: (u32, u32),
    /// The newest that is known.
    pub known: (u32, u32),
}

impl fmt::Display for Newer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, said, known } = self;
        write!(
            f,
            "{what} {}.{} is newer than {}.{}, ",
            said.0, said.1, known.0, known.1
        )?;
        f.write_str("the newest version that is known: what it added is not read")
    }
}

/// Takes what a parser finds.
///
/// Accounting: a format names its *unit* (a span, a commit, a turn). For each unit met, `read` is
/// called once and then exactly one of `keep`, `reject` or `ignore`; one kept unit may push any
/// number of records. The load report shows the four numbers, and a test holds that they add up.
pub trait Sink {
    /// `n` units were met.
    fn read(&mut self, n: u64);
    /// `n` units were understood; their records were pushed.
    fn keep(&mut self, n: u64);
    /// One row of one table.
    fn record(&mut self, stamp: Stamp, record: &dyn Record);
    /// One unit is broken: which bytes, and why in a lower-case clause without a full stop.
    fn reject(&mut self, span: Span, why: &str);
    /// `n` units are passed over by a rule of the format (`"duplicate stage"`, `"heartbeat"`).
    fn ignore(&mut self, n: u64, rule: &'static str);
    /// A file inside this one.
    fn nested(&mut self, nested: Nested);
    /// The file, or a unit of it, is of a version that is newer than what is known. Costs no unit and
    /// may be said any number of times; the greatest is what a file is told by.
    fn newer(&mut self, newer: Newer) {
        let _ = newer;
    }
}
