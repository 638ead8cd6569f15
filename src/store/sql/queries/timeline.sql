-- How much happened and how much of it failed, in equal steps of time.
WITH happened AS (
    SELECT (ts_ns - $since) // $step AS step, 1 AS spans, CAST(status_code = 'error' AS INTEGER) AS errors, 0 AS logs, 0 AS loud
    FROM base.span
    WHERE ts_ns >= $since AND ts_ns < $until
      AND ($resources IS NULL OR resource_id IN (SELECT CAST('0x' || x AS UBIGINT) FROM (SELECT unnest(from_json($resources, '["VARCHAR"]')) AS x)))
    UNION ALL
    SELECT (ts_ns - $since) // $step, 0, 0, 1, CAST(severity_number >= 17 AS INTEGER)
    FROM base.log
    WHERE ts_ns >= $since AND ts_ns < $until
      AND ($resources IS NULL OR resource_id IN (SELECT CAST('0x' || x AS UBIGINT) FROM (SELECT unnest(from_json($resources, '["VARCHAR"]')) AS x)))
)
SELECT step, sum(spans) AS spans, sum(errors) AS errors, sum(logs) AS logs, sum(loud) AS loud
FROM happened
GROUP BY step
ORDER BY step
