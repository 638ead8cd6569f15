-- title: Traces
-- columns: started 18 | service 10 | errors 6 | spans 5 | took 9 | root *
-- empty: no spans in the evidence for this scope
-- words: concat_ws(' ', s.name, s.service_name, s.error_type, s.server_address, trace_hex(s.trace_id_hi, s.trace_id_lo))
-- attributes: s.attributes
-- field: started time s.ts_ns
-- field: service text s.service_name
-- field: name text s.name
-- field: took duration s.duration_ns
-- field: status token s.status_code
-- field: error text s.error_type
-- field: route text s.http_route
-- field: code number s.http_response_status_code
-- field: peer text s.server_address
-- field: kind token s.kind
-- field: method token s.http_request_method
-- field: rpc text s.rpc_method
-- field: db token s.db_system_name
-- field: statement token s.db_operation_name
-- field: trace id trace_hex(s.trace_id_hi, s.trace_id_lo)
-- alias: service.name service
-- alias: error.type error
-- alias: http.route route
-- alias: http.request.method method
-- alias: http.response.status_code code
-- alias: server.address peer
-- alias: rpc.method rpc
-- alias: db.system.name db
-- alias: db.operation.name statement
WITH matching AS (
    SELECT s.trace_id_hi AS hi, s.trace_id_lo AS lo, s.status_code = 'error' AS is_error, s.ts_ns{also}
    FROM base.span AS s
    WHERE ($resources IS NULL OR s.resource_id IN (SELECT CAST('0x' || x AS UBIGINT) FROM (SELECT unnest(from_json($resources, '["VARCHAR"]')) AS x)))
      -- Without a scope the roots alone stand for their traces.
      AND ($resources IS NOT NULL OR $hi IS NOT NULL OR $filtered OR s.parent_span_id IS NULL)
      AND ($hi IS NULL OR (s.trace_id_hi = $hi AND s.trace_id_lo = $lo))
      AND ($since IS NULL OR s.ts_ns >= $since) AND ($until IS NULL OR s.ts_ns < $until)
      {filter}
)
-- counted: count(DISTINCT (hi, lo))
, chosen AS (
    SELECT m.hi, m.lo, bool_or(m.is_error) AS failed, min(m.ts_ns) AS began FROM matching AS m
    GROUP BY ALL
    ORDER BY failed DESC, began DESC, hi, lo
    LIMIT $limit OFFSET $offset
)
SELECT 'trace:' || trace_hex(c.hi, c.lo) AS id, min(s.ts_ns) AS ts_ns, short_time(min(s.ts_ns)) || strftime(make_timestamp_ns(min(s.ts_ns)), '.%g') AS started,
       arg_min(s.service_name, (s.parent_span_id IS NOT NULL, s.ts_ns)) AS service,
       count(*) FILTER (WHERE s.status_code = 'error') AS errors, count(*) AS spans,
       printf('%.1f ms', (max(s.ts_ns + s.duration_ns) - min(s.ts_ns)) / 1e6) AS took,
       arg_min(s.name, (s.parent_span_id IS NOT NULL, s.ts_ns)) || coalesce('  ' || mode(s.error_type ORDER BY s.error_type) FILTER (WHERE s.error_type IS NOT NULL), '') AS root
FROM chosen AS c
JOIN base.span AS s ON s.trace_id_hi = c.hi AND s.trace_id_lo = c.lo
GROUP BY c.hi, c.lo, c.failed, c.began
ORDER BY c.failed DESC, c.began DESC, c.hi, c.lo
