-- title: Logs
-- columns: time 18 | severity 8 | service 10 | body *
-- empty: no log records in the evidence for this scope
SELECT 'log:' || l.file_id || ':' || l."offset" AS id, l.ts_ns, short_time(l.ts_ns) || strftime(make_timestamp_ns(l.ts_ns), '.%g') AS time,
       coalesce(l.severity_text, '') AS severity, l.service_name AS service, left(split_part(l.body, chr(10), 1), 400) AS body
FROM base.log AS l
WHERE ($resources IS NULL OR l.resource_id IN (SELECT CAST('0x' || x AS UBIGINT) FROM (SELECT unnest(from_json($resources, '["VARCHAR"]')) AS x)))
  AND ($hi IS NULL OR (l.trace_id_hi = $hi AND l.trace_id_lo = $lo))
  AND ($since IS NULL OR l.ts_ns >= $since) AND ($until IS NULL OR l.ts_ns < $until)
  AND ($text IS NULL OR contains(lower(concat_ws(' ', l.body, l.service_name, l.severity_text)), lower($text)))
ORDER BY l.ts_ns, l.file_id, l."offset"
LIMIT $limit
