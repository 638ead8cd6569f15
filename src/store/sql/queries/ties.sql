-- The links of some entities, either way, as far as walking over them needs.
SELECT from_id AS "from", to_id AS "to", method, state
FROM base.link
WHERE from_id IN (SELECT unnest(from_json($ids, '["VARCHAR"]')))
   OR to_id IN (SELECT unnest(from_json($ids, '["VARCHAR"]')))
