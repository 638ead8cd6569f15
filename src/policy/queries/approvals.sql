-- The reviews of some change requests, beside what was merged.
WITH wanted AS (
    SELECT id, author, head_sha, merge_sha, repository, number
    FROM main.change_request_now WHERE id IN (SELECT unnest(from_json($ids, '["VARCHAR"]')))
),
known AS (
    SELECT sha, min(tree) AS tree, string_agg(DISTINCT lower(author_name) || '|' || lower(author_email), '|') AS authors
    FROM base.commit
    WHERE sha IN (
        SELECT head_sha FROM wanted UNION SELECT merge_sha FROM wanted
        UNION SELECT r.sha FROM base.review AS r JOIN wanted AS w ON r.repository = w.repository AND r.number = w.number
    )
    GROUP BY sha
)
SELECT
    c.id AS change_request, c.author, c.head_sha, c.merge_sha, r.reviewer, r.state, r.sha, r.ts_ns,
    concat_ws('|', h.authors, m.authors) AS authors, m.tree AS merge_tree, v.tree AS reviewed_tree,
    f.path AS c_file, f.sha256 AS c_sha256, r."offset" AS c_offset, r.length AS c_length
FROM wanted AS c
LEFT JOIN base.review AS r ON r.repository = c.repository AND r.number = c.number
LEFT JOIN main.file AS f ON f.file_id = r.file_id
LEFT JOIN known AS h ON h.sha = c.head_sha
LEFT JOIN known AS m ON m.sha = c.merge_sha
LEFT JOIN known AS v ON v.sha = r.sha
ORDER BY c.id, r.ts_ns, r.reviewer, r.state
