-- Known incidents, whose minutes are no baseline.
SELECT coalesce(service, '') AS service, ts_ns, coalesce(resolved_ns, ts_ns) AS resolved_ns, coalesce(title, incident_id) AS title
FROM base.incident
WHERE ts_ns BETWEEN 1 AND 4000000000000000000 AND coalesce(resolved_ns, ts_ns) < 4000000000000000000
ORDER BY ts_ns, title
