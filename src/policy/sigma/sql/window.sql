-- A measure over the time span that ends at each event of its group.
SELECT *, {{measure}} OVER span AS measure
FROM ({{hits}}) AS hits
WINDOW span AS (
    PARTITION BY {{partition}} ORDER BY ts_ns RANGE BETWEEN {{span}} PRECEDING AND CURRENT ROW
)
