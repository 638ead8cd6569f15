-- title: Log templates
-- columns: severity 8 | mark 6 | count 6 | before 6? | service 10? | first 14? | template *
-- label: template
-- empty: no log messages in the evidence, or none of the release in question
-- words: concat_ws(' ', service, severity, template)
-- field: severity token severity
-- field: mark token CASE WHEN $releases IS NULL THEN '' WHEN before IS NULL THEN 'new' WHEN count IS NULL THEN 'gone' ELSE '' END
-- field: count number count
-- field: before number before
-- field: service text service
-- field: first time coalesce(first_ns, ever_ns)
-- field: template text template
WITH said AS (
    SELECT service, split_part(key, ' ', 1) AS severity, subject AS template,
           CAST(sum(events) FILTER (WHERE is_own) AS BIGINT) AS count,
           CAST(sum(events) FILTER (WHERE NOT is_own) AS BIGINT) AS before,
           min(first_ns) FILTER (WHERE is_own) AS first_ns, min(first_ns) AS ever_ns
    FROM (
        SELECT *, $releases IS NULL OR release IN (SELECT unnest(from_json($releases, '["VARCHAR"]'))) AS is_own
        FROM base.behaviour
        WHERE family = 'template'
          AND ($releases IS NULL OR service IN (SELECT r.service FROM base.release AS r WHERE r.id IN (SELECT unnest(from_json($releases, '["VARCHAR"]')))))
          AND ($since IS NULL OR last_ns >= $since) AND ($until IS NULL OR first_ns < $until)
    )
    GROUP BY service, key, subject
)
SELECT 'template:' || service || ':' || severity || ':' || template AS id, coalesce(first_ns, ever_ns) AS ts_ns, severity,
       -- Without a release there is nothing that a message could be new to.
       CASE WHEN $releases IS NULL THEN '' WHEN before IS NULL THEN 'new' WHEN count IS NULL THEN 'gone' ELSE '' END AS mark,
       coalesce(count, 0) AS count, CASE WHEN $releases IS NOT NULL THEN coalesce(before, 0) END AS before, service, short_time(coalesce(first_ns, ever_ns)) AS first, template{also}
FROM said
WHERE TRUE {filter}
ORDER BY count IS NULL, severity <> 'error', severity <> 'warn', mark <> 'new', 5 DESC, service, template
LIMIT $limit OFFSET $offset
