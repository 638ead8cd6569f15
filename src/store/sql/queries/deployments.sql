-- Deployments in time order.
SELECT d.* EXCLUDE (file_id, "offset", length), f.path AS c_file, f.sha256 AS c_sha256, d."offset" AS c_offset, d.length AS c_length
FROM main.deployment AS d
LEFT JOIN main.file AS f ON f.file_id = d.file_id
WHERE ($since IS NULL OR d.started_ns >= $since)
  AND ($until IS NULL OR d.started_ns < $until)
  AND ($service IS NULL OR d.service = $service)
ORDER BY d.started_ns NULLS LAST, d.id
LIMIT $limit
