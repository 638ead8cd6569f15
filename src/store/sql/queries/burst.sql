-- The stretch in which an operation failed more than it usually does and most unlikely by chance: Kulldorff's
-- scan statistic (1997) over starts of five minutes and lengths up to a day. Requests that spans tell of count
-- only where no metric does.
WITH step AS (
    SELECT service, operation, block_ns,
           CAST(coalesce(sum(requests) FILTER (source = 'metric'), sum(requests)) AS DOUBLE) AS requests,
           CAST(coalesce(sum(errors) FILTER (source = 'metric'), sum(errors)) AS DOUBLE) AS errors
    FROM base.served
    WHERE $service IS NULL OR service = $service
    GROUP BY service, operation, block_ns
), whole AS (
    SELECT service, operation, sum(requests) AS requests, sum(errors) AS errors FROM step GROUP BY service, operation HAVING sum(errors) >= 5
), part AS (
    SELECT service, operation, block_ns, steps,
           sum(s.requests) OVER w AS requests, sum(s.errors) OVER w AS errors, s.errors AS first
    FROM step AS s SEMI JOIN whole USING (service, operation), unnest([1, 3, 6, 12, 24, 48, 96, 144, 288]) AS l(steps)
    WINDOW w AS (PARTITION BY service, operation, steps ORDER BY block_ns RANGE BETWEEN CURRENT ROW AND (steps - 1) * 300000000000 FOLLOWING)
), beside AS (
    SELECT p.*, w.requests - p.requests AS other_requests, w.errors - p.errors AS other_errors, w.requests AS all_requests, w.errors AS all_errors
    FROM part AS p JOIN whole AS w USING (service, operation)
    WHERE p.errors >= 5 AND p.first > 0 AND p.errors / p.requests > 1.5 * (w.errors / w.requests)
), told AS (
    SELECT *,
           coalesce(errors * ln(nullif(errors, 0) / requests), 0) + coalesce((requests - errors) * ln(nullif(requests - errors, 0) / requests), 0)
           + coalesce(other_errors * ln(nullif(other_errors, 0) / other_requests), 0)
           + coalesce((other_requests - other_errors) * ln(nullif(other_requests - other_errors, 0) / other_requests), 0)
           - all_errors * ln(all_errors / all_requests) - coalesce((all_requests - all_errors) * ln(nullif(all_requests - all_errors, 0) / all_requests), 0) AS gain
    FROM beside
)
SELECT block_ns AS ts_ns, service,
       operation || ' of ' || service || ' failed ' || CAST(errors AS BIGINT) || ' times in ' || CAST(requests AS BIGINT) || ' from here on, elsewhere '
       || CAST(other_errors AS BIGINT) || ' in ' || CAST(other_requests AS BIGINT) AS title
FROM told
WHERE gain >= 6
ORDER BY gain DESC, block_ns, service, operation
LIMIT 1
