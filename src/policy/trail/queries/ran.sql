-- The digests that ran or were deployed under each release's version, where the service's running digests
-- are attested at all: a registry's index and a node's manifest have digests of their own, and only a
-- service that once matched shows that it attests what its nodes report.
WITH one AS (SELECT * FROM base.release WHERE id IN (SELECT unnest(from_json($releases, '["VARCHAR"]'))) AND version IS NOT NULL),
told AS (
    SELECT r.id AS release, 'instance' AS source, i.digest AS value, i.ts_ns, i.file_id, i."offset", i.length
    FROM base.instance AS i
    JOIN one AS r ON i.service = r.service AND ltrim(coalesce(shipped_version(i.image, NULL), i.version), 'v') = ltrim(r.version, 'v')
    WHERE i.digest IS NOT NULL
    UNION ALL
    SELECT r.id, 'deployment', d.digest, d.started_ns, d.file_id, d."offset", d.length
    FROM main.deployment AS d
    JOIN one AS r ON d.service = r.service AND ltrim(d.version, 'v') = ltrim(r.version, 'v')
    WHERE d.digest IS NOT NULL
)
SELECT t.release AS of, source, value, min(t.ts_ns) AS ts_ns, count(*) AS records,
       min(f.path) AS c_file, arg_min(f.sha256, f.path) AS c_sha256, arg_min(t."offset", f.path) AS c_offset, arg_min(t.length, f.path) AS c_length
FROM told AS t
LEFT JOIN main.file AS f ON f.file_id = t.file_id
WHERE t.release IN (
    SELECT r.id FROM base.instance AS i JOIN base.attestation_subject AS s ON s.digest = i.digest
    JOIN one AS r ON r.service = i.service
)
GROUP BY t.release, source, value
ORDER BY t.release, source, value
