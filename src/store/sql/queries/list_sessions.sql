-- title: Sessions
-- columns: started 14 | tool 7 | operator 14 | turns 6 | title *
-- empty: no agent session or note in the evidence
-- words: concat_ws(' ', s.session_id, s.tool, s.operator, s.title, e.label)
-- field: started time s.started_ns
-- field: tool token s.tool
-- field: operator text s.operator
-- field: model text s.model
-- field: turns number (SELECT count(*) FROM base.turn AS t WHERE t.session_id = s.session_id AND t.tool = s.tool)
-- field: title text coalesce(s.title, e.label)
-- field: prompt text (SELECT string_agg(t.text, ' ' ORDER BY t.ts_ns) FROM base.turn AS t WHERE t.session_id = s.session_id AND t.tool = s.tool AND t.kind = 'prompt')
SELECT s.id, s.started_ns AS ts_ns, coalesce(short_time(s.started_ns), 'no transcript') AS started, s.tool, s.operator,
       (SELECT count(*) FROM base.turn AS t WHERE t.session_id = s.session_id AND t.tool = s.tool) AS turns,
       coalesce(s.title, e.label) AS title{also}
FROM main.session_now AS s
LEFT JOIN base.entity AS e ON e.id = s.id
WHERE ($ids IS NULL OR s.id IN (SELECT unnest(from_json($ids, '["VARCHAR"]'))))
  AND ($since IS NULL OR s.started_ns >= $since) AND ($until IS NULL OR s.started_ns < $until)
  {filter}
ORDER BY s.started_ns DESC NULLS LAST, s.id
LIMIT $limit OFFSET $offset
