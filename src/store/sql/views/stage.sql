-- What stages read: whole numbers and text only, no reserved names, so that the same files run over
-- Parquet on another engine (docs/decisions/0007-portable-stages.md).
CREATE SCHEMA IF NOT EXISTS stage;

CREATE VIEW stage.span AS
SELECT
    e.release, e.service, e.instance, s.ts_ns, s.duration_ns, s.name, s.kind, s.status_code, s.error_type, s.http_route,
    s.http_response_status_code AS http_status, lower(s.server_address) AS server_address, s.server_port,
    CAST(s.parent_span_id IS NULL AS INTEGER) AS is_root,
    s.file_id, s."offset" AS byte_offset, s.length
FROM base.span AS s
JOIN base.emitter AS e ON e.resource_id = s.resource_id
WHERE s.ts_ns BETWEEN 1 AND 4000000000000000000 AND coalesce(s.duration_ns, 0) < 4000000000000000000;

CREATE VIEW stage.log AS
SELECT
    coalesce(e.release, p.release, '') AS release,
    coalesce(e.service, p.service, l.service_name) AS service,
    coalesce(e.instance, p.pod, l.k8s_pod_name, '') AS instance,
    l.ts_ns, l.severity_number,
    -- One line says which statement wrote it: the first, and of a Python trace the last. Colours are
    -- no words.
    CASE
        WHEN contains(l.body, chr(27)) THEN regexp_replace(split_part(l.body, chr(10), 1), chr(27) || '[[][0-9;]*[A-Za-z]', '', 'g')
        WHEN starts_with(l.body, 'Traceback') THEN regexp_extract(rtrim(l.body, chr(10) || chr(13) || ' '), '([^\n]*)$', 1)
        ELSE split_part(l.body, chr(10), 1)
    END AS body,
    l.file_id, l."offset" AS byte_offset, l.length
FROM base.log AS l
LEFT JOIN base.emitter AS e ON e.resource_id = l.resource_id
LEFT JOIN (SELECT DISTINCT ON (pod) * FROM base.placement ORDER BY pod, instance_id) AS p ON p.pod = l.k8s_pod_name
WHERE coalesce(e.service, p.service, l.service_name) IS NOT NULL AND l.ts_ns BETWEEN 1 AND 4000000000000000000;

CREATE VIEW stage.access AS
SELECT
    o.release, o.service, o.instance, a.ts_ns, a.kind, a.provider, a.principal, a.object, a.verb, a.result, a.grantee, a.granted,
    CAST(coalesce(a.is_read, FALSE) AS INTEGER) AS is_read,
    a.file_id, a."offset" AS byte_offset, a.length
FROM base.access AS a
JOIN base.access_origin AS o ON o.file_id = a.file_id AND o."offset" = a."offset"
WHERE a.ts_ns BETWEEN 1 AND 4000000000000000000;

-- Series of metrics with what their labels say, by the names that exporters use for it.
CREATE VIEW stage.series AS
SELECT DISTINCT ON (series_id)
    s.series_id, s.name, s.kind, s.temporality, s.is_monotonic, lower(coalesce(s.unit, '')) AS unit,
    coalesce(s.service_name, e.service) AS service, e.release AS emitter_release, e.instance AS emitter_instance,
    first_member(s.attributes, ['$."version"', '$."service_version"', '$."service.version"', '$."app_version"', '$."app_kubernetes_io_version"']) AS version,
    first_member(s.attributes, ['$."pod"', '$."k8s_pod_name"', '$."k8s.pod.name"', '$."kubernetes_pod_name"']) AS pod,
    coalesce(first_member(s.attributes, ['$."http_route"', '$."http.route"', '$."route"', '$."handler"', '$."path"', '$."endpoint"', '$."uri"', '$."rpc_method"', '$."rpc.method"', '$."operation"']), '') AS operation,
    lower(first_member(s.attributes, ['$."http_response_status_code"', '$."http.response.status_code"', '$."http_status_code"', '$."http_response_status_class"', '$."status_code"', '$."status_class"', '$."status"', '$."code"', '$."outcome"', '$."result"'])) AS status,
    first_member(s.attributes, ['$."quantile"']) AS quantile
FROM base.metric_series AS s
LEFT JOIN base.emitter AS e ON e.resource_id = s.resource_id
WHERE coalesce(s.service_name, e.service) IS NOT NULL
ORDER BY s.series_id, s.file_id, s."offset";

-- What a series says in each of its steps, with the release that it is about: by its version, its pod
-- or its resource, else by what the service ran at the time.
CREATE VIEW stage.sample AS
WITH step AS (
    SELECT p.series_id, p.ts_ns, p.value, p.count, p.file_id, p."offset", p.length,
           p.ts_ns - lag(p.ts_ns) OVER w AS since_ns, lag(p.value) OVER w AS before, lag(p.count) OVER w AS count_before
    FROM base.metric_point AS p
    WINDOW w AS (PARTITION BY p.series_id ORDER BY p.ts_ns, p.file_id, p."offset")
),
pace AS (
    SELECT series_id, min(since_ns) FILTER (WHERE since_ns > 0) AS pace_ns FROM step GROUP BY series_id
),
ran AS (
    SELECT service, id, started_ns, lead(started_ns) OVER (PARTITION BY service ORDER BY started_ns, id) AS next_ns
    FROM base.release WHERE started_ns IS NOT NULL
),
pod AS (
    SELECT DISTINCT ON (pod) pod, release FROM base.placement ORDER BY pod, instance_id
)
SELECT
    s.*, coalesce(s.emitter_instance, s.pod, '') AS instance, t.ts_ns, t.value, t.count, t.before, t.count_before, t.since_ns, c.pace_ns,
    coalesce(v.id, d.release, s.emitter_release, r.id, '') AS release,
    t.file_id, t."offset" AS byte_offset, t.length
FROM step AS t
JOIN stage.series AS s USING (series_id)
JOIN pace AS c USING (series_id)
LEFT JOIN (SELECT service, ltrim(version, 'v') AS version, min(id) AS id FROM base.release WHERE version IS NOT NULL GROUP BY ALL) AS v
    ON v.service = s.service AND v.version = ltrim(s.version, 'v')
LEFT JOIN pod AS d ON d.pod = s.pod
LEFT JOIN ran AS r ON s.version IS NULL AND r.service = s.service AND t.ts_ns >= r.started_ns AND (r.next_ns IS NULL OR t.ts_ns < r.next_ns)
WHERE t.ts_ns BETWEEN 1 AND 4000000000000000000;

-- Requests as metrics count them: every one, where spans are sampled. Steps longer than ten minutes
-- say nothing of a single block.
CREATE VIEW stage.counted AS
SELECT
    release, service, instance, operation, ts_ns - 1 AS ts_ns, file_id, byte_offset, length,
    CASE WHEN status LIKE '5%' OR status IN ('error', 'failed', 'failure', 'unavailable', 'internal') THEN 1 ELSE 0 END AS failed,
    CAST(round(CASE
        WHEN kind = 'histogram' AND temporality = 'delta' THEN count
        WHEN kind = 'histogram' THEN CASE WHEN count >= count_before THEN count - count_before END
        WHEN temporality = 'delta' OR contains(name, 'increase') THEN value
        WHEN value >= before THEN value - before
        WHEN before IS NOT NULL THEN value
    END) AS BIGINT) AS requests
FROM stage.sample
WHERE status IS NOT NULL AND pace_ns <= 600000000000
  AND ((kind = 'histogram' AND regexp_matches(name, '(^|[._:])(request|server)[._]duration(_seconds|_milliseconds)?$'))
    OR (kind <> 'histogram' AND regexp_matches(name, 'requests?(_total|_count)?($|:increase)') AND NOT regexp_matches(name, 'duration|latency|size|bytes|rate')))
  AND regexp_matches(name, 'http|rpc|server|request|grpc') AND NOT contains(name, 'client');

-- Quantiles as metrics tell them, in nanoseconds.
CREATE VIEW stage.quantile AS
SELECT
    release, service, operation, ts_ns - 1 AS ts_ns, file_id, byte_offset, length,
    CAST(round(value * CASE
        WHEN unit IN ('ms', 'milliseconds') OR regexp_matches(name, 'millis|_ms([:_]|$)') THEN 1e6
        WHEN unit IN ('us', 'microseconds') OR contains(name, 'micros') THEN 1e3
        WHEN unit IN ('ns', 'nanoseconds') OR contains(name, 'nanos') THEN 1
        ELSE 1e9
    END) AS BIGINT) AS value_ns
FROM stage.sample
WHERE pace_ns <= 600000000000 AND value > 0 AND value < 1e6 AND isfinite(value)
  AND regexp_matches(name, 'duration|latency|response_time') AND (regexp_matches(name, '(^|[^0-9])(p95|95p|95th)([^0-9]|$)') OR quantile IN ('0.95', '.95'));

-- Metrics that are neither requests nor durations, in thousandths: what a counter added in its step, or
-- the level of a gauge. A counter that starts anew has added what it shows.
CREATE VIEW stage.outcome AS
SELECT
    release, service, name AS metric, CAST(counts AS INTEGER) AS is_counter, ts_ns - 1 AS ts_ns, file_id, byte_offset, length,
    CAST(round(1000 * CASE
        WHEN NOT counts OR temporality = 'delta' OR contains(name, 'increase') THEN value
        WHEN value >= before THEN value - before
        WHEN before IS NOT NULL THEN value
    END) AS BIGINT) AS value_milli
FROM (
    SELECT *, (kind = 'sum' AND is_monotonic IS DISTINCT FROM FALSE) OR (kind = 'unknown' AND regexp_matches(name, '_(total|count)$|increase')) AS counts
    FROM stage.sample
    WHERE name IS NOT NULL AND kind IN ('sum', 'gauge', 'unknown') AND pace_ns <= 600000000000 AND isfinite(value) AND abs(value) < 1e15
) AS told
-- What a longer step added belongs to no block of it.
WHERE (NOT counts OR since_ns <= 600000000000)
  AND abs(value - CASE WHEN counts AND temporality IS DISTINCT FROM 'delta' THEN coalesce(before, 0) ELSE 0 END) < 1e12;
