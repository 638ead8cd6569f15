-- Findings, worst first. The document is what the contracts print.
SELECT document
FROM base.finding
WHERE ($release IS NULL OR release = $release)
  AND ($service IS NULL OR split_part(release, '@', 1) = $service)
  AND ($family IS NULL OR family = $family)
  AND ($rank IS NULL OR rank <= $rank)
  AND ($since IS NULL OR coalesce(last_ns, ts_ns) >= $since) AND ($until IS NULL OR ts_ns < $until)
ORDER BY rank, id
LIMIT $limit
