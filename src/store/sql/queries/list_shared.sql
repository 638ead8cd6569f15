-- title: Shared
-- columns: kind 14 | others 6 | thing * | with 40?
-- label: thing
-- empty: nothing that another release has in common with this one is in the evidence
-- words: concat_ws(' ', s.kind, s.thing, s.with)
-- field: kind token s.kind
-- field: others number s.others
-- field: thing text s.thing
-- field: with text s.with
WITH asked AS (
    SELECT id FROM base.release WHERE $releases IS NULL OR id IN (SELECT unnest(from_json($releases, '["VARCHAR"]')))
),
own AS (SELECT DISTINCT kind, id, thing FROM main.used WHERE release IN (SELECT id FROM asked)),
shared AS (
    SELECT o.kind, o.id, min(o.thing) AS thing, count(DISTINCT u.release) FILTER (WHERE $releases IS NULL OR u.release NOT IN (SELECT id FROM asked)) AS others,
           string_agg(DISTINCT split_part(u.release, '/', 1), ', ' ORDER BY split_part(u.release, '/', 1)) FILTER (WHERE $releases IS NULL OR u.release NOT IN (SELECT id FROM asked)) AS with
    FROM own AS o JOIN main.used AS u ON u.id = o.id
    GROUP BY o.kind, o.id
)
SELECT s.id, coalesce(e.ts_ns, NULL) AS ts_ns, s.kind, s.others, s.thing, s.with{also}
FROM shared AS s
LEFT JOIN base.entity AS e ON e.id = s.id
WHERE TRUE {filter}
ORDER BY list_position(['commit', 'session', 'request', 'change_request', 'artifact', 'builder', 'account', 'secret', 'host'], s.kind), s.others, s.thing
LIMIT $limit OFFSET $offset
