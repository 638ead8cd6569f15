-- The commits of each change request.
SELECT DISTINCT from_id AS request, substr(to_id, 8) AS sha
FROM base.link
WHERE from_id LIKE 'change_request:%' AND to_id LIKE 'commit:%' AND state <> 'contradicted'
ORDER BY request, sha
