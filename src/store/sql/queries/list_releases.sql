-- title: Releases
-- columns: started 11 | service 12 | version 8 | status 13 | environment *
-- empty: no deployment, instance or resource in the evidence names a version or digest
SELECT 'release:' || id AS id, started_ns AS ts_ns, left(short_time(started_ns), 11) AS started, service,
       coalesce(version, digest_short(digest), left(sha, 12)) AS version, status, environment
FROM base.release
WHERE ($ids IS NULL OR sha IN (SELECT split_part(x, ':', 2) FROM (SELECT unnest(from_json($ids, '["VARCHAR"]')) AS x))
       OR digest IN (SELECT substr(x, 10) FROM (SELECT unnest(from_json($ids, '["VARCHAR"]')) AS x) WHERE x LIKE 'artifact:%'))
  AND ($since IS NULL OR started_ns >= $since) AND ($until IS NULL OR started_ns < $until)
  AND ($text IS NULL OR contains(lower(concat_ws(' ', service, version, status, environment, sha, digest)), lower($text)))
ORDER BY started_ns DESC NULLS LAST, id
LIMIT $limit
