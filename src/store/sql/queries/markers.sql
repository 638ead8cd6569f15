-- What changed, for the timeline: deployments, rollbacks, other changes.
SELECT e.id, e.kind, e.label, e.ts_ns, coalesce(c.action = 'rollback', FALSE) AS rollback
FROM base.entity AS e
LEFT JOIN (SELECT DISTINCT provider, change_id, action FROM base.change WHERE action = 'rollback') AS c
    ON e.id = 'deployment:' || c.provider || ':' || c.change_id
WHERE e.kind IN ('deployment', 'change', 'incident') AND e.ts_ns >= $since AND e.ts_ns < $until
ORDER BY e.ts_ns, e.id
LIMIT 2000
