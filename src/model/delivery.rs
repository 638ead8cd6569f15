//! Tables about how code was shipped: builds, artifacts, attestations, changes, instances.

use super::record::record;

record! {
    /// A CI run in one state; the newest row is its present state.
    Build BUILD "build" {
        /// CI system: `github`, `gitlab`.
        provider: Name,
        /// Canonical repository.
        repository: Name,
        /// Run id.
        run_id: Text,
        /// Attempt, from 1.
        attempt: Int,
        /// Name of the workflow or pipeline.
        workflow: Name,
        /// Path of the workflow file.
        workflow_path: Name,
        /// What triggered it: `push`, `pull_request`, `workflow_dispatch`.
        event: Name,
        /// Commit that was checked out; for a pull request its head, not the merge that was built.
        sha: Text,
        /// Branch.
        branch: Name,
        /// `queued`, `in_progress`, `completed`.
        status: Name,
        /// `success`, `failure`, `cancelled`.
        conclusion: Name,
        /// Who triggered it.
        actor: Name,
        /// Title shown by the CI system.
        title: Text,
        /// Change request that it built for.
        change_request: Int,
        /// Start.
        started_ns: Time,
        /// End.
        finished_ns: Time,
        /// Web address.
        url: Text,
    }
}

record! {
    /// A job of a CI run.
    Job JOB "job" {
        /// CI system.
        provider: Name,
        /// Canonical repository.
        repository: Name,
        /// Run id.
        run_id: Text,
        /// Attempt, from 1.
        attempt: Int,
        /// Job id.
        job_id: Text,
        /// Name.
        name: Name,
        /// `queued`, `in_progress`, `completed`.
        status: Name,
        /// `success`, `failure`, `cancelled`, `skipped`.
        conclusion: Name,
        /// Runner that took it.
        runner: Name,
        /// Start.
        started_ns: Time,
        /// End.
        finished_ns: Time,
        /// Steps: an array of objects with `name`, `status`, `conclusion`.
        steps: Json,
        /// Web address.
        url: Text,
    }
}

record! {
    /// An artifact as some source names it, keyed by digest.
    Artifact ARTIFACT "artifact" {
        /// `algorithm:hex`.
        digest: Text,
        /// Name without tag or digest, such as an image repository.
        name: Name,
        /// Version or tag.
        version: Name,
        /// Package URL.
        purl: Text,
        /// `image`, `package`, `file`, `sbom`.
        kind: Name,
        /// Commit that the source says it was made from.
        sha: Text,
        /// Run that the source says made it.
        run_id: Text,
    }
}

record! {
    /// A statement about artifacts, signed or not. Its subjects are in `attestation_subject`.
    Attestation ATTESTATION "attestation" {
        /// Digest of the statement's bytes: `sha256:hex`.
        statement: Text,
        /// in-toto predicate type.
        predicate_type: Name,
        /// SLSA builder id.
        builder_id: Name,
        /// SLSA build type.
        build_type: Name,
        /// Canonical source repository.
        repository: Name,
        /// Source ref.
        source_ref: Name,
        /// Source commit.
        sha: Text,
        /// CI system of the run.
        provider: Name,
        /// CI run id.
        run_id: Text,
        /// CI attempt.
        attempt: Int,
        /// Trigger event.
        event: Name,
        /// Path of the workflow.
        workflow_path: Name,
        /// Start of the build, where the predicate says.
        started_ns: Time,
        /// End of the build, where the predicate says.
        finished_ns: Time,
        /// Wrapper of this row: `statement`, `dsse` or `sigstore_bundle`. An envelope's row carries
        /// the signature's columns; its statement's row carries the facts.
        wrapper: Name,
        /// Key ids or certificate identities of the signatures, separated by blanks.
        signer: Name,
        /// Number of signatures.
        signatures: Int,
        /// Result of checking the signature; `not_checked` until something checks it, `absent` where
        /// there is none.
        signature_state: Name,
        /// Time from the transparency log or a timestamp authority.
        logged_ns: Time,
    }
}

record! {
    /// One subject of an attestation: an artifact that the statement is about.
    AttestationSubject ATTESTATION_SUBJECT "attestation_subject" {
        /// Digest of the statement's bytes: `sha256:hex`.
        statement: Text,
        /// Name of the subject.
        name: Name,
        /// `algorithm:hex`.
        digest: Text,
        /// True for a digest of the source (`gitCommit`, `sha1` of a tag) rather than of a file.
        is_source: Bool,
    }
}

record! {
    /// Any change to production: deploy, config, flag, data, iam, schema, model.
    Change CHANGE "change" {
        /// `deploy`, `config`, `flag`, `data`, `iam`, `schema` or `model`.
        kind: Name,
        /// System that recorded it: `github`, `kubernetes`, `argocd`, `aws`.
        provider: Name,
        /// Id in that system.
        change_id: Text,
        /// Canonical repository.
        repository: Name,
        /// Service.
        service: Name,
        /// Environment.
        environment: Name,
        /// Version or tag that was to go live.
        version: Name,
        /// Commit.
        sha: Text,
        /// Ref.
        source_ref: Name,
        /// Artifact digest, `algorithm:hex`.
        digest: Text,
        /// Image as written.
        image: Text,
        /// CI run that made the change.
        run_id: Text,
        /// `deploy`, `rollback`, `scale`, `restart` or the system's own word.
        action: Name,
        /// State in the record; later states are in `change_status`.
        state: Name,
        /// Who asked for it.
        requested_by: Name,
        /// The credential that acted.
        acted_as: Name,
        /// What was changed: `deployments/shop/checkout`.
        object: Text,
        /// What the record says it did.
        description: Text,
        /// Start.
        started_ns: Time,
        /// End, where the record says.
        finished_ns: Time,
        /// Web address.
        url: Text,
    }
}

record! {
    /// A state that a change passed through.
    ChangeStatus CHANGE_STATUS "change_status" {
        /// System that recorded it.
        provider: Name,
        /// Canonical repository.
        repository: Name,
        /// Id of the change in that system.
        change_id: Text,
        /// Id of the status.
        status_id: Text,
        /// `queued`, `pending`, `in_progress`, `success`, `failure`, `error`, `inactive`.
        state: Name,
        /// Environment.
        environment: Name,
        /// Text.
        description: Text,
        /// CI run that reported it.
        run_id: Text,
        /// Who reported it.
        actor: Name,
    }
}

record! {
    /// A decision to let something pass: deployment approval, policy evaluation, branch rule.
    GateDecision GATE_DECISION "gate_decision" {
        /// Name of the gate, such as the protected environment.
        gate: Name,
        /// Canonical repository.
        repository: Name,
        /// What was decided on: a digest, commit or run.
        subject: Text,
        /// CI run that waited.
        run_id: Text,
        /// Commit.
        sha: Text,
        /// Environment.
        environment: Name,
        /// `approved`, `rejected`, `requested`, `passed`, `failed`, `bypassed` or `unknown`.
        decision: Name,
        /// Who decided.
        approver: Name,
        /// Who asked.
        requestor: Name,
        /// Comment.
        comment: Text,
        /// Digest of the policy, where a policy decided.
        policy_digest: Text,
    }
}

record! {
    /// A running unit as one observation shows it: a pod's container, a task, a process.
    Instance INSTANCE "instance" {
        /// Cluster.
        cluster: Name,
        /// Namespace.
        namespace: Name,
        /// Pod or instance name.
        name: Text,
        /// Unique id.
        uid: Text,
        /// Container within the pod.
        container: Name,
        /// Container id without its runtime prefix.
        container_id: Text,
        /// Service: the deployment or workload that owns it.
        service: Name,
        /// Environment.
        environment: Name,
        /// Version label.
        version: Name,
        /// Image as written in the specification.
        image: Text,
        /// Digest that runs, `algorithm:hex`.
        digest: Text,
        /// Owner reference: `replicasets/checkout-6d5f`.
        owner: Text,
        /// Service account that it acts as, as `namespace/name`.
        service_account: Name,
        /// Node.
        node: Name,
        /// Address.
        ip: Name,
        /// `running`, `terminated`, `waiting` or the source's phase.
        state: Name,
        /// Start.
        started_ns: Time,
        /// End.
        ended_ns: Time,
        /// Restarts.
        restarts: Int,
    }
}

record! {
    /// A part that a bill of materials says an artifact is made of.
    Component COMPONENT "component" {
        /// Identity of the bill: serial number with version, document namespace, or element id.
        bom: Text,
        /// Name of what the bill describes.
        subject_name: Name,
        /// Digest of what the bill describes, `algorithm:hex`.
        subject_digest: Text,
        /// Package URL of what the bill describes.
        subject_purl: Text,
        /// Id of the part within the bill.
        component_id: Text,
        /// Name, with its group where it has one.
        name: Name,
        /// Version.
        version: Name,
        /// Package URL.
        purl: Text,
        /// `library`, `application`, `container`, `file` or the bill's own word, in lower case.
        kind: Name,
        /// Digest, `algorithm:hex`: SHA-256 where the bill has it, else the strongest.
        digest: Text,
        /// Licences as the bill writes them, joined by ` AND `.
        licenses: Name,
        /// Who supplies it.
        supplier: Name,
        /// `required`, `optional` or `excluded`, where the bill says.
        scope: Name,
    }
}

record! {
    /// The outcome of one test case, or of a suite that failed outside its cases.
    TestResult TEST_RESULT "test_result" {
        /// Runner or report: `junit`, `go`.
        tool: Name,
        /// Suite (`test.suite.name`): package, class or file; nested ones are joined by `/`.
        suite: Name,
        /// Test case (`test.case.name`); absent for a suite's own outcome.
        name: Text,
        /// `passed`, `failed`, `error` or `skipped`.
        result: Name,
        /// How long it ran.
        duration_ns: Int,
        /// First line of the failure, or the reason of the skip.
        message: Text,
        /// Whole text of the failure.
        details: Text,
        /// Source file, where the report says.
        file_path: Text,
        /// Line there.
        line: Int,
        /// Host that ran it.
        host: Name,
        /// Canonical repository, where the report says.
        repository: Name,
        /// Commit, where the report says.
        sha: Text,
        /// CI run, where the report says.
        run_id: Text,
    }
}

record! {
    /// A result of a static analysis, secret scan or vulnerability scan.
    ScanResult SCAN_RESULT "scan_result" {
        /// Tool that found it.
        tool: Name,
        /// Version of the tool.
        tool_version: Name,
        /// Rule.
        rule_id: Name,
        /// `error`, `warning`, `note` or `none`.
        level: Name,
        /// `fail`, `pass`, `open`, `informational`, `notApplicable` or `review`.
        kind: Name,
        /// Message, with its arguments put in.
        message: Text,
        /// File, as written.
        path: Text,
        /// First line.
        line_start: Int,
        /// Last line, inclusive.
        line_end: Int,
        /// CVSS-like score that the rule states (`security-severity`).
        score: Float,
        /// `new`, `unchanged`, `updated` or `absent` against the tool's own baseline.
        baseline_state: Name,
        /// True where the result is suppressed.
        suppressed: Bool,
        /// A fingerprint that is stable between runs.
        fingerprint: Text,
        /// Canonical repository that was scanned.
        repository: Name,
        /// Commit that was scanned.
        sha: Text,
        /// Branch that was scanned.
        branch: Name,
        /// Category and id of the scan.
        automation_id: Text,
        /// First other location, tags and the like, as an object.
        attributes: Json,
    }
}
