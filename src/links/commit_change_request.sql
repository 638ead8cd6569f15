-- from: change_request
-- to: commit
-- class: I
-- weight: 0.95
-- one: none
-- why: the change request states this commit as its head or merge
SELECT
    'change_request:' || concat_ws('#', r.repository, r.number) AS from_id,
    'commit:' || x.sha AS to_id,
    x.role || ' ' || x.sha AS left_value,
    x.sha AS right_value,
    r.file_id AS from_file_id, r."offset" AS from_offset, r.length AS from_length,
    c.file_id AS to_file_id, c."offset" AS to_offset, c.length AS to_length
FROM base.change_request AS r
CROSS JOIN LATERAL (VALUES ('head', r.head_sha), ('merge', r.merge_sha)) AS x(role, sha)
LEFT JOIN base.commit AS c ON c.sha = x.sha
WHERE x.sha IS NOT NULL
