-- How many instance-blocks a release was seen for, and the other releases of its service until it ended.
WITH asked AS (SELECT id, service, coalesce(finished_ns, 9223372036854775807) AS finished_ns FROM base.release WHERE id = $release),
seen AS (
    SELECT DISTINCT p.release, p.instance, p.block_ns, p.release = a.id AS is_own
    FROM base.presence AS p
    JOIN asked AS a ON p.service = a.service
    LEFT JOIN base.release AS r ON r.id = p.release
    WHERE p.release = a.id OR (p.block_ns < a.finished_ns AND r.status IS DISTINCT FROM 'rolled_back')
)
SELECT count(*) FILTER (WHERE is_own) AS own, count(*) FILTER (WHERE NOT is_own) AS usual,
       count(DISTINCT release) FILTER (WHERE NOT is_own AND release <> '') AS releases
FROM seen
HAVING count(*) > 0
