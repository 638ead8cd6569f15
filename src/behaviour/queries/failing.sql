-- Examples of what a release served: failed requests first.
SELECT f.path AS c_file, f.sha256 AS c_sha256, r."offset" AS c_offset, r.length AS c_length
FROM base.served AS r
LEFT JOIN main.file AS f ON f.file_id = r.file_id
WHERE r.service = $service AND r.release = $release AND ($operation = '' OR r.operation = $operation)
ORDER BY r.errors = 0, r.block_ns, r.file_id, r."offset"
LIMIT 5
