-- from: identity
-- to: access
-- class: I
-- weight: 0.92
-- one: none
-- why: the access event names this identity as its principal or the service account behind it
SELECT
    'identity:' || n.provider || ':' || n.principal AS from_id,
    'access:' || a.provider || ':' || coalesce(a.event_id, a.file_id || ':' || a."offset") AS to_id,
    n.principal AS left_value,
    a.principal AS right_value,
    n.file_id AS from_file_id, n."offset" AS from_offset, n.length AS from_length,
    a.file_id AS to_file_id, a."offset" AS to_offset, a.length AS to_length
FROM base.access AS a
JOIN (SELECT DISTINCT ON (provider, principal) * FROM base.identity ORDER BY provider, principal, file_id, "offset") AS n
    ON n.provider = a.provider AND n.principal = a.principal
WHERE a.kind <> 'api'
