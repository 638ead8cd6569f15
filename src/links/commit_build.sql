-- from: commit
-- to: build
-- class: I
-- weight: 0.95
-- one: from
-- why: the run states this commit as the one it checked out
SELECT
    'commit:' || b.sha AS from_id,
    'build:' || concat_ws('/', coalesce(b.repository, b.provider), b.run_id, coalesce(b.attempt, 1)) AS to_id,
    b.sha AS left_value,
    b.sha AS right_value,
    c.file_id AS from_file_id, c."offset" AS from_offset, c.length AS from_length,
    b.file_id AS to_file_id, b."offset" AS to_offset, b.length AS to_length
FROM base.build AS b
LEFT JOIN base.commit AS c ON c.sha = b.sha
WHERE b.sha IS NOT NULL
