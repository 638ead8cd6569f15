-- The releases that some entities belong to: those that say so themselves first, then the newest.
WITH wanted AS (SELECT unnest(from_json($ids, '["VARCHAR"]')) AS id),
found AS (
    SELECT substr(id, 9) AS release, 0 AS rank FROM wanted WHERE starts_with(id, 'release:')
    UNION ALL
    SELECT f.release, 1 FROM base.finding AS f JOIN wanted AS w ON w.id = 'finding:' || f.id
    UNION ALL
    SELECT substr(l.from_id, 9), 2 FROM base.link AS l JOIN wanted AS w ON w.id = l.to_id WHERE l.method LIKE 'release_%'
    UNION ALL
    SELECT p.release, 3 FROM base.placement AS p JOIN wanted AS w ON w.id = p.instance_id
    UNION ALL
    SELECT e.release, 3 FROM base.emitter AS e JOIN wanted AS w ON w.id = 'resource:' || lower(lpad(to_hex(e.resource_id), 16, '0'))
)
SELECT r.id
FROM found AS f
JOIN base.release AS r ON r.id = f.release
GROUP BY r.id, r.started_ns
ORDER BY min(f.rank), r.started_ns DESC NULLS LAST, r.id
LIMIT 200
