-- Since when each service is known by each of its releases, and since when it spoke.
SELECT service, release, min(known_ns) AS known_ns, min(spoke_ns) AS spoke_ns
FROM (
    SELECT service, id AS release, started_ns AS known_ns, NULL AS spoke_ns FROM base.release
    UNION ALL SELECT service, release, started_ns, NULL FROM base.placement
    UNION ALL SELECT service, release, block_ns, block_ns FROM base.presence
)
GROUP BY service, release
ORDER BY service, release
