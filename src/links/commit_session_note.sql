-- from: session
-- to: commit
-- class: I
-- weight: 0.85
-- one: none
-- why: the git-ai note on the commit carries the session's key, sha256("tool:session id") cut to 14 digits
WITH noted AS (
    -- A note has a row per range of lines. A key that its own note does not explain is another rule's.
    SELECT sha, session_hash, min(file_id) AS file_id, arg_min("offset", (file_id, "offset")) AS "offset",
           arg_min(length, (file_id, "offset")) AS length
    FROM base.attribution
    WHERE sha IS NOT NULL AND session_hash IS NOT NULL AND NOT coalesce(dangling, FALSE)
    GROUP BY ALL
),
known AS (
    -- Every note tells anew of a session that it names.
    SELECT tool, session_id, session_hash, min(file_id) AS file_id, arg_min("offset", (file_id, "offset")) AS "offset",
           arg_min(length, (file_id, "offset")) AS length
    FROM base.session
    WHERE session_id IS NOT NULL AND session_hash IS NOT NULL
    GROUP BY ALL
)
SELECT
    'session:' || s.tool || ':' || s.session_id AS from_id,
    'commit:' || n.sha AS to_id,
    s.session_hash AS left_value,
    n.session_hash AS right_value,
    s.file_id AS from_file_id, s."offset" AS from_offset, s.length AS from_length,
    n.file_id AS to_file_id, n."offset" AS to_offset, n.length AS to_length
FROM noted AS n
JOIN known AS s ON s.session_hash = n.session_hash
