-- from: request
-- to: commit
-- class: I
-- weight: 0.75
-- one: none
-- why: the commit's subject, body or trailers name the request's key
SELECT
    'request:' || k.key AS from_id,
    'commit:' || c.sha AS to_id,
    k.key AS left_value,
    concat_ws(' | ', c.subject, nullif(c.trailers, '')) AS right_value,
    r.file_id AS from_file_id, r."offset" AS from_offset, r.length AS from_length,
    c.file_id AS to_file_id, c."offset" AS to_offset, c.length AS to_length
FROM base.commit AS c
CROSS JOIN LATERAL (SELECT unnest(ticket_keys(concat_ws(' ', c.subject, c.trailers, c.body))) AS key) AS k
LEFT JOIN base.request AS r ON r.key = k.key
