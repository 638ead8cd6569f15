-- Commits in the order in which they were committed.
SELECT
    'commit:' || c.sha AS id, c.repository, c.sha, c.tree, c.parents, c.author_name, c.author_email, c.authored_ns,
    c.committer_name, c.committer_email, c.committed_ns, c.refs, c.subject, c.body, c.trailers, c.evidence_class,
    (SELECT count(DISTINCT path) FROM base.commit_file AS f WHERE f.sha = c.sha) AS files,
    (SELECT min(l.from_id) FROM base.link AS l WHERE l.to_id = 'commit:' || c.sha AND l.from_id LIKE 'session:%') AS session,
    f.path AS c_file, f.sha256 AS c_sha256, c."offset" AS c_offset, c.length AS c_length
FROM main.commit_now AS c
LEFT JOIN main.file AS f ON f.file_id = c.file_id
WHERE ($since IS NULL OR c.committed_ns >= $since)
  AND ($until IS NULL OR c.committed_ns < $until)
ORDER BY c.committed_ns NULLS LAST, c.sha
LIMIT $limit
