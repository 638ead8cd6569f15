-- How many findings stand, by severity, worst first.
SELECT severity, count(*) AS findings
FROM base.finding
WHERE state IN ('open', 'explained')
GROUP BY severity, rank
ORDER BY rank, severity
