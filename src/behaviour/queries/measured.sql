-- Examples of what a metric said.
SELECT f.path AS c_file, f.sha256 AS c_sha256, r."offset" AS c_offset, r.length AS c_length
FROM base.outcome AS r
LEFT JOIN main.file AS f ON f.file_id = r.file_id
WHERE r.service = $service AND r.release = $release AND r.metric = $operation
ORDER BY r.block_ns, r.file_id, r."offset"
LIMIT 5
