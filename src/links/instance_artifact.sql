-- from: artifact
-- to: instance
-- class: S
-- weight: 0.97
-- one: from
-- why: the instance runs this digest
SELECT
    'artifact:' || i.digest AS from_id,
    'instance:' || concat_ws('/', i.namespace, i.name, i.container) AS to_id,
    i.digest AS left_value,
    i.digest AS right_value,
    a.file_id AS from_file_id, a."offset" AS from_offset, a.length AS from_length,
    i.file_id AS to_file_id, i."offset" AS to_offset, i.length AS to_length
FROM base.instance AS i
LEFT JOIN base.artifact AS a ON a.digest = i.digest
WHERE i.digest IS NOT NULL AND i.name IS NOT NULL
