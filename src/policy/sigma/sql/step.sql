-- The latest start of an ordered run of rules up to this one, for each event of its group.
SELECT *, max(CASE WHEN rule = {{step}} THEN {{start}} END) OVER (
    PARTITION BY {{partition}} ORDER BY ts_ns RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
) AS start_{{step}}
FROM ({{hits}}) AS steps
