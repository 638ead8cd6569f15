-- The reviews of some change requests, beside what was merged.
SELECT
    c.id AS change_request, c.author, c.head_sha, c.merge_sha, c.merged_ns, r.reviewer, r.state, r.sha, r.ts_ns,
    (SELECT string_agg(DISTINCT lower(name), '|') FROM (
        SELECT author_name AS name FROM main.commit_now AS k WHERE k.sha IN (c.head_sha, c.merge_sha)
        UNION ALL SELECT author_email FROM main.commit_now AS k WHERE k.sha IN (c.head_sha, c.merge_sha)
    )) AS authors,
    (SELECT min(tree) FROM main.commit_now AS k WHERE k.sha = c.head_sha) AS head_tree,
    (SELECT min(tree) FROM main.commit_now AS k WHERE k.sha = c.merge_sha) AS merge_tree,
    (SELECT min(tree) FROM main.commit_now AS k WHERE k.sha = r.sha) AS reviewed_tree
FROM main.change_request_now AS c
LEFT JOIN base.review AS r ON r.repository = c.repository AND r.number = c.number
WHERE c.id IN (SELECT unnest(from_json($ids, '["VARCHAR"]')))
ORDER BY c.id, r.ts_ns, r.reviewer, r.state
