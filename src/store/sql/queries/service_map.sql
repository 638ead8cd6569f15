-- Who calls whom in a window of time: spans of one service below spans of another, and hosts that are called and
-- from which no span of a service of its own came. Spans below no other are calls from outside.
WITH seen AS (
    SELECT trace_id_hi AS hi, trace_id_lo AS lo, span_id, parent_span_id, service_name AS service, status_code, duration_ns, kind, server_address
    FROM base.span
    WHERE service_name IS NOT NULL AND ($since IS NULL OR ts_ns >= $since) AND ($until IS NULL OR ts_ns < $until)
),
inside AS (
    SELECT p.service AS caller, c.service AS callee, p.hi, p.lo, p.span_id, c.status_code = 'error' AS failed, c.duration_ns
    FROM seen AS c
    JOIN seen AS p ON p.hi = c.hi AND p.lo = c.lo AND p.span_id = c.parent_span_id
    WHERE p.service <> c.service
),
outside AS (
    SELECT s.service AS caller, s.server_address AS callee, s.status_code = 'error' AS failed, s.duration_ns
    FROM seen AS s
    ANTI JOIN inside AS i ON i.hi = s.hi AND i.lo = s.lo AND i.span_id = s.span_id
    WHERE s.kind = 'client' AND s.server_address IS NOT NULL
)
SELECT caller, callee, FALSE AS is_external, count(*) AS calls, count(*) FILTER (WHERE failed) AS errors,
       CAST(quantile_disc(duration_ns, 0.95) AS BIGINT) AS p95_ns
FROM inside GROUP BY caller, callee
UNION ALL
SELECT caller, callee, callee NOT IN (SELECT service FROM seen), count(*), count(*) FILTER (WHERE failed), CAST(quantile_disc(duration_ns, 0.95) AS BIGINT)
FROM outside GROUP BY caller, callee
UNION ALL
SELECT NULL, service, FALSE, count(*), count(*) FILTER (WHERE status_code = 'error'), CAST(quantile_disc(duration_ns, 0.95) AS BIGINT)
FROM seen WHERE parent_span_id IS NULL AND kind IS DISTINCT FROM 'client' GROUP BY service
ORDER BY caller, callee, is_external
LIMIT 2000
