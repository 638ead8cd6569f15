-- Entities by id.
SELECT e.id, e.kind, e.key, e.label, e.ts_ns, e.evidence_class AS class, e.service, e.environment,
       f.path AS c_file, f.sha256 AS c_sha256, e."offset" AS c_offset, e.length AS c_length
FROM base.entity AS e
LEFT JOIN main.file AS f ON f.file_id = e.file_id
WHERE e.id IN (SELECT unnest(from_json($ids, '["VARCHAR"]')))
ORDER BY e.id
