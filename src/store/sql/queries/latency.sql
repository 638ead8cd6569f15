-- How long the requests of a release's service took, in a window of time: counts by step of time and by range of
-- durations. Three ranges to each power of ten begin at 1, 2 and 5; they are numbered from 1 ns up.
WITH asked AS (SELECT service FROM base.release WHERE id = $release),
took AS (
    SELECT CAST((s.ts_ns - $since) // $step AS BIGINT) AS step, s.status_code = 'error' AS failed,
           greatest(s.duration_ns, 1) AS ns, CAST(floor(log10(greatest(s.duration_ns, 1))) AS BIGINT) AS power
    FROM base.span AS s JOIN asked AS a ON a.service = s.service_name
    WHERE s.ts_ns >= $since AND s.ts_ns < $until AND s.duration_ns IS NOT NULL
      AND (s.kind IN ('server', 'consumer') OR (s.parent_span_id IS NULL AND s.kind IS DISTINCT FROM 'client'))
)
SELECT step, 3 * power + CASE WHEN ns >= 5 * pow(10, power) THEN 2 WHEN ns >= 2 * pow(10, power) THEN 1 ELSE 0 END AS range,
       count(*) AS requests, count(*) FILTER (WHERE failed) AS errors
FROM took GROUP BY ALL ORDER BY range, step
