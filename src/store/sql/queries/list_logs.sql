-- title: Logs
-- columns: time 18 | severity 8 | service 10 | body *
-- empty: no log records in the evidence for this scope
-- order: ts_ns, file_id, "offset"
-- words: concat_ws(' ', l.body, l.service_name, l.severity_text)
-- attributes: l.attributes
-- field: time time l.ts_ns
-- field: severity token l.severity_text
-- field: level number l.severity_number
-- field: service text l.service_name
-- field: body text l.body
-- field: trace id trace_hex(l.trace_id_hi, l.trace_id_lo)
-- field: pod text l.k8s_pod_name
-- field: span id span_hex(l.span_id)
-- alias: service.name service
-- alias: k8s.pod.name pod
WITH matching AS (
    SELECT l.rowid AS place, l.ts_ns, l.file_id, l."offset", l.severity_number >= 17 AS loud, l.trace_id_hi AS hi, l.trace_id_lo AS lo{also}
    FROM base.log AS l
    WHERE ($resources IS NULL OR l.resource_id IN (SELECT CAST('0x' || x AS UBIGINT) FROM (SELECT unnest(from_json($resources, '["VARCHAR"]')) AS x)))
      AND ($hi IS NULL OR (l.trace_id_hi = $hi AND l.trace_id_lo = $lo))
      AND ($since IS NULL OR l.ts_ns >= $since) AND ($until IS NULL OR l.ts_ns < $until)
      {filter}
)
-- counted: count(*)
-- rows
, page AS (
    SELECT place FROM matching ORDER BY {order} LIMIT $limit OFFSET $offset
)
SELECT 'log:' || l.file_id || ':' || l."offset" AS id, l.ts_ns, short_time(l.ts_ns) || strftime(make_timestamp_ns(l.ts_ns), '.%g') AS time,
       coalesce(l.severity_text, '') AS severity, l.service_name AS service, left(split_part(l.body, chr(10), 1), 400) AS body
FROM base.log AS l
WHERE l.rowid IN (SELECT place FROM page)
ORDER BY l.ts_ns, l.file_id, l."offset"
