-- from: artifact
-- to: deployment
-- class: S
-- weight: 0.97
-- one: from
-- why: the deployment names this digest
SELECT
    'artifact:' || d.digest AS from_id,
    'deployment:' || d.provider || ':' || d.change_id AS to_id,
    d.digest AS left_value,
    coalesce(d.image, d.digest) AS right_value,
    a.file_id AS from_file_id, a."offset" AS from_offset, a.length AS from_length,
    d.file_id AS to_file_id, d."offset" AS to_offset, d.length AS to_length
FROM base.change AS d
LEFT JOIN base.artifact AS a ON a.digest = d.digest
WHERE d.kind = 'deploy' AND d.digest IS NOT NULL
