-- The commits of the change requests that some commits merged.
SELECT DISTINCT other.to_id AS id
FROM base.link AS l
JOIN base.link AS other ON other.from_id = l.from_id AND other.to_id LIKE 'commit:%' AND other.state <> 'contradicted'
WHERE l.to_id IN (SELECT 'commit:' || unnest(from_json($shas, '["VARCHAR"]'))) AND l.from_id LIKE 'change_request:%' AND l.state <> 'contradicted'
ORDER BY id
