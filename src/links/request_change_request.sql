-- from: request
-- to: change_request
-- class: I
-- weight: 0.75
-- one: none
-- why: the change request's title, branch or text names the request's key
SELECT
    'request:' || k.key AS from_id,
    'change_request:' || concat_ws('#', c.repository, c.number) AS to_id,
    k.key AS left_value,
    concat_ws(' | ', c.title, c.head_ref) AS right_value,
    r.file_id AS from_file_id, r."offset" AS from_offset, r.length AS from_length,
    c.file_id AS to_file_id, c."offset" AS to_offset, c.length AS to_length
FROM base.change_request AS c
CROSS JOIN LATERAL (
    SELECT unnest(ticket_keys(concat_ws(' ', c.title, c.head_ref, c.body))) AS key
    UNION
    SELECT c.repository || '#' || number
    FROM (SELECT unnest(regexp_extract_all(coalesce(c.body, ''), '(?i)(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?) #([0-9]+)', 1)) AS number)
) AS k
LEFT JOIN base.request AS r ON CASE WHEN r.key LIKE '#%' THEN r.repository || r.key ELSE r.key END = k.key
