-- title: Commits
-- columns: committed 14 | sha 7 | author 14 | by 5 | subject *
-- empty: no git export in the evidence; see README for the command
SELECT 'commit:' || c.sha AS id, c.committed_ns AS ts_ns, short_time(c.committed_ns) AS committed, left(c.sha, 7) AS sha, c.author_name AS author,
       CASE WHEN EXISTS (SELECT 1 FROM base.link AS l WHERE l.to_id = 'commit:' || c.sha AND l.from_id LIKE 'session:%' AND l.class <> 'T') THEN 'agent' ELSE '' END AS by,
       c.subject
FROM main.commit_now AS c
WHERE ($ids IS NULL OR 'commit:' || c.sha IN (SELECT unnest(from_json($ids, '["VARCHAR"]'))))
  AND ($since IS NULL OR c.committed_ns >= $since) AND ($until IS NULL OR c.committed_ns < $until)
  AND ($text IS NULL OR contains(lower(concat_ws(' ', c.sha, c.author_name, c.subject, c.refs)), lower($text)))
ORDER BY c.committed_ns DESC NULLS LAST, c.sha
LIMIT $limit
