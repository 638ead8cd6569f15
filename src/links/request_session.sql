-- from: request
-- to: session
-- class: I
-- weight: 0.75
-- one: none
-- why: a prompt of the session names the request's key
SELECT
    'request:' || k.key AS from_id,
    'session:' || t.tool || ':' || t.session_id AS to_id,
    k.key AS left_value,
    left(t.text, 200) AS right_value,
    r.file_id AS from_file_id, r."offset" AS from_offset, r.length AS from_length,
    t.file_id AS to_file_id, t."offset" AS to_offset, t.length AS to_length
FROM base.turn AS t
CROSS JOIN LATERAL (SELECT unnest(ticket_keys(t.text)) AS key) AS k
JOIN (SELECT DISTINCT key AS known FROM base.entity WHERE kind = 'request') AS e ON e.known = k.key
LEFT JOIN base.request AS r ON r.key = k.key
WHERE t.kind = 'prompt'
