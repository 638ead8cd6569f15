//! What a gate decided.
//!
//! Gates are asked by people, by policies and by forges, and each has words of its own. Policies and
//! links compare decisions, so there is one list of words, and every format writes one of it into
//! `gate_decision.decision`.

/// A word of `gate_decision.decision`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// A person, or a program that stands for one, let it pass.
    Approved,
    /// A person, or a program that stands for one, did not.
    Rejected,
    /// The gate was asked and has not answered: no decision yet.
    Requested,
    /// A check or a policy held.
    Passed,
    /// A check or a policy did not hold.
    Failed,
    /// Somebody who may went past the gate without its answer.
    Bypassed,
    /// The source says that it was decided, and not in words that say how.
    Unknown,
}

impl Decision {
    /// Every word, in the order in which they are documented.
    pub const ALL: [Self; 7] = [
        Self::Approved,
        Self::Rejected,
        Self::Requested,
        Self::Passed,
        Self::Failed,
        Self::Bypassed,
        Self::Unknown,
    ];

    /// The token of the column.
    #[must_use]
    pub fn token(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Requested => "requested",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Bypassed => "bypassed",
            Self::Unknown => "unknown",
        }
    }

    /// What a gate means by `word`, in whichever case it writes.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word.trim().to_ascii_lowercase().as_str() {
            "approved" | "approve" | "accepted" | "granted" => Self::Approved,
            "rejected" | "reject" | "declined" | "refused" => Self::Rejected,
            "requested" | "created" | "updated" | "pending" | "waiting" => Self::Requested,
            "passed" | "pass" | "allowed" | "allow" | "success" => Self::Passed,
            "failed" | "fail" | "denied" | "deny" | "failure" => Self::Failed,
            "bypassed" | "overridden" | "skipped" => Self::Bypassed,
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::delivery::GATE_DECISION;

    #[test]
    fn each_word_means_itself_and_is_documented() {
        let mut columns = GATE_DECISION.columns.iter();
        let doc = columns.find(|it| it.name == "decision").unwrap().doc;
        let words: Vec<&str> = doc.split('`').skip(1).step_by(2).collect();
        let known = Decision::ALL.map(Decision::token);
        assert_eq!(words, known, "{doc}");
        for decision in Decision::ALL {
            assert_eq!(Decision::of(decision.token()), decision);
            assert_eq!(Decision::of(&decision.token().to_uppercase()), decision);
        }
        assert_eq!(Decision::of("closed"), Decision::Unknown);
    }
}
