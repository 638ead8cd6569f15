-- Everything that can be pointed at. What a record of its own describes ranks before what another
-- record only mentions, so that a commit that no git export holds is still a node, cited to the
-- record that names it.
INSERT INTO base.entity
WITH told AS (
    SELECT 'request:' || coalesce(CASE WHEN key LIKE '#%' THEN repository || key ELSE key END, '') AS id,
           'request' AS kind, coalesce(CASE WHEN key LIKE '#%' THEN repository || key ELSE key END, '') AS key,
           concat_ws(' ', key, title) AS label, ts_ns, evidence_class, NULL AS service, NULL AS environment,
           file_id, "offset", length, 1 AS rank
    FROM base.request WHERE key IS NOT NULL
    UNION ALL
    SELECT 'session:' || tool || ':' || session_id, 'session', tool || ':' || session_id,
           coalesce(title, tool || ' ' || left(session_id, 8)), coalesce(started_ns, ts_ns), evidence_class, NULL, NULL,
           file_id, "offset", length, CASE WHEN started_ns IS NULL THEN 2 ELSE 1 END
    FROM base.session WHERE session_id IS NOT NULL AND tool IS NOT NULL
    UNION ALL
    SELECT 'commit:' || sha, 'commit', sha, concat_ws(' ', left(sha, 7), subject), coalesce(committed_ns, authored_ns, ts_ns),
           evidence_class, NULL, NULL, file_id, "offset", length, CASE WHEN committed_ns IS NULL THEN 2 ELSE 1 END
    FROM base.commit WHERE sha IS NOT NULL
    UNION ALL
    SELECT 'change_request:' || concat_ws('#', repository, number), 'change_request', concat_ws('#', repository, number),
           concat_ws(' ', '#' || number, title), coalesce(merged_ns, ts_ns), evidence_class, NULL, NULL,
           file_id, "offset", length, 1
    FROM base.change_request WHERE number IS NOT NULL
    UNION ALL
    SELECT 'review:' || concat_ws('#', repository, number) || ':' || coalesce(review_id, concat_ws('@', reviewer, sha)), 'review',
           concat_ws('#', repository, number) || ':' || coalesce(review_id, concat_ws('@', reviewer, sha)),
           concat_ws(' ', state, 'by', reviewer, 'at', left(sha, 7)), ts_ns, evidence_class, NULL, NULL,
           file_id, "offset", length, 1
    FROM base.review WHERE number IS NOT NULL
    UNION ALL
    SELECT 'build:' || concat_ws('/', coalesce(repository, provider), run_id, coalesce(attempt, 1)), 'build',
           concat_ws('/', coalesce(repository, provider), run_id, coalesce(attempt, 1)),
           concat_ws(' ', workflow, 'run', run_id, coalesce(conclusion, status)), coalesce(started_ns, ts_ns), evidence_class, NULL, NULL,
           file_id, "offset", length, CASE WHEN conclusion IS NULL THEN 2 ELSE 1 END
    FROM base.build WHERE run_id IS NOT NULL
    UNION ALL
    SELECT 'artifact:' || digest, 'artifact', digest, concat_ws(' ', name, version, digest_short(digest)), ts_ns, evidence_class,
           last_segment(name), NULL, file_id, "offset", length, CASE WHEN name IS NULL THEN 2 ELSE 1 END
    FROM base.artifact WHERE digest IS NOT NULL
    UNION ALL
    SELECT 'attestation:' || statement, 'attestation', statement,
           concat_ws(' ', coalesce(last_segment(rtrim(regexp_replace(predicate_type, '/v[0-9.]+$', ''), '/')), 'statement'), digest_short(statement)),
           coalesce(ts_ns, logged_ns, finished_ns, started_ns), evidence_class, NULL, NULL, file_id, "offset", length,
           CASE wrapper WHEN 'statement' THEN 1 ELSE 2 END
    FROM base.attestation WHERE statement IS NOT NULL
    UNION ALL
    SELECT 'gate_decision:' || concat_ws('/', repository, gate, run_id, decision, approver, ts_ns), 'gate_decision',
           concat_ws('/', repository, gate, run_id, decision, approver, ts_ns),
           concat_ws(' ', gate, decision, 'by ' || approver), ts_ns, evidence_class, NULL, environment,
           file_id, "offset", length, 1
    FROM base.gate_decision
    UNION ALL
    SELECT CASE kind WHEN 'deploy' THEN 'deployment:' ELSE 'change:' || kind || ':' END || provider || ':' || change_id,
           CASE kind WHEN 'deploy' THEN 'deployment' ELSE 'change' END,
           CASE kind WHEN 'deploy' THEN '' ELSE kind || ':' END || provider || ':' || change_id,
           concat_ws(' ', CASE WHEN kind <> 'deploy' THEN kind END, provider, coalesce(service, object), version, 'to ' || environment),
           coalesce(started_ns, ts_ns), evidence_class, service, environment, file_id, "offset", length, 1
    FROM base.change WHERE change_id IS NOT NULL AND provider IS NOT NULL
    UNION ALL
    SELECT 'instance:' || concat_ws('/', namespace, name, container), 'instance', concat_ws('/', namespace, name, container),
           concat_ws(' ', name, version, digest_short(digest)), coalesce(started_ns, ts_ns), evidence_class, service, environment,
           file_id, "offset", length, CASE WHEN digest IS NULL THEN 2 ELSE 1 END
    FROM base.instance WHERE name IS NOT NULL
    UNION ALL
    SELECT 'resource:' || span_hex(resource_id), 'resource', span_hex(resource_id),
           concat_ws(' ', service_name, service_version, k8s_pod_name), ts_ns, evidence_class,
           service_name, deployment_environment_name, file_id, "offset", length, 1
    FROM base.resource
    UNION ALL
    SELECT 'identity:' || provider || ':' || principal, 'identity', provider || ':' || principal,
           principal, ts_ns, evidence_class, NULL, NULL, file_id, "offset", length, 1
    FROM base.identity WHERE principal IS NOT NULL
    UNION ALL
    SELECT 'access:' || provider || ':' || coalesce(event_id, file_id || ':' || "offset"), 'access',
           provider || ':' || coalesce(event_id, file_id || ':' || "offset"),
           concat_ws(' ', kind, verb, object, CASE WHEN result <> 'success' THEN result END), ts_ns, evidence_class,
           NULL, NULL, file_id, "offset", length, 1
    FROM base.access WHERE kind <> 'api'
    UNION ALL
    SELECT 'incident:' || provider || ':' || incident_id, 'incident', provider || ':' || incident_id,
           coalesce(title, incident_id), ts_ns, evidence_class, service, environment, file_id, "offset", length, 1
    FROM base.incident WHERE incident_id IS NOT NULL
),
mentioned AS (
    SELECT 'commit:' || sha AS id, 'commit' AS kind, sha AS key, left(sha, 7) AS label, NULL AS ts_ns, evidence_class, NULL AS service,
           NULL AS environment, file_id, "offset", length, 9 AS rank
    FROM (
        SELECT sha, evidence_class, file_id, "offset", length FROM base.build
        UNION ALL SELECT sha, evidence_class, file_id, "offset", length FROM base.change
        UNION ALL SELECT sha, evidence_class, file_id, "offset", length FROM base.attestation
        UNION ALL SELECT sha, evidence_class, file_id, "offset", length FROM base.review
        UNION ALL SELECT head_sha, evidence_class, file_id, "offset", length FROM base.change_request
        UNION ALL SELECT merge_sha, evidence_class, file_id, "offset", length FROM base.change_request
        UNION ALL SELECT sha, evidence_class, file_id, "offset", length FROM base.attribution
        UNION ALL
        SELECT unnest(string_split(lower(commits), ' ')), evidence_class, file_id, "offset", length FROM base.session WHERE commits IS NOT NULL
    )
    WHERE sha IS NOT NULL AND length(sha) >= 40
    UNION ALL
    SELECT 'artifact:' || digest, 'artifact', digest, concat_ws(' ', name, digest_short(digest)), NULL, evidence_class,
           last_segment(name), NULL, file_id, "offset", length, 9
    FROM (
        SELECT digest, name, evidence_class, file_id, "offset", length FROM base.attestation_subject WHERE NOT coalesce(is_source, FALSE)
        UNION ALL SELECT digest, service, evidence_class, file_id, "offset", length FROM base.change
        UNION ALL SELECT digest, service, evidence_class, file_id, "offset", length FROM base.instance
        UNION ALL SELECT container_image_digest, service_name, evidence_class, file_id, "offset", length FROM base.resource
    )
    WHERE digest LIKE 'sha%:%'
    UNION ALL
    SELECT 'request:' || key, 'request', key, key, NULL, evidence_class, NULL, NULL, file_id, "offset", length, 9
    FROM (
        SELECT unnest(ticket_keys(concat_ws(' ', subject, trailers, body))) AS key, evidence_class, file_id, "offset", length FROM base.commit
        UNION ALL
        SELECT unnest(ticket_keys(concat_ws(' ', title, head_ref, body))), evidence_class, file_id, "offset", length FROM base.change_request
    )
)
SELECT id, kind, key, label, ts_ns, evidence_class, service, environment, file_id, "offset", length
FROM (SELECT * FROM told UNION ALL SELECT * FROM mentioned)
QUALIFY row_number() OVER (PARTITION BY id ORDER BY rank, ts_ns DESC NULLS LAST, file_id, "offset", label) = 1
