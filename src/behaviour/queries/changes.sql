-- Everything that was changed in a stretch of time: deployments, configuration, permissions, flags.
SELECT
    CASE kind WHEN 'deploy' THEN 'deployment:' ELSE 'change:' || kind || ':' END || provider || ':' || change_id AS id,
    kind, coalesce(service, '') AS service, coalesce(environment, '') AS environment, coalesce(version, image_tag(image)) AS version, action, coalesce(object, '') AS object,
    coalesce(acted_as, requested_by, '') AS who, coalesce(started_ns, c.ts_ns) AS ts_ns, c.description, c.digest,
    f.path AS c_file, f.sha256 AS c_sha256, c."offset" AS c_offset, c.length AS c_length
FROM base.change AS c
LEFT JOIN main.file AS f ON f.file_id = c.file_id
WHERE change_id IS NOT NULL AND provider IS NOT NULL AND coalesce(started_ns, c.ts_ns) >= $since AND coalesce(started_ns, c.ts_ns) < $until
  AND NOT (kind = 'deploy' AND action IN ('scale'))
ORDER BY ts_ns, id, c.file_id, c."offset"
LIMIT 20000
