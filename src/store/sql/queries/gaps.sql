-- Gaps, by release in order of time. The document is what the contracts print.
SELECT g.document
FROM base.gap AS g
LEFT JOIN base.release AS r ON r.id = g.release
WHERE ($release IS NULL OR g.release = $release)
  AND ($service IS NULL OR split_part(g.release, '@', 1) = $service)
  AND ($since IS NULL OR r.started_ns >= $since) AND ($until IS NULL OR r.started_ns < $until)
ORDER BY r.started_ns NULLS LAST, g.release, g.expected, g.state, g.why
LIMIT $limit
