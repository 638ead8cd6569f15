-- A release with all that is known of it.
SELECT r.*, f.path AS c_file, f.sha256 AS c_sha256, r."offset" AS c_offset, r.length AS c_length
FROM base.release AS r
LEFT JOIN main.file AS f ON f.file_id = r.file_id
WHERE r.id = $release
