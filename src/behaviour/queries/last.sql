-- The last time that the evidence tells of.
SELECT max(ts_ns) + 1 AS last_ns FROM (
    SELECT max(ts_ns) AS ts_ns FROM base.span
    UNION ALL SELECT max(ts_ns) FROM base.log
    UNION ALL SELECT max(ts_ns) FROM base.access
    UNION ALL SELECT max(ts_ns) FROM base.change
    UNION ALL SELECT max(ts_ns) FROM base.change_status
    UNION ALL SELECT max(ts_ns) FROM base.metric_point
    UNION ALL SELECT max(seen_ns) FROM base.placement
)
WHERE ts_ns < 4000000000000000000
