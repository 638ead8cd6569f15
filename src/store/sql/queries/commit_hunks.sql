-- The diff of a commit.
SELECT DISTINCT h.path, h.old_start, h.new_start, h.heading, h.patch, f.path AS c_file, f.sha256 AS c_sha256, h."offset" AS c_offset, h.length AS c_length
FROM base.diff_hunk AS h
LEFT JOIN main.file AS f ON f.file_id = h.file_id
WHERE h.sha = $sha
ORDER BY h.path, h.new_start, c_sha256
LIMIT 2000
