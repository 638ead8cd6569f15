-- from: deployment
-- to: instance
-- class: I
-- weight: 0.70
-- one: none
-- contradicted: other_digest
-- why: the instance's version label is the deployment's version; labels can be moved
SELECT
    'deployment:' || d.provider || ':' || d.change_id AS from_id,
    'instance:' || concat_ws('/', i.namespace, i.name, i.container) AS to_id,
    shipped_version(d.image, d.version) AS left_value,
    shipped_version(i.image, i.version) AS right_value,
    d.file_id AS from_file_id, d."offset" AS from_offset, d.length AS from_length,
    i.file_id AS to_file_id, i."offset" AS to_offset, i.length AS to_length,
    coalesce(d.digest <> i.digest, FALSE) AS other_digest
FROM base.instance AS i
JOIN base.change AS d
    ON d.kind = 'deploy' AND d.service = i.service AND ltrim(shipped_version(d.image, d.version), 'v') = ltrim(shipped_version(i.image, i.version), 'v')
    AND coalesce(d.started_ns, d.ts_ns) <= coalesce(i.started_ns, i.ts_ns) + 60000000000
WHERE i.name IS NOT NULL
QUALIFY coalesce(d.started_ns, d.ts_ns) >= max(coalesce(d.started_ns, d.ts_ns)) OVER (PARTITION BY i.namespace, i.name, i.container, d.provider) - 600000000000
