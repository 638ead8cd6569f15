-- The 95th percentile of a service's durations as metrics tell it.
SELECT release, operation, block_ns, CAST(max(value_ns) AS BIGINT) AS value_ns
FROM base.quantile
WHERE service = $service AND block_ns >= $since AND block_ns < $until
GROUP BY release, operation, block_ns
ORDER BY release, operation, block_ns
