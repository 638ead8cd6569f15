-- from: release
-- to: commit
-- class: I
-- weight: 0.92
-- one: none
-- when: released
-- why: the records that the release was derived from state this commit
SELECT
    'release:' || r.id AS from_id,
    'commit:' || r.sha AS to_id,
    r.id AS left_value,
    r.sha AS right_value,
    r.file_id AS from_file_id, r."offset" AS from_offset, r.length AS from_length,
    c.file_id AS to_file_id, c."offset" AS to_offset, c.length AS to_length
FROM base.release AS r
LEFT JOIN base.commit AS c ON c.sha = r.sha
WHERE r.sha IS NOT NULL
