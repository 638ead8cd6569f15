-- What could not be read, and why.
SELECT
    'reject:' || f.sha256 || ':' || r."offset" || ':' || r.length AS id, r.format, r.why,
    f.path AS c_file, f.sha256 AS c_sha256, r."offset" AS c_offset, r.length AS c_length
FROM base.reject AS r
LEFT JOIN main.file AS f ON f.file_id = r.file_id
ORDER BY f.path, r."offset", r.length, r.why
LIMIT $limit
