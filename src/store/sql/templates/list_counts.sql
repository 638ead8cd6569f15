-- How many rows of a list have each value of a field, the commonest first or the rarest, behind all of them in one.
SELECT counted AS value, {how} AS n, count(*) OVER () AS rows_of_this
FROM ({list})
GROUP BY GROUPING SETS ((counted), ())
ORDER BY grouping(counted) DESC, CASE WHEN $rarest THEN n ELSE -n END, value
LIMIT $most
