-- title: Gaps
-- columns: expected 12 | state 16 | release 18? | why *
-- label: id
-- empty: nothing that a release of this scope should have is missing
-- words: concat_ws(' ', g.release, g.expected, g.state, g.why)
-- field: expected token g.expected
-- field: state token g.state
-- field: release text g.release
-- field: why text g.why
SELECT 'release:' || g.release AS id, r.started_ns AS ts_ns, g.expected, g.state, split_part(g.release, '/', 1) AS release, g.why{also}
FROM base.gap AS g
LEFT JOIN base.release AS r ON r.id = g.release
WHERE ($releases IS NULL OR g.release IN (SELECT unnest(from_json($releases, '["VARCHAR"]'))))
  AND ($since IS NULL OR r.started_ns >= $since) AND ($until IS NULL OR r.started_ns < $until)
  {filter}
ORDER BY r.started_ns DESC NULLS LAST, g.release, g.expected, g.state, g.why
LIMIT $limit OFFSET $offset
