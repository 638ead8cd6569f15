-- title: Findings
-- columns: severity 10 | state 11? | first seen 14? | release 16? | title *
-- label: title
-- empty: no finding in this scope, which is no verdict: what was missing stands in the release's detail
-- words: concat_ws(' ', f.id, f.severity, f.state, f.family, f.channel, f.rule, f.subject, f.title, f.release)
-- field: severity token f.severity
-- field: state token f.state
-- field: first_seen time f.ts_ns
-- field: release text f.release
-- field: title text f.title
-- field: family token f.family
-- field: channel token f.channel
-- field: rule text f.rule
-- field: subject text f.subject
SELECT 'finding:' || f.id AS id, f.ts_ns, f.severity, f.state, short_time(f.ts_ns) AS "first seen",
       split_part(f.release, '/', 1) AS release, f.title{also}
FROM base.finding AS f
WHERE ($releases IS NULL OR f.release IN (SELECT unnest(from_json($releases, '["VARCHAR"]'))))
  AND ($since IS NULL OR coalesce(f.last_ns, f.ts_ns) >= $since) AND ($until IS NULL OR f.ts_ns < $until)
  {filter}
ORDER BY f.rank, f.state NOT IN ('open', 'explained'), f.state <> 'open', f.ts_ns NULLS LAST, f.id
LIMIT $limit OFFSET $offset
