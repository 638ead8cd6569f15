//! States: a shape and a word for every token that the tables and contracts use.
//!
//! One place decides what `contradicted` or `not_collected` looks like, so that it looks the same
//! in a table, a chain and a report on screen. A token that nobody listed is shown as open, in its
//! own word: an unknown state must never look like a good one.

use std::borrow::Cow;

use super::cell::Cell;
use super::glyphs::Glyphs;
use super::theme::Role;

/// How a state is shown: never by its colour alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark<'a> {
    /// The shape.
    pub glyph: &'static str,
    /// The word.
    pub word: Cow<'a, str>,
    /// The role.
    pub role: Role,
}

/// What a state means for its reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sense {
    Good,
    Equal,
    Bad,
    Open,
    Absent,
    Near,
    Doubtful,
    Plain,
}

/// Tokens of links, verdicts, signatures, gaps, severities, runs and roll-outs.
const SENSES: &[(Sense, &[&str])] = &[
    (
        Sense::Good,
        &[
            "verified",
            "pass",
            "passed",
            "valid",
            "success",
            "succeeded",
            "successful",
            "approved",
            "healthy",
            "completed",
            "complete",
            "whole",
            "live",
            "ok",
        ],
    ),
    (Sense::Equal, &["matched"]),
    (
        Sense::Bad,
        &[
            "contradicted",
            "fail",
            "failed",
            "failure",
            "error",
            "bad_signature",
            "wrong_identity",
            "wrong_subject",
            "contradicts_certificate",
            "critical",
            "high",
            "degraded",
            "rejected",
            "aborted",
            "torn",
        ],
    ),
    (
        Sense::Absent,
        &[
            "missing",
            "not_collected",
            "never_produced",
            "not_exported",
            "sampled_out",
            "absent",
        ],
    ),
    (Sense::Near, &["inferred"]),
    (
        Sense::Doubtful,
        &[
            "expired",
            "untrusted_root",
            "identity_not_judged",
            "removed",
            "medium",
            "rolled_back",
            "cancelled",
            "canceled",
            "timed_out",
            "partial",
            "rollback",
            "denied",
            "not_checked",
            "warning",
        ],
    ),
    (
        Sense::Plain,
        &[
            "low",
            "info",
            "explained",
            "excused",
            "excepted",
            "running",
            "in_progress",
            "pending",
            "queued",
            "skipped",
            "neutral",
            "inactive",
            "replaced",
            "terminated",
            "waiting",
            "deploy",
            "patch",
            "create",
            "update",
        ],
    ),
];

/// The mark of a token.
#[must_use]
pub fn mark<'a>(token: &'a str, glyphs: &Glyphs) -> Mark<'a> {
    let known = SENSES.iter().find(|(_, tokens)| tokens.contains(&token));
    let (glyph, role) = match known.map_or(Sense::Open, |(sense, _)| *sense) {
        Sense::Good => (glyphs.good, Role::Good),
        Sense::Equal => (glyphs.equal, Role::Info),
        Sense::Bad => (glyphs.bad, Role::Bad),
        Sense::Open => (glyphs.open, Role::Unknown),
        Sense::Absent => (glyphs.absent, Role::Unknown),
        Sense::Near => (glyphs.near, Role::Warn),
        Sense::Doubtful => (glyphs.warn, Role::Warn),
        Sense::Plain => (glyphs.plain, Role::Dim),
    };
    Mark {
        glyph,
        word: word(token),
        role,
    }
}

/// The mark of how a behaviour changed. New is not good and gone is not bad: shape and word say what
/// happened, and nothing of what follows.
#[must_use]
pub fn change<'a>(token: &'a str, glyphs: &Glyphs) -> Mark<'a> {
    let (glyph, role) = match token {
        "new" => ("+", Role::Added),
        "gone" => ("-", Role::Removed),
        "up" => (glyphs.ascending, Role::Warn),
        "down" => (glyphs.descending, Role::Info),
        "reworded" => (glyphs.near, Role::Dim),
        _ => (glyphs.equal, Role::Dim),
    };
    Mark {
        glyph,
        word: word(token),
        role,
    }
}

/// A token as a word: `not_collected` is `not collected`.
#[must_use]
pub fn word(token: &str) -> Cow<'_, str> {
    match token {
        "" => Cow::Borrowed("unknown"),
        _ if token.contains('_') => Cow::Owned(token.replace('_', " ")),
        _ => Cow::Borrowed(token),
    }
}

impl Mark<'_> {
    /// Shape and word, for a table or a line.
    #[must_use]
    pub fn cell(&self) -> Cell<'static> {
        Cell::new(format!("{} {}", self.glyph, self.word), self.role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::link;
    use crate::ui::glyphs;

    #[test]
    fn every_state_of_a_link_but_ambiguous_is_listed() {
        for (token, _) in link::STATES
            .iter()
            .filter(|(token, _)| *token != "ambiguous")
        {
            assert_ne!(
                mark(token, &glyphs::UNICODE).glyph,
                glyphs::UNICODE.open,
                "{token}"
            );
        }
    }

    #[test]
    fn a_shape_and_a_word() {
        let shown = |token| mark(token, &glyphs::UNICODE).cell().text.into_owned();
        assert_eq!(shown("valid"), "✓ valid");
        assert_eq!(shown("bad_signature"), "✗ bad signature");
        assert_eq!(shown("not_collected"), "∅ not collected");
        assert_eq!(shown("inferred"), "≈ inferred");
        assert_eq!(shown("inconclusive"), "? inconclusive");
    }

    #[test]
    fn what_is_not_listed_is_open_never_good() {
        let mark = mark("splendid", &glyphs::UNICODE);
        assert_eq!((mark.glyph, mark.role), ("?", Role::Unknown));
        assert_eq!(word(""), "unknown");
    }

    #[test]
    fn no_token_is_listed_twice() {
        let mut tokens: Vec<_> = SENSES.iter().flat_map(|(_, tokens)| *tokens).collect();
        tokens.sort_unstable();
        let all = tokens.len();
        tokens.dedup();
        assert_eq!(tokens.len(), all);
    }
}
