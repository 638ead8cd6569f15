-- title: Access
-- columns: time 14 | kind 9 | verb 8 | result 8 | object 40 | principal *
-- empty: no audit log of secrets, network or privileges in the evidence for this scope
-- words: concat_ws(' ', a.kind, a.verb, a.object, a.principal, a.service_account, a.result, a.source_address)
-- field: time time a.ts_ns
-- field: kind token a.kind
-- field: verb text a.verb
-- field: result token a.result
-- field: object text a.object
-- field: principal text concat_ws(' ', a.service_account, a.principal)
-- cell: principal coalesce(a.service_account, a.principal)
-- field: address text a.source_address
-- field: provider text a.provider
SELECT 'access:' || a.provider || ':' || coalesce(a.event_id, a.file_id || ':' || a."offset") AS id, a.ts_ns, short_time(a.ts_ns) AS time,
       a.kind, a.verb, a.result, a.object, coalesce(a.service_account, a.principal) AS principal{also}
FROM base.access AS a
WHERE ($ids IS NULL OR 'access:' || a.provider || ':' || coalesce(a.event_id, a.file_id || ':' || a."offset") IN (
        SELECT l.to_id FROM base.link AS l
        WHERE l.method = 'access_instance' AND l.from_id IN (SELECT unnest(from_json($ids, '["VARCHAR"]')))
        UNION ALL SELECT unnest(from_json($ids, '["VARCHAR"]'))))
  AND ($since IS NULL OR a.ts_ns >= $since) AND ($until IS NULL OR a.ts_ns < $until)
  AND ($ids IS NOT NULL OR a.kind <> 'api' OR $filtered)
  {filter}
ORDER BY a.ts_ns DESC NULLS LAST, a.file_id, a."offset"
LIMIT $limit OFFSET $offset
