-- One release per service, environment and version (or digest) that went live. Sources spell it
-- differently: a forge's deployment knows commit and version, the cluster knows digest and image,
-- telemetry knows version and environment. What one says of a digest holds for the others.
INSERT INTO base.release
WITH fact AS (
    -- What put it there.
    SELECT
        coalesce(d.service, last_segment(d.image), last_segment(d.repository)) AS service, d.environment,
        shipped_version(d.image, d.version) AS version, d.digest, d.sha,
        coalesce(d.started_ns, d.ts_ns) AS moment, TRUE AS event, d.file_id, d."offset", d.length
    FROM base.change AS d
    WHERE d.kind = 'deploy'
      AND coalesce(d.action, '') NOT IN ('delete', 'scale')
      AND (d.version IS NOT NULL OR d.digest IS NOT NULL OR d.sha IS NOT NULL OR image_tag(d.image) IS NOT NULL)
      AND NOT EXISTS (
          SELECT 1 FROM base.change_status AS s
          WHERE s.provider = d.provider AND s.change_id = d.change_id
          GROUP BY ALL HAVING arg_max(s.state, s.ts_ns) IN ('failure', 'error')
      )
    UNION ALL
    -- What ran.
    SELECT i.service, i.environment, shipped_version(i.image, i.version), i.digest, NULL, coalesce(i.started_ns, i.ts_ns), FALSE,
           i.file_id, i."offset", i.length
    FROM base.instance AS i
    WHERE i.service IS NOT NULL AND (i.digest IS NOT NULL OR i.version IS NOT NULL OR image_tag(i.image) IS NOT NULL)
    UNION ALL
    -- What spoke.
    SELECT r.service_name, r.deployment_environment_name, nullif(r.service_version, 'unknown'), r.container_image_digest,
           CASE WHEN length(r.vcs_ref_head_revision) >= 40 THEN r.vcs_ref_head_revision END, r.ts_ns, FALSE, r.file_id, r."offset", r.length
    FROM base.resource AS r
    WHERE r.service_name IS NOT NULL AND (r.service_version IS NOT NULL OR r.container_image_digest IS NOT NULL)
),
plain AS (
    SELECT * REPLACE (CASE WHEN regexp_matches(version, '^[0-9]+\.[0-9]+') THEN 'v' || version ELSE version END AS version) FROM fact
),
built AS (
    SELECT a.sha, s.digest, last_segment(s.name) AS service
    FROM base.attestation AS a JOIN base.attestation_subject AS s USING (statement)
    WHERE a.sha IS NOT NULL AND NOT coalesce(s.is_source, FALSE)
),
version_digest AS (
    SELECT service, version, min(digest) AS digest FROM plain
    WHERE version IS NOT NULL AND digest IS NOT NULL GROUP BY ALL HAVING count(DISTINCT digest) = 1
),
digest_version AS (
    SELECT service, digest, min(version) AS version FROM plain
    WHERE version IS NOT NULL AND digest IS NOT NULL GROUP BY ALL HAVING count(DISTINCT version) = 1
),
sha_digest AS (
    SELECT sha, service, min(digest) AS digest FROM built GROUP BY ALL HAVING count(DISTINCT digest) = 1
),
digest_sha AS (
    SELECT digest, min(sha) AS sha FROM (
        SELECT digest, sha FROM built
        UNION ALL SELECT digest, sha FROM plain WHERE digest IS NOT NULL AND sha IS NOT NULL
    ) GROUP BY ALL HAVING count(DISTINCT sha) = 1
),
with_digest AS (
    SELECT p.* REPLACE (coalesce(p.digest, vd.digest, sd.digest) AS digest)
    FROM plain AS p
    LEFT JOIN version_digest AS vd ON vd.service = p.service AND vd.version = p.version
    LEFT JOIN sha_digest AS sd ON sd.service = p.service AND sd.sha = p.sha
),
with_all AS (
    SELECT w.* REPLACE (coalesce(w.version, dv.version) AS version, coalesce(w.sha, ds.sha) AS sha)
    FROM with_digest AS w
    LEFT JOIN digest_version AS dv ON dv.service = w.service AND dv.digest = w.digest
    LEFT JOIN digest_sha AS ds ON ds.digest = w.digest
),
home AS (
    SELECT service, min(environment) AS environment FROM with_all
    WHERE environment IS NOT NULL GROUP BY service HAVING count(DISTINCT environment) = 1
),
placed AS (
    SELECT
        w.* REPLACE (coalesce(w.environment, e.environment, h.environment) AS environment),
        coalesce(w.version, digest_short(w.digest), left(w.sha, 12)) AS name
    FROM with_all AS w
    LEFT JOIN (
        SELECT service, version, min(environment) AS environment FROM with_all
        WHERE environment IS NOT NULL AND version IS NOT NULL GROUP BY ALL HAVING count(DISTINCT environment) = 1
    ) AS e ON e.service = w.service AND e.version = w.version
    LEFT JOIN home AS h ON h.service = w.service
),
release AS (
    SELECT
        service, environment, name,
        max(version) AS version, max(digest) AS digest, max(sha) AS sha,
        coalesce(min(moment) FILTER (WHERE event), min(moment)) AS started,
        max(moment) FILTER (WHERE event) AS last_event,
        arg_min(file_id, (NOT event, moment, file_id, "offset")) AS file_id,
        arg_min("offset", (NOT event, moment, file_id, "offset")) AS "offset",
        arg_min(length, (NOT event, moment, file_id, "offset")) AS length
    FROM placed
    WHERE service IS NOT NULL AND name IS NOT NULL
    GROUP BY service, environment, name
),
-- The next time that another version of the service went live.
next AS (
    SELECT r.service, r.environment, r.name, min(p.moment) AS moment, arg_min(p.name, (p.moment, p.name)) AS name_next
    FROM release AS r
    JOIN placed AS p
        ON p.service = r.service AND p.environment IS NOT DISTINCT FROM r.environment AND p.name <> r.name
        AND p.event AND p.moment > coalesce(r.last_event, r.started)
    GROUP BY ALL
)
SELECT
    r.service || '@' || r.name || '/' || coalesce(r.environment, 'unknown') AS id,
    r.service,
    r.version,
    r.environment,
    r.sha,
    r.digest,
    r.started AS started_ns,
    n.moment AS finished_ns,
    CASE
        WHEN n.moment IS NULL THEN 'live'
        WHEN back.started < r.started THEN 'rolled_back'
        ELSE 'replaced'
    END AS status,
    r.file_id,
    r."offset",
    r.length
FROM release AS r
LEFT JOIN next AS n ON n.service = r.service AND n.environment IS NOT DISTINCT FROM r.environment AND n.name = r.name
LEFT JOIN release AS back
    ON back.service = r.service AND back.environment IS NOT DISTINCT FROM r.environment AND back.name = n.name_next
