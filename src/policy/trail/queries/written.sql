-- Sessions that the release's commits name, and that are not in the evidence, where others are.
SELECT 'The note on commit ' || substr(a.sha, 1, 7) AS source, coalesce(a.session_id, a.session_hash) AS value, min(a.ts_ns) AS ts_ns, count(*) AS records,
       min(f.path) AS c_file, arg_min(f.sha256, f.path) AS c_sha256, arg_min(a."offset", f.path) AS c_offset, arg_min(a.length, f.path) AS c_length
FROM base.attribution AS a
LEFT JOIN main.file AS f ON f.file_id = a.file_id
WHERE a.sha IN (SELECT unnest(from_json($shas, '["VARCHAR"]')))
  AND a.author_kind IN ('ai', 'mixed') AND coalesce(a.session_id, a.session_hash) IS NOT NULL
  AND EXISTS (SELECT 1 FROM base.session)
  AND NOT EXISTS (SELECT 1 FROM base.session AS s WHERE s.session_hash = a.session_hash OR s.session_id = a.session_id)
GROUP BY a.sha, coalesce(a.session_id, a.session_hash)
ORDER BY source, value
