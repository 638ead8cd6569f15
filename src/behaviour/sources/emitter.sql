-- Who emitted: resources with the release that they state by digest, commit or version, or that their
-- pod ran.
INSERT INTO base.emitter
WITH once AS (
    SELECT DISTINCT ON (resource_id) *
    FROM base.resource
    WHERE resource_id IS NOT NULL
    ORDER BY resource_id, service_version IS NULL, file_id, "offset"
),
pod AS (
    SELECT DISTINCT ON (pod) pod, release, service FROM base.placement ORDER BY pod, instance_id
)
SELECT resource_id, release, service, environment, instance
FROM (
    SELECT
        o.resource_id, coalesce(r.id, p.release, '') AS release, coalesce(o.service_name, p.service) AS service,
        coalesce(o.deployment_environment_name, r.environment) AS environment,
        coalesce(o.k8s_pod_name, o.service_instance_id, o.container_id, o.host_name, '') AS instance,
        row_number() OVER (
            PARTITION BY o.resource_id
            ORDER BY r.digest IS DISTINCT FROM o.container_image_digest, r.sha IS DISTINCT FROM o.vcs_ref_head_revision,
                     r.started_ns DESC NULLS LAST, r.id
        ) AS choice
    FROM once AS o
    LEFT JOIN base.release AS r
        ON r.service = o.service_name
        AND (r.digest = o.container_image_digest OR r.sha = o.vcs_ref_head_revision OR ltrim(r.version, 'v') = ltrim(o.service_version, 'v'))
        AND (o.deployment_environment_name IS NULL OR r.environment IS NULL OR r.environment = o.deployment_environment_name)
    LEFT JOIN pod AS p ON p.pod = o.k8s_pod_name
)
WHERE choice = 1 AND service IS NOT NULL
ORDER BY resource_id;
