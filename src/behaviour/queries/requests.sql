-- Requests and errors of a service, by source, release, operation and step of five minutes.
SELECT source, release, operation, block_ns, CAST(sum(requests) AS BIGINT) AS requests, CAST(sum(errors) AS BIGINT) AS errors
FROM base.served
WHERE service = $service AND block_ns >= $since AND block_ns < $until
GROUP BY source, release, operation, block_ns
ORDER BY source, release, operation, block_ns
