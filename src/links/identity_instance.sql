-- from: instance
-- to: identity
-- class: I
-- weight: 0.92
-- one: none
-- why: the instance acts as the service account behind this identity
SELECT
    'instance:' || concat_ws('/', i.namespace, i.name, i.container) AS from_id,
    'identity:' || n.provider || ':' || n.principal AS to_id,
    i.service_account AS left_value,
    n.service_account AS right_value,
    i.file_id AS from_file_id, i."offset" AS from_offset, i.length AS from_length,
    n.file_id AS to_file_id, n."offset" AS to_offset, n.length AS to_length
FROM base.identity AS n
JOIN base.instance AS i ON n.service_account = i.service_account
WHERE i.name IS NOT NULL AND i.service_account IS NOT NULL
