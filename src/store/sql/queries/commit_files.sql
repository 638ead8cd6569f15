-- The files of a commit with the lines that each attribution covers.
SELECT path, max(old_path) AS old_path, max(status) AS status, max(additions) AS additions, max(deletions) AS deletions
FROM base.commit_file WHERE sha = $sha GROUP BY path ORDER BY path LIMIT 2000
