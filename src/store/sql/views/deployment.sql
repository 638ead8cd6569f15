-- Deployments with the last state that was reported of them.
CREATE VIEW main.deployment AS
WITH status AS (
    SELECT
        provider,
        change_id,
        arg_max(state, (ts_ns, file_id, "offset")) AS state,
        max(ts_ns) FILTER (WHERE state IN ('success', 'failure', 'error')) AS finished_ns,
        max(run_id) AS run_id,
        count(*) AS statuses
    FROM base.change_status
    GROUP BY provider, change_id
),
once AS (
    SELECT * FROM base.change
    WHERE kind = 'deploy' AND change_id IS NOT NULL AND provider IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY provider, change_id ORDER BY ts_ns DESC NULLS LAST, file_id, "offset") = 1
)
SELECT
    'deployment:' || d.provider || ':' || d.change_id AS id,
    d.provider,
    d.change_id,
    d.service,
    d.environment,
    shipped_version(d.image, d.version) AS version,
    d.version AS version_label,
    d.sha,
    d.digest,
    d.image,
    d.repository,
    d.source_ref,
    coalesce(d.run_id, s.run_id) AS run_id,
    d.action,
    coalesce(s.state, d.state) AS state,
    d.requested_by,
    d.acted_as,
    d.object,
    d.description,
    coalesce(d.started_ns, d.ts_ns) AS started_ns,
    coalesce(d.finished_ns, s.finished_ns) AS finished_ns,
    d.url,
    d.evidence_class,
    d.file_id,
    d."offset",
    d.length
FROM once AS d
LEFT JOIN status AS s ON s.provider = d.provider AND s.change_id = d.change_id;
