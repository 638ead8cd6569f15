-- Examples of some behaviours of a release, the first ones of each.
SELECT w.family, w.key, f.path AS c_file, f.sha256 AS c_sha256, r."offset" AS c_offset, r.length AS c_length
FROM (SELECT unnest(from_json($wanted, '[{"family": "VARCHAR", "key": "VARCHAR"}]')) AS w)
JOIN base.behaviour AS r ON r.family = w.family AND r.key = w.key
LEFT JOIN main.file AS f ON f.file_id = r.file_id
WHERE r.service = $service AND r.release = $release
QUALIFY row_number() OVER (PARTITION BY w.family, w.key ORDER BY r.first_ns, r.file_id, r."offset") <= 5
ORDER BY w.family, w.key, r.first_ns, r.file_id, r."offset"
