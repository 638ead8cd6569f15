-- Since when the evidence tells of each family at all, for the service.
SELECT family, min(first_ns) AS since_ns, CAST(sum(events) AS BIGINT) AS events
FROM base.behaviour
WHERE service = $service AND release <> $release AND first_ns < $began
GROUP BY family
ORDER BY family
