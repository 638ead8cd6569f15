-- from: change_request
-- to: commit
-- class: T
-- weight: 0.45
-- one: from
-- why: the commit lies on the branch below the change request's head, and no other change request claims it
WITH RECURSIVE claimed AS (
    SELECT DISTINCT unnest([head_sha, merge_sha]) AS sha FROM base.change_request
),
-- The trunk below each merge, as far as a branch can be long: what others had merged before.
trunk AS (
    SELECT split_part(c.parents, ' ', 1) AS sha, 1 AS depth
    FROM base.change_request AS r JOIN base.commit AS c ON c.sha = r.merge_sha
    UNION
    SELECT split_part(c.parents, ' ', 1), t.depth + 1
    FROM trunk AS t JOIN base.commit AS c ON c.sha = t.sha AND c.parents <> ''
    WHERE t.depth < 60
),
branch AS (
    SELECT r.repository, r.number, r.file_id, r."offset", r.length, split_part(c.parents, ' ', 1) AS sha, 1 AS depth
    FROM base.change_request AS r
    JOIN base.commit AS c ON c.sha = r.head_sha AND c.parents NOT LIKE '% %'
    UNION
    SELECT b.repository, b.number, b.file_id, b."offset", b.length, split_part(c.parents, ' ', 1), b.depth + 1
    FROM branch AS b
    JOIN base.commit AS c ON c.sha = b.sha AND c.parents NOT LIKE '% %' AND c.parents <> ''
    WHERE b.depth < 50 AND NOT EXISTS (SELECT 1 FROM claimed WHERE claimed.sha = b.sha)
      AND NOT EXISTS (SELECT 1 FROM trunk WHERE trunk.sha = b.sha)
      AND NOT regexp_matches(c.subject, '\(#[0-9]+\)$')
)
SELECT
    'change_request:' || concat_ws('#', b.repository, b.number) AS from_id,
    'commit:' || b.sha AS to_id,
    '#' || b.number || ' head' AS left_value,
    b.depth || ' below the head' AS right_value,
    b.file_id AS from_file_id, b."offset" AS from_offset, b.length AS from_length,
    c.file_id AS to_file_id, c."offset" AS to_offset, c.length AS to_length
FROM branch AS b
JOIN base.commit AS c ON c.sha = b.sha AND c.parents NOT LIKE '% %'
WHERE NOT EXISTS (SELECT 1 FROM claimed WHERE claimed.sha = b.sha)
  AND NOT EXISTS (SELECT 1 FROM trunk WHERE trunk.sha = b.sha)
  AND NOT regexp_matches(c.subject, '\(#[0-9]+\)$')
