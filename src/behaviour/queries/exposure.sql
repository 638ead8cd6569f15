-- How long instances of the service ran, in instance-blocks, and since when each family is recorded.
SELECT
    count(*) FILTER (WHERE release = $release) AS candidate,
    count(*) FILTER (WHERE release <> $release AND block_ns < $until) AS baseline,
    min(block_ns) FILTER (WHERE release <> $release) AS since_ns
FROM (SELECT DISTINCT release, instance, block_ns FROM base.presence WHERE service = $service)
