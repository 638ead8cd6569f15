-- from: session
-- to: change_request
-- class: I
-- weight: 0.92
-- one: none
-- why: the session recorded the address of the change request that it opened
SELECT
    'session:' || s.tool || ':' || s.session_id AS from_id,
    'change_request:' || concat_ws('#', r.repository, r.number) AS to_id,
    s.change_request_url AS left_value,
    r.url AS right_value,
    s.file_id AS from_file_id, s."offset" AS from_offset, s.length AS from_length,
    r.file_id AS to_file_id, r."offset" AS to_offset, r.length AS to_length
FROM base.session AS s
JOIN base.change_request AS r
    ON s.change_request_url = r.url
    OR lower(s.change_request_url) = 'https://' || r.repository || '/pull/' || r.number
WHERE s.change_request_url IS NOT NULL
