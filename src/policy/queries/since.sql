-- Since when the evidence tells of each kind of entity, by records of its own.
SELECT kind, min(ts_ns) AS since_ns
FROM base.entity
WHERE ts_ns IS NOT NULL AND kind <> 'release'
GROUP BY kind
ORDER BY kind
