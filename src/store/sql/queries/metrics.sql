-- Requests, errors and the 95th percentile of durations for each operation of a release's service, in
-- steps of five minutes, the release apart from the others. Where a release was rolled back the others
-- leave it out: it is no measure of what is usual.
WITH asked AS (SELECT id, service FROM base.release WHERE id = $release),
sides AS (
    SELECT r.id AS release, a.service, r.id = a.id AS is_own
    FROM base.release AS r JOIN asked AS a ON r.service = a.service
    WHERE r.id = a.id OR r.status IS DISTINCT FROM 'rolled_back'
    UNION ALL
    SELECT '', service, FALSE FROM asked
),
traffic AS (
    SELECT s.source, s.operation, s.block_ns, d.is_own, CAST(sum(s.requests) AS BIGINT) AS requests, CAST(sum(s.errors) AS BIGINT) AS errors,
           min_by(s.file_id, (s.errors = 0, s.file_id, s."offset")) AS file_id,
           min_by(s."offset", (s.errors = 0, s.file_id, s."offset")) AS "offset",
           min_by(s.length, (s.errors = 0, s.file_id, s."offset")) AS length
    FROM base.served AS s JOIN sides AS d ON d.service = s.service AND d.release = s.release
    GROUP BY s.source, s.operation, s.block_ns, d.is_own
),
step AS (
    SELECT l.operation, l.block_ns, d.is_own, l.bucket_ns + max(l.width_ns) AS end_ns, sum(l.requests) AS requests
    FROM base.latency AS l JOIN sides AS d ON d.service = l.service AND d.release = l.release
    GROUP BY l.operation, l.block_ns, d.is_own, l.bucket_ns
),
running AS (
    SELECT *, sum(requests) OVER (PARTITION BY operation, block_ns, is_own ORDER BY end_ns) AS below,
           sum(requests) OVER (PARTITION BY operation, block_ns, is_own) AS requests_all
    FROM step
),
took AS (
    SELECT 'span' AS source, operation, block_ns, is_own, min(end_ns) FILTER (WHERE below >= 0.95 * requests_all) AS p95_ns
    FROM running GROUP BY operation, block_ns, is_own
    UNION ALL
    SELECT 'metric', q.operation, q.block_ns, d.is_own, max(q.value_ns)
    FROM base.quantile AS q JOIN sides AS d ON d.service = q.service AND d.release = q.release
    GROUP BY q.operation, q.block_ns, d.is_own
)
SELECT source, operation, block_ns, is_own, t.requests, t.errors, CAST(p.p95_ns AS BIGINT) AS p95_ns,
       f.path AS c_file, f.sha256 AS c_sha256, t."offset" AS c_offset, t.length AS c_length
FROM traffic AS t
FULL JOIN took AS p USING (source, operation, block_ns, is_own)
LEFT JOIN main.file AS f ON f.file_id = t.file_id
ORDER BY source, operation, block_ns, is_own
LIMIT 100000
