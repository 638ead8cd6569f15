-- How long requests of a service took, by release, operation and step of five minutes.
SELECT release, operation, block_ns, bucket_ns, any_value(width_ns) AS width_ns, CAST(sum(requests) AS BIGINT) AS requests
FROM base.latency
WHERE service = $service AND block_ns >= $since AND block_ns < $until
GROUP BY release, operation, block_ns, bucket_ns
ORDER BY release, operation, block_ns, bucket_ns
