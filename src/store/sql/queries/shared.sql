-- What a release has in common with others: each thing with the releases that have it too.
WITH others AS (
    SELECT id, list(DISTINCT release ORDER BY release) FILTER (WHERE release <> $release) AS releases FROM main.used GROUP BY id
)
SELECT u.id, u.kind, min(u.thing) AS thing, len(coalesce(any_value(o.releases), [])) AS others, coalesce(any_value(o.releases), []) AS releases,
       any_value(f.path) AS c_file, any_value(f.sha256) AS c_sha256, any_value(e."offset") AS c_offset, any_value(e.length) AS c_length
FROM main.used AS u
JOIN others AS o ON o.id = u.id
LEFT JOIN base.entity AS e ON e.id = u.id
LEFT JOIN main.file AS f ON f.file_id = e.file_id
WHERE u.release = $release
GROUP BY u.id, u.kind
ORDER BY list_position(['commit', 'session', 'request', 'change_request', 'artifact', 'builder', 'account', 'secret', 'host'], u.kind), others, thing
