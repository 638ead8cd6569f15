-- Each release, newest first, with what its evidence should hold and does not; a row without a gap where nothing is missing.
SELECT r.id, r.started_ns, g.document
FROM base.release AS r
LEFT JOIN base.gap AS g ON g.release = r.id
WHERE $release IS NULL OR r.id = $release
ORDER BY r.started_ns DESC NULLS LAST, r.id, g.expected, g.state, g.why
LIMIT 20000
