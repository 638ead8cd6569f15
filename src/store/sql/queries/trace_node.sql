-- A trace as a node: its root's name, its errors, its first span.
SELECT
    arg_min(s.service_name || ' ' || s.name, (s.parent_span_id IS NOT NULL, s.ts_ns)) AS root,
    count(*) AS spans, count(*) FILTER (WHERE s.status_code = 'error') AS errors, min(s.ts_ns) AS first_ns,
    any_value(f.path) AS c_file, any_value(f.sha256) AS c_sha256,
    arg_min(s."offset", (s.parent_span_id IS NOT NULL, s.ts_ns)) AS c_offset, arg_min(s.length, (s.parent_span_id IS NOT NULL, s.ts_ns)) AS c_length
FROM base.span AS s
LEFT JOIN main.file AS f ON f.file_id = s.file_id
WHERE s.trace_id_hi = $hi AND s.trace_id_lo = $lo
  AND s.file_id = (SELECT arg_min(t.file_id, (t.parent_span_id IS NOT NULL, t.ts_ns)) FROM base.span AS t WHERE t.trace_id_hi = $hi AND t.trace_id_lo = $lo)
HAVING count(*) > 0
