-- Requests of a release, minute by minute.
SELECT ts_ns - ts_ns % 60000000000 AS minute_ns, count(*) AS requests,
       count(*) FILTER (WHERE status_code = 'error' OR http_status >= 500) AS errors
FROM stage.span
WHERE release = $release AND ts_ns >= $since AND ts_ns < $until
  AND (kind IN ('server', 'consumer') OR (is_root = 1 AND kind <> 'client'))
GROUP BY minute_ns
ORDER BY minute_ns
