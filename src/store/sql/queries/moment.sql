-- The moment that an investigation begins with: the first event of the worst finding; where nothing stands
-- against a release, that of what was excused, shifts first: they were measured against what is usual.
SELECT ts_ns, split_part(release, '@', 1) AS service, title, state = 'excused' AND family NOT IN ('rate', 'latency', 'outcome') AS weak
FROM base.finding
WHERE ts_ns IS NOT NULL AND ($service IS NULL OR split_part(release, '@', 1) = $service) AND state IN ('open', 'explained', 'excused')
  AND ($release IS NULL OR release = $release)
ORDER BY state = 'excused', channel = 'trust', weak, rank, family NOT IN ('rate', 'error', 'latency', 'template'), ts_ns, id
LIMIT 1
