-- Everything that was changed in a stretch of time, with when it took effect: a deployment when the
-- first instance of its release ran, anything else when it was recorded.
SELECT
    CASE c.kind WHEN 'deploy' THEN 'deployment:' ELSE 'change:' || c.kind || ':' END || c.provider || ':' || c.change_id AS id,
    c.kind, coalesce(c.service, '') AS service, coalesce(c.environment, '') AS environment, shipped_version(c.image, c.version) AS version, coalesce(c.object, '') AS object,
    coalesce(c.acted_as, c.requested_by, '') AS who, coalesce(c.started_ns, c.ts_ns) AS ts_ns, r.id AS release, r.status,
    least(p.first_ns, s.first_ns) AS ran_ns,
    (SELECT min(rank) FROM base.finding AS f WHERE f.release = r.id AND f.state IN ('open', 'explained') AND f.channel <> 'trust') AS worst,
    (SELECT count(*) FROM base.finding AS f WHERE f.release = r.id AND f.state IN ('open', 'explained') AND f.rank <= 2 AND f.channel <> 'trust') AS findings,
    (SELECT min(title) FROM base.finding AS f WHERE f.release = r.id AND f.state = 'excused') AS excused,
    f.path AS c_file, f.sha256 AS c_sha256, c."offset" AS c_offset, c.length AS c_length
FROM base.change AS c
LEFT JOIN base.release AS r
    ON c.kind = 'deploy' AND r.service = coalesce(c.service, last_segment(c.image), last_segment(c.repository))
    AND (r.digest = c.digest OR r.sha = c.sha OR ltrim(r.version, 'v') = ltrim(shipped_version(c.image, c.version), 'v'))
LEFT JOIN (SELECT release, min(started_ns) AS first_ns FROM base.placement GROUP BY release) AS p ON p.release = r.id
LEFT JOIN (SELECT release, min(block_ns) AS first_ns FROM base.presence GROUP BY release) AS s ON s.release = r.id
LEFT JOIN main.file AS f ON f.file_id = c.file_id
WHERE c.change_id IS NOT NULL AND c.provider IS NOT NULL AND coalesce(c.started_ns, c.ts_ns) >= $since AND coalesce(c.started_ns, c.ts_ns) < $until
  AND NOT (c.kind = 'deploy' AND coalesce(c.action, '') = 'scale')
QUALIFY row_number() OVER (PARTITION BY c.provider, c.change_id, c.kind ORDER BY c.ts_ns, c.file_id, c."offset") = 1
ORDER BY ts_ns, id
LIMIT 5000
