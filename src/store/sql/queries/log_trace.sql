-- The trace of a log record.
SELECT trace_hex(trace_id_hi, trace_id_lo) AS trace FROM base.log WHERE file_id = $file AND "offset" = $offset LIMIT 1
