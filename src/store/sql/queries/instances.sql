-- What runs where: each instance with the release whose bytes it runs, and what is odd about it.
WITH left_behind AS (
    SELECT release, subject AS pod, min(title) AS title FROM base.finding
    WHERE family = 'coverage' AND state IN ('open', 'explained') AND subject <> '' GROUP BY release, subject
)
SELECT
    i.id, p.service, p.release, i.name AS instance, shipped_version(i.image, i.version) AS version, i.digest, r.digest AS expected,
    i.state, p.started_ns, p.ended_ns, greatest(p.seen_ns, s.last_ns) AS seen_ns, r.status,
    CASE
        WHEN p.digest IS NULL THEN 'its bytes are not known'
        WHEN r.id IS NULL THEN 'its bytes are of no known release'
        WHEN r.digest IS NOT NULL AND p.digest <> r.digest THEN 'other bytes than its release'
        WHEN b.title IS NOT NULL THEN replace(b.title, concat_ws(' ', p.service, p.pod, ''), '')
    END AS odd,
    f.path AS c_file, f.sha256 AS c_sha256, i."offset" AS c_offset, i.length AS c_length
FROM main.instance_now AS i
JOIN base.placement AS p ON p.instance_id = i.id
LEFT JOIN base.release AS r ON r.id = p.release
LEFT JOIN (SELECT service, instance, max(block_ns) + 300000000000 AS last_ns FROM base.presence GROUP BY service, instance) AS s ON s.service = p.service AND s.instance = p.pod
LEFT JOIN left_behind AS b ON b.release = p.release AND b.pod = p.pod
LEFT JOIN main.file AS f ON f.file_id = i.file_id
WHERE ($service IS NULL OR p.service = $service)
  AND ($since IS NULL OR coalesce(p.ended_ns, p.seen_ns, p.started_ns) >= $since) AND ($until IS NULL OR p.started_ns < $until)
ORDER BY odd IS NULL, p.service, p.started_ns NULLS LAST, i.id
LIMIT $limit
