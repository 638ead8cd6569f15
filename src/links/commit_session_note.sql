-- from: session
-- to: commit
-- class: I
-- weight: 0.85
-- one: none
-- why: the git-ai note on the commit carries the session's key, sha256("tool:session id") cut to 14 digits
SELECT
    'session:' || s.tool || ':' || s.session_id AS from_id,
    'commit:' || a.sha AS to_id,
    s.session_hash AS left_value,
    a.session_hash AS right_value,
    s.file_id AS from_file_id, s."offset" AS from_offset, s.length AS from_length,
    a.file_id AS to_file_id, a."offset" AS to_offset, a.length AS to_length
FROM base.attribution AS a
JOIN base.session AS s ON s.session_hash = a.session_hash
WHERE a.sha IS NOT NULL AND s.session_id IS NOT NULL
