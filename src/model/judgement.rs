//! Tables about what was concluded: log templates, findings, verdicts. Made anew by each load.

use super::record::record;

record! {
    /// What the check of a signed object said.
    Signature SIGNATURE "signature" {
        /// Digest of the statement that is signed: `sha256:hex`.
        statement: Text,
        /// `sigstore_bundle`, `dsse` or `statement`.
        kind: Name,
        /// `valid`, `bad_signature`, `wrong_identity`, `wrong_subject`, `untrusted_root`, `expired`,
        /// `contradicts_certificate`, `not_checkable`, `not_checked` or `absent`.
        result: Name,
        /// The same as a number, 0 for valid: the best one of a statement counts.
        rank: Int,
        /// Who signed; a claim only, unless the result is `valid`.
        signer: Name,
        /// Trust root that it was checked against.
        root: Name,
        /// True where the policy expects this signer.
        authorised: Bool,
        /// One sentence.
        detail: Text,
        /// All of it, as the contracts print it.
        document: Json,
    }
}

record! {
    /// The template that each masked log message belongs to.
    Template TEMPLATE "template" {
        /// Service that logged it.
        service: Name,
        /// `error`, `warn` or `info`.
        severity: Name,
        /// Message with every token that holds a digit masked.
        masked: Text,
        /// Template (Drain), with `<*>` for what varies.
        template: Text,
    }
}

record! {
    /// Something that a release did and should not have done.
    Finding FINDING "finding" {
        /// Trust floor at which it holds: `any`, `matched` or `verified`.
        floor: Name,
        /// Made of what the finding says.
        id: Text,
        /// `service@version/environment`.
        release: Name,
        /// Policy rule or detector.
        rule: Name,
        /// `policy`, `novelty`, `shift`, `trust` or `gap`.
        channel: Name,
        /// secret, network, privilege, error, template, rate, latency, outcome, coverage, …
        family: Name,
        /// `critical`, `high`, `medium`, `low`, `info`.
        severity: Name,
        /// The same as a number, 0 for critical.
        rank: Int,
        /// `open`, `excepted`, `explained` or `unsure`.
        state: Name,
        /// What it is about.
        subject: Text,
        /// One line.
        title: Text,
        /// Last event.
        last_ns: Time,
        /// The whole finding, as the contracts print it.
        document: Json,
    }
}

record! {
    /// Evidence that a release should have and has not.
    Gap GAP "gap" {
        /// Trust floor at which it holds: `any`, `matched` or `verified`.
        floor: Name,
        /// `service@version/environment`.
        release: Name,
        /// What was expected: a hop of the chain, or `telemetry`, `traces`, `signature`.
        expected: Name,
        /// `never_produced`, `not_exported`, `expired`, `sampled_out`, `removed` or `unlinkable`.
        state: Name,
        /// How that is known.
        why: Text,
        /// The whole gap, as the contracts print it.
        document: Json,
    }
}

record! {
    /// What follows for a release.
    Verdict VERDICT "verdict" {
        /// Trust floor at which it holds: `any`, `matched` or `verified`.
        floor: Name,
        /// `service@version/environment`.
        release: Name,
        /// `pass`, `fail` or `inconclusive`.
        verdict: Name,
        /// Name and version of the policy.
        policy: Name,
        /// SHA-256 of the policy.
        policy_digest: Text,
        /// The whole verdict, as the contracts print it.
        document: Json,
    }
}
