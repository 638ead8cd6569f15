-- What the metrics that the policy names say of a service, by release and step of five minutes.
SELECT release, metric, is_counter > 0 AS is_counter, block_ns,
       CAST(sum(total_milli) AS DOUBLE) / 1000 AS total, CAST(sum(points) AS BIGINT) AS points
FROM base.outcome
WHERE service = $service AND block_ns >= $since AND block_ns < $until
  AND metric IN (SELECT unnest(from_json($metrics, '["VARCHAR"]')))
GROUP BY release, metric, is_counter, block_ns
ORDER BY release, metric, is_counter, block_ns
