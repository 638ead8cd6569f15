-- The event at which a correlation begins to hold in its group, once per unbroken run.
SELECT file_id, "offset", length, ts_ns{{columns}}, measure
FROM (
    SELECT *, lag(holds) OVER run AS held, lag(ts_ns) OVER run AS before
    FROM (
        SELECT *, {{holds}} AS holds
        FROM ({{measured}}) AS measured
    ) AS judged
    WINDOW run AS (PARTITION BY {{partition}} ORDER BY ts_ns, file_id, "offset", rule)
) AS runs
WHERE holds AND (held IS NULL OR NOT held OR ts_ns - before > {{span}})
