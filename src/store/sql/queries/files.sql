-- Every file that was met, with what became of it.
SELECT path, sha256, bytes, format, read, kept, rejected, ignored, state, note, parent_sha256, parent_offset, parent_length
FROM base.evidence_file
ORDER BY path, sha256
LIMIT $limit
