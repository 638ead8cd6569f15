-- Every link as far as walking over it needs; one more than is kept, to see that there are more.
SELECT from_id AS "from", to_id AS "to", method, state
FROM base.link
ORDER BY from_id, to_id, method
LIMIT $limit
