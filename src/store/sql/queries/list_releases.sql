-- title: Releases
-- columns: started 11? | service 8 | version 7 | status 13 | verdict * | environment 10?
-- label: id
-- empty: no deployment, instance or resource in the evidence names a version or digest
-- words: concat_ws(' ', r.service, r.version, r.status, r.environment, r.sha, r.digest)
-- field: started time r.started_ns
-- field: service text r.service
-- field: version text r.version
-- field: status token r.status
-- field: environment text r.environment
-- field: sha id r.sha
-- field: digest id r.digest
-- field: verdict token (SELECT coalesce(min(v.verdict), 'inconclusive') FROM base.verdict AS v WHERE v.release = r.id)
-- field: findings number (SELECT count(*) FROM base.finding AS f WHERE f.release = r.id AND f.state IN ('open', 'explained'))
SELECT 'release:' || r.id AS id, r.started_ns AS ts_ns, left(short_time(r.started_ns), 11) AS started, r.service,
       coalesce(r.version, digest_short(r.digest), left(r.sha, 12)) AS version, r.status,
       concat_ws(', ', coalesce((SELECT min(v.verdict) FROM base.verdict AS v WHERE v.release = r.id), 'inconclusive'),
           (SELECT string_agg(n || ' ' || severity, ' ' ORDER BY rank) FROM (
               SELECT f.severity, f.rank, count(*) AS n FROM base.finding AS f
               WHERE f.release = r.id AND f.state IN ('open', 'explained') GROUP BY f.severity, f.rank))) AS verdict,
       r.environment{also}
FROM base.release AS r
WHERE ($ids IS NULL OR contains($ids, '"release:' || r.id || '"') OR r.sha IN (SELECT split_part(x, ':', 2) FROM (SELECT unnest(from_json($ids, '["VARCHAR"]')) AS x))
       OR r.digest IN (SELECT substr(x, 10) FROM (SELECT unnest(from_json($ids, '["VARCHAR"]')) AS x) WHERE x LIKE 'artifact:%'))
  AND ($since IS NULL OR r.finished_ns IS NULL OR r.finished_ns >= $since) AND ($until IS NULL OR r.started_ns < $until)
  {filter}
ORDER BY r.started_ns DESC NULLS LAST, r.id
LIMIT $limit OFFSET $offset
