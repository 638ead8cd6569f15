-- How much happened and how much of it failed, in equal steps of time. Each table is counted by itself: what would be
-- added up of rows that both have in common is three times the columns.
WITH chosen AS (SELECT CAST('0x' || x AS UBIGINT) AS resource_id FROM (SELECT unnest(from_json($resources, '["VARCHAR"]')) AS x)),
spans AS (
    SELECT (ts_ns - $since) // $step AS step, count(*) AS spans, count(*) FILTER (WHERE status_code = 'error') AS errors
    FROM base.span
    WHERE ts_ns >= $since AND ts_ns < $until AND ($resources IS NULL OR resource_id IN (FROM chosen))
    GROUP BY step
),
logs AS (
    SELECT (ts_ns - $since) // $step AS step, count(*) AS logs, count(*) FILTER (WHERE severity_number >= 17) AS loud
    FROM base.log
    WHERE ts_ns >= $since AND ts_ns < $until AND ($resources IS NULL OR resource_id IN (FROM chosen))
    GROUP BY step
)
SELECT step, coalesce(spans, 0) AS spans, coalesce(errors, 0) AS errors, coalesce(logs, 0) AS logs, coalesce(loud, 0) AS loud
FROM spans FULL JOIN logs USING (step)
ORDER BY step
