-- The links of some entities, either way, with both citations.
SELECT
    l.from_id, l.to_id, l.method, l.class, l.state, l.k, l.weight, l.why, l.left_value, l.right_value,
    a.path AS from_file, a.sha256 AS from_sha256, l.from_offset, l.from_length,
    b.path AS to_file, b.sha256 AS to_sha256, l.to_offset, l.to_length
FROM base.link AS l
LEFT JOIN main.file AS a ON a.file_id = l.from_file_id
LEFT JOIN main.file AS b ON b.file_id = l.to_file_id
WHERE l.from_id IN (SELECT unnest(from_json($ids, '["VARCHAR"]')))
   OR l.to_id IN (SELECT unnest(from_json($ids, '["VARCHAR"]')))
ORDER BY l.from_id, l.to_id, l.weight DESC, l.method
