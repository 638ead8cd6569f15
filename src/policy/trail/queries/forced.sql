-- Pushes that forced a branch or tag off one of some commits.
SELECT r.old_sha AS of, regexp_replace(coalesce(r.name, 'a ref'), '^refs/(heads/)?', '') AS source, r.old_sha AS value, min(r.ts_ns) AS ts_ns, count(*) AS records,
       min(f.path) AS c_file, arg_min(f.sha256, f.path) AS c_sha256, arg_min(r."offset", f.path) AS c_offset, arg_min(r.length, f.path) AS c_length
FROM base.git_ref AS r
LEFT JOIN main.file AS f ON f.file_id = r.file_id
WHERE r.forced AND r.old_sha IN (SELECT unnest(from_json($shas, '["VARCHAR"]')))
GROUP BY source, value
ORDER BY source, value
