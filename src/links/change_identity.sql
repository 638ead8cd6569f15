-- from: identity
-- to: change
-- class: I
-- weight: 0.92
-- one: none
-- why: the change was made with this identity's credential
SELECT
    'identity:' || n.provider || ':' || n.principal AS from_id,
    'change:' || c.kind || ':' || c.provider || ':' || c.change_id AS to_id,
    n.principal AS left_value,
    c.acted_as AS right_value,
    n.file_id AS from_file_id, n."offset" AS from_offset, n.length AS from_length,
    c.file_id AS to_file_id, c."offset" AS to_offset, c.length AS to_length
FROM base.change AS c
JOIN (SELECT DISTINCT ON (provider, principal) * FROM base.identity ORDER BY provider, principal, file_id, "offset") AS n
    ON n.provider = c.provider AND n.principal = c.acted_as
WHERE c.kind <> 'deploy'
