-- from: instance
-- to: resource
-- class: I
-- weight: 0.92
-- one: none
-- why: the telemetry names the pod by uid or name
SELECT
    'instance:' || concat_ws('/', i.namespace, i.name, i.container) AS from_id,
    'resource:' || span_hex(r.resource_id) AS to_id,
    coalesce(i.uid, i.name) AS left_value,
    coalesce(r.k8s_pod_uid, r.k8s_pod_name) AS right_value,
    i.file_id AS from_file_id, i."offset" AS from_offset, i.length AS from_length,
    r.file_id AS to_file_id, r."offset" AS to_offset, r.length AS to_length
FROM base.resource AS r
JOIN base.instance AS i
    ON (r.k8s_pod_uid = i.uid OR (r.k8s_pod_name = i.name AND (r.k8s_namespace_name IS NULL OR i.namespace IS NULL OR r.k8s_namespace_name = i.namespace)))
    AND (r.container_id IS NULL OR i.container_id IS NULL OR starts_with(i.container_id, r.container_id))
