-- title: Deployments
-- columns: started 14 | service 12 | version 10 | provider 10 | state 10 | by *
-- empty: no deployment record in the evidence
-- words: concat_ws(' ', d.service, d.version, d.provider, d.state, d.action, d.environment, d.sha, d.digest, d.requested_by)
-- field: started time d.started_ns
-- field: service text d.service
-- field: version text d.version
-- field: provider text d.provider
-- field: state token d.state
-- cell: state coalesce(d.state, d.action)
-- field: action token d.action
-- field: environment text d.environment
-- field: by text d.requested_by
-- cell: by coalesce(d.requested_by, d.acted_as)
-- field: sha id d.sha
-- field: digest id d.digest
SELECT d.id, d.started_ns AS ts_ns, short_time(d.started_ns) AS started, d.service, d.version, d.provider,
       coalesce(d.state, d.action) AS state, coalesce(d.requested_by, d.acted_as) AS by{also}
FROM main.deployment AS d
WHERE ($ids IS NULL OR d.id IN (SELECT unnest(from_json($ids, '["VARCHAR"]'))))
  AND ($since IS NULL OR d.started_ns >= $since) AND ($until IS NULL OR d.started_ns < $until)
  {filter}
ORDER BY d.started_ns DESC NULLS LAST, d.id
LIMIT $limit OFFSET $offset
