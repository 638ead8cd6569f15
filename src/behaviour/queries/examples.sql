-- Examples of a behaviour of a release, the first ones.
SELECT f.path AS c_file, f.sha256 AS c_sha256, b."offset" AS c_offset, b.length AS c_length, b.instance, b.first_ns
FROM base.behaviour AS b
LEFT JOIN main.file AS f ON f.file_id = b.file_id
WHERE b.service = $service AND b.release = $release AND b.family = $family AND b.key = $key
ORDER BY b.first_ns, b.file_id, b."offset"
LIMIT 5
