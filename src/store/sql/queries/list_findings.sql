-- title: Findings
-- columns: severity 10 | state 11? | first seen 14? | release 16? | title *
-- label: title
-- empty: no finding in this scope, which is no verdict: what was missing stands in the release's detail
SELECT 'finding:' || f.id AS id, f.ts_ns, f.severity, f.state, short_time(f.ts_ns) AS "first seen",
       split_part(f.release, '/', 1) AS release, f.title
FROM base.finding AS f
WHERE ($releases IS NULL OR f.release IN (SELECT unnest(from_json($releases, '["VARCHAR"]'))))
  AND ($since IS NULL OR coalesce(f.last_ns, f.ts_ns) >= $since) AND ($until IS NULL OR f.ts_ns < $until)
  AND ($text IS NULL OR contains(lower(concat_ws(' ', f.id, f.severity, f.state, f.family, f.channel, f.rule, f.subject, f.title, f.release)), lower($text)))
ORDER BY f.rank, f.state NOT IN ('open', 'explained'), f.state <> 'open', f.ts_ns NULLS LAST, f.id
LIMIT $limit
