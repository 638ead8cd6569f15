-- from: deployment
-- to: instance
-- class: S
-- weight: 0.97
-- one: none
-- why: the instance runs the digest that the deployment names, and started after it
SELECT
    'deployment:' || d.provider || ':' || d.change_id AS from_id,
    'instance:' || concat_ws('/', i.namespace, i.name, i.container) AS to_id,
    d.digest AS left_value,
    i.digest AS right_value,
    d.file_id AS from_file_id, d."offset" AS from_offset, d.length AS from_length,
    i.file_id AS to_file_id, i."offset" AS to_offset, i.length AS to_length
FROM base.instance AS i
JOIN base.change AS d
    ON d.kind = 'deploy' AND d.digest = i.digest AND (d.service IS NULL OR i.service IS NULL OR d.service = i.service)
    AND coalesce(d.started_ns, d.ts_ns) <= coalesce(i.started_ns, i.ts_ns) + 60000000000
WHERE i.name IS NOT NULL
-- Of several times that the digest went live the last one before it; records of one rollout lie close together.
QUALIFY coalesce(d.started_ns, d.ts_ns) >= max(coalesce(d.started_ns, d.ts_ns)) OVER (PARTITION BY i.namespace, i.name, i.container, d.provider) - 600000000000
