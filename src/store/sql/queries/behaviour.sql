-- What some resources did, by service and version.
WITH chosen AS (
    SELECT DISTINCT resource_id, service_name, service_version, deployment_environment_name
    FROM base.resource
    WHERE span_hex(resource_id) IN (SELECT unnest(from_json($ids, '["VARCHAR"]')))
),
spans AS (
    SELECT
        c.service_name, c.service_version, c.deployment_environment_name,
        count(*) AS spans,
        count(*) FILTER (WHERE s.status_code = 'error') AS errors,
        min(s.ts_ns) AS first_ns,
        max(s.ts_ns) AS last_ns,
        mode(s.error_type ORDER BY s.error_type) FILTER (WHERE s.error_type IS NOT NULL) AS error_type,
        arg_min({'f': s.file_id, 'o': s."offset", 'l': s.length, 'r': c.resource_id},
                (s.status_code IS DISTINCT FROM 'error', s.ts_ns, s.file_id, s."offset")) AS cite
    FROM base.span AS s
    JOIN chosen AS c USING (resource_id)
    GROUP BY ALL
)
SELECT
    s.* EXCLUDE (cite), span_hex(s.cite.r) AS resource,
    f.path AS c_file, f.sha256 AS c_sha256, s.cite.o AS c_offset, s.cite.l AS c_length
FROM spans AS s
LEFT JOIN main.file AS f ON f.file_id = s.cite.f
ORDER BY s.service_name, s.service_version
