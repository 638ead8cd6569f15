-- Sessions that some commits name and whose turns are not in the evidence, where others' are. A note
-- makes a session known by name; what was said and done in it only a transcript tells.
WITH told AS (
    SELECT session_id, session_hash FROM base.session WHERE session_id IN (SELECT session_id FROM base.turn)
)
SELECT a.sha AS of, 'The note on commit ' || substr(a.sha, 1, 7) AS source, coalesce(a.session_id, a.session_hash) AS value, min(a.ts_ns) AS ts_ns, count(*) AS records,
       min(f.path) AS c_file, arg_min(f.sha256, f.path) AS c_sha256, arg_min(a."offset", f.path) AS c_offset, arg_min(a.length, f.path) AS c_length
FROM base.attribution AS a
LEFT JOIN main.file AS f ON f.file_id = a.file_id
WHERE a.sha IN (SELECT unnest(from_json($shas, '["VARCHAR"]')))
  AND a.author_kind IN ('ai', 'mixed') AND coalesce(a.session_id, a.session_hash) IS NOT NULL
  AND EXISTS (SELECT 1 FROM base.turn)
  AND NOT EXISTS (SELECT 1 FROM told AS t WHERE t.session_hash = a.session_hash)
  AND NOT EXISTS (SELECT 1 FROM told AS t WHERE t.session_id = a.session_id)
GROUP BY a.sha, coalesce(a.session_id, a.session_hash)
ORDER BY a.sha, source, value
