-- from: session
-- to: commit
-- class: I
-- weight: 0.55
-- one: none
-- why: a trailer of the commit names the session
SELECT
    'session:' || s.tool || ':' || s.session_id AS from_id,
    'commit:' || c.sha AS to_id,
    s.session_id AS left_value,
    c.trailers AS right_value,
    s.file_id AS from_file_id, s."offset" AS from_offset, s.length AS from_length,
    c.file_id AS to_file_id, c."offset" AS to_offset, c.length AS to_length
FROM base.session AS s
JOIN base.commit AS c ON contains(c.trailers, s.session_id)
WHERE length(s.session_id) >= 12
