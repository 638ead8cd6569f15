-- One row per thing where the tables have one per record: the newest state, or what all records
-- together say.

CREATE VIEW main.commit_now AS
SELECT * FROM base.commit
WHERE sha IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY sha ORDER BY committed_ns IS NULL, tree IS NULL, file_id, "offset") = 1;

CREATE VIEW main.build_now AS
SELECT *, 'build:' || concat_ws('/', coalesce(repository, provider), run_id, coalesce(attempt, 1)) AS id
FROM base.build
WHERE run_id IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY coalesce(repository, provider), run_id, coalesce(attempt, 1)
    ORDER BY conclusion IS NULL, ts_ns DESC NULLS LAST, file_id, "offset"
) = 1;

CREATE VIEW main.change_request_now AS
SELECT *, 'change_request:' || concat_ws('#', repository, number) AS id
FROM base.change_request
WHERE number IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY repository, number ORDER BY merged_ns IS NULL, ts_ns DESC NULLS LAST, file_id, "offset"
) = 1;

CREATE VIEW main.session_now AS
SELECT
    'session:' || tool || ':' || session_id AS id,
    tool,
    session_id,
    max(session_hash) AS session_hash,
    max(title) AS title,
    max(model) AS model,
    max(version) AS version,
    max(cwd) AS cwd,
    max(branch) AS branch,
    max(operator) AS operator,
    min(started_ns) AS started_ns,
    max(ended_ns) AS ended_ns,
    max(change_request_url) AS change_request_url,
    -- Known only from a note: the transcript itself is not in the case.
    count(started_ns) > 0 AS has_transcript,
    arg_min(evidence_class, (started_ns IS NULL, file_id, "offset")) AS evidence_class,
    arg_min(file_id, (started_ns IS NULL, file_id, "offset")) AS file_id,
    arg_min("offset", (started_ns IS NULL, file_id, "offset")) AS "offset",
    arg_min(length, (started_ns IS NULL, file_id, "offset")) AS length
FROM base.session
WHERE tool IS NOT NULL AND session_id IS NOT NULL
GROUP BY tool, session_id;

CREATE VIEW main.instance_now AS
SELECT
    'instance:' || concat_ws('/', namespace, name, container) AS id,
    namespace,
    name,
    container,
    max(uid) AS uid,
    max(service) AS service,
    max(environment) AS environment,
    max(version) AS version,
    max(image) AS image,
    max(digest) AS digest,
    count(DISTINCT digest) AS digests,
    max(owner) AS owner,
    max(service_account) AS service_account,
    max(node) AS node,
    max(ip) AS ip,
    arg_max(state, (ts_ns, file_id, "offset")) AS state,
    min(started_ns) AS started_ns,
    max(ended_ns) AS ended_ns,
    max(ts_ns) AS seen_ns,
    max(restarts) AS restarts,
    min(evidence_class) AS evidence_class,
    arg_max(file_id, (ts_ns, file_id, "offset")) AS file_id,
    arg_max("offset", (ts_ns, file_id, "offset")) AS "offset",
    arg_max(length, (ts_ns, file_id, "offset")) AS length
FROM base.instance
WHERE name IS NOT NULL
GROUP BY namespace, name, container;

CREATE VIEW main.attestation_now AS
WITH checked AS (
    -- Of several signatures on a statement the best one counts.
    SELECT statement, arg_min(result, (rank, file_id, "offset")) AS result, arg_min(detail, (rank, file_id, "offset")) AS detail,
           arg_min(signer, (rank, file_id, "offset")) AS signer, bool_or(authorised) AS authorised, arg_min(root, (rank, file_id, "offset")) AS root
    FROM base.signature GROUP BY statement
)
SELECT
    'attestation:' || statement AS id,
    statement,
    max(predicate_type) AS predicate_type,
    max(builder_id) AS builder_id,
    max(build_type) AS build_type,
    max(repository) AS repository,
    max(source_ref) AS source_ref,
    max(sha) AS sha,
    max(provider) AS provider,
    max(run_id) AS run_id,
    max(attempt) AS attempt,
    max(event) AS event,
    max(workflow_path) AS workflow_path,
    min(started_ns) AS started_ns,
    max(finished_ns) AS finished_ns,
    max(logged_ns) AS logged_ns,
    string_agg(DISTINCT wrapper, ' ' ORDER BY wrapper) AS wrappers,
    coalesce(any_value(c.signer), max(a.signer)) AS signer,
    max(signatures) AS signatures,
    -- A statement in no envelope has no signature; one in an envelope has a signature that nothing checked.
    coalesce(any_value(c.result), max(signature_state) FILTER (WHERE wrapper <> 'statement'), max(signature_state), 'absent') AS signature_state,
    any_value(c.detail) AS signature_detail,
    coalesce(bool_or(c.authorised), FALSE) AS is_authorised,
    any_value(c.root) AS trust_root,
    min(evidence_class) AS evidence_class,
    arg_min(file_id, (wrapper <> 'statement', file_id, "offset")) AS file_id,
    arg_min("offset", (wrapper <> 'statement', file_id, "offset")) AS "offset",
    arg_min(length, (wrapper <> 'statement', file_id, "offset")) AS length
FROM base.attestation AS a
LEFT JOIN checked AS c USING (statement)
WHERE statement IS NOT NULL
GROUP BY statement;
