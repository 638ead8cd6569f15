-- Everything that can be found, newest first.
SELECT id, kind, label
FROM (
    SELECT id, kind, label, ts_ns FROM base.entity
    UNION ALL
    SELECT 'finding:' || id, 'finding', concat_ws(' ', severity, title, id), ts_ns FROM base.finding
)
ORDER BY kind IN ('resource', 'access', 'identity'), ts_ns DESC NULLS LAST, id
LIMIT 200000
