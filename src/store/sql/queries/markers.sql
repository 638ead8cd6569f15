-- What changed, for the timeline: deployments, rollbacks, other changes; and where findings begin.
SELECT e.id, e.kind, e.label, e.ts_ns, coalesce(c.action = 'rollback', FALSE) AS rollback
FROM base.entity AS e
LEFT JOIN (SELECT DISTINCT provider, change_id, action FROM base.change WHERE action = 'rollback') AS c
    ON e.id = 'deployment:' || c.provider || ':' || c.change_id
WHERE e.kind IN ('deployment', 'change', 'incident') AND e.ts_ns >= $since AND e.ts_ns < $until
UNION ALL
SELECT 'finding:' || f.id, 'finding', concat_ws(' ', f.severity, f.title), f.ts_ns, FALSE
FROM base.finding AS f
WHERE f.state IN ('open', 'explained') AND f.ts_ns >= $since AND f.ts_ns < $until
ORDER BY 4, 1
LIMIT 2000
