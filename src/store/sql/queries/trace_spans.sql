-- The spans of a trace, in order of time.
SELECT span_hex(s.span_id) AS span_id, span_hex(s.parent_span_id) AS parent_span_id, s.ts_ns, s.duration_ns, s.service_name, s.name, s.kind,
       s.status_code, s.status_message, s.error_type, s.server_address, s.server_port, s.http_response_status_code, s.attributes,
       r.service_version, r.k8s_pod_name, (SELECT string_agg(concat_ws(' ', e.name, e.exception_type, e.exception_message), ' · ' ORDER BY e.ts_ns) FROM base.span_event AS e
         WHERE e.trace_id_hi = s.trace_id_hi AND e.trace_id_lo = s.trace_id_lo AND e.span_id = s.span_id) AS events,
       f.path AS c_file, f.sha256 AS c_sha256, s."offset" AS c_offset, s.length AS c_length
FROM base.span AS s
LEFT JOIN (SELECT DISTINCT ON (resource_id) * FROM base.resource ORDER BY resource_id) AS r USING (resource_id)
LEFT JOIN main.file AS f ON f.file_id = s.file_id
WHERE s.trace_id_hi = $hi AND s.trace_id_lo = $lo
ORDER BY s.ts_ns, s.file_id, s."offset"
LIMIT 5000
