SELECT file_id, "offset", length, ts_ns
FROM ({{events}}) AS events
ORDER BY ts_ns NULLS FIRST, file_id, "offset"
