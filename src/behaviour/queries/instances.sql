-- The pods of a service: what they ran, from when to when they were there, when they spoke.
WITH spoke AS (
    SELECT instance, min(block_ns) AS first_ns, max(block_ns) + 300000000000 AS last_ns, count(*) AS blocks,
           max(block_ns - before_ns) - 300000000000 AS pause_ns
    FROM (
        SELECT instance, block_ns, lag(block_ns) OVER (PARTITION BY instance ORDER BY block_ns) AS before_ns
        FROM (SELECT DISTINCT instance, block_ns FROM base.presence WHERE service = $service)
    )
    GROUP BY instance
),
-- Other sources than its own telemetry show that it lives.
acted AS (
    SELECT instance, max(last_ns) AS acted_ns FROM base.behaviour
    WHERE service = $service AND family IN ('secret', 'privilege', 'process', 'file') GROUP BY instance
)
SELECT
    coalesce(p.pod, s.instance) AS pod, coalesce(p.release, e.release, '') AS release, p.digest, p.started_ns, p.ended_ns, p.seen_ns,
    a.acted_ns, s.first_ns AS spoke_ns, s.last_ns AS fell_silent_ns, coalesce(s.blocks, 0) AS blocks, s.pause_ns,
    f.path AS c_file, f.sha256 AS c_sha256, i."offset" AS c_offset, i.length AS c_length
FROM (SELECT * FROM base.placement WHERE service = $service) AS p
FULL JOIN spoke AS s ON s.instance = p.pod
LEFT JOIN (SELECT instance, min(release) AS release FROM base.presence WHERE service = $service GROUP BY instance) AS e ON e.instance = s.instance
LEFT JOIN acted AS a ON a.instance = coalesce(p.pod, s.instance)
LEFT JOIN main.instance_now AS i ON i.id = p.instance_id
LEFT JOIN main.file AS f ON f.file_id = i.file_id
WHERE coalesce(p.pod, s.instance) <> ''
ORDER BY pod
