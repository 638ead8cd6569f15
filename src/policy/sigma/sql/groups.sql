SELECT file_id, "offset", length, ts_ns{{columns}}, measure AS matched
FROM ({{correlation}}) AS correlation
ORDER BY ts_ns, file_id, "offset"{{order}}
