-- One record of a push that moved something, if there is any.
SELECT 'push' AS source, old_sha AS value, NULL::BIGINT AS ts_ns, 1 AS records, NULL AS c_file, NULL AS c_sha256, NULL::BIGINT AS c_offset, NULL::BIGINT AS c_length
FROM base.git_ref
WHERE old_sha IS NOT NULL
LIMIT 1
