-- from: session
-- to: commit
-- class: I
-- weight: 0.85
-- one: none
-- why: the session's record states this commit as its own, by its id or by a beginning that no other commit here has
WITH stated AS (
    SELECT tool, session_id, repository, unnest(list_distinct(string_split(lower(commits), ' '))) AS said, file_id, "offset", length
    FROM base.session
    WHERE commits IS NOT NULL
),
short AS (
    SELECT DISTINCT said, length(said) AS digits FROM stated WHERE regexp_full_match(said, '[0-9a-f]{7,39}')
),
known AS (
    SELECT key AS sha FROM base.entity WHERE kind = 'commit'
),
-- Abbreviations are few in length, so each length is looked up by equality.
meant AS (
    SELECT s.said, min(k.sha) AS sha
    FROM (SELECT DISTINCT digits FROM short) AS d
    CROSS JOIN known AS k
    JOIN short AS s ON s.digits = d.digits AND s.said = left(k.sha, d.digits)
    GROUP BY s.said
    HAVING count(DISTINCT k.sha) = 1
    UNION ALL
    SELECT DISTINCT said, said FROM stated WHERE regexp_full_match(said, '[0-9a-f]{40}|[0-9a-f]{64}')
)
SELECT
    'session:' || s.tool || ':' || s.session_id AS from_id,
    'commit:' || m.sha AS to_id,
    s.said AS left_value,
    m.sha AS right_value,
    s.file_id AS from_file_id, s."offset" AS from_offset, s.length AS from_length,
    c.file_id AS to_file_id, c."offset" AS to_offset, c.length AS to_length
FROM stated AS s
JOIN meant AS m ON m.said = s.said
LEFT JOIN base.commit AS c ON c.sha = m.sha
-- The same beginning in another repository is a coincidence; a whole id is none.
WHERE length(s.said) >= 40 OR c.repository IS NULL OR s.repository IS NULL OR c.repository = s.repository
