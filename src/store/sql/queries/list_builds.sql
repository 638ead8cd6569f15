-- title: Builds
-- columns: started 14 | workflow 12 | conclusion 10 | sha 7 | branch *
-- empty: no CI run in the evidence
-- words: concat_ws(' ', b.run_id, b.workflow, b.branch, b.sha, b.title, b.conclusion)
-- field: started time b.started_ns
-- field: workflow text b.workflow
-- field: conclusion token b.conclusion
-- field: sha id b.sha
-- cell: sha left(b.sha, 7)
-- field: branch text b.branch
-- cell: branch concat_ws(' ', b.branch, b.title)
-- field: run id b.run_id
-- field: title text b.title
SELECT b.id, coalesce(b.started_ns, b.ts_ns) AS ts_ns, short_time(coalesce(b.started_ns, b.ts_ns)) AS started, b.workflow,
       coalesce(b.conclusion, b.status) AS conclusion, left(b.sha, 7) AS sha, concat_ws(' ', b.branch, b.title) AS branch{also}
FROM main.build_now AS b
WHERE ($ids IS NULL OR b.id IN (SELECT unnest(from_json($ids, '["VARCHAR"]'))))
  AND ($since IS NULL OR coalesce(b.started_ns, b.ts_ns) >= $since) AND ($until IS NULL OR coalesce(b.started_ns, b.ts_ns) < $until)
  {filter}
ORDER BY 2 DESC NULLS LAST, b.id
LIMIT $limit OFFSET $offset
