-- from: deployment
-- to: resource
-- class: I
-- weight: 0.70
-- one: none
-- why: the telemetry states the deployment's id, or its service and version
WITH shipped AS (
    SELECT provider, change_id, service, environment, shipped_version(image, version) AS version, file_id, "offset", length
    FROM base.change WHERE kind = 'deploy'
),
-- One condition a side: joined by either, resources and deployments are tried in all their pairs.
stated AS (
    SELECT d.*, r.resource_id, r.deployment_id, r.service_name, r.service_version, r.file_id AS r_file_id, r."offset" AS r_offset, r.length AS r_length
    FROM base.resource AS r JOIN shipped AS d ON r.deployment_id = d.change_id
    UNION ALL
    SELECT d.*, r.resource_id, r.deployment_id, r.service_name, r.service_version, r.file_id, r."offset", r.length
    FROM base.resource AS r
    JOIN shipped AS d ON r.service_name = d.service AND ltrim(r.service_version, 'v') = ltrim(d.version, 'v')
    WHERE (r.deployment_environment_name IS NULL OR d.environment IS NULL OR r.deployment_environment_name = d.environment)
      AND r.deployment_id IS DISTINCT FROM d.change_id
)
SELECT
    'deployment:' || provider || ':' || change_id AS from_id,
    'resource:' || span_hex(resource_id) AS to_id,
    CASE WHEN deployment_id = change_id THEN change_id ELSE concat_ws('@', service, version) END AS left_value,
    CASE WHEN deployment_id = change_id THEN deployment_id ELSE concat_ws('@', service_name, service_version) END AS right_value,
    file_id AS from_file_id, "offset" AS from_offset, length AS from_length,
    r_file_id AS to_file_id, r_offset AS to_offset, r_length AS to_length
FROM stated
