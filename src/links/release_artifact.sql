-- from: release
-- to: artifact
-- class: S
-- weight: 0.97
-- one: none
-- when: released
-- why: the records that the release was derived from state this digest
SELECT
    'release:' || r.id AS from_id,
    'artifact:' || r.digest AS to_id,
    r.id AS left_value,
    r.digest AS right_value,
    r.file_id AS from_file_id, r."offset" AS from_offset, r.length AS from_length,
    a.file_id AS to_file_id, a."offset" AS to_offset, a.length AS to_length
FROM base.release AS r
LEFT JOIN base.artifact AS a ON a.digest = r.digest
WHERE r.digest IS NOT NULL
