-- What was changed besides deployments: configuration, permissions, flags, data.
SELECT kind, coalesce(service, '') AS service, coalesce(object, '') AS object, coalesce(acted_as, requested_by, 'somebody') AS who,
       coalesce(started_ns, ts_ns) AS ts_ns
FROM base.change
WHERE kind <> 'deploy' AND coalesce(started_ns, ts_ns) BETWEEN 1 AND 4000000000000000000
ORDER BY ts_ns, kind, object, who
LIMIT 20000
