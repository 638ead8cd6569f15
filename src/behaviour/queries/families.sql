-- Since when the evidence would have told of each family for this service: since the source tells of
-- anybody, and since the service is known. What spans and logs tell begins with the service's own.
WITH known AS (
    SELECT least(
        (SELECT min(started_ns) FROM base.release WHERE service = $service AND id <> $release),
        (SELECT min(started_ns) FROM base.placement WHERE service = $service AND release <> $release),
        (SELECT min(block_ns) FROM base.presence WHERE service = $service AND release <> $release)
    ) AS service_ns,
    (SELECT min(block_ns) FROM base.presence WHERE service = $service AND release <> $release) AS spoke_ns
)
SELECT family, greatest(first_ns, known_ns) AS since_ns
FROM (
    SELECT b.family, min(b.first_ns) AS first_ns,
           any_value(CASE WHEN b.family IN ('secret', 'privilege', 'process', 'file') THEN k.service_ns ELSE k.spoke_ns END) AS known_ns
    FROM base.behaviour AS b, known AS k
    WHERE b.first_ns < $began AND k.service_ns IS NOT NULL
    GROUP BY b.family
)
-- `greatest` passes over an absent side: a service that never spoke would be known since others did.
WHERE known_ns IS NOT NULL AND since_ns < $began
ORDER BY family
