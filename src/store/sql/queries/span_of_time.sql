-- The time that the evidence covers: where most of it lies, so that one record with a wrong clock
-- does not stretch the screen over decades.
SELECT min(ts_ns) AS first_ns, max(ts_ns) AS last_ns FROM (
    SELECT min(ts_ns) AS ts_ns FROM base.span UNION ALL SELECT max(ts_ns) + 1 FROM base.span
    UNION ALL SELECT min(ts_ns) FROM base.log UNION ALL SELECT max(ts_ns) + 1 FROM base.log
    UNION ALL SELECT min(started_ns) FROM base.release UNION ALL SELECT max(started_ns) + 1 FROM base.release
    UNION ALL SELECT min(ts_ns) FROM base.access UNION ALL SELECT max(ts_ns) + 1 FROM base.access
    UNION ALL SELECT quantile_disc(ts_ns, 0.02) FROM base.entity UNION ALL SELECT max(ts_ns) + 1 FROM base.entity
) WHERE ts_ns > 0
HAVING min(ts_ns) IS NOT NULL
