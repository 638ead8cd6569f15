//! The closed lists of words that a policy may write.

/// A word of a closed list.
pub trait Word: Copy + 'static {
    /// What the list is of, with its article: "a severity".
    const WHAT: &'static str;
    /// Every word, in the order in which they are offered.
    const ALL: &'static [(&'static str, Self)];
}

macro_rules! words {
    ($(#[$about:meta])* $name:ident, $what:literal { $($(#[$says:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$says])* $variant,)+ }

        impl $name {
            /// The word as policies and the contracts write it.
            #[must_use]
            pub fn token(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// The value of a word; `None` for any other text.
            #[must_use]
            pub fn of(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, form: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                form.pad(self.token())
            }
        }

        impl Word for $name {
            const WHAT: &'static str = $what;
            const ALL: &'static [(&'static str, Self)] = &[$(($word, Self::$variant),)+];
        }
    };
}

words! {
    /// How much depends on a service. Ordered from the least to the most.
    Tier, "a tier" {
        /// Little depends on it.
        Low = "low",
        /// The usual.
        Medium = "medium",
        /// Much depends on it.
        High = "high",
        /// Everything depends on it.
        Critical = "critical",
    }
}

words! {
    /// How bad a finding is. Ordered from the least to the most.
    Severity, "a severity" {
        /// Worth knowing.
        Info = "info",
        /// Look at it some day.
        Low = "low",
        /// Look at it before the next release.
        Medium = "medium",
        /// Look at it today.
        High = "high",
        /// Look at it now.
        Critical = "critical",
    }
}

words! {
    /// How completely a release's chain is linked (domain.md 2.4). Ordered from nothing to all.
    Level, "a chain level" {
        /// Orphan: behaviour without a deployment.
        C0 = "C0",
        /// Located: by time and service only.
        C1 = "C1",
        /// Identified: instance, deployment, artifact and commit by identifiers.
        C2 = "C2",
        /// Bound by digest.
        C3 = "C3",
        /// Attested and approved.
        C4 = "C4",
        /// Reconstructable from the request to the outcome.
        C5 = "C5",
    }
}

words! {
    /// The channel of a finding; channels are never mixed (domain.md 3.1).
    Channel, "a channel" {
        /// One hit suffices.
        Policy = "policy",
        /// Never seen in the baseline.
        Novelty = "novelty",
        /// A rate, mix or latency moved.
        Shift = "shift",
        /// A signature, signer or approval is not what it should be.
        Trust = "trust",
        /// Evidence that should be there is not, or instances are not what they should be.
        Gap = "gap",
    }
}

words! {
    /// What a finding is about.
    Family, "a family" {
        /// Reads of secrets.
        Secret = "secret",
        /// Connections.
        Network = "network",
        /// Rights, granted or used.
        Privilege = "privilege",
        /// Error paths.
        Error = "error",
        /// Templates of log lines.
        Template = "template",
        /// Rates of errors or requests.
        Rate = "rate",
        /// Durations.
        Latency = "latency",
        /// Business outcomes.
        Outcome = "outcome",
        /// Where an artifact comes from.
        Provenance = "provenance",
        /// Who agreed to it.
        Approval = "approval",
        /// What an agent did.
        Agent = "agent",
        /// Instances and telemetry.
        Coverage = "coverage",
    }
}

words! {
    /// What a rollback criterion asks for.
    Action, "an action" {
        /// Go back to a known good release.
        Rollback = "rollback",
        /// Switch the behaviour or the service off at once.
        KillSwitch = "kill_switch",
        /// Ship nothing further.
        Freeze = "freeze",
        /// Ship nothing further until a person has looked.
        FreezeAndReview = "freeze_and_review",
        /// Do not promote this release to more instances or the next environment.
        BlockPromotion = "block_promotion",
        /// Promote this release.
        Promote = "promote",
    }
}

words! {
    /// Which way a metric must not move.
    Direction, "a direction" {
        /// More is worse.
        Up = "up",
        /// Less is worse.
        Down = "down",
        /// Any move counts.
        Both = "both",
    }
}

words! {
    /// A person or program that an approver must not be.
    Party, "a party" {
        /// Author of the shipped commits.
        Author = "author",
        /// Committer of the shipped commits.
        Committer = "committer",
        /// Who ran the agent's session.
        SessionUser = "session.user",
        /// The agent itself.
        Agent = "agent",
        /// Who started the deployment.
        Deployer = "deployer",
        /// Who asked for the change.
        Requester = "requester",
    }
}

words! {
    /// What an approval must be bound to.
    Bound, "what an approval is bound to" {
        /// The tree that was merged: approvals before a further push do not count.
        MergeTree = "merge_tree",
        /// The last commit of the change request.
        HeadCommit = "head_commit",
        /// Nothing: an approval of any revision counts.
        Any = "any",
    }
}

words! {
    /// A decision of a gate.
    Decision, "a decision" {
        /// The gate let the release pass, by a person or a program.
        Pass = "pass",
        /// A person approved it.
        Approved = "approved",
    }
}

words! {
    /// What absent evidence means for a gate.
    Absent, "a way to treat absent evidence" {
        /// The gate fails where the evidence would be there if it existed, and cannot be judged
        /// where it was not collected.
        Judge = "judge",
        /// Absence is noted in the verdict and blocks nothing; a contradiction still fails.
        Note = "note",
    }
}

words! {
    /// Whether somebody looked on while an agent worked.
    Autonomy, "a degree of autonomy" {
        /// A person took part in each merge and deployment.
        Attended = "attended",
        /// An agent merged or deployed without a human step.
        Unattended = "unattended",
    }
}

words! {
    /// A check of the instances and their telemetry.
    Gap, "a check of coverage" {
        /// Instances of one service and environment run different digests.
        DigestMixed = "instance_digest_mixed",
        /// An instance still runs the former digest after the rollout.
        LeftBehind = "left_behind",
        /// An instance or service that should speak is silent.
        Silence = "silence",
    }
}

words! {
    /// What can be wrong with a release's papers; each is a witness of the paper trail.
    Doubt, "a check of the paper trail" {
        /// A signature that does not hold.
        BadSignature = "bad_signature",
        /// Provenance of another commit.
        OtherSource = "other_source",
        /// Provenance by a builder that built nothing else.
        OtherBuilder = "other_builder",
        /// Bytes that ran and that no statement is about.
        OtherDigest = "other_digest",
        /// No provenance, where others have it.
        NoProvenance = "no_provenance",
        /// A version that named several commits or digests.
        TagMoved = "tag_moved",
        /// A forced push off one of its commits.
        Rewritten = "rewritten",
        /// An approval of another revision, or by the author.
        Approval = "approval",
        /// An agent's session that is not in the evidence.
        NoSession = "no_session",
    }
}

words! {
    /// A field of a behaviour that lists of patterns are about.
    Field, "a field" {
        /// Id of a secret, without its version.
        Secret = "secret",
        /// Who acted: `namespace/name` of a service account, a role.
        Principal = "principal",
        /// Where a connection went, as `host:port`.
        Dst = "dst",
        /// What was done: `secrets.get`, `iam:PassRole`.
        Action = "action",
        /// What it was done to.
        Resource = "resource",
        /// The program that ran.
        Process = "process",
        /// The service.
        Service = "service",
        /// The environment.
        Environment = "environment",
        /// The release's id, `service@version/environment`.
        Release = "release",
        /// A finding's subject, whatever its family.
        Subject = "subject",
    }
}
