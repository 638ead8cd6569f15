-- The moment that an investigation begins with: the first event of the worst finding, or of what was
-- excused where nothing else was found.
SELECT ts_ns, split_part(release, '@', 1) AS service, title
FROM base.finding
WHERE ts_ns IS NOT NULL AND ($service IS NULL OR split_part(release, '@', 1) = $service) AND state IN ('open', 'explained', 'excused')
  AND ($release IS NULL OR release = $release)
ORDER BY state = 'excused', rank, family NOT IN ('rate', 'error', 'latency', 'template'), ts_ns, id
LIMIT 1
