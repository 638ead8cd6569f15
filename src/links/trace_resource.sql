-- from: resource
-- to: trace
-- class: I
-- weight: 0.92
-- one: none
-- when: asked
-- why: spans of the trace were emitted under this resource
SELECT
    'resource:' || span_hex(s.resource_id) AS from_id,
    'trace:' || trace_hex(s.trace_id_hi, s.trace_id_lo) AS to_id,
    span_hex(s.resource_id) AS left_value,
    count(*) || ' spans of ' || any_value(s.service_name) AS right_value,
    any_value(r.file_id) AS from_file_id, any_value(r."offset") AS from_offset, any_value(r.length) AS from_length,
    arg_min(s.file_id, (s.ts_ns, s.file_id, s."offset")) AS to_file_id, arg_min(s."offset", (s.ts_ns, s.file_id, s."offset")) AS to_offset,
    arg_min(s.length, (s.ts_ns, s.file_id, s."offset")) AS to_length
FROM base.span AS s
LEFT JOIN (SELECT DISTINCT ON (resource_id) * FROM base.resource ORDER BY resource_id, file_id, "offset") AS r ON r.resource_id = s.resource_id
WHERE s.trace_id_hi = $hi AND s.trace_id_lo = $lo AND s.resource_id IS NOT NULL
GROUP BY s.resource_id, s.trace_id_hi, s.trace_id_lo
ORDER BY from_id
