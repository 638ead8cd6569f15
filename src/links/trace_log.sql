-- from: trace
-- to: log
-- class: I
-- weight: 0.92
-- one: none
-- when: asked
-- why: the log record carries the trace's id
SELECT
    'trace:' || trace_hex(l.trace_id_hi, l.trace_id_lo) AS from_id,
    'log:' || l.file_id || ':' || l."offset" AS to_id,
    trace_hex(l.trace_id_hi, l.trace_id_lo) AS left_value,
    trace_hex(l.trace_id_hi, l.trace_id_lo) AS right_value,
    s.file_id AS from_file_id, s."offset" AS from_offset, s.length AS from_length,
    l.file_id AS to_file_id, l."offset" AS to_offset, l.length AS to_length
FROM base.log AS l
JOIN (
    SELECT trace_id_hi, trace_id_lo, arg_min(file_id, (ts_ns, file_id, "offset")) AS file_id,
           arg_min("offset", (ts_ns, file_id, "offset")) AS "offset", arg_min(length, (ts_ns, file_id, "offset")) AS length
    FROM base.span WHERE trace_id_hi = $hi AND trace_id_lo = $lo
    GROUP BY ALL
) AS s USING (trace_id_hi, trace_id_lo)
WHERE l.trace_id_hi = $hi AND l.trace_id_lo = $lo
ORDER BY l.ts_ns, l.file_id, l."offset"
LIMIT 500
