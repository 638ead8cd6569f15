-- The records that stand at one place of the evidence.
SELECT t.*, f.path AS c_file, f.sha256 AS c_sha256, t."offset" AS c_offset, t.length AS c_length
FROM main.{table} AS t
LEFT JOIN main.file AS f ON f.file_id = t.file_id
WHERE t.file_id = $file AND t."offset" = $offset
LIMIT 5
