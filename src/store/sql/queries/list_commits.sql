-- title: Commits
-- columns: committed 14 | sha 7 | author 14 | by 5 | subject *
-- empty: no git export in the evidence; see README for the command
-- words: concat_ws(' ', c.sha, c.author_name, c.subject, c.refs)
-- field: committed time c.committed_ns
-- field: authored time c.authored_ns
-- field: sha id c.sha
-- cell: sha left(c.sha, 7)
-- field: author text concat_ws(' ', c.author_name, c.author_email)
-- cell: author c.author_name
-- field: by token CASE WHEN EXISTS (SELECT 1 FROM base.link AS l WHERE l.to_id = 'commit:' || c.sha AND l.from_id LIKE 'session:%' AND l.class <> 'T') THEN 'agent' ELSE '' END
-- field: subject text c.subject
-- field: body text c.body
-- field: refs text c.refs
-- field: trailers text c.trailers
-- field: repository text c.repository
-- field: path text (SELECT string_agg(f.path, ' ' ORDER BY f.path) FROM base.commit_file AS f WHERE f.sha = c.sha)
SELECT 'commit:' || c.sha AS id, c.committed_ns AS ts_ns, short_time(c.committed_ns) AS committed, left(c.sha, 7) AS sha, c.author_name AS author,
       CASE WHEN EXISTS (SELECT 1 FROM base.link AS l WHERE l.to_id = 'commit:' || c.sha AND l.from_id LIKE 'session:%' AND l.class <> 'T') THEN 'agent' ELSE '' END AS by,
       c.subject{also}
FROM main.commit_now AS c
WHERE ($ids IS NULL OR 'commit:' || c.sha IN (SELECT unnest(from_json($ids, '["VARCHAR"]'))))
  AND ($since IS NULL OR c.committed_ns >= $since) AND ($until IS NULL OR c.committed_ns < $until)
  {filter}
ORDER BY c.committed_ns DESC NULLS LAST, c.sha
LIMIT $limit OFFSET $offset
