-- The releases with what tells when each of them really ran.
WITH ran AS (
    SELECT release, min(block_ns) AS first_ns, max(block_ns) + 300000000000 AS last_ns, count(DISTINCT instance) AS instances
    FROM base.presence WHERE release <> '' GROUP BY release
),
placed AS (
    SELECT release, min(started_ns) AS first_ns, max(coalesce(ended_ns, seen_ns)) AS last_ns, count(*) AS instances
    FROM base.placement WHERE release <> '' GROUP BY release
),
deployed AS (
    SELECT l.from_id, string_agg(DISTINCT d.acted_as, ' ' ORDER BY d.acted_as) AS actors, max(d.finished_ns) FILTER (WHERE d.action IS DISTINCT FROM 'delete') AS finished_ns
    FROM base.link AS l JOIN main.deployment AS d ON d.id = l.to_id
    WHERE l.method = 'release_deployment' AND l.state <> 'contradicted'
    GROUP BY l.from_id
)
SELECT
    r.id, r.service, r.version, r.environment, r.sha, r.digest, r.started_ns, r.finished_ns, r.status,
    coalesce(ran.first_ns, placed.first_ns) AS first_ns, greatest(ran.last_ns, placed.last_ns) AS last_ns,
    placed.first_ns AS placed_ns,
    -- A deployment is asked for, approved and rolled out: the release was replaced when the first pod
    -- of the next one stood.
    (
        SELECT min(t.first_ns) FROM (
            SELECT p.started_ns AS first_ns FROM base.placement AS p
            WHERE p.service = r.service AND p.release <> r.id AND p.release <> '' AND p.started_ns >= r.finished_ns
            UNION ALL
            SELECT min(o.block_ns) + 300000000000 FROM base.presence AS o
            WHERE o.service = r.service AND o.release <> r.id AND o.release <> ''
            GROUP BY o.release HAVING min(o.block_ns) >= r.finished_ns - 300000000000
        ) AS t
        WHERE t.first_ns < r.finished_ns + 21600000000000
    ) AS replaced_ns, d.finished_ns AS deployed_ns, coalesce(d.actors, '') AS actors, coalesce(placed.instances, ran.instances, 0) AS instances,
    f.path AS c_file, f.sha256 AS c_sha256, r."offset" AS c_offset, r.length AS c_length
FROM base.release AS r
LEFT JOIN ran ON ran.release = r.id
LEFT JOIN placed ON placed.release = r.id
LEFT JOIN deployed AS d ON d.from_id = 'release:' || r.id
LEFT JOIN main.file AS f ON f.file_id = r.file_id
ORDER BY r.started_ns NULLS LAST, r.id
