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
WHERE s.ts_ns > 0;

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
WHERE coalesce(e.service, p.service, l.service_name) IS NOT NULL AND l.ts_ns > 0;

CREATE VIEW stage.access AS
SELECT
    o.release, o.service, o.instance, a.ts_ns, a.kind, a.provider, a.principal, a.object, a.verb, a.result, a.grantee, a.granted,
    CAST(coalesce(a.is_read, FALSE) AS INTEGER) AS is_read,
    a.file_id, a."offset" AS byte_offset, a.length
FROM base.access AS a
JOIN base.access_origin AS o ON o.file_id = a.file_id AND o."offset" = a."offset"
WHERE a.ts_ns > 0;
