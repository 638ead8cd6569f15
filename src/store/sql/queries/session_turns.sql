-- The turns of a session, in order.
SELECT t.ts_ns, t.role, t.kind, t.name, t.text, t.input, t.file_path, t.url, t.is_error, t.is_sidechain, t.output_tokens,
       f.path AS c_file, f.sha256 AS c_sha256, t."offset" AS c_offset, t.length AS c_length
FROM base.turn AS t
LEFT JOIN main.file AS f ON f.file_id = t.file_id
WHERE t.session_id = $session AND t.tool = $tool
ORDER BY t.ts_ns NULLS FIRST, t.file_id, t."offset", t.block
LIMIT 20000
