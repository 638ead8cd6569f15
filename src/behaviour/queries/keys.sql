-- What a release did, beside what the same service did in the baseline. The baseline is everything
-- that its other releases did before it began, and beside it.
SELECT
    family, key, any_value(subject ORDER BY subject) AS subject,
    coalesce(CAST(sum(events) FILTER (WHERE release = $release) AS BIGINT), 0) AS events,
    count(DISTINCT instance) FILTER (WHERE release = $release AND instance <> '') AS instances,
    count(DISTINCT block_ns) FILTER (WHERE release = $release) AS blocks,
    coalesce(CAST(sum(events) FILTER (WHERE release = $release AND (placed_ns IS NULL OR last_ns > placed_ns + 900000000000)) AS BIGINT), 0) AS late,
    min(first_ns) FILTER (WHERE release = $release) AS first_ns,
    max(last_ns) FILTER (WHERE release = $release) AS last_ns,
    coalesce(CAST(sum(events) FILTER (WHERE release <> $release AND is_baseline AND (first_ns < $began OR release <> '')) AS BIGINT), 0) AS before,
    count(DISTINCT block_ns) FILTER (WHERE release <> $release AND is_baseline AND (first_ns < $began OR release <> '')) AS before_blocks,
    max(last_ns) FILTER (WHERE release <> $release AND is_baseline) AS before_ns
FROM (
    SELECT *, NOT list_contains(from_json($cut, '["VARCHAR"]'), release) AND ($against IS NULL OR release = $against) AS is_baseline
    FROM base.behaviour AS b
    LEFT JOIN (SELECT pod, max(started_ns) AS placed_ns FROM base.placement GROUP BY pod) AS p ON p.pod = b.instance
)
WHERE service = $service AND (release = $release OR first_ns < $until)
  AND first_ns < $as_of
GROUP BY family, key
ORDER BY family, key
