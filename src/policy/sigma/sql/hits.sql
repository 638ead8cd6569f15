-- The events of one of the rules of a correlation, with what they are grouped and measured by.
SELECT file_id, "offset", length, ts_ns, {{rule}} AS rule{{columns}}
FROM ({{events}}) AS events
WHERE ts_ns IS NOT NULL
