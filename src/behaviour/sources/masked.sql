-- The distinct masked messages in the order in which they came up, each with the release that said it
-- first. Where there are too many, errors and what is said often come first.
WITH distinct_message AS (
    SELECT service, severity, masked, min(first_ns) AS first_ns, sum(events) AS events, arg_min(release, (first_ns, release)) AS release,
           min(file_id) AS file_id, min_by("offset", (file_id, "offset")) AS "offset", min_by(length, (file_id, "offset")) AS length
    FROM base.masked_log
    GROUP BY service, severity, masked
)
SELECT *
FROM (SELECT * FROM distinct_message ORDER BY severity <> 'error', events DESC, service, masked LIMIT $limit)
ORDER BY service, severity, first_ns, masked
