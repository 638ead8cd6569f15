-- from: instance
-- to: access
-- class: I
-- weight: 0.92
-- one: from
-- why: the access event names the pod, or came from the address that the pod held at that time
WITH pods AS (
    SELECT namespace, name, container, ip, service_account, min(file_id) AS file_id, arg_min("offset", file_id) AS "offset",
           arg_min(length, file_id) AS length, min(started_ns) AS started_ns, max(coalesce(ended_ns, ts_ns)) AS last_ns,
           bool_or(ended_ns IS NOT NULL) AS ended
    FROM base.instance
    WHERE name IS NOT NULL
    GROUP BY ALL
)
SELECT
    'instance:' || concat_ws('/', p.namespace, p.name, p.container) AS from_id,
    'access:' || a.provider || ':' || coalesce(a.event_id, a.file_id || ':' || a."offset") AS to_id,
    CASE WHEN a.k8s_pod_name = p.name THEN p.name ELSE p.ip END AS left_value,
    CASE WHEN a.k8s_pod_name = p.name THEN a.k8s_pod_name ELSE a.source_address END AS right_value,
    p.file_id AS from_file_id, p."offset" AS from_offset, p.length AS from_length,
    a.file_id AS to_file_id, a."offset" AS to_offset, a.length AS to_length
FROM base.access AS a
JOIN pods AS p
    ON p.name = a.k8s_pod_name
    OR (a.k8s_pod_name IS NULL AND p.ip = a.source_address AND a.ts_ns >= p.started_ns
        AND (NOT p.ended OR a.ts_ns <= p.last_ns)
        AND (a.service_account IS NULL OR a.service_account = p.service_account))
WHERE a.kind <> 'api'
