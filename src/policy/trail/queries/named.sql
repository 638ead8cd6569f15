-- The commits and digests that the release's version was said to be, in its environment.
WITH one AS (SELECT * FROM base.release WHERE id = $release AND version IS NOT NULL),
told AS (
    SELECT 'commit' AS source, substr(d.sha, 1, 12) AS value, d.started_ns AS ts_ns, d.file_id, d."offset", d.length
    FROM main.deployment AS d
    JOIN one AS r ON d.service = r.service AND ltrim(d.version, 'v') = ltrim(r.version, 'v') AND d.environment IS NOT DISTINCT FROM r.environment
    WHERE d.sha IS NOT NULL
    UNION ALL
    SELECT 'digest', d.digest, d.started_ns, d.file_id, d."offset", d.length
    FROM main.deployment AS d
    JOIN one AS r ON d.service = r.service AND ltrim(d.version, 'v') = ltrim(r.version, 'v') AND d.environment IS NOT DISTINCT FROM r.environment
    WHERE d.digest IS NOT NULL
    UNION ALL
    SELECT 'digest', i.digest, i.ts_ns, i.file_id, i."offset", i.length
    FROM base.instance AS i
    JOIN one AS r ON i.service = r.service AND ltrim(coalesce(shipped_version(i.image, NULL), i.version), 'v') = ltrim(r.version, 'v')
    WHERE i.digest IS NOT NULL
)
SELECT source, value, min(t.ts_ns) AS ts_ns, count(*) AS records,
       min(f.path) AS c_file, arg_min(f.sha256, f.path) AS c_sha256, arg_min(t."offset", f.path) AS c_offset, arg_min(t.length, f.path) AS c_length
FROM told AS t
LEFT JOIN main.file AS f ON f.file_id = t.file_id
GROUP BY source, value
ORDER BY source, value
