-- from: deployment
-- to: resource
-- class: I
-- weight: 0.70
-- one: none
-- why: the telemetry states the deployment's id, or its service and version
SELECT
    'deployment:' || d.provider || ':' || d.change_id AS from_id,
    'resource:' || span_hex(r.resource_id) AS to_id,
    CASE WHEN r.deployment_id = d.change_id THEN d.change_id ELSE concat_ws('@', d.service, shipped_version(d.image, d.version)) END AS left_value,
    CASE WHEN r.deployment_id = d.change_id THEN r.deployment_id ELSE concat_ws('@', r.service_name, r.service_version) END AS right_value,
    d.file_id AS from_file_id, d."offset" AS from_offset, d.length AS from_length,
    r.file_id AS to_file_id, r."offset" AS to_offset, r.length AS to_length
FROM base.resource AS r
JOIN base.change AS d
    ON d.kind = 'deploy'
    AND (r.deployment_id = d.change_id
        OR (r.service_name = d.service AND ltrim(r.service_version, 'v') = ltrim(shipped_version(d.image, d.version), 'v')
            AND (r.deployment_environment_name IS NULL OR d.environment IS NULL OR r.deployment_environment_name = d.environment)))
