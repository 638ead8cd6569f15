-- Examples of what a release served, for some operations or (where none is named) all: failed requests first.
SELECT w.family, w.key, f.path AS c_file, f.sha256 AS c_sha256, r."offset" AS c_offset, r.length AS c_length
FROM (SELECT unnest(from_json($wanted, '[{"family": "VARCHAR", "key": "VARCHAR"}]')) AS w)
JOIN base.served AS r ON w.key = '' OR r.operation = w.key
LEFT JOIN main.file AS f ON f.file_id = r.file_id
WHERE r.service = $service AND r.release = $release
QUALIFY row_number() OVER (PARTITION BY w.family, w.key ORDER BY r.errors = 0, r.block_ns, r.file_id, r."offset") <= 5
ORDER BY w.family, w.key, r.errors = 0, r.block_ns, r.file_id, r."offset"
