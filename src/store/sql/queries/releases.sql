-- Every release with how completely it can be told (C0 to C3; C4 and C5 need checked signatures and
-- approvals, which a later step brings).
WITH bound AS (
    SELECT
        r.id,
        EXISTS (
            SELECT 1 FROM base.resource AS t
            WHERE t.service_name = r.service
              AND (t.container_image_digest = r.digest OR ltrim(t.service_version, 'v') = ltrim(r.version, 'v'))
        ) OR EXISTS (
            SELECT 1 FROM base.instance AS i
            WHERE i.digest = r.digest OR (i.service = r.service AND ltrim(shipped_version(i.image, i.version), 'v') = ltrim(r.version, 'v'))
        ) AS ran,
        EXISTS (
            SELECT 1 FROM base.resource AS t WHERE t.container_image_digest = r.digest
            UNION ALL SELECT 1 FROM base.instance AS i WHERE i.digest = r.digest
        ) AS ran_digest,
        EXISTS (
            SELECT 1 FROM base.attestation_subject AS s JOIN base.attestation AS a USING (statement)
            WHERE s.digest = r.digest AND a.sha = r.sha
        ) AS proven,
        EXISTS (
            SELECT 1 FROM base.link AS l WHERE l.from_id = 'release:' || r.id AND l.to_id LIKE 'deployment:%'
        ) AS deployed,
        r.sha IS NOT NULL OR EXISTS (
            SELECT 1 FROM base.link AS l JOIN base.link AS c ON c.to_id = l.to_id AND c.from_id LIKE 'commit:%' AND c.state <> 'contradicted'
            WHERE l.from_id = 'release:' || r.id AND l.to_id LIKE 'deployment:%'
        ) AS sourced
    FROM base.release AS r
)
SELECT
    r.id, r.service, r.version, r.sha AS commit, r.digest, r.environment, r.started_ns, r.finished_ns, r.status,
    -- Judging knows of signatures and approvals besides.
    greatest((SELECT max(json_extract_string(v.document, '$.level')) FROM base.verdict AS v WHERE v.release = r.id), CASE
        WHEN b.ran_digest AND b.proven THEN 'C3'
        WHEN b.ran AND b.sourced THEN 'C2'
        WHEN b.ran AND b.deployed THEN 'C1'
        ELSE 'C0'
    END) AS level,
    coalesce((
        SELECT json_group_object(severity, n) FROM (
            SELECT severity, min(rank) AS rank, count(*) AS n FROM base.finding WHERE release = r.id AND state IN ('open', 'explained')
            GROUP BY severity ORDER BY rank
        )
    ), '{}') AS findings,
    coalesce((SELECT min(verdict) FROM base.verdict AS v WHERE v.release = r.id), 'inconclusive') AS verdict,
    f.path AS c_file, f.sha256 AS c_sha256, r."offset" AS c_offset, r.length AS c_length
FROM base.release AS r
JOIN bound AS b USING (id)
LEFT JOIN main.file AS f ON f.file_id = r.file_id
WHERE ($since IS NULL OR r.started_ns >= $since)
  AND ($until IS NULL OR r.started_ns < $until)
  AND ($service IS NULL OR r.service = $service)
ORDER BY r.started_ns NULLS LAST, r.id
LIMIT $limit
